"""One certificate for one new name from pebble, by http-01, with an account at hand.

pebble is kind here: it refuses no nonce, does not sleep and gives no Retry-After that makes clients wait.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.contenders import EVERSEAL, certbot, directories
from bench.measuring import Contender, compare, spent
from tests.servers.pebble import Pebble, PebbleSettings
from tests.servers.ports import Ports

TURNS = 9
KIND = PebbleSettings(refused_nonces_percent=0, reused_authorizations_percent=0, retry_after_seconds=0)


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="everseal-bench-") as folder, Ports() as ports:
        pebble = Pebble("new", Path(folder, "pebble"), ports, KIND)
        try:
            contenders = [
                contender("certbot", certbot(), Path(folder, "certbot"), pebble, []),
                contender("everseal", EVERSEAL, Path(folder, "everseal"), pebble, bundle_of(pebble)),
            ]
            compare(f"one certificate from pebble {pebble.version}", contenders, turns=TURNS)
        finally:
            pebble.stop()


def contender(name: str, program: str, folder: Path, pebble: Pebble, more: Sequence[str]) -> Contender:
    """The program with an account of its own at the CA."""
    common = [
        *directories(folder),
        "--server",
        pebble.directory_url,
        *more,
        "--non-interactive",
        "--agree-tos",
    ]
    environment = {"REQUESTS_CA_BUNDLE": str(pebble.ca_bundle)}
    spent([program, "register", *common, "--register-unsafely-without-email"], environment)
    solving = ["--standalone", "--http-01-port", str(pebble.http_port)]
    return Contender(name, for_a_new_name([program, "certonly", *common, *solving], name), environment)


def for_a_new_name(words: Sequence[str], program: str) -> Callable[[int], Sequence[str]]:
    return lambda turn: [*words, "-d", f"{program}{turn}.example"]


def bundle_of(pebble: Pebble) -> list[str]:
    return ["--ca-bundle", str(pebble.ca_bundle)]
