"""A roll call of all lineages before a renewal: which ones rest, and which take a closer look.

What rests is told from the index where the renewal file is as it was, or from a glance at its files; no value
is made for it.  Everything else (due, damaged, odd in any way, to be asked about) is left to
:mod:`everseal.wiring.decisions`, which decides the same about what rests.

A resting lineage is an entry of the index: texts with NUL octets between them, as ten thousand of them take
little room that way.  :func:`fields` parts them, in the order of the constants below.
"""

from __future__ import annotations

import os
from datetime import datetime

from everseal.model.epoch import microseconds
from everseal.model.errors import StoreUnusable
from everseal.store.answers import FILE as ANSWERS
from everseal.store.answers import identity
from everseal.store.certbot_dir.journals import PENDING, entries
from everseal.store.certbot_dir.machine_secret import known_secret
from everseal.store.certbot_dir.run_lock import settled_before
from everseal.store.certbot_dir.stamps import changed_ns, renewal_stamps
from everseal.store.index import FILE, Index
from everseal.system.files import make_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Final

    from everseal.store.index import Chapter
    from everseal.wiring.candidate import Candidate, Rest

STAMP: Final = 0
"""The stat of the renewal file, and behind it which file of answers there was, where it rests by one."""
LOOKED: Final = 1
"""When the files were looked at, in microseconds since 1970."""
WAKES: Final = 2
"""Until when it rests, in microseconds since 1970: it is due then, or the CA may be asked again."""
WITHOUT_ARI: Final = 3
"""The CA that must still be known to have no renewal information, or empty."""
FULLCHAIN: Final = 4
SENTENCE: Final = 5
"""Why it is not due, in words."""
NOT_AFTER: Final = 6
"""This moment and those below are in ISO form, in UTC."""
RENEW_AT: Final = 7
RULE: Final = 8
WINDOW_START: Final = 9
WINDOW_END: Final = 10
"""Both empty where the CA has suggested none."""
EXPLANATION: Final = 11
"""The CA's page about its window, or empty."""
IDENTIFIERS: Final = 12
"""Between blanks, each with ``d`` (DNS) or ``i`` (IP) before it."""

_CHAPTER: Final[Chapter] = "renewals"
_CONF: Final = ".conf"
_DAY: Final = 86_400_000_000
# Each run looks at the files of some that rest, those first that nobody has looked at for longest.
_SHARE_LOOKED_AT: Final = 32
_LEAST_LOOKED_AT: Final = 16


class RollCall:
    """``names`` are all lineages in order; ``resting`` has an entry for each that is not due; of those
    ``asking`` that is told by what their CAs say, which are to be asked."""

    __slots__ = ("_learn", "_renewal_dir", "asking", "names", "resting")

    def __init__(
        self,
        renewal_dir: str,
        names: list[str],
        resting: dict[str, bytes],
        asking: Mapping[str, Candidate],
        learn: Callable[[Mapping[str, Rest]], Mapping[str, bytes]],
    ) -> None:
        self._renewal_dir = renewal_dir
        self._learn = learn
        self.names = names
        self.resting = resting
        self.asking = asking

    @property
    def is_quiet(self) -> bool:
        """Whether no lineage takes a closer look."""
        return len(self.resting) == len(self.names)

    def conf_path(self, name: str) -> str:
        return os.path.join(self._renewal_dir, name + _CONF)

    def answered(self, found: Mapping[str, Rest]) -> None:
        """All were asked about; those ``found`` rest, and the next run may know that."""
        self.resting.update(self._learn(found))
        self.asking = {}


def fields(entry: bytes) -> list[str]:
    """The texts of an entry."""
    return entry.decode("utf-8", "surrogateescape").split("\0")


def call_roll(config_dir: str, *, now: datetime, keeps: bool) -> RollCall:
    """Look at every lineage of a directory (absolute).

    With ``keeps``, for a run that holds the run lock, the files of some that rest are looked at too, and what
    was learnt goes into the index.  It holds for a run that neither forces nor rehearses nor overrules
    ``autorenew``.  Raises StoreUnusable.
    """
    return _Caller(config_dir, now).call(keeps=keeps)


