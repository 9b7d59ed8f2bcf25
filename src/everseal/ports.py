"""The joints of the house: small protocols, each with several implementations.

Every port has one contract suite under ``tests/``, run by all of its implementations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from everseal.acme.challenges import Presentation
from everseal.model.account import StoredAccount
from everseal.model.certificate import CertificateFacts
from everseal.model.keys import Signer
from everseal.model.lineage import Damaged, Inventory, Lineage, NewVersion, ParameterValue, VersionFiles
from everseal.model.names import CertificateName, Identifier
from everseal.model.pending import OwedHook, PendingOrder, Presented, Recovery
from everseal.model.private_key import PrivateKey
from everseal.planning.limits import Forecast, OrderAhead
from everseal.planning.plan import Action
from everseal.planning.refusals import CaSaid
from everseal.planning.setback import Setback

__all__ = [
    "AccountStore",
    "ActionMapper",
    "AnswerBook",
    "CaMemory",
    "Consent",
    "LimitLedger",
    "Mapper",
    "Setbacks",
    "Signer",
    "Solver",
    "Stop",
    "Store",
]

T = TypeVar("T")
R = TypeVar("R")


class Mapper(Protocol):
    """``map`` with a bound on how much runs at once; results in the order of the inputs.

    The first exception is raised after every started call has ended.
    """

    def __call__(self, work: Callable[[T], R], inputs: Iterable[T], /) -> list[R]: ...


class ActionMapper(Protocol):
    """A :class:`Mapper` for the actions of a plan, which may look at them to choose whose turn is next."""

    def __call__(self, work: Callable[[Action], R], inputs: Iterable[Action], /) -> list[R]: ...


class Stop(Protocol):
    """Whether somebody has asked the run to end."""

    @property
    def is_wanted(self) -> bool:
        """From then on no further order is begun."""

    @property
    def is_over(self) -> bool:
        """From then on nothing more is waited for."""


class Solver(Protocol):
    """Proves control of identifiers: present all, wait, let the CA look, clean up."""

    @property
    def name(self) -> str:
        """``standalone``, ``webroot``, ``manual`` ..."""

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        """What it can prove ``identifier`` with, best first; empty when it cannot."""

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        """One clause for a plan, without side effects: ``serves ... on port 80``."""

    def check(self, identifiers: Sequence[Identifier]) -> None:
        """Raises OperatorError when it plainly cannot work; called before anything is ordered."""

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Put everything in place, all at once; presenting twice is harmless."""

    def wait(self, challenges: Sequence[Presentation]) -> None:
        """Return when the CA would see it; raises SolverFailed when it will not."""

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        """Take it away; works in a process that did not present it, and twice."""


