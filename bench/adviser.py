"""A CA that does nothing but say when certificates are to be renewed, as fast as nginx can.

pebble knows only certificates that it has issued, and ten thousand orders take long.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.distance import Distance
from tests.servers.listener import make_listener
from tests.servers.ports import Ports
from tests.servers.process import ServerProcess
from tests.servers.programs import requires

_RESOURCES = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/requests.log;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  keepalive_requests 100000;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location = /directory {{ return 200 '{directory}'; }}
    location /renewal-info/ {{ add_header Retry-After 21600; return 200 '{answer}'; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Adviser:
    """``directory_url`` is the CA as clients reach it."""

    directory_url: str
    ca_bundle: Path
    log: Path

    def requests(self) -> int:
        """How many it has had."""
        return len(self.log.read_bytes().splitlines())


@contextmanager
def adviser(folder: Path, *, round_trip: float) -> Iterator[Adviser]:
    """At a distance; it wants everything renewed in a month, and to be asked again in six hours."""
    folder.mkdir()
    with Ports() as ports:
        port, listener = ports.reserve(), make_listener(folder)
        distance = Distance(port, round_trip)
        home = f"https://127.0.0.1:{distance.port}"
        start = datetime.now(UTC) + timedelta(days=30)
        window = {"start": start.isoformat(), "end": (start + timedelta(days=2)).isoformat()}
        resources = {name: f"{home}/{name}" for name in _RESOURCES}
        configuration = folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder,
                port=port,
                certificate=listener.certificate,
                key=listener.key,
                directory=json.dumps({**resources, "renewalInfo": f"{home}/renewal-info"}),
                answer=json.dumps({"suggestedWindow": window}),
            )
        )
        server = ServerProcess([str(requires("nginx").path), "-c", str(configuration)], folder / "nginx.log")
        try:
            server.wait_until(lambda: _listens(port))
            yield Adviser(f"{home}/directory", listener.ca_bundle, folder / "requests.log")
        finally:
            server.stop()
            distance.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
