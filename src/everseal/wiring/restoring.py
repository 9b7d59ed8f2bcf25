"""Backups brought back, and what they hold put to use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from everseal.engine.deploy import failures, run_owed
from everseal.engine.exporting import owed_exports, run_exports
from everseal.hooks.runner import HookCommands
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.exports import kept_exports
from everseal.planning.suggestion import OWN_SECTION
from everseal.settings.renewal_params import restore as restored_settings
from everseal.store.backup.ownership import Owners
from everseal.store.backup.restoring import Restored, RestorePlan, Restorer
from everseal.store.backup.sealing import Opening
from everseal.store.backup.surveying import LineageStep
from everseal.store.backup.taking import open_backup
from everseal.store.certbot_dir.lineages import plain_section
from everseal.wiring import wishes
from everseal.wiring.house import House


def plan_restore(
    house: House,
    path: str,
    names: Collection[CertificateName],
    opening: Opening | None,
    *,
    overwrite: bool,
) -> RestorePlan:
    """Raises BackupMissing, BadBackup, NotInBackup, AgeMissing, BadIdentity, CannotOpen, StoreUnusable."""
    data, encrypted = open_backup(path, opening or Opening())
    return _restorer(house).plan(path, data, names, encrypted=encrypted, overwrite=overwrite)


def restore(house: House, plan: RestorePlan) -> Restored:
    """Raises Busy, StoreUnusable."""
    with house.store.run_lock():
        house.store.sweep()
        return _restorer(house).restore(plan)


class Deployment:
    """Implements ``Usage``: exports for whatever goes live, deploy hooks where a server uses it already."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shop = house.workshop()

    def planned(self, step: LineageStep) -> LineageStep:
        outcome = step.outcome
        if not outcome.moves:
            return step
        targets = kept_exports(plain_section(step.document.section(OWN_SECTION))).targets
        hooks = self._house.hooks.deploy_commands(self._commands(step)) if _is_used(step) else ()
        return replace(step, outcome=replace(outcome, exports=targets, hooks=hooks))

    def owed(self, step: LineageStep) -> Sequence[OwedHook]:
        outcome = step.outcome
        hooks = [OwedHook("deploy", each, step.name, outcome.identifiers) for each in outcome.hooks]
        return [*owed_exports(step.name, outcome.identifiers, outcome.exports), *hooks]

    def run(self, step: LineageStep, lineage: Lineage) -> Sequence[str]:
        identifiers = step.outcome.identifiers
        exports = owed_exports(step.name, identifiers, step.outcome.exports)
        failed = run_exports(exports, lineage, self._shop)
        if not step.outcome.hooks:
            return failed
        return failed + failures(run_owed(self._commands(step), lineage, identifiers, self._shop))

    def _commands(self, step: LineageStep) -> HookCommands:
        """Raises RenewalFileBroken."""
        settings = restored_settings(
            step.document.section("renewalparams"),
            self._house.settings,
            path=step.paths.conf,
            own=step.document.section(OWN_SECTION),
        )
        configured = wishes.configured_hooks(settings)
        return HookCommands(configured.pre, configured.deploy, configured.post)


def _is_used(step: LineageStep) -> bool:
    """Of a lineage that is not here yet no server knows."""
    return step.outcome.present.has_settings


def _restorer(house: House) -> Restorer:
    return Restorer(house.store, Owners.here(), Deployment(house), now=house.surroundings.clock.now())
