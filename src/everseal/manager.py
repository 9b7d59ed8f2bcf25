"""The library's front door: plan, apply, look, revoke, delete, and accounts.

A manager is made from settings and what it may see of the world around it.  It prints nothing and
exits never; it returns values, raises :class:`~everseal.model.errors.OperatorError`, and emits the
events of :mod:`everseal.model.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from socket import gethostname
from typing import Final

from everseal.acme.client import Account
from everseal.engine import lifecycle
from everseal.engine import revoke as revoking
from everseal.engine.account import as_account
from everseal.engine.outcome import RunReport
from everseal.engine.renewal_info import Advice, certificate_id, remember
from everseal.engine.run import carry_out
from everseal.model.account import StoredAccount
from everseal.model.errors import LineageBroken, LineageMissing, OperatorError
from everseal.model.events import Emit, ignore
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.model.private_key import PrivateKey
from everseal.planning.assemble import assemble
from everseal.planning.choose import Answer, Keep, MakeNew, Question, QuestionKind, Renew, choose, identical
from everseal.planning.plan import Action, Issue, Leave, Plan, RegisterAccount, Report
from everseal.planning.reasons import DueReason, NotDueReason
from everseal.reports.certificates import Blemish, Listed
from everseal.settings.authorities import is_test_server
from everseal.settings.values import Settings, Source
from everseal.system.clock import SystemClock, SystemRandom
from everseal.wiring import wishes
from everseal.wiring.decisions import decide
from everseal.wiring.drafts import account_step, draft_issue
from everseal.wiring.house import House
from everseal.wiring.surroundings import AlwaysConsent, NoConsent, Surroundings

_LOCK_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """How one lineage stands: due or not and why, and when it will be renewed."""

    lineage: Lineage
    reason: DueReason | NotDueReason
    renew_at: datetime | None

    @property
    def is_due(self) -> bool:
        return isinstance(self.reason, DueReason)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is kept here, as of ``now``."""

    sound: tuple[Listed, ...]
    damaged: tuple[Damaged, ...]
    now: datetime


