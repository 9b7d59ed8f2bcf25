"""Plans for what happens to versions that are there already, and what an earlier run has left to do."""

from __future__ import annotations

from dataclasses import replace

from everseal.deploy.export import check
from everseal.engine.history import history
from everseal.model.errors import OperatorError
from everseal.model.events import Warned
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.planning.exports import kept_exports
from everseal.planning.plan import PlannedFile
from everseal.planning.suggestion import OWN_SECTION
from everseal.planning.switching import Switch, decide_switch
from everseal.planning.words import moment
from everseal.wiring import wishes
from everseal.wiring.drafts import exported_files, planned_hooks
from everseal.wiring.house import House


def plan_switch(house: House, name: CertificateName, to: int, *, even_if_expired: bool) -> Switch:
    """Raises LineageMissing, LineageBroken, VersionMissing, Unsound."""
    lineage = house.store.load(name)
    settings = house.restored(lineage)
    now = house.surroundings.clock.now()
    step = decide_switch(history(name, house.store, now=now), to, even_if_expired=even_if_expired)
    configured = wishes.configured_hooks(settings)
    moves = step.live != step.to
    hooks = [each for each in planned_hooks(house, configured) if each.kind == "deploy"] if moves else []
    exports = kept_exports(lineage.sections.get(OWN_SECTION, {})).targets
    return replace(step, configured_hooks=configured, hooks=tuple(hooks), exports=exports if moves else ())


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export writes."""

    name: CertificateName
    version: int
    targets: tuple[ExportTarget, ...]
    files: tuple[PlannedFile, ...]


def plan_export(house: House, name: CertificateName, target: ExportTarget | None) -> ExportPlan:
    """Of the live version, to ``target`` or to every place that is kept.

    Raises LineageMissing, LineageBroken, NothingToExport, and what speaks against the target.
    """
    lineage = house.store.load(name)
    kept = kept_exports(lineage.sections.get(OWN_SECTION, {}))
    targets = kept.targets if target is None else (target,)
    if not targets:
        raise NothingToExport(name)
    for each in targets:
        check(each, kept=house.store.layout.roots)
    return ExportPlan(name, lineage.live, targets, tuple(exported_files(name, targets)))


class NothingToExport(OperatorError):
    """No directory is said, and none is kept."""

    def __init__(self, name: CertificateName) -> None:
        super().__init__(
            f"no directory is kept that {name} is exported to",
            remedy="say which with --to DIR, and add --remember to have each new version there",
        )


def remind(house: House) -> None:
    """Warn of a backup that an earlier run did not bring back to its end."""
    unfinished = house.store.state.restoring()
    if unfinished is not None:
        path, since = unfinished
        house.surroundings.emit(
            Warned(
                f"bringing back {path} was interrupted on {moment(since)}; "
                f"run `{house.surroundings.program} restore {path}` again, which finishes it"
            )
        )
