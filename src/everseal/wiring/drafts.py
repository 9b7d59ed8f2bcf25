"""From a decision to the action that a plan holds: proofs, files, hooks, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from everseal.deploy.export import check
from everseal.deploy.formats import file_names
from everseal.hooks.runner import HookCommands
from everseal.model.csr import CsrFacts
from everseal.model.errors import OperatorError
from everseal.model.export import ExportTarget
from everseal.model.lineage import Lineage, ParameterValue
from everseal.model.names import CertificateName, Identifier, IpAddress
from everseal.planning.exports import KeptExports, kept_exports, with_exports
from everseal.planning.plan import (
    ConfiguredHooks,
    Issue,
    Leave,
    PlannedFile,
    PlannedHook,
    Proof,
    UseAccount,
)
from everseal.planning.reasons import DueReason, NotDueReason
from everseal.planning.suggestion import OWN_SECTION
from everseal.ports import Solver
from everseal.settings.known_authorities import known_authorities
from everseal.settings.renewal_params import to_own_section, to_parameters
from everseal.settings.values import Settings
from everseal.settings.webroots import with_webroots
from everseal.wiring import wishes
from everseal.wiring.accounts import account_step, replaced
from everseal.wiring.fallbacks import with_fallbacks
from everseal.wiring.house import House
from everseal.wiring.planned_files import account_files, lineage_files
from everseal.wiring.predecessors import predecessor

Parameters = Mapping[str, ParameterValue]


class CannotProve(OperatorError):
    """The chosen authenticator has no way to prove control of a name."""

    def __init__(self, identifier: Identifier, solver: str) -> None:
        super().__init__(
            f"{solver} cannot prove control of {identifier}",
            remedy="a wildcard needs dns-01 (--manual --preferred-challenges dns), "
            "an IP address http-01 or tls-alpn-01",
        )


class ProfileNeeded(OperatorError):
    """The CA issues for IP addresses under one of its profiles only."""

    def __init__(self, address: IpAddress, ca: str, profile: str) -> None:
        super().__init__(
            f"{ca} issues for an IP address such as {address} only under its profile {profile}",
            remedy=f"add --preferred-profile {profile}; such certificates live for days: run `renew` often",
        )


def draft_issue(
    house: House,
    settings: Settings,
    name: CertificateName,
    identifiers: tuple[Identifier, ...],
    reason: DueReason,
    present: Lineage | None,
) -> Issue:
    """The action without its requests, which depend on the actions before it.

    Raises OperatorError when it could not be carried out.
    """
    server = settings.required("server")
    account = account_step(house, settings)
    if isinstance(account, UseAccount):
        settings = settings.with_values({"account": account.id})
    if settings.text("authenticator") == "webroot":
        settings = with_webroots(settings, [each.value for each in identifiers])
    solver = house.solver(settings)
    solver.check(identifiers)
    hooks = wishes.configured_hooks(settings)
    dry_run = settings.flag("dry_run")
    exports = _exports(house, settings, present)
    retention = wishes.retention(settings)
    saved: Iterable[PlannedFile] = ()
    if not dry_run:
        saved = (*lineage_files(house, name, present, retention), *exported_files(name, exports.targets))
    drafted = Issue(
        name=name,
        new=present is None,
        identifiers=identifiers,
        reason=reason,
        server=server,
        account=account,
        key=wishes.key_step(settings),
        proofs=tuple(_proof(each, solver) for each in identifiers),
        requests=(),
        files=(*account_files(house, server, account), *saved),
        hooks=tuple(planned_hooks(house, hooks, deploys=not dry_run or settings.flag("run_deploy_hooks"))),
        configured_hooks=hooks,
        options=wishes.certificate_options(settings, replaced(present, server, account, dry_run=dry_run)),
        parameters=parameters_of(settings, present),
        own_parameters=with_exports(cast(Parameters, to_own_section(settings)), exports),
        conf_path=house.store.layout.conf(name) if present is None else present.conf_path,
        installer=settings.text("installer"),
        exports=exports.targets,
        retention=retention,
        present_serial=None if present is None else present.certificate.serial,
        live_fullchain=_live_fullchain(house, name, present),
        dry_run=dry_run,
        allow_subset=settings.flag("allow_subset_of_names"),
        follows=None if present is None else predecessor(house, present, reason),
    )
    _demand_profile(drafted)
    return with_fallbacks(house, settings, drafted, present)


def draft_for_csr(
    house: House, settings: Settings, request: CsrFacts, reason: DueReason, files: Sequence[PlannedFile]
) -> Issue:
    """The action for an operator's own signing request; what it needs of a lineage stays empty.

    ``files`` are those that the certificate is saved to.
    """
    drafted = draft_issue(
        house,
        settings,
        CertificateName.from_identifier(request.identifiers[0]),
        request.identifiers,
        reason,
        None,
    )
    return replace(
        drafted,
        files=(
            *account_files(house, drafted.server, drafted.account),
            *(() if drafted.dry_run else files),
        ),
        hooks=(),
        configured_hooks=ConfiguredHooks(),
        options=replace(drafted.options, csr_der=request.der, must_staple=request.must_staple),
        live_fullchain="",
        conf_path="",
    )


def parameters_of(settings: Settings, present: Lineage | None) -> Parameters:
    """The ``[renewalparams]`` that keep these settings, and what is there of other plugins."""
    return cast(Parameters, to_parameters(settings, None if present is None else present.parameters))


def own_parameters_of(settings: Settings, present: Lineage) -> Parameters:
    """Our section with these settings, and what else is remembered there of the present version."""
    return cast(Parameters, to_own_section(settings, present.sections.get(OWN_SECTION)))


def _demand_profile(action: Issue) -> None:
    """Without any profile said; with one the CA itself will judge."""
    known = known_authorities().at(action.server)
    said = action.options.required_profile or action.options.preferred_profile
    if known is None or known.address_profile is None or said is not None:
        return
    for each in action.identifiers:
        if isinstance(each, IpAddress):
            raise ProfileNeeded(each, known.title, known.address_profile)


def leave(lineage: Lineage, reason: NotDueReason, renew_at: datetime | None = None) -> Leave:
    """Nothing is ordered; a newer version that is not live yet is put to use."""
    facts = lineage.certificate
    return Leave(
        lineage.name,
        facts.identifiers,
        reason,
        facts.not_after,
        lineage.fullchain_path,
        renew_at,
        relink=None if lineage.live == lineage.decisive else lineage.decisive,
        conf_path=lineage.conf_path,
    )


def _live_fullchain(house: House, name: CertificateName, present: Lineage | None) -> str:
    if present is not None:
        return present.fullchain_path
    return house.store.layout.default_paths(name).links["fullchain"]


def _proof(identifier: Identifier, solver: Solver) -> Proof:
    types = solver.challenge_types(identifier)
    if not types:
        raise CannotProve(identifier, solver.name)
    return Proof(identifier, types[0], solver.describe(identifier, types[0]))


def exported_files(name: CertificateName, targets: Sequence[ExportTarget]) -> Iterator[PlannedFile]:
    """What an export writes."""
    for target in targets:
        for file in file_names(target.format, name.value):
            yield PlannedFile(f"{target.directory}/{file}", f"exported as {target.format}")


def _exports(house: House, settings: Settings, present: Lineage | None) -> KeptExports:
    """What the renewal file keeps, and what is asked for now, which is looked at beforehand.

    Raises OperatorError where that could not be written.
    """
    kept = KeptExports() if present is None else kept_exports(present.sections.get(OWN_SECTION, {}))
    wanted = wishes.export_target(settings, "out")
    if wanted is None:
        return kept
    check(wanted, kept=house.store.layout.roots)
    return kept.including(wanted)


def planned_hooks(
    house: House, configured: ConfiguredHooks, *, deploys: bool = True
) -> Iterator[PlannedHook]:
    """The commands that will run, those of the hook directories first."""
    commands = HookCommands(configured.pre, configured.deploy, configured.post)
    yield from (PlannedHook("pre", each) for each in house.hooks.pre_commands(commands))
    if deploys:
        yield from (PlannedHook("deploy", each) for each in house.hooks.deploy_commands(commands))
    yield from (PlannedHook("post", each) for each in house.hooks.post_commands(commands))
