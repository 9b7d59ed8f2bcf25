"""Where clients of a CA are measured: pebble, near or at a distance, and a web server for challenges."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.distance import Distance
from tests.servers.pebble import Generation, Pebble, PebbleSettings
from tests.servers.ports import Ports
from tests.servers.webroot import serving

KIND = PebbleSettings(refused_nonces_percent=0, reused_authorizations_percent=0, retry_after_seconds=0)
"""Refuses no nonce, proves every name anew, does not sleep and gives no Retry-After."""

ROUND_TRIP = 0.05
_REQUEST = "-> calling handler()"


@dataclass(frozen=True, slots=True)
class Premises:
    """``directory_url`` is the CA as clients reach it; the CA validates what is served at ``webroot``."""

    folder: Path
    pebble: Pebble
    directory_url: str
    webroot: Path

    def requests(self) -> int:
        """How many requests the CA has had, as it logged them."""
        return self.pebble.output().count(_REQUEST)


@contextmanager
def premises(
    settings: PebbleSettings = KIND, *, generation: Generation = "new", round_trip: float = 0.0
) -> Iterator[Premises]:
    """Everything in a new folder that is removed at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="everseal-bench-")))
        pebble = Pebble(generation, folder / "pebble", stack.enter_context(Ports()), settings)
        stack.callback(pebble.stop)
        url = pebble.directory_url
        if round_trip:
            distance = Distance(pebble.port, round_trip)
            stack.callback(distance.stop)
            url = f"https://127.0.0.1:{distance.port}/dir"
        webroot = folder / "www"
        stack.enter_context(serving(webroot, pebble.http_port))
        yield Premises(folder, pebble, url, webroot)
