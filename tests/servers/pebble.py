"""pebble, the test CA that Let's Encrypt's people keep: started with what a test wants of it."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.servers.dns import ChallengeDns
from tests.servers.listener import make_listener
from tests.servers.ports import Ports
from tests.servers.process import ServerProcess
from tests.servers.programs import requires

# "old" is Debian 12's 2.4.0: no ARI, no profiles, no Retry-After. "new" is the newest that Debian ships.
Generation = Literal["old", "new"]


@dataclass(frozen=True, slots=True)
class PebbleSettings:
    """How unkind the CA is and what it offers. The default refuses 5 % of nonces and reuses half of the
    authorizations, as pebble does by itself, and leaves out its random sleeps before validation.
    """

    refused_nonces_percent: int = 5
    reused_authorizations_percent: int = 50
    sleep_up_to_seconds: int = 0
    always_valid: bool = False
    strict: bool = True
    alternate_roots: int = 2
    chain_length: int = 1
    eab_keys: Mapping[str, str] | None = (
        None  # key identifier -> base64url HMAC key; set, each account needs one
    )
    profiles: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: {
            "default": {"description": "ninety days", "validityPeriod": 7_776_000},
            "shortlived": {"description": "six days", "validityPeriod": 518_400},
        }
    )
    validity_seconds: int = 7_776_000  # of the generation without profiles
    retry_after_seconds: int = 1
    blocked_domains: tuple[str, ...] = ("blocked-domain.example",)
    more: Mapping[str, object] = field(default_factory=dict)  # further keys of the configuration file

    def configuration(self) -> dict[str, object]:
        """The part of the configuration file that says what the CA offers; pebble ignores unknown keys."""
        return {
            "ocspResponderURL": "",
            "externalAccountBindingRequired": self.eab_keys is not None,
            "externalAccountMACKeys": dict(self.eab_keys or {}),
            "domainBlocklist": list(self.blocked_domains),
            "certificateValidityPeriod": self.validity_seconds,
            "retryAfter": {"authz": self.retry_after_seconds, "order": self.retry_after_seconds},
            "keyAlgorithm": "ecdsa",
            "profiles": {name: dict(profile) for name, profile in self.profiles.items()},
            **self.more,
        }

    def environment(self) -> dict[str, str]:
        """The variables that say how unkind it is."""
        return {
            "PEBBLE_WFE_NONCEREJECT": str(self.refused_nonces_percent),
            "PEBBLE_AUTHZREUSE": str(self.reused_authorizations_percent),
            "PEBBLE_VA_NOSLEEP": "0" if self.sleep_up_to_seconds else "1",
            "PEBBLE_VA_SLEEPTIME": str(self.sleep_up_to_seconds or 1),
            "PEBBLE_VA_ALWAYS_VALID": "1" if self.always_valid else "0",
            "PEBBLE_ALTERNATE_ROOTS": str(self.alternate_roots),
            "PEBBLE_CHAIN_LENGTH": str(self.chain_length),
        }


# Certbot repeats a request once when its nonce is refused, so one in four hundred of its requests would fail.
# It asks for no profile, and pebble then draws one: of two, half of the certificates would be short-lived.
FOR_CERTBOT = PebbleSettings(
    refused_nonces_percent=0,
    profiles={"default": {"description": "ninety days", "validityPeriod": 7_776_000}},
)


class Pebble:
    """A running pebble and the DNS that it asks; `stop` ends both. Its state is in its memory only."""

    def __init__(
        self, generation: Generation, folder: Path, ports: Ports, settings: PebbleSettings | None = None
    ) -> None:
        settings = settings or PebbleSettings()
        program = requires(f"pebble-{generation}")
        folder.mkdir(parents=True, exist_ok=True)
        self.generation = generation
        self.version = program.version
        self.port = ports.reserve()
        # Where it validates: http-01 at http_port, tls-alpn-01 at tls_port of whatever the name resolves to.
        self.http_port = ports.reserve()
        self.tls_port = ports.reserve()
        management_port = ports.reserve()
        self.directory_url = f"https://127.0.0.1:{self.port}/dir"
        self.management_url = f"https://127.0.0.1:{management_port}"
        listener = make_listener(folder)
        self.ca_bundle = listener.ca_bundle
        content = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{management_port}",
            "certificate": str(listener.certificate),
            "privateKey": str(listener.key),
            "httpPort": self.http_port,
            "tlsPort": self.tls_port,
            **settings.configuration(),
        }
        configuration = folder / "pebble.json"
        configuration.write_text(json.dumps({"pebble": content}), "utf-8")
        self.dns = ChallengeDns(folder, ports)
        words = [str(program.path), "-config", str(configuration), "-dnsserver", self.dns.address]
        words += ["-strict"] if settings.strict else []
        self.process = ServerProcess(words, folder / "pebble.log", settings.environment())
        try:
            self.process.wait_until(self._answers)
        except BaseException:
            self.stop()
            raise

    def directory(self) -> dict[str, Any]:
        """The CA's directory, as parsed JSON."""
        found: dict[str, Any] = json.loads(self._get(self.directory_url))
        return found

    def root(self, index: int = 0) -> str:
        """PEM of the root that ends the chain of that index (0 the default chain, then the alternates)."""
        return self._get(f"{self.management_url}/roots/{index}").decode("ascii")

    def intermediate(self, index: int = 0) -> str:
        """PEM of the intermediate of that index."""
        return self._get(f"{self.management_url}/intermediates/{index}").decode("ascii")

    def status_of(self, serial: int) -> dict[str, Any]:
        """What the CA holds of an issued certificate: `Status` ("Valid" or "Revoked"), `Reason`, ..."""
        found: dict[str, Any] = json.loads(
            self._get(f"{self.management_url}/cert-status-by-serial/{serial:x}")
        )
        return found

    def set_renewal_info(self, certificate_pem: str, answer: str) -> None:
        """From now on answer ARI requests about the certificate with this text (new generation only)."""
        content = {"Certificate": certificate_pem, "ARIResponse": answer}
        self._open(
            urllib.request.Request(
                f"{self.management_url}/set-renewal-info/", data=json.dumps(content).encode(), method="POST"
            )
        )

    def output(self) -> str:
        """Its log so far: the first place to look when an order is refused."""
        return self.process.output()

    def stop(self) -> None:
        """End the CA and its DNS."""
        self.process.stop()
        self.dns.stop()

    def _answers(self) -> bool:
        try:
            self._get(self.directory_url)
            self._get(f"{self.management_url}/roots/0")
        except OSError:
            return False
        return True

    def _get(self, url: str) -> bytes:
        return self._open(urllib.request.Request(url, headers={"User-Agent": "everseal-tests"}))

    def _open(self, request: urllib.request.Request) -> bytes:
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            content: bytes = answer.read()
            return content
