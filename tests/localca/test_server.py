"""The server as a whole: restarts, kills, addresses, many clients at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from everseal.localca.authority import CaDamaged
from everseal.localca.ca import LocalCa
from everseal.localca.faults import Pause, Quirk, Rule
from everseal.localca.ledger import Ledger
from everseal.localca.links import locate
from everseal.localca.records import IssuedCertificate, Order
from everseal.localca.server import CaCannotListen, CaOutsideItself, CaServer, serve
from everseal.localca.settings import CaSettings
from everseal.model.certificate import read_certificate
from everseal.model.errors import Busy
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import RawClient, Responder


def test_a_restart_forgets_nothing_but_nonces(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    first = start_ca()
    client = connect(first)
    certificate = client.obtain(responder, "one.test")
    order = client.order("two.test")
    nonce = client.take_nonce()
    first.stop()
    second = start_ca()
    moved = connect(second, client.key)
    reply = moved.register(onlyReturnExisting=True)
    assert reply.status == 200
    assert moved.post(str(moved.kid), header={"nonce": nonce}).problem == "badNonce"
    url = str(order.header("Location")).replace(str(first.port), str(second.port))
    assert moved.post(url).json()["status"] == "pending"
    assert [event for _, event, _ in second.ledger.log()] == ["account created", "certificate logged"]
    (logged,) = second.ledger.certificates()
    assert int(logged.serial, 16) == read_certificate(certificate.body).serial


def test_work_that_was_interrupted_is_taken_up_again(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    first = start_ca(Rule("validation", Quirk("stall"), times=1))
    client = connect(first)
    client.register()
    order = client.order("one.test")
    challenge = client.challenge(order.json()["authorizations"][0])
    path = f"/.well-known/acme-challenge/{challenge['token']}"
    responder.pages[path] = client.key_authorization(challenge["token"]).encode()
    assert client.post(challenge["url"], {}).json()["status"] == "processing"
    first.stop()
    second = start_ca(Rule("issue", Quirk("stall"), times=1))
    moved = connect(second, client.key)
    moved.register(onlyReturnExisting=True)
    here = {str(first.port): str(second.port)}
    url = _moved(str(order.header("Location")), here)
    assert moved.wait(url, "pending")["status"] == "ready"
    again = moved.post(url)
    assert moved.finalize(again).json()["status"] == "processing"
    second.stop()
    third = start_ca()
    last = connect(third, client.key)
    last.register(onlyReturnExisting=True)
    done = last.wait(_moved(url, {str(second.port): str(third.port)}), "processing")
    assert done["status"] == "valid"
    assert last.post(done["certificate"]).status == 200


def _moved(url: str, ports: dict[str, str]) -> str:
    for old, new in ports.items():
        url = url.replace(f":{old}/", f":{new}/")
    return url


KILLED = """
import sys
from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.system.clock import SystemClock, SystemRandom