class Manager:
    """Plans and carries out the life of certificates in one configuration directory."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._house = House(settings, surroundings)
        self._settings = settings
        self._clock = surroundings.clock

    @classmethod
    def open(
        cls,
        *,
        emit: Emit = ignore,
        agree_to_terms: bool = False,
        environment: Mapping[str, str] | None = None,
        **options: object,
    ) -> Manager:
        """A manager for a program that embeds Everseal.

        ``options`` are options of the command line by their names in the reference (``config_dir``,
        ``server``, ``authenticator``, ``domains``, ``webroot_path`` ...), with values of their types;
        an unknown one raises KeyError.  ``agree_to_terms`` says that the CA's terms of service are agreed
        to; ``environment`` is what hooks inherit (default: nothing).
        """
        settings = Settings.defaults().with_values(options, Source("command line"))
        surroundings = Surroundings(
            clock=SystemClock(),
            random=SystemRandom(),
            host=gethostname(),
            environment=environment or {},
            emit=emit,
            consent=AlwaysConsent() if agree_to_terms else NoConsent(),
        )
        return cls(settings, surroundings)

    @property
    def house(self) -> House:
        """The instruments themselves, for programs that need more than this class offers."""
        return self._house

    def plan_certificate(self, answers: Mapping[QuestionKind, Answer] | None = None) -> Plan | Question:
        """What obtaining the certificate asked for in the settings would do.

        A :class:`Question` comes back where a person has to decide; call again with the answer.
        """
        request = wishes.request(self._settings, dict(answers or {}))
        lineages = self._sound_lineages(request.name)
        same = identical(request, lineages)
        due = None if same is None else decide(self._house, same, self._house.restored(same)).reason
        choice = choose(request, lineages, due)
        present: Lineage | None = None
        settings = self._settings
        match choice:
            case Question():
                return choice
            case Keep(lineage=lineage, reason=reason):
                return self._plan([self._leave(lineage, reason)])
            case Renew(lineage=lineage, identifiers=names, reason=reason, keep_key_type=kept):
                name, present = lineage.name, lineage
                if kept is not None:
                    settings = settings.with_values({"key_type": kept})
            case MakeNew(wanted=wanted, reason=reason):
                name, names = self._house.store.free_name(wanted), request.identifiers
                self._house.store.reserve_check(name)
        replaces = None if present is None else certificate_id(present.certificate)
        return self._plan([draft_issue(self._house, settings, name, names, reason, present, replaces)])

    def plan_renewals(self, *, remember_advice: bool = False) -> Plan:
        """What ``renew`` would do; the CA is asked for nothing but its renewal information.

        ``remember_advice`` keeps the CA's fresh answers in the renewal files.
        """
        chosen = self._chosen()
        sound = [each for each in chosen if isinstance(each, Lineage)]
        planned = dict(
            zip(
                (each.name for each in sound),
                self._house.each_request(self._plan_renewal, sound),
                strict=True,
            )
        )
        if remember_advice:
            self._keep([(each, planned[each.name][1]) for each in sound])
        return self._plan(
            [
                planned[each.name][0]
                if isinstance(each, Lineage)
                else Report(each.conf_path, each.error.message, each.error.remedy)
                for each in chosen
            ]
        )

    def apply(
        self, plan: Plan, *, jobs: int = 1, before_post: Callable[[RunReport], None] | None = None
    ) -> RunReport:
        """Carry a plan out; ``before_post`` sees the outcomes before the post hooks run."""
        report = carry_out(plan, self._house.workshop(jobs=jobs), before_post=before_post)
        self._house.clients.remember()
        return report

    def lineages(self) -> Sequence[Lineage | Damaged]:
        """Every lineage, in the order of the renewal files' names; the damaged ones with their error."""
        return self._house.store.load_all()

    def lineage(self, name: CertificateName) -> Lineage:
        """Raises LineageMissing, LineageBroken."""
        return self._house.store.load(name)

    def listing(self, *, name: str | None = None, identifiers: Collection[Identifier] = ()) -> Listing:
        """Every lineage with its blemishes: those called ``name``, those with all of ``identifiers``."""
        chosen = [
            each
            for each in self.lineages()
            if (name is None or each.name.value == name) and (not identifiers or _has_all(each, identifiers))
        ]
        now = self._clock.now()
        sound = [Listed(each, _blemishes(each, now)) for each in chosen if isinstance(each, Lineage)]
        return Listing(tuple(sound), tuple(each for each in chosen if isinstance(each, Damaged)), now)

    def status(self) -> Sequence[Status]:
        """For every sound lineage, whether it is due and when it next will be.  Asks no CA."""
        return tuple(self._status(lineage) for lineage in self.lineages() if isinstance(lineage, Lineage))

    def delete(self, names: Sequence[CertificateName]) -> None:
        """Remove these lineages' files.  Raises LineageMissing before anything is removed."""
        present = set(self._house.store.names())
        for name in names:
            if name not in present:
                raise LineageMissing(name.value)
        lifecycle.delete(names, self._house.workshop())

    def revoke(
        self, certificate_pem: bytes, *, reason: revoking.Reason, key_pem: bytes | None = None
    ) -> None:
        """Revoke a certificate with its own key if ``key_pem`` is given, else as the account.

        Raises AcmeError, BadKey, AccountMissing.
        """
        client = self._house.clients.client(self._settings)
        if key_pem is not None:
            revoking.revoke_with_key(client, PrivateKey.from_pem(key_pem), certificate_pem, reason)
        else:
            revoking.revoke_as_account(client, as_account(self.account()), certificate_pem, reason)

    def register(self) -> StoredAccount:
        """Open an account at the CA.  Raises AccountExists, TermsNotAgreed, EabRequired."""
        house = self._house
        return lifecycle.register_only(
            self._settings.required("server"),
            wishes.contacts(self._settings),
            house.clients.client(self._settings),
            house.introduction(self._settings),
            house.workshop(),
        )

    def account(self) -> StoredAccount:
        """The account on disk that the settings mean.  Raises AccountMissing, AccountUnknown,
        AccountAmbiguous."""
        step = account_step(self._house, self._settings)
        server = self._settings.required("server")
        if isinstance(step, RegisterAccount):
            raise lifecycle.AccountMissing(server)
        return next(each for each in self._house.accounts.accounts(server) if each.id == step.id)

    def account_at_ca(self) -> Account:
        """The account as the CA knows it (RFC 8555 section 7.3.3)."""
        client = self._house.clients.client(self._settings)
        return client.read_account(as_account(self.account()))

    def update_contacts(self) -> None:
        """Give the account the contacts of the settings; none removes them."""
        client = self._house.clients.client(self._settings)
        lifecycle.update_contacts(self.account(), wishes.contacts(self._settings), client)

    def close_account(self) -> None:
        """Deactivate the account for good and remove it here."""
        client = self._house.clients.client(self._settings)
        lifecycle.close_account(self.account(), client, self._house.workshop())

    def _plan(self, actions: Sequence[Action]) -> Plan:
        servers = {action.server for action in actions if isinstance(action, Issue)}
        now = self._clock.now()
        remembered = {
            each for each in servers if self._house.store.state.remembered_directory(each, now) is not None
        }
        return assemble(actions, remembered=remembered, made_at=now)

    def _sound_lineages(self, wanted: CertificateName | None) -> list[Lineage]:
        """What a request is compared with; a damaged lineage of the wanted name is an error, not a
        reason to make a second one."""
        sound = []
        for each in self.lineages():
            if isinstance(each, Lineage):
                sound.append(each)
            elif each.name == wanted:
                raise each.error
        return sound

    def _chosen(self) -> Sequence[Lineage | Damaged]:
        name = wishes.certificate_name(self._settings)
        if name is None:
            return self.lineages()
        try:
            return [self._house.store.load(name)]
        except LineageBroken as error:
            return [Damaged(name, self._house.store.layout.conf(name), error)]

    def _plan_renewal(self, lineage: Lineage) -> tuple[Action, Advice | None]:
        try:
            settings = self._house.restored(lineage)
            decision = decide(self._house, lineage, settings)
            if not isinstance(decision.reason, DueReason):
                return self._leave(lineage, decision.reason, decision.renew_at), decision.advice
            replaces = None if settings.flag("dry_run") else certificate_id(lineage.certificate)
            names = lineage.certificate.identifiers
            draft = draft_issue(
                self._house, settings, lineage.name, names, decision.reason, lineage, replaces
            )
        except OperatorError as error:
            return Report(lineage.conf_path, error.message, error.remedy), None
        return draft, decision.advice

    def _status(self, lineage: Lineage) -> Status:
        decision = decide(self._house, lineage, self._house.restored(lineage), ask_ca=False)
        return Status(lineage, decision.reason, decision.renew_at)

    def _keep(self, advised: Sequence[tuple[Lineage, Advice | None]]) -> None:
        for lineage, given in advised:
            if given is not None:
                remember(lineage, given, self._house.store, wait=_LOCK_WAIT)

    @staticmethod
    def _leave(lineage: Lineage, reason: NotDueReason, renew_at: datetime | None = None) -> Leave:
        facts = lineage.certificate
        return Leave(
            lineage.name,
            facts.identifiers,
            reason,
            facts.not_after,
            lineage.fullchain_path,
            renew_at,
            relink=None if lineage.live == lineage.latest else lineage.latest,
        )


def _has_all(each: Lineage | Damaged, identifiers: Collection[Identifier]) -> bool:
    return isinstance(each, Lineage) and set(identifiers) <= set(each.certificate.identifiers)


def _blemishes(lineage: Lineage, now: datetime) -> tuple[Blemish, ...]:
    server = lineage.parameters.get("server")
    found: list[Blemish] = []
    if isinstance(server, str) and is_test_server(server):
        found.append("TEST_CERT")
    if lineage.certificate.is_expired(now):
        found.append("EXPIRED")
    return tuple(found)
