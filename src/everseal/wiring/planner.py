"""From what the operator asks for and what is there to a plan; nothing is ordered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from everseal.model.certificate import CertificateFacts
from everseal.model.csr import CsrFacts
from everseal.model.errors import OperatorError
from everseal.model.events import NamesShared
from everseal.model.frozen import dataclass
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.planning.assemble import assemble
from everseal.planning.choose import (
    Answer,
    Keep,
    MakeNew,
    Question,
    QuestionKind,
    Renew,
    choose,
)
from everseal.planning.plan import Action, Issue, Plan, PlannedFile
from everseal.planning.reasons import (
    DueReason,
    FirstCertificate,
    NamesChanged,
    NotDueReason,
    Rehearsal,
    Unchanged,
)
from everseal.planning.suggestion import OWN_SECTION
from everseal.settings.conflicts import as_rehearsal
from everseal.settings.values import Settings
from everseal.settings.webroots import with_webroots
from everseal.wiring import wishes
from everseal.wiring.decisions import decide
from everseal.wiring.drafts import (
    Parameters,
    draft_for_csr,
    draft_issue,
    leave,
    own_parameters_of,
    parameters_of,
)
from everseal.wiring.foresight import weighed
from everseal.wiring.house import House
from everseal.wiring.safeguards import replacing

_LOCK_WAIT: Final = 60.0


class NoNamesLeft(OperatorError):
    """A certificate is for one name at least."""

    def __init__(self, name: CertificateName) -> None:
        super().__init__(
            f"the certificate {name} would be left without any name",
            remedy=f"keep one, or remove the certificate with `delete --cert-name {name}`",
        )


class NotAmongNames(OperatorError):
    """A name to remove that the certificate does not have."""

    def __init__(self, name: CertificateName, missing: Identifier, facts: CertificateFacts) -> None:
        names = " ".join(each.value for each in facts.identifiers)
        super().__init__(f"the certificate {name} is not for {missing}", remedy=f"its names are: {names}")


class NotReconfigurable(OperatorError):
    """Account and CA of a lineage change with a new certificate only."""

    def __init__(self, name: CertificateName) -> None:
        super().__init__(
            "Using reconfigure to change the ACME account or server is not supported. If you would like to "
            "do so, use renew with the --force-renewal flag instead of reconfigure. Note that doing so will "
            "count against any rate limits",
            remedy=f"use `renew --cert-name {name} --force-renewal` with the new account or server",
        )


@dataclass(frozen=True, slots=True)
class Reconfiguration:
    """A rehearsal with changed settings, and the settings to keep if it goes well."""

    plan: Plan
    lineage: Lineage
    settings: Settings


class Planner:
    """Plans one certificate, by one verb or another."""

    def __init__(self, house: House) -> None:
        self._house = house

    def certificate(
        self, answers: Mapping[QuestionKind, Answer], *, remember_advice: bool = False
    ) -> Plan | Question:
        """What obtaining the certificate asked for in the settings would do."""
        house, settings = self._house, self._house.settings
        house.solver(settings)
        if remember_advice:
            house.keep_secret()
        request = wishes.request(settings, dict(answers))
        kept = house.store.load_all()
        lineages = _sound(kept, request.name)
        choice = choose(request, lineages, lambda same: self._due(same, remember_advice))
        match choice:
            case Question():
                return choice
            case Keep(lineage=lineage, reason=reason):
                return self.plan([leave(lineage, reason)])
            case Renew(lineage=lineage, identifiers=names, reason=reason, keep_key_type=key_type):
                if key_type is not None:
                    settings = settings.with_values({"key_type": key_type})
                return self.plan([self.renewal(settings, lineage, names, reason)])
            case MakeNew(wanted=wanted, reason=first, overlaps=overlaps):
                if not request.duplicate:
                    _sound(kept, wanted)
                name = house.store.free_name(wanted)
                house.store.reserve_check(name)
                action = draft_issue(house, settings, name, request.identifiers, first, None)
                for other in overlaps:
                    self._tell_overlap(name, request.identifiers, other)
                return self.plan([action])

    def names(
        self, name: CertificateName, *, add: Sequence[Identifier], remove: Sequence[Identifier]
    ) -> Plan:
        """The lineage with other names, and everything else as it is.

        Raises NotAmongNames, NoNamesLeft.
        """
        lineage = self._house.store.load(name)
        facts = lineage.certificate
        for each in remove:
            if each not in facts.identifiers:
                raise NotAmongNames(name, each, facts)
        kept = [each for each in facts.identifiers if each not in remove]
        names = tuple(dict.fromkeys([*kept, *add]))
        if not names:
            raise NoNamesLeft(name)
        added = tuple(each for each in names if each not in facts.identifiers)
        removed = tuple(each for each in facts.identifiers if each not in names)
        if not added and not removed:
            return self.plan([leave(lineage, Unchanged(facts.not_after))])
        settings = _with_saved_webroots(self._house.restored(lineage), lineage)
        return self.plan([self.renewal(settings, lineage, names, NamesChanged(added, removed))])

    def reconfiguration(self, name: CertificateName) -> Reconfiguration:
        """Raises LineageMissing, LineageBroken, RenewalFileBroken, NotReconfigurable."""
        house = self._house
        lineage = house.store.load(name)
        settings = house.restored(lineage)
        saved = {key: lineage.parameters.get(key) for key in ("account", "server")}
        same_server = settings.text("server") == saved["server"]
        if same_server and settings.text("account") is None and isinstance(saved["account"], str):
            settings = settings.with_values({"account": saved["account"]})
        if not same_server or settings.text("account") != saved["account"]:
            raise NotReconfigurable(name)
        names = lineage.certificate.identifiers
        if settings.text("authenticator") == "webroot":
            settings = with_webroots(settings, [each.value for each in names])
        rehearsal = as_rehearsal(settings)
        action = self.renewal(rehearsal, lineage, names, Rehearsal())
        if _to_keep(settings, lineage) is not None:
            kept = PlannedFile(lineage.conf_path, "the new settings, if the rehearsal goes well")
            action = replace(action, files=(*action.files, kept))
        return Reconfiguration(self.plan([action]), lineage, settings)

    def keep(self, change: Reconfiguration) -> bool:
        """Save what a rehearsal went well with; False where nothing differs from what is there."""
        house, lineage = self._house, change.lineage
        with house.store.run_lock(), house.store.lock(lineage.name, wait=_LOCK_WAIT):
            present = house.store.load(lineage.name)
            kept = _to_keep(change.settings, present)
            if kept is None:
                return False
            parameters, own = kept
            house.store.save_parameters(lineage.name, parameters=parameters, sections={OWN_SECTION: own})
        return True

    def for_csr(self, facts: CsrFacts, files: Sequence[PlannedFile]) -> Plan:
        """A certificate for an operator's own signing request, saved to ``files``."""
        house = self._house
        return self.plan([draft_for_csr(house, house.settings, facts, FirstCertificate(), files)])

    def renewal(
        self, settings: Settings, lineage: Lineage, names: tuple[Identifier, ...], reason: DueReason
    ) -> Issue:
        """The next version of a lineage.  Raises OperatorError when it could not be ordered."""
        settings = replacing(settings, lineage)
        return draft_issue(self._house, settings, lineage.name, names, reason, lineage)

    def plan(self, actions: Sequence[Action]) -> Plan:
        """The actions with the requests that they will make."""
        house = self._house
        servers = {action.server for action in actions if isinstance(action, Issue)}
        now = house.surroundings.clock.now()
        actions = weighed(house, actions, now=now)
        state = house.store.state
        remembered = {each for each in servers if state.remembered_directory(each, now) is not None}
        return assemble(actions, remembered=remembered, made_at=now)

    def _due(self, lineage: Lineage, remember_advice: bool) -> DueReason | NotDueReason:
        """Whether the certificate somebody asks for again is due; its own renewal settings say when."""
        settings = self._house.restored(lineage)
        decision = decide(self._house, lineage, settings, ask_ocsp=remember_advice, explicit=True)
        if remember_advice:
            self._house.counsel.keep(now=self._house.surroundings.clock.now())
        return decision.reason

    def _tell_overlap(self, name: CertificateName, wanted: Sequence[Identifier], other: Lineage) -> None:
        theirs = other.certificate.identifiers
        self._house.surroundings.emit(
            NamesShared(
                name,
                other.name,
                shared=tuple(each for each in wanted if each in theirs),
                missing=tuple(each for each in wanted if each not in theirs),
            )
        )


def _to_keep(settings: Settings, present: Lineage) -> tuple[Parameters, Parameters] | None:
    """The renewal file's two sections with these settings; None where nothing differs."""
    parameters, own = parameters_of(settings, present), own_parameters_of(settings, present)
    if parameters == present.parameters and own == present.sections.get(OWN_SECTION, {}):
        return None
    return parameters, own


def _with_saved_webroots(settings: Settings, lineage: Lineage) -> Settings:
    """``-w`` given for this run is for the names that have no directory yet."""
    saved = lineage.parameters.get("webroot_map")
    if not settings.is_explicit("webroot_path") or not isinstance(saved, Mapping):
        return settings
    return settings.with_values({"webroot_map": {**settings.mapping("webroot_map"), **saved}})


def _sound(kept: Sequence[Lineage | Damaged], wanted: CertificateName | None) -> list[Lineage]:
    """What a request is compared with; a damaged lineage of the wanted name is an error, not a reason to
    make a second one."""
    for each in kept:
        if isinstance(each, Damaged) and each.name == wanted:
            raise each.error
    return [each for each in kept if isinstance(each, Lineage)]
