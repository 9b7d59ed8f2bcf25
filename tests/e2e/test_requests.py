"""Requests and connections as somebody on the wire counts them."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import StartPebble, StartProxy
from tests.e2e.home import Home
from tests.servers.pebble import Pebble, PebbleSettings
from tests.servers.proxy import RecordingProxy

AFTERWARDS = ["draft-ietf-acme-ari-03"]
"""When the certificate is in place, the CA is asked when it wants that renewed."""
KIND = PebbleSettings(refused_nonces_percent=0, reused_authorizations_percent=0)


class Behind:
    """A CA as it looks through the proxy."""

    def __init__(self, pebble: Pebble, proxy: RecordingProxy) -> None:
        self.directory_url = proxy.directory_url
        self.ca_bundle = proxy.ca_bundle
        self.http_port = pebble.http_port
        self.tls_port = pebble.tls_port


def without_polls(requests: list[tuple[str, str]]) -> list[str]:
    """Paths without their random parts; a second look at the same order right after the first is a poll."""
    kinds = [path.split("/")[1] for _, path in requests]
    return [kind for number, kind in enumerate(kinds) if number == 0 or kind != kinds[number - 1]]


def test_nine_from_cold_eight_when_the_directory_is_remembered(
    start_pebble: StartPebble, recording_proxy: StartProxy, tmp_path: Path
) -> None:
    pebble = start_pebble("new", KIND)
    proxy = recording_proxy(pebble)
    home = Home(tmp_path / "home", Behind(pebble, proxy))
    home.succeed("register", "--agree-tos", "--register-unsafely-without-email")
    for path in home.config.glob(".everseal/directories/*"):
        path.unlink()

    proxy.forget()
    home.obtain("cold.example")
    cold = [
        "dir",
        "nonce-plz",
        "order-plz",
        "authZ",
        "chalZ",
        "my-order",
        "finalize-order",
        "my-order",
        "certZ",
    ]
    assert without_polls(proxy.requests) == [*cold, *AFTERWARDS]
    assert proxy.connections == 1

    proxy.forget()
    home.obtain("warm.example")
    assert without_polls(proxy.requests) == [*cold[1:], *AFTERWARDS]
    assert proxy.connections == 1