class _Caller:
    def __init__(self, config_dir: str, now: datetime) -> None:
        self._config_dir = config_dir
        self._renewal_dir = os.path.join(config_dir, "renewal")
        self._state_dir = os.path.join(config_dir, ".everseal")
        self._answers_path = os.path.join(self._state_dir, ANSWERS)
        self._now = now
        self._now_us = microseconds(now)
        self._learn_secret()
        self._without_ari: dict[str, bool] = {}

    def _learn_secret(self) -> None:
        """This machine's, which a first run makes only once something is to be asked."""
        self._secret = known_secret(self._state_dir)
        self._index = Index(os.path.join(self._state_dir, FILE), _CHAPTER, secret=self._secret)

    def call(self, *, keeps: bool) -> RollCall:
        stamps = renewal_stamps(self._renewal_dir)
        unsettled = {name for name, stamp in stamps.items() if not stamp}
        unsettled.update(entries(self._state_dir, PENDING))
        known = self._index.read()
        answers = self._answers()
        resting: dict[str, bytes] = {}
        for name, stamp in stamps.items():
            entry = known.get(name)
            if entry is not None and name not in unsettled and self._holds(entry, stamp, answers):
                resting[name] = entry
        wanted = [name for name in stamps if name not in resting and name not in unsettled]
        if keeps:
            wanted += self._longest_unseen(resting)
        learnt, asking = self._look(wanted, stamps, answers) if wanted else ({}, {})
        for name in wanted:
            resting.pop(name, None)
        resting.update(learnt)
        if keeps:
            self._keep(learnt, [name for name in known if name not in resting])

        def learn(found: Mapping[str, Rest]) -> Mapping[str, bytes]:
            answers = self._answers()
            learnt = {name: self._entry(stamps[name], answers, rest) for name, rest in found.items()}
            if keeps:
                self._keep(learnt, ())
            return learnt

        names = list(stamps)
        stamps = {name: stamps[name] for name in asking}  # ten thousand others would only take room
        return RollCall(self._renewal_dir, names, resting, asking, learn)

    def _holds(self, entry: bytes, stamp: bytes, answers: bytes) -> bool:
        kept, looked, wakes, without_ari, _ = entry.split(b"\0", WITHOUT_ARI + 1)
        return (
            (kept == stamp or kept == stamp + answers)
            and int(looked) <= self._now_us < int(wakes)
            and (not without_ari or self._lacks_ari(without_ari.decode("utf-8", "surrogateescape")))
        )

    def _longest_unseen(self, resting: Mapping[str, bytes]) -> list[str]:
        """None twice a day."""
        yesterday = self._now_us - _DAY
        looked = [(int(entry.split(b"\0", WAKES)[LOOKED]), name) for name, entry in resting.items()]
        old = sorted(each for each in looked if each[0] < yesterday)
        return [name for _, name in old[: max(_LEAST_LOOKED_AT, len(resting) // _SHARE_LOOKED_AT)]]

    def _look(
        self, names: list[str], stamps: Mapping[str, bytes], answers: bytes
    ) -> tuple[dict[str, bytes], dict[str, Candidate]]:
        """The entries of those that rest, and those whose CAs are to be asked."""
        from everseal.store.answers import Answers
        from everseal.wiring.candidate import Rest
        from everseal.wiring.resting import Judge

        kept = Answers(self._answers_path)
        judge = Judge(self._secret, kept.of, now=self._now, lacks_ari=self._lacks_ari)
        resting, asking = {}, {}
        for name in names:
            seen = judge.look(os.path.join(self._renewal_dir, name + _CONF))
            if isinstance(seen, Rest):
                resting[name] = self._entry(stamps[name], answers, seen)
            elif seen is not None:
                asking[name] = seen
        return resting, asking

    def _entry(self, stamp: bytes, answers: bytes, rest: Rest) -> bytes:
        entry = "\0".join([str(self._now_us), *rest.told]).encode("utf-8", "surrogateescape")
        return b"%b\0%b" % (stamp + answers if rest.by_answer else stamp, entry)

    def _answers(self) -> bytes:
        """Follows the stamp of what rests by an answer that was kept."""
        return b"/" + identity(self._answers_path)

    def _lacks_ari(self, server: str) -> bool:
        """Whether the CA's directory, as it was less than a day ago, has no renewal information."""
        if server not in self._without_ari:
            from everseal.store.certbot_dir.directories import remembered_directory

            directory = remembered_directory(self._state_dir, server, self._now)
            self._without_ari[server] = directory is not None and "renewalInfo" not in directory
        return self._without_ari[server]

    def _keep(self, learnt: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Those whose renewal files will not change unseen."""
        try:
            settled = settled_before(self._config_dir)
            make_directory(self._state_dir, 0o700)
        except (OSError, StoreUnusable):
            return
        if not self._secret:
            self._learn_secret()
            self._index.read()
        old = {name: entry for name, entry in learnt.items() if _changed_ns(entry) < settled}
        self._index.write(old, gone)


def _changed_ns(entry: bytes) -> int:
    return changed_ns(entry.split(b"\0", 1)[STAMP].partition(b"/")[0])
