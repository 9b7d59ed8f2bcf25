"""The test authorities that scenarios name."""

from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.differential.scenario import Authority
from tests.servers.pebble import Generation, Pebble, PebbleSettings
from tests.servers.ports import Ports

EAB_KEYS = {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}
_PROFILE = {"default": {"description": "ninety days", "validityPeriod": 7_776_000}}
_PROFILES = {**_PROFILE, "shortlived": {"description": "six days", "validityPeriod": 518_400}}


def _settings(authority: Authority) -> PebbleSettings:
    # Kind to both: nothing is left to chance, so that what differs is theirs.
    return PebbleSettings(
        refused_nonces_percent=0,
        reused_authorizations_percent=0,
        retry_after_seconds=0,
        profiles=_PROFILES if authority == "profiles" else _PROFILE,
        eab_keys=EAB_KEYS if authority == "eab" else None,
    )


class Authorities:
    """The test authorities of a worker, each started when it is first asked for."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        self._ports = ports
        self._started: dict[Authority, Pebble] = {}

    def get(self, authority: Authority) -> Pebble:
        """The running authority of that kind."""
        if authority not in self._started:
            generation: Generation = "old" if authority == "old" else "new"
            folder = self._folder / authority
            self._started[authority] = Pebble(generation, folder, self._ports, _settings(authority))
        return self._started[authority]

    def stop(self) -> None:
        """End them all."""
        for pebble in self._started.values():
            pebble.stop()


def issuer_of_alternate(pebble: Pebble) -> str:
    """The common name of the root of the first alternate chain."""
    root = x509.load_pem_x509_certificate(pebble.root(1).encode())
    return str(root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
