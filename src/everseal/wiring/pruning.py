"""What ``prune`` would remove."""

from __future__ import annotations

from collections.abc import Sequence

from everseal.engine.pruning import LineagePrune, PrunePlan, plan_whole, verdicts
from everseal.model.errors import LineageBroken, UsageError
from everseal.model.events import Warned
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.wiring import wishes
from everseal.wiring.house import House


class NamesWanted(UsageError):
    """Whole certificates go only when they are named."""

    def __init__(self) -> None:
        super().__init__(
            "--expired removes whole certificates, so name them",
            remedy="write it as `prune NAME --expired`; `certificates` shows which have expired",
        )


def plan_prune(house: House, names: Sequence[CertificateName], *, expired: bool) -> PrunePlan:
    """For these lineages, or for every one and the files that no lineage has.

    Raises NamesWanted, NotExpired, LineageMissing, LineageBroken; a damaged lineage that was not named is
    left alone, with a warning.
    """
    if expired and not names:
        raise NamesWanted
    if names:
        return PrunePlan(tuple(_plan_one(house, house.store.load(name), expired) for name in names))
    return PrunePlan(tuple(_plan_all(house)), tuple(house.store.leftovers()))


def _plan_all(house: House) -> list[LineagePrune]:
    plans = []
    for each in house.store.load_all():
        try:
            if isinstance(each, Damaged):
                raise each.error
            plans.append(_plan_one(house, each, expired=False))
        except LineageBroken as error:
            told = f"{error.message}; nothing of it is removed; to mend it: {error.remedy}"
            house.surroundings.emit(Warned(told))
    return plans


def _plan_one(house: House, lineage: Lineage, expired: bool) -> LineagePrune:
    retention = wishes.retention(house.restored(lineage))
    now = house.surroundings.clock.now()
    if expired:
        return plan_whole(lineage.name, retention, house.store, now=now)
    found = verdicts(lineage.name, retention, house.store, now=now)
    return LineagePrune(lineage.name, retention, found)
