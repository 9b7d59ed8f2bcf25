"""What was found out about lineages, remembered under the stats of all that it rests on; loads little.

That is a lineage's renewal file, the directories of its archive and its links, and the files that the links
lead to.  A link cannot be changed but only replaced, which shows in its directory.  Where any of it is not as
it was, nothing is known of the lineage.
"""

from __future__ import annotations

import os
from hashlib import blake2b

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

_KINDS: Final = ("cert", "privkey", "chain", "fullchain")
_DIGEST_SIZE: Final = 16
# Texts from outside may hold whatever a text can.
_CODE: Final = ("utf-8", "surrogatepass")


class Recollections:
    """A chapter of the index about all lineages below ``config_dir`` (absolute).

    An entry is a digest of the stamps, and behind it, with NUL octets between them, the directory of the
    archive, that of the links, and what was found.  What has changed after ``now`` or just before is not
    remembered.
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
        archive, live, *found = entry[_DIGEST_SIZE:].decode(*_CODE).split("\0")
        stamp = stamp_of(_paths(archive, live))
        return found if entry[:_DIGEST_SIZE] == _digest(self._stamps[name], stamp) else None

    def remember(self, lineage: Lineage, stamp: bytes, found: Sequence[str]) -> None:
        """Keep what was ``found`` after the ``stamp`` of the lineage's files was taken.

        Nothing is kept where the links do not lead to the certificate that decisions rest on.
        """
        name = lineage.name.value
        conf = self._stamps[name]
        if not stamp or not conf or lineage.live != lineage.decisive:
            return
        if max(changed_ns(conf), changed_ns(stamp)) >= self._settled_ns:
            return
        texts = (lineage.archive_dir, lineage.live_dir, *found)
        if not any("\0" in text for text in texts):
            self._learnt[name] = _digest(conf, stamp) + "\0".join(texts).encode(*_CODE)

    def keep(self) -> None:
        """Write down what is new and forget what is gone, where Everseal has a folder that can be written."""
        self._index.write(self._learnt, [name for name in self._known if name not in self._stamps])


def stamp_of_files(lineage: Lineage) -> bytes:
    """Of all that what is known of a lineage rests on, apart from its renewal file.

    Empty where one of the files is missing, or a link is not where Certbot and Everseal have it.
    """
    paths = _paths(lineage.archive_dir, lineage.live_dir)
    links = [lineage.cert_path, lineage.privkey_path, lineage.chain_path, lineage.fullchain_path]
    return stamp_of(paths) if paths[2:] == links else b""


def _paths(archive: str, live: str) -> list[str]:
    return [archive, live, *[f"{live}/{kind}.pem" for kind in _KINDS]]


def _digest(conf: bytes, files: bytes) -> bytes:
    return blake2b(b"%b\0%b" % (conf, files), digest_size=_DIGEST_SIZE).digest()
