"""One run's instruments, made from its settings: store, accounts, clients, solvers, hooks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from everseal.acme.eab import ExternalAccountBinding
from everseal.engine.course import Course
from everseal.engine.renewal_info import Counsel
from everseal.engine.rests import Rests
from everseal.engine.tools import Introduction, Tools, Workshop
from everseal.hooks.directory import HookDirectories
from everseal.hooks.runner import HookRunner, Hooks
from everseal.model.errors import StoreUnusable
from everseal.model.keys import EcdsaKind, KeyKind, RsaKind
from everseal.model.lineage import Lineage
from everseal.model.pending import SolverSettings
from everseal.planning.plan import Issue
from everseal.planning.suggestion import OWN_SECTION
from everseal.ports import Mapper, Solver
from everseal.settings.renewal_params import restore
from everseal.settings.values import Settings
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.proxies import proxies_from_environment
from everseal.wiring.bindings import binding_at
from everseal.wiring.clients import ClientPool, external_account
from everseal.wiring.limits import LimitDesk
from everseal.wiring.parallel import Crew, FairCrew
from everseal.wiring.solvers import SolverBench
from everseal.wiring.surroundings import AlwaysConsent, Surroundings

if TYPE_CHECKING:
    from everseal.system.resolver import CaaRecord

_REQUESTS_AT_ONCE: Final = 16
ORDERS_AT_ONCE: Final = 16
MOST_ORDERS_PER_CA: Final = 32


class House:
    """Everything a run needs, made once and shared by all its actions."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        config_dir = settings.required("config_dir")
        self.settings = settings
        self._course = Course(surroundings.emit)
        self.surroundings = surroundings = replace(surroundings, emit=self._course)
        self.store = CertbotStore(config_dir, clock=surroundings.clock)
        self.accounts = CertbotAccounts(config_dir, clock=surroundings.clock)
        self.clients = ClientPool(surroundings, self.store.state)
        self.counsel = Counsel(self.store.answers)
        runner = HookRunner(surroundings.environment, emit=surroundings.emit)
        directories = (
            HookDirectories.below(os.path.join(config_dir, "renewal-hooks"))
            if settings.flag("directory_hooks")
            else None
        )
        self.hooks = Hooks(runner, directories)
        self.each_request: Mapper = Crew(_REQUESTS_AT_ONCE, "request")
        self._bench = SolverBench(surroundings, runner, self.store.state.port_lock_path)
        self.limits = LimitDesk(self.store.layout, surroundings, self.accounts)

    def restored(self, lineage: Lineage) -> Settings:
        """The settings a lineage is renewed with: its own, overruled by what was said for this run.

        Raises RenewalFileBroken.
        """
        own = lineage.sections.get(OWN_SECTION, {})
        return restore(lineage.parameters, self.settings, path=lineage.conf_path, own=own)

    def solver(self, settings: Settings) -> Solver:
        return self._bench.solver(settings)

    def solver_of(self, kept: SolverSettings) -> Solver:
        """The solver of another run, whatever was said for this one.

        Raises AuthenticatorUnknown, RenewalFileBroken.
        """
        return self.solver(restore(kept.parameters, Settings.defaults(), path="a journal", own=kept.own))

    def machine_secret(self) -> bytes:
        """What spreads this machine's renewals; empty before the first run that may write."""
        return self.store.state.known_secret()

    def keep_secret(self) -> None:
        """Make the machine's secret, unless there is one or nothing may be written."""
        with suppress(StoreUnusable):
            self.store.state.secret(self.surroundings.random)

    def is_revoked(self, lineage: Lineage, version: int, settings: Settings) -> bool:
        """What the CA's OCSP responder says of a version; False where it cannot be asked."""
        from everseal.engine.ocsp import is_revoked
        from everseal.system.ocsp_fetch import OcspFetcher

        return is_revoked(
            self.store.read_version(lineage.name, version).fullchain_pem,
            OcspFetcher(
                self.surroundings.clock,
                public_only=not settings.flag("allow_http"),
                proxies=proxies_from_environment(self.surroundings.environment),
            ),
            now=self.surroundings.clock.now(),
        )

    def binding(self, settings: Settings, server: str) -> ExternalAccountBinding | None:
        """What ties a new account at ``server`` to a customer there: said for this run, or kept from an
        earlier one.  Raises BadEab, BadFallback."""
        if server == settings.text("server") and server not in settings.items("fallback_server"):
            return external_account(settings)
        return binding_at(server, settings, self.store.state)

    def introduction(self, settings: Settings, server: str | None = None) -> Introduction:
        """For an account at ``server``, by default that of the settings.

        A dry run of somebody who has an account anywhere asks nothing: its test account opens silently.
        """
        server = server or settings.required("server")
        state = self.store.state
        customer = settings.flag("dry_run") and bool(self.accounts.servers())
        return Introduction(
            consent=AlwaysConsent() if customer else self.surroundings.consent,
            key_kind=account_key_kind(settings),
            host=self.surroundings.host,
            eab=self.binding(settings, server),
            other_contacts=self.surroundings.other_contacts,
            eab_used=lambda: state.forget_binding(server),
        )

    def tools(self, action: Issue) -> Tools:
        path = self.store.layout.conf(action.name)
        settings = restore(action.parameters, self.settings, path=path, own=action.own_parameters)
        return Tools(
            client=self.clients.client(settings.with_values({"server": action.server})),
            solver=self.solver(settings),
            introduction=self.introduction(settings, action.server),
            timeout=float(settings.number("issuance_timeout")),
            pause_before_challenges=self.surroundings.pause if settings.flag("debug_challenges") else None,
        )

    def caa(self, name: str) -> Sequence[CaaRecord]:
        """The CAA records of a name, from the system's name servers or those that were named.

        Raises LookupFailed, BadNameServer.
        """
        from everseal.system.resolver import NameMissing, NameServer, Resolver

        named = [NameServer.parse(each) for each in self.settings.items("caa_server")]
        resolver = Resolver(named) if named else Resolver.of_the_system()
        try:
            return resolver.caa(name)
        except NameMissing:
            return ()

    def workshop(self, *, jobs: int = 1) -> Workshop:
        """``jobs`` orders at once, 0 for as many as are sensible; one where a person looks on at each."""
        around = self.surroundings
        at_once = 1 if self.settings.flag("debug_challenges") else jobs or ORDERS_AT_ONCE
        return Workshop(
            store=self.store,
            accounts=self.accounts,
            hooks=self.hooks,
            tools_for=self.tools,
            solver_of=self.solver_of,
            each_lineage=FairCrew(at_once, most_per_ca=MOST_ORDERS_PER_CA),
            each_request=self.each_request,
            clock=around.clock,
            random=around.random,
            emit=around.emit,
            side_by_side=at_once > 1,
            about=self._course.about,
            stop=around.stop,
            setbacks=self.store.state,
            counsel=self.counsel,
            rests=Rests(around.clock),
            caa=self.caa,
            ledger=self.limits.durable,
            despite_limits=self.settings.flag("despite_limits"),
            deploy_in_rehearsal=self.settings.flag("run_deploy_hooks"),
        )


def account_key_kind(settings: Settings) -> KeyKind:
    """P-256, or RSA where the operator asked for RSA account keys."""
    if settings.text("account_key_type") == "rsa":
        return RsaKind(settings.number("rsa_key_size"))
    return EcdsaKind()
