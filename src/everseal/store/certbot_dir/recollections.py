"""What was found out about lineages, remembered under the stats of all that it rests on; loads little.

That is a lineage's renewal file, the directories of its archive and its links, and the files that the links
lead to.  A link cannot be changed but only replaced, which shows in its directory.  Where any of it is not as
it was, nothing is known of the lineage.
"""

from __future__ import annotations

import os

from everseal.model.epoch import microseconds
from everseal.store.certbot_dir.machine_secret import known_secret
from everseal.store.certbot_dir.stamps import YOUNG_NS, changed_ns, renewal_stamps, stamp_of
from everseal.store.index import FILE, Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Final

    from everseal.model.lineage import Lineage
    from everseal.store.index import Chapter

_PATHS: Final = 6
# Texts from outside may hold whatever a text can.
_CODE: Final = ("utf-8", "surrogatepass")


class Recollections:
    """A chapter of the index about all lineages below ``config_dir`` (absolute).

    An entry is the stamp of the renewal file, that of the other files, their paths, and what was found, with
    NUL octets between them.  What has changed after ``now`` or just before is not remembered.
    Raises StoreUnusable where the renewal files cannot be listed.
    """

    def __init__(self, config_dir: str, chapter: Chapter, *, now: datetime) -> None:
        state_dir = os.path.join(config_dir, ".everseal")
        self._index = Index(os.path.join(state_dir, FILE), chapter, secret=known_secret(state_dir))
        self._stamps = renewal_stamps(os.path.join(config_dir, "renewal"))
        self._known = self._index.read()
        self._learnt: dict[str, bytes] = {}
        self._settled_ns = microseconds(now) * 1000 - YOUNG_NS

    @property
    def names(self) -> tuple[str, ...]:
        """All lineages, in the order of their renewal files."""
        return tuple(self._stamps)

    def recall(self, name: str) -> list[str] | None:
        """What was found out about it, where everything is as it was."""
        entry = self._known.get(name)
        if entry is None:
            return None
        conf, files, rest = entry.split(b"\0", 2)
        if conf != self._stamps[name]:
            return None
        texts = rest.decode(*_CODE).split("\0")
        return texts[_PATHS:] if files == stamp_of(texts[:_PATHS]) else None

    def remember(self, lineage: Lineage, stamp: bytes, found: Sequence[str]) -> None:
        """Keep what was ``found`` after the ``stamp`` of the lineage's files was taken."""
        conf, name = self._stamps[lineage.name.value], lineage.name.value
        if not stamp or not conf or max(changed_ns(conf), changed_ns(stamp)) >= self._settled_ns:
            return
        texts = [*paths_of(lineage), *found]
        if not any("\0" in text for text in texts):
            self._learnt[name] = b"%b\0%b\0%b" % (conf, stamp, "\0".join(texts).encode(*_CODE))

    def keep(self) -> None:
        """Write down what is new and forget what is gone, where Everseal has a folder that can be written."""
        self._index.write(self._learnt, [name for name in self._known if name not in self._stamps])


def paths_of(lineage: Lineage) -> list[str]:
    """What is known of a lineage rests on these and on its renewal file."""
    links = (lineage.cert_path, lineage.privkey_path, lineage.chain_path, lineage.fullchain_path)
    return [lineage.archive_dir, lineage.live_dir, *links]


def stamp_of_files(lineage: Lineage) -> bytes:
    """Empty where one of them is missing, or a link is in another directory than the others."""
    paths = paths_of(lineage)
    together = all(os.path.dirname(path) == lineage.live_dir for path in paths[2:])
    return stamp_of(paths) if together else b""
