"""Clients that nobody here wrote: each issues, renews and revokes against the built-in CA."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from everseal.localca.ca import LocalCa
from everseal.localca.server import CaServer
from everseal.model.certificate import read_certificate
from everseal.model.names import DnsName
from everseal.system.httpd import ServerRequest, ServerResponse
from tests.localca.conftest import StartCa
from tests.localca.raw import Responder
from tests.servers.ports import Ports
from tests.servers.programs import requires

TIME_LIMIT = 60
NAMES = ("one.test", "www.one.test")


@pytest.fixture
def root(ca: LocalCa, tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(ca.root_pem)
    return path


@pytest.fixture
def webroot(tmp_path: Path, responder: Responder) -> Path:
    """A directory for challenge files, served by the responder."""
    folder = tmp_path / "webroot" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)

    def answer(request: ServerRequest) -> ServerResponse:
        file = folder / Path(request.path).name
        return ServerResponse(200, file.read_bytes()) if file.is_file() else ServerResponse(404)

    responder.fallback = answer
    return folder


def run(*words: str | Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a client to its end; fails with all it said."""
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def issued(server: CaServer, chain: Path, certificates: int, names: Sequence[str] = NAMES) -> None:
    """The client holds what the CA signed last, the CA has made that many, and one account for them."""
    logged = server.ledger.certificates()
    facts = read_certificate(chain.read_bytes())
    assert len(logged) == certificates
    assert set(facts.identifiers) == {DnsName(name) for name in names}
    assert facts.serial == int(logged[-1].serial, 16)
    assert [event for _, event, _ in server.ledger.log()].count("account created") == 1


def revoked(server: CaServer, certificates: int = 1) -> None:
    found = [one for one in server.ledger.certificates() if one.revoked is not None]
    assert len(found) == certificates
    assert {entry.resource for entry in server.transcript() if entry.status >= 400} <= {"newAccount"}


def test_certbot(start_ca: StartCa, ports: Ports, root: Path, tmp_path: Path) -> None:
    port = ports.reserve()
    server = start_ca(plain_http=False, http_port=port)
    program = requires("certbot").path
    folders = [f"--{kind}-dir={tmp_path / kind}" for kind in ("config", "work", "logs")]
    trust = {"REQUESTS_CA_BUNDLE": str(root)}

    def certbot(verb: str, *words: str) -> None:
        run(program, verb, "-n", *folders, *words, environment=trust)

    certbot(
        "certonly",
        "--standalone",
        f"--http-01-port={port}",
        "--http-01-address=127.0.0.1",
        f"--server={server.directory_url}",
        "--agree-tos",
        "--register-unsafely-without-email",
        *(word for name in NAMES for word in ("-d", name)),
    )
    chain = tmp_path / "config/live/one.test/fullchain.pem"
    issued(server, chain, 1)
    certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
    issued(server, chain, 2)
    words = ["--cert-name=one.test", f"--server={server.directory_url}", "--reason=superseded"]
    certbot("revoke", *words, "--no-delete-after-revoke")
    revoked(server)


@pytest.mark.parametrize("generation", ["old", "new"])
def test_lego(start_ca: StartCa, ports: Ports, root: Path, tmp_path: Path, generation: str) -> None:
    port = ports.reserve()
    server = start_ca(plain_http=False, http_port=port, retry_after=1, at_once=generation == "new")
    program = requires(f"lego-{generation}").path
    account = ["--accept-tos", "--email=admin@one.test", f"--server={server.directory_url}"]
    solving = ["--http", f"--http.port=127.0.0.1:{port}"]
    words = [*account, f"--path={tmp_path / 'lego'}", *solving, *(f"-d={name}" for name in NAMES)]
    trust = {"LEGO_CA_CERTIFICATES": str(root)}
    chain = tmp_path / "lego/certificates/one.test.crt"
    run(program, *words, "run", environment=trust)
    issued(server, chain, 1)
    run(program, *words, "renew", "--days=90", "--no-random-sleep", environment=trust)
    issued(server, chain, 2)
    run(program, *words, "revoke", "--keep", "--reason=4", environment=trust)
    revoked(server)


def test_dehydrated(
    start_ca: StartCa, root: Path, webroot: Path, tmp_path: Path, responder: Responder
) -> None:
    server = start_ca(plain_http=False, at_once=True)
    folder = tmp_path / "dehydrated"
    folder.mkdir()
    (folder / "config").write_text(
        f'CA="{server.directory_url}"\n'
        f'BASEDIR="{folder}"\n'
        f'WELLKNOWN="{webroot}"\n'
        f'CURL_OPTS="--cacert {root}"\n'
        "KEY_ALGO=prime256v1\nACCOUNT_KEYSIZE=2048\n"
        "RENEW_DAYS=30\n"
    )
    words = [str(requires("dehydrated").path), "--config", str(folder / "config")]
    run(*words, "--register", "--accept-terms")
    chain = folder / "certs/one.test/fullchain.pem"
    run(*words, "--cron", "--domain", "one.test")
    issued(server, chain, 1, ["one.test"])
    run(*words, "--cron", "--force", "--domain", "one.test")
    issued(server, chain, 2, ["one.test"])
    run(*words, "--revoke", folder / "certs/one.test/cert.pem")
    revoked(server)


HOOK = """#!/bin/sh
[ "$2" = http-01 ] || exit 1
case "$1" in
begin) printf %s "$5" > "{webroot}/$4" ;;
*) rm -f "{webroot}/$4" ;;
esac
"""


def test_uacme(start_ca: StartCa, webroot: Path, tmp_path: Path) -> None:
    """It trusts the system's certificates alone, so it talks to a CA without TLS."""
    server = start_ca(at_once=True)
    hook = tmp_path / "hook"
    hook.write_text(HOOK.format(webroot=webroot))
    hook.chmod(0o755)
    folder = tmp_path / "uacme"
    words = [str(requires("uacme").path), "-a", server.directory_url, "-c", str(folder), "-y"]
    run(*words, "new")
    run(*words, "-h", hook, "issue", *NAMES)
    chain = folder / "one.test/cert.pem"
    issued(server, chain, 1)
    run(*words, "-h", hook, "-f", "issue", *NAMES)
    issued(server, chain, 2)
    run(*words, "revoke", chain)
    revoked(server)
