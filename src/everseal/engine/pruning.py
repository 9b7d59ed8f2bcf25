"""Removing the versions that nothing asks to stay: after each renewal, and when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from everseal.engine.tools import Workshop
from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Inventory, Lineage
from everseal.model.names import CertificateName
from everseal.planning.retention import Retention, Verdict, VersionAge, judge, to_remove
from everseal.ports import Store

_WAIT: Final = 60.0


class NotExpired(OperatorError):
    """Only what has expired goes whole."""

    def __init__(self, name: CertificateName, until: datetime) -> None:
        super().__init__(
            f"the certificate {name} is valid until {until:%Y-%m-%d %H:%M} UTC and is not removed",
            remedy=f"leave out --expired, or remove it with `delete --cert-name {name}`",
        )


@dataclass(frozen=True, slots=True)
class LineagePrune:
    """What goes of one lineage; ``whole`` when all of it does, because it has expired."""

    name: CertificateName
    retention: Retention
    verdicts: tuple[Verdict, ...]
    whole: bool = False

    @property
    def removes(self) -> tuple[int, ...]:
        return to_remove(self.verdicts)


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What goes of each lineage, and files that no lineage has."""

    lineages: tuple[LineagePrune, ...]
    leftovers: tuple[str, ...] = ()

    @property
    def does_something(self) -> bool:
        return bool(self.leftovers) or any(each.whole or each.removes for each in self.lineages)


def verdicts(
    name: CertificateName, retention: Retention, store: Store, *, now: datetime
) -> tuple[Verdict, ...]:
    """A verdict on each version.  Raises LineageMissing, LineageBroken, StoreUnusable."""
    inventory = store.inventory(name)
    ages = _ages(name, inventory, retention, store)
    return judge(ages, live=inventory.live, retention=retention, now=now)


def _ages(
    name: CertificateName, inventory: Inventory, retention: Retention, store: Store
) -> list[VersionAge]:
    return [
        VersionAge(
            number,
            is_complete=not missing,
            issued=_issued(name, number, store) if retention.days is not None and not missing else None,
        )
        for number, missing in inventory.missing.items()
    ]


def removed_by_renewal(
    present: Lineage, retention: Retention, store: Store, *, now: datetime
) -> tuple[int, ...]:
    """The versions that go once the next one is live, as things stand.

    Raises LineageMissing, LineageBroken, StoreUnusable.
    """
    if retention.days is None and present.latest <= retention.newest:
        return ()
    new = present.latest + 1
    ages = [*_ages(present.name, store.inventory(present.name), retention, store), VersionAge(new)]
    return to_remove(judge(ages, live=new, retention=retention, now=now))


def prune_after_renewal(name: CertificateName, retention: Retention, shop: Workshop) -> None:
    """The caller holds the lineage's lock."""
    going = to_remove(verdicts(name, retention, shop.store, now=shop.clock.now()))
    if going:
        shop.store.prune(name, going)


def plan_whole(name: CertificateName, retention: Retention, store: Store, *, now: datetime) -> LineagePrune:
    """The whole lineage goes.  Raises NotExpired, LineageMissing, LineageBroken."""
    lineage = store.load(name)
    if not lineage.certificate.is_expired(now):
        raise NotExpired(name, lineage.certificate.not_after)
    return LineagePrune(name, retention, (), whole=True)


def prune(plan: PrunePlan, shop: Workshop) -> tuple[str, ...]:
    """Look again at each lineage under its lock, and remove what still has to go; gives the paths.

    Raises Busy, NotExpired, LineageMissing, LineageBroken, StoreUnusable.
    """
    removed: list[str] = []
    with shop.store.run_lock():
        for each in plan.lineages:
            if each.whole or each.removes:
                with shop.store.lock(each.name, wait=_WAIT):
                    shop.store.recover(each.name)
                    removed += _prune_one(each, shop)
        if plan.leftovers:
            removed += shop.store.remove_leftovers(plan.leftovers)
    return tuple(removed)


def _prune_one(step: LineagePrune, shop: Workshop) -> Sequence[str]:
    now = shop.clock.now()
    if step.whole:
        plan_whole(step.name, step.retention, shop.store, now=now)
        return shop.store.delete(step.name)
    planned = set(step.removes)
    still: Iterable[int] = to_remove(verdicts(step.name, step.retention, shop.store, now=now))
    return shop.store.prune(step.name, [number for number in still if number in planned])


def _issued(name: CertificateName, number: int, store: Store) -> datetime | None:
    try:
        return read_certificate(store.read_version(name, number).cert_pem).not_before
    except (OperatorError, BadCertificate, FileNotFoundError):
        return None
