"""The built-in CA, from the settings of ``everseal ca``."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from everseal.localca.ca import LocalCa
from everseal.localca.constraints import NameConstraints
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.server import serve as serve_until
from everseal.localca.settings import CaSettings, parse_external_key
from everseal.model.errors import UsageError
from everseal.settings.values import Settings
from everseal.system.clock import SystemRandom
from everseal.system.resolver import NameServer
from everseal.wiring.limits import limits_called
from everseal.wiring.unkindness import clock_of, faults_of, read_anew_at_hangup, transcript


def serve(settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Run the CA until SIGINT or SIGTERM; ``on_ready`` gets a few lines for the operator.

    The CA is made when its directory has none yet.
    """
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    address, port = _listen(settings.required("ca_listen"))
    faults = faults_of(settings)
    read_anew_at_hangup(settings, faults, on_ready)
    ca = _open_or_create(settings)
    with transcript(settings) as on_entry:
        serve_until(
            ca,
            address,
            port,
            ca_settings(settings),
            on_ready=lambda server: on_ready(_greeting(server, ca)),
            stop_event=stop,
            faults=faults,
            on_entry=on_entry,
        )


def root_of(settings: Settings) -> bytes:
    """The root certificate (PEM) of the CA in the directory; one is made if there is none."""
    return _open_or_create(settings).root_pem


def ca_settings(settings: Settings) -> CaSettings:
    """Raises BadHost, BadNameServer, BadExternalKey, BadLimits, NoSuchLimits."""
    limits = settings.text("ca_limits")
    external = dict(parse_external_key(text) for text in settings.items("ca_external_key"))
    return CaSettings(
        http_port=settings.number("http01_port"),
        tls_port=settings.number("tls_alpn01_port"),
        hosts=HostTable.parse(settings.items("ca_host")),
        name_servers=tuple(NameServer.parse(text) for text in settings.items("ca_name_server")),
        external_keys=external,
        external_account_required=bool(external),
        limits=None if limits is None else limits_called(limits),
    )


def ca_directory(settings: Settings) -> str:
    """``--ca-dir``, or ``local-ca`` below the configuration directory."""
    return settings.text("ca_dir") or os.path.join(settings.required("config_dir"), "local-ca")


def _open_or_create(settings: Settings) -> LocalCa:
    allowed = settings.items("ca_allow_name")
    return LocalCa.open_or_create(
        ca_directory(settings),
        clock=clock_of(settings),
        random=SystemRandom(),
        constraints=NameConstraints.parse(allowed) if allowed else None,
    )


def _greeting(server: CaServer, ca: LocalCa) -> str:
    root = os.path.join(ca.directory, "root.pem")
    return (
        "The built-in certificate authority is ready.  It is for tests: no browser trusts it.\n"
        f"  Directory: {server.directory_url}\n"
        f"  Root:      {root}\n"
        "Use it with `--server` and `--ca-bundle`; stop it with Ctrl-C."
    )


def _listen(text: str) -> tuple[str, int]:
    address, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"{text!r} is no address to listen on", remedy="write it as 127.0.0.1:14000")
    return address.removeprefix("[").removesuffix("]"), int(port)
