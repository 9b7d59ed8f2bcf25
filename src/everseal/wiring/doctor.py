"""The doctor with this run's instruments: what renewals can count on, name servers, the store's locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from everseal.hooks.validation import path_to_reach
from everseal.model.diagnosis import Diagnosis, Fix, Mending
from everseal.model.errors import UsageError
from everseal.model.names import CertificateName
from everseal.settings.directories import CONFIG_DIR
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.doctor.examination import Examination, Network, Premises
from everseal.store.doctor.mending import Mender
from everseal.store.doctor.renewal_files import Supplies
from everseal.system.timers import SchedulePlaces
from everseal.wiring.house import House
from everseal.wiring.solvers import AVAILABLE

_PATIENCE: Final = 3.0


class Surgery:
    """Examines a house, and mends what is found."""

    def __init__(self, house: House, *, schedules: SchedulePlaces | None = None) -> None:
        self._house = house
        config_dir = house.store.layout.config_dir
        if schedules is None and config_dir == CONFIG_DIR:
            schedules = SchedulePlaces.usual()
        self._examination = Examination(
            Premises(
                layout=house.store.layout,
                logs_dir=house.settings.required("logs_dir"),
                supplies=_supplies(house.surroundings.environment, house.accounts),
                schedules=schedules,
                may_write=not house.settings.flag("plan"),
            )
        )

    def examine(self, names: Collection[CertificateName], *, network: bool = False) -> Diagnosis:
        """Raises LineageMissing, StoreUnusable."""
        now = self._house.surroundings.clock.now()
        findings = self._examination.everything(names, now=now, network=_network() if network else None)
        return Diagnosis(
            config_dir=self._house.store.layout.config_dir,
            findings=findings,
            examined=len(names) or len(self._examination.names()),
            network=network,
        )

    def mend(self, fixes: Sequence[Fix]) -> tuple[Mending, ...]:
        """Raises Busy while Certbot is at work, StoreUnusable."""
        store = self._house.store
        with store.run_lock():
            return Mender(store, self._examination).mend(fixes, now=self._house.surroundings.clock.now())


def _supplies(environment: Mapping[str, str], accounts: CertbotAccounts) -> Supplies:
    path = environment.get("PATH")

    def ids_at(server: str) -> Collection[str] | None:
        try:
            return accounts.ids(server)
        except UsageError:
            return None

    return Supplies(
        finds=lambda program: path_to_reach(program, path) is not None, plugins=AVAILABLE, accounts=ids_at
    )


def _network() -> Network:
    from everseal.system.addresses import own_addresses
    from everseal.system.resolver import LookupFailed, NameMissing, Resolver

    resolver = Resolver.of_the_system(timeout=_PATIENCE)

    def resolve(name: str) -> Collection[str] | None:
        try:
            return resolver.addresses(name)
        except NameMissing:
            return ()
        except LookupFailed:
            return None

    return Network(resolve, own_addresses())