ca = LocalCa.open(sys.argv[1], clock=SystemClock(), random=SystemRandom())
hosts = HostTable.parse(["*.test=127.0.0.1"])
settings = CaSettings(plain_http=True, http_port=int(sys.argv[2]), hosts=hosts, retry_after=None)
server = CaServer(ca, settings=settings)
server.start()
print(server.directory_url, flush=True)
sys.stdin.read()
"""


def test_a_killed_server_has_logged_all_it_gave_out(
    ca: LocalCa, responder: Responder, start_ca: StartCa
) -> None:
    words = [sys.executable, "-c", KILLED, ca.directory, str(responder.port)]
    given: list[int] = []
    for stage in ("newOrder", "finalize"):
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            client = RawClient(process.stdout.readline().strip())
            given.append(read_certificate(client.obtain(responder, "one.test").body).serial)
            order = client.order("one.test")
            if stage == "finalize":
                client.prove(order, responder)
                client.finalize(order)
            process.kill()
            client.close()
    server = start_ca()
    logged = {int(one.serial, 16): one for one in server.ledger.certificates()}
    assert set(given) <= set(logged)
    assert all(logged[serial].der for serial in given)
    assert len(server.ledger.log()) >= 4


def test_no_certificate_without_a_log_entry(
    member: RawClient, responder: Responder, server: CaServer
) -> None:
    """Were the CA killed between logging and signing, the entry would be there and the certificate not."""
    member.obtain(responder, "one.test")
    (certificate,) = server.ledger.certificates()
    order = server.ledger.get(Order, certificate.order_id)
    assert order is not None
    assert order.certificate == certificate.id
    assert certificate.der is not None
    assert [subject for _, event, subject in server.ledger.log() if event == "certificate logged"] == [
        certificate.serial
    ]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ca.sqlite"))

    def half() -> None:
        with ledger.transaction():
            ledger.note(1.0, "begun", "x")
            with ledger.transaction(durable=True):
                ledger.note(2.0, "half", "x")
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert ledger.log() == []
    ledger.note(3.0, "whole", "x")
    assert ledger.log() == [(3.0, "whole", "x")]
    assert ledger.get(IssuedCertificate, "none") is None
    ledger.close()


def test_a_database_that_is_none(ca: LocalCa) -> None:
    (Path(ca.directory) / "ca.sqlite").write_bytes(b"rubbish" * 100)
    with pytest.raises(CaDamaged, match=r"ca\.sqlite"):
        CaServer(ca)


def test_sqlite_itself_finds_the_database_sound(member: RawClient, responder: Responder, ca: LocalCa) -> None:
    member.obtain(responder, "one.test")
    connection = sqlite3.connect(Path(ca.directory) / "ca.sqlite")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    connection.close()


def test_one_server_for_one_directory(server: CaServer, ca: LocalCa) -> None:
    with pytest.raises(Busy, match="another server"):
        CaServer(ca)


def test_a_taken_port_says_so(responder: Responder, ca: LocalCa) -> None:
    with pytest.raises(CaCannotListen, match=str(responder.port)) as caught:
        CaServer(ca, port=responder.port)
    assert "port" in caught.value.remedy
    with pytest.raises(CaCannotListen):
        CaServer(ca, "10.255.255.254")


def test_an_address_outside_the_constraints_is_refused_at_once(ca: LocalCa) -> None:
    with pytest.raises(CaOutsideItself, match=r"192\.0\.2\.1") as caught:
        CaServer(ca, "192.0.2.1")
    assert "--allow-name" in caught.value.remedy


def test_the_database_is_for_the_owner_alone(server: CaServer, ca: LocalCa) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(ca.directory).glob("ca.sqlite*")}
    assert set(modes.values()) == {0o600}


def test_urls_carry_the_name_that_the_client_used(start_ca: StartCa) -> None:
    import http.client
    import json

    server = start_ca(server_names=("ca.home.arpa",))
    assert server.directory_url == f"http://ca.home.arpa:{server.port}/directory"
    seen = {}
    for host in ("ca.home.arpa", "127.0.0.1", "localhost", "LOCALHOST", "evil.example"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/directory", headers={"Host": f"{host}:{server.port}"})
        seen[host] = json.loads(connection.getresponse().read())["newOrder"].split(":")[1]
        connection.close()
    assert seen == {
        "ca.home.arpa": "//ca.home.arpa",
        "127.0.0.1": "//127.0.0.1",
        "localhost": "//localhost",
        "LOCALHOST": "//localhost",
        "evil.example": "//ca.home.arpa",
    }


def test_serving_until_told_to_stop(ca: LocalCa) -> None:
    stop = threading.Event()
    urls: list[str] = []

    def ready(server: CaServer) -> None:
        urls.append(server.directory_url)
        stop.set()

    serve(ca, "127.0.0.1", 0, CaSettings(plain_http=True), on_ready=ready, stop_event=stop)
    assert urls[0].startswith("http://127.0.0.1:")


def test_many_clients_at_once(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    server = start_ca(Rule("*", Pause(0), times=None))
    clients = [connect(server) for _ in range(4)]
    failures: list[BaseException] = []

    def work(number: int, client: RawClient) -> None:
        try:
            for turn in range(3):
                client.obtain(responder, f"n{number}-{turn}.test")
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    certificates = server.ledger.certificates()
    assert len({certificate.serial for certificate in certificates}) == 12


def test_targets_that_are_nothing() -> None:
    for target in ("/", "/acme/order/", "/acme/order/a/b", "/r//?to=!!!", "/r//?x=1", "/r//", "/directory/"):
        assert locate(target) is None