class Store(Protocol):
    """Keeps lineages; see the contract suite for what it promises across a crash."""

    def names(self) -> Sequence[CertificateName]: ...

    def load(self, name: CertificateName) -> Lineage: ...

    def load_all(self) -> Sequence[Lineage | Damaged]: ...

    def inventory(self, name: CertificateName) -> Inventory:
        """Which versions are there; also of a lineage whose links or files are damaged."""

    def read_version(self, name: CertificateName, number: int) -> VersionFiles: ...

    def reserve_check(self, name: CertificateName) -> None: ...

    def free_name(self, wanted: CertificateName) -> CertificateName: ...

    def run_lock(self) -> AbstractContextManager[object]: ...

    def lock(self, name: CertificateName, *, wait: float) -> AbstractContextManager[object]: ...

    def hooks_lock(self, *, alone: bool, wait: float) -> AbstractContextManager[object]:
        """Shared by the runs that may owe post hooks; held alone by who runs those of runs that ended."""

    def journal(self, name: CertificateName) -> PendingOrder | None: ...

    def write_journal(self, name: CertificateName, pending: PendingOrder) -> None: ...

    def drop_journal(self, name: CertificateName) -> None: ...

    def presented(self, name: CertificateName) -> Presented | None:
        """What an order that no later run carries on has in place for the CA."""

    def note_presented(self, presented: Presented) -> None:
        """Durable when it returns; call it before anything is put in place."""

    def forget_presented(self, name: CertificateName) -> None: ...

    def open_journals(self) -> Sequence[CertificateName]: ...

    def sweep(self) -> None:
        """Remove what writers that were killed have left; whoever is at work now is not disturbed."""

    def recover(self, name: CertificateName) -> Recovery: ...

    def commit(
        self,
        name: CertificateName,
        version: NewVersion,
        *,
        parameters: Mapping[str, ParameterValue],
        sections: Mapping[str, Mapping[str, ParameterValue]],
        new: bool,
        owed: Sequence[OwedHook] = (),
    ) -> Lineage: ...

    def owed_hooks(self) -> Sequence[OwedHook]: ...

    def owes(self, owed: OwedHook) -> bool:
        """Whether the hook, which only its kind, command and lineage tell from others, is owed still."""

    def owe_hook(self, owed: OwedHook) -> None: ...

    def settle_hook(self, owed: OwedHook) -> None: ...

    def relink(
        self, name: CertificateName, number: int, *, pinned: bool = False, owed: Sequence[OwedHook] = ()
    ) -> Lineage:
        """Make a version live; ``pinned`` keeps it so until the next commit, even behind later ones."""

    def save_parameters(
        self,
        name: CertificateName,
        *,
        parameters: Mapping[str, ParameterValue] | None = None,
        sections: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> None: ...

    def delete(self, name: CertificateName) -> Sequence[str]: ...

    def deletion_paths(self, name: CertificateName) -> Sequence[str]:
        """The paths that :meth:`delete` would remove; raises what it would."""

    def rename_moves(self, name: CertificateName, new: CertificateName) -> Sequence[tuple[str, str]]:
        """The paths that :meth:`rename` would move, and where to; raises what it would."""

    def rename(self, name: CertificateName, new: CertificateName) -> Lineage:
        """Give a lineage another name; the locks of both names are held.  Raises LineageExists."""

    def prune(self, name: CertificateName, numbers: Collection[int]) -> Sequence[str]:
        """Remove these versions with their keys, never the live one nor one that a journal is about."""

    def leftovers(self) -> Sequence[str]:
        """Files that no lineage has, and that nobody has read for years."""

    def remove_leftovers(self, paths: Collection[str]) -> Sequence[str]:
        """Remove those of ``paths`` that are leftovers; gives what was removed."""


class AccountStore(Protocol):
    """Keeps ACME accounts, per CA."""

    def accounts(self, server: str) -> Sequence[StoredAccount]: ...

    def begun(self, server: str) -> Sequence[PrivateKey]:
        """Keys that are kept, and whose registration has not come to its end; the lock is held."""

    def begin(self, server: str, key: PrivateKey) -> None:
        """Keep a key that is about to be registered; durable when it returns."""

    def give_up(self, server: str, key: PrivateKey) -> None:
        """Forget a key that was not registered."""

    def save(
        self, server: str, key: PrivateKey, url: str, *, created: datetime, host: str
    ) -> StoredAccount: ...

    def delete(self, server: str, account_id: str) -> None: ...

    def lock(self, server: str, *, wait: float) -> AbstractContextManager[object]:
        """Exclusive, between processes and threads: whoever holds it may register at ``server``."""


class CaMemory(Protocol):
    """Remembers CA directories for at most a day, so that a run need not fetch them."""

    def remember_directory(self, server: str, directory: Mapping[str, object], *, now: datetime) -> None: ...

    def remembered_directory(self, server: str, *, now: datetime) -> Mapping[str, object] | None: ...


class AnswerBook(Protocol):
    """Remembers, from run to run, what CAs said about the renewal of certificates.

    An answer is texts by the keys that our section of a renewal file has for one.  What is lost is asked for
    again: neither call raises.
    """

    def of(self, certificate_id: str) -> Mapping[str, str] | None:
        """The last answer about one certificate."""

    def keep(self, answers: Iterable[tuple[Mapping[str, str], float]], *, now: float) -> None:
        """All at once or not at all; each with the POSIX time from which on it is of no use to anybody."""


class Setbacks(Protocol):
    """Remembers, from run to run, which lineages' orders failed."""

    def setback(self, name: CertificateName) -> Setback | None: ...

    def note_setback(self, name: CertificateName, setback: Setback) -> None: ...

    def forget_setback(self, name: CertificateName) -> None: ...


class LimitLedger(Protocol):
    """Remembers, from run to run, what was asked of the CAs and what they said to it.

    Every call is short and holds no lock afterwards.  What cannot be written is not remembered, and what
    is lost costs a refusal at most: none of the calls raises.
    """

    def forecast(self, order: OrderAhead, *, now: datetime) -> Forecast:
        """How the order would fare, by what is known here; without limits of the CA, by what it said."""

    def note_sent(self, order: OrderAhead, *, at: datetime) -> None:
        """The order is on its way: it counts, whatever becomes of this process, until its fate is noted."""

    def note_declined(self, order: OrderAhead, *, at: datetime) -> None:
        """The CA has not taken the order that was sent ``at``."""

    def note_order(self, order: OrderAhead, url: str, *, at: datetime, resumed: bool = False) -> None:
        """The CA has taken the order that was sent ``at``.  One that is ``resumed`` counts unless it was
        noted when placed."""

    def note_certificate(self, order: OrderAhead, facts: CertificateFacts, *, now: datetime) -> None:
        """The CA has issued; a certificate counts once."""

    def note_proofs(
        self,
        order: OrderAhead,
        *,
        failed: Collection[Identifier] = (),
        proved: Collection[Identifier] = (),
        now: datetime,
    ) -> None:
        """What the CA found when it looked."""

    def note_refusal(self, order: OrderAhead, said: CaSaid, *, now: datetime) -> None:
        """The CA has refused the order, or to be asked at all."""

    def note_account(self, server: str, url: str, *, now: datetime) -> None:
        """An account was registered from here."""


class Consent(Protocol):
    """Agrees to a CA's terms of service, or does not (RFC 8555 section 7.3.3)."""

    def agrees(self, server: str, terms_url: str) -> bool: ...
