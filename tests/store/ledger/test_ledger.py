from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from everseal.model.certificate import CertificateFacts
from everseal.planning.limit import Limit
from everseal.planning.limits import CaLimits, OrderAhead
from everseal.planning.refusals import AskedToWait, CaSaid, LimitReached, Paused
from everseal.store.ledger.database import FILE, Database
from everseal.store.ledger.ledger import FoundCertificate, Ledger
from everseal.system.public_suffixes import PublicSuffixes
from tests.planning.samples import NOW, SERVER, make_facts, names

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ACCOUNT, OTHER = f"{SERVER}/acct/1", f"{SERVER}/acct/2"
LIMITS = CaLimits(
    "Test CA",
    (SERVER,),
    (
        Limit("accounts", "accounts", ("address",), 2, 3 * HOUR),
        Limit(
            "orders",
            "orders",
            ("account",),
            3,
            3 * HOUR,
            frozenset({"ari", "renewal"}),
            signs=("new orders",),
        ),
        Limit("domain", "certificates", ("domain",), 3, 7 * DAY, frozenset({"ari", "renewal"})),
        Limit("set", "certificates", ("set",), 2, 7 * DAY, frozenset({"ari"})),
        Limit("failed", "failures", ("account", "identifier"), 2, HOUR, frozenset({"ari"})),
        Limit("row", "failures", ("account", "identifier"), 4, 96 * HOUR, frozenset(), True, True),
    ),
    source="https://ca.example/limits",
    date=NOW.date(),
    renewal_memory=120 * DAY,
    backdate=HOUR,
)
ORDER = OrderAhead(SERVER, ACCOUNT, names("www.example.com", "example.com"))


def facts(serial: int, at: datetime, *identifiers: str) -> CertificateFacts:
    """A certificate that was issued ``at``."""
    wanted = names(*identifiers) or ORDER.identifiers
    return replace(make_facts(wanted), serial=serial, not_before=at - HOUR, not_after=at + 89 * DAY)


class Keeper:
    """Opens the same ledger again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".everseal"
        self.warnings: list[str] = []
        self._opened: list[Ledger] = []

    def open(self, *, snapshot: bool = False) -> Ledger:
        make = Database.snapshot if snapshot else Database.durable
        self._opened.append(
            Ledger(
                make(str(self.folder)),
                limits_of={SERVER: LIMITS}.get,
                domains_of=PublicSuffixes().domains,
                warn=self.warnings.append,
            )
        )
        return self._opened[-1]

    def close(self) -> None:
        for each in self._opened:
            each.close()

    def tree(self) -> dict[str, bytes]:
        return (
            {path.name: path.read_bytes() for path in self.folder.iterdir()} if self.folder.exists() else {}
        )


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ledger(keeper: Keeper) -> Ledger:
    return keeper.open()


def used(ledger: Ledger, limit: str, order: OrderAhead = ORDER, now: datetime = NOW) -> int:
    return next(use.used for use in ledger.forecast(order, now=now).uses if use.bucket.limit.id == limit)


def test_orders_count_for_their_account(ledger: Ledger) -> None:
    for number in range(3):
        ledger.note_order(ORDER, f"{SERVER}/order/{number}", at=NOW)
    refusal = ledger.forecast(ORDER, now=NOW).refusal
    assert isinstance(refusal, LimitReached)
    assert refusal.until == NOW + HOUR
    assert used(ledger, "orders", replace(ORDER, account=OTHER)) == 0
    assert ledger.forecast(ORDER, now=NOW + HOUR).refusal is None


def test_an_order_that_the_ca_gives_again_counts_again_and_a_resumed_one_does_not(ledger: Ledger) -> None:
    ledger.note_order(ORDER, "o1", at=NOW)
    ledger.note_order(ORDER, "o1", at=NOW + timedelta(seconds=1))
    ledger.note_order(ORDER, "o1", at=NOW + timedelta(seconds=2), resumed=True)
    assert used(ledger, "orders") == 2
    ledger.note_order(ORDER, "o2", at=NOW, resumed=True)
    assert used(ledger, "orders") == 3


def test_an_order_counts_from_before_it_is_sent(keeper: Keeper, ledger: Ledger) -> None:
    ledger.note_sent(ORDER, at=NOW)
    assert used(keeper.open(), "orders") == 1, "a run that is killed here has perhaps placed it"
    second = NOW + timedelta(seconds=1)
    ledger.note_sent(ORDER, at=second)
    ledger.note_order(ORDER, "o1", at=second)
    assert used(ledger, "orders", now=second) == 2
    ledger.note_sent(ORDER, at=second)
    ledger.note_declined(ORDER, at=second)
    assert used(ledger, "orders", now=second) == 2


def test_certificates_count_for_set_and_domain_once(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.note_certificate(ORDER, facts(1, NOW), now=NOW)
    assert used(ledger, "set") == 1
    assert used(ledger, "domain") == 1
    elsewhere = replace(ORDER, account=OTHER, identifiers=names("mail.example.com"))
    assert used(ledger, "domain", elsewhere) == 1
    assert used(ledger, "set", elsewhere) == 0


def test_a_renewal_counts_for_its_set_alone(ledger: Ledger) -> None:
    ledger.note_certificate(ORDER, facts(1, NOW), now=NOW)
    ledger.note_certificate(ORDER, facts(2, NOW + DAY), now=NOW + DAY)
    assert used(ledger, "set", now=NOW + DAY) == 2
    assert used(ledger, "domain", now=NOW + DAY) == 1


def test_a_set_is_a_renewal_for_as_long_as_the_ca_remembers_it(ledger: Ledger) -> None:
    ledger.note_certificate(ORDER, facts(1, NOW), now=NOW)

    def is_renewal(now: datetime) -> bool:
        uses = {use.bucket.limit.id: use for use in ledger.forecast(ORDER, now=now).uses}
        return uses["orders"].exempt

    assert is_renewal(NOW + 119 * DAY)
    assert not is_renewal(NOW + 120 * DAY)
    told = replace(ORDER, identifiers=names("other.example"), previous=NOW - 100 * DAY)
    assert {use.exempt for use in ledger.forecast(told, now=NOW).uses if use.bucket.limit.id == "orders"} == {
        True
    }


def test_certificates_on_disk_count_once(ledger: Ledger) -> None:
    ledger.note_certificate(ORDER, facts(1, NOW - DAY), now=NOW - DAY)
    found = [
        FoundCertificate(SERVER, ACCOUNT, facts(3, NOW - HOUR)),
        FoundCertificate(SERVER, ACCOUNT, facts(1, NOW - DAY)),
        FoundCertificate("https://other.example", ACCOUNT, facts(4, NOW - HOUR)),
    ]
    for _ in range(2):
        ledger.note_found(found, now=NOW)
    assert used(ledger, "set") == 2
    assert used(ledger, "domain") == 1, "the second is a renewal of the first"


def test_what_was_found_renewed_an_older_one(ledger: Ledger) -> None:
    one = FoundCertificate(SERVER, ACCOUNT, facts(3, NOW - HOUR), previous=NOW - 60 * DAY)
    ledger.note_found([one], now=NOW)
    assert (used(ledger, "set"), used(ledger, "domain")) == (1, 0)


def test_archives_are_known_again_while_limits_reach_as_far(ledger: Ledger) -> None:
    ledger.note_found([], now=NOW, folders={b"a": b"1", b"\xff": b"2"}, reach=7)
    ledger.note_found([], now=NOW)
    assert ledger.counted_folders(7) == {b"a": b"1", b"\xff": b"2"}
    assert ledger.counted_folders(8) == {}
    ledger.note_found([], now=NOW, folders={b"a": b"3"}, reach=7)
    assert ledger.counted_folders(7) == {b"a": b"3", b"\xff": b"2"}
    ledger.note_found([], now=NOW, folders={}, reach=8)
    assert ledger.counted_folders(7) == {}


def test_failures_count_for_account_and_name_until_they_are_over(ledger: Ledger) -> None:
    www = ORDER.identifiers[0]
    ledger.note_proofs(ORDER, failed=[www], now=NOW)
    ledger.note_proofs(ORDER, failed=[www], now=NOW)
    refusal = ledger.forecast(ORDER, now=NOW).refusal
    assert isinstance(refusal, LimitReached)
    assert refusal.bucket.subject == (ACCOUNT, "www.example.com")
    assert ledger.forecast(replace(ORDER, account=OTHER), now=NOW).refusal is None
    assert ledger.forecast(ORDER, now=NOW + HOUR).refusal is None
    ledger.note_proofs(ORDER, proved=[www], now=NOW + HOUR)
    assert used(ledger, "row", now=NOW + HOUR) == 0


def test_failures_in_a_row_pause_a_name(ledger: Ledger) -> None:
    www = ORDER.identifiers[0]
    for _ in range(4):
        ledger.note_proofs(ORDER, failed=[www], now=NOW)
    assert not isinstance(ledger.forecast(ORDER, now=NOW + HOUR).refusal, Paused)
    ledger.note_proofs(ORDER, failed=[www], now=NOW)
    assert ledger.forecast(ORDER, now=NOW + 3 * DAY).refusal == Paused("www.example.com")


def test_accounts_count_for_this_machine(ledger: Ledger) -> None:
    new = replace(ORDER, account=None)
    for number in range(2):
        ledger.note_account(SERVER, f"{SERVER}/acct/{number}", now=NOW)
    refusal = ledger.forecast(new, now=NOW).refusal
    assert isinstance(refusal, LimitReached)
    assert refusal.until == NOW + 1.5 * HOUR
    assert ledger.forecast(ORDER, now=NOW).refusal is None


def test_what_the_ca_said_holds_until_it_takes_an_order(keeper: Keeper, ledger: Ledger) -> None:
    said = CaSaid("rateLimited", "too many new orders\x1b[31m", NOW + HOUR)
    ledger.note_refusal(ORDER, said, now=NOW)
    held = keeper.open().forecast(ORDER, now=NOW).refusal
    assert held == AskedToWait(NOW + HOUR, NOW, "too many new orders\\x1b[31m", "orders of this account")
    assert ledger.forecast(replace(ORDER, account=OTHER), now=NOW).refusal is None
    ledger.note_order(ORDER, "o1", at=NOW)
    assert ledger.forecast(ORDER, now=NOW).refusal is None


def test_a_ca_without_known_limits_is_believed_all_the_same(ledger: Ledger) -> None:
    order = replace(ORDER, server="https://unknown.example/directory")
    assert ledger.forecast(order, now=NOW).uses == ()
    ledger.note_refusal(order, CaSaid("rateLimited", "slow down", NOW + HOUR), now=NOW)
    what = "orders for exactly www.example.com and example.com"
    assert ledger.forecast(order, now=NOW).refusal == AskedToWait(NOW + HOUR, NOW, "slow down", what)


def test_another_run_sees_what_was_noted(keeper: Keeper, ledger: Ledger) -> None:
    second = keeper.open()
    ledger.note_order(ORDER, "o1", at=NOW)
    assert used(second, "orders") == 1
    assert (keeper.folder.stat().st_mode & 0o777, (keeper.folder / FILE).stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_a_path_of_any_octets(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "100%?#&mode=ro caf\udce9")
    keeper.open().note_order(ORDER, "o1", at=NOW)
    assert used(keeper.open(snapshot=True), "orders") == 1
    keeper.close()


def test_a_snapshot_changes_nothing(keeper: Keeper) -> None:
    assert keeper.open(snapshot=True).forecast(ORDER, now=NOW).refusal is None
    assert keeper.tree() == {}
    first = keeper.open()
    first.note_order(ORDER, "o1", at=NOW)
    first.close()
    before = keeper.tree()
    copy = keeper.open(snapshot=True)
    assert used(copy, "orders") == 1
    for _ in range(2):
        copy.suppose(ORDER, now=NOW)
    assert used(copy, "orders") == 2, "the second order is a renewal of the first"
    assert isinstance(copy.forecast(ORDER, now=NOW).refusal, LimitReached), "the set is used up"
    assert keeper.tree() == before


def test_a_new_account_is_supposed_once(keeper: Keeper) -> None:
    copy = keeper.open(snapshot=True)
    for name in ("a.example", "b.example"):
        copy.suppose(replace(ORDER, account=None, identifiers=names(name)), now=NOW)
    assert used(copy, "accounts", replace(ORDER, account=None)) == 1


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be taken for one" * 99, b"SQLite format 3\0"]
)
def test_a_damaged_file_is_moved_aside(keeper: Keeper, content: bytes) -> None:
    keeper.folder.mkdir()
    (keeper.folder / FILE).write_bytes(content)
    assert keeper.open(snapshot=True).forecast(ORDER, now=NOW).refusal is None
    ledger = keeper.open()
    ledger.note_order(ORDER, "o1", at=NOW)
    assert used(ledger, "orders") == 1
    assert (keeper.folder / f"{FILE}.damaged").read_bytes() == content


def test_a_page_that_turned_to_noise_ends_with_a_new_file(keeper: Keeper) -> None:
    first = keeper.open()
    for number in range(400):
        first.note_order(ORDER, f"o{number}", at=NOW + timedelta(seconds=number))
    first.close()
    path = keeper.folder / FILE
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = os.urandom(len(data) - 4096 * 3)
    path.write_bytes(data)
    damaged = keeper.open()
    damaged.note_order(ORDER, "later", at=NOW)
    damaged.forecast(ORDER, now=NOW)
    damaged.note_proofs(ORDER, failed=ORDER.identifiers, now=NOW)
    assert len(keeper.warnings) == 1
    assert (keeper.folder / f"{FILE}.damaged").exists()
    fresh = keeper.open()
    fresh.note_order(ORDER, "again", at=NOW)
    assert used(fresh, "orders") == 1


def test_what_cannot_be_written_is_told_once(keeper: Keeper, ledger: Ledger) -> None:
    blocker = sqlite3.connect(keeper.folder / FILE, timeout=0, isolation_level=None)
    blocker.execute("DROP TABLE orders")
    blocker.close()
    for number in range(3):
        ledger.note_order(ORDER, f"o{number}", at=NOW)
    assert len(keeper.warnings) == 1
    assert "no limit is foreseen" in keeper.warnings[0]


def test_old_entries_go(ledger: Ledger) -> None:
    www = ORDER.identifiers[0]
    ledger.note_order(ORDER, "old", at=NOW)
    ledger.note_certificate(ORDER, facts(1, NOW), now=NOW)
    ledger.note_refusal(ORDER, CaSaid("rateLimited", "x", NOW + HOUR), now=NOW)
    for hour in range(3):
        ledger.note_proofs(ORDER, failed=[www], now=NOW + hour * HOUR)
    later = NOW + 50 * DAY
    ledger.note_order(replace(ORDER, account=OTHER), "new", at=later)

    def count(table: str) -> int:
        rows = ledger._database.rows(f"SELECT count(*) FROM {table}")
        return int(str(rows[0][0]))

    assert {table: count(table) for table in ("orders", "certificates", "domains", "refusals", "waits")} == {
        "orders": 1,
        "certificates": 0,
        "domains": 0,
        "refusals": 0,
        "waits": 0,
    }
    assert ledger._database.rows("SELECT at, count FROM failures") == [(NOW.timestamp(), 3)]
    assert count("sets") == 1, "what was issued is a renewal for months"


def test_many_threads(ledger: Ledger) -> None:
    def order(number: int) -> None:
        ledger.note_order(replace(ORDER, account=f"a{number % 4}"), f"o{number}", at=NOW)
        ledger.forecast(ORDER, now=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(order, range(200)))
    assert ledger._database.rows("SELECT count(*) FROM orders") == [(200,)]


WRITER = """
import sys
from datetime import UTC, datetime
from everseal.planning.limits import OrderAhead
from everseal.store.ledger.database import Database
from everseal.store.ledger.ledger import Ledger
ledger = Ledger(Database.durable(sys.argv[1]), limits_of=lambda _: None, domains_of=tuple, warn=sys.exit)
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    ledger.note_order(OrderAhead("s", "a", ()), f"{sys.argv[2]}/{number}", at=datetime.now(UTC))
    print(number, flush=True)
"""


@pytest.fixture
def start_writer(keeper: Keeper) -> Iterator[Callable[[int, int], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(name: int, count: int) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", WRITER, str(keeper.folder), str(name), str(count)]
        started.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()
        if each.stdout is not None:
            each.stdout.close()


def test_many_processes(keeper: Keeper, start_writer: Callable[[int, int], subprocess.Popen[str]]) -> None:
    writers = [start_writer(name, 100) for name in range(3)]
    assert [each.communicate()[0].count("\n") for each in writers] == [101] * 3
    assert keeper.open()._database.rows("SELECT count(*) FROM orders") == [(300,)]


def test_a_killed_writer_loses_nothing_that_was_noted(
    keeper: Keeper, start_writer: Callable[[int, int], subprocess.Popen[str]]
) -> None:
    writer = start_writer(0, 1_000_000)
    assert writer.stdout is not None
    seen = [writer.stdout.readline() for _ in range(50)]
    writer.kill()
    told = [*seen, *writer.stdout]
    whole = [line for line in told if line.endswith("\n") and line.strip().isdigit()]
    kept = keeper.open()._database.rows("SELECT count(*) FROM orders")
    assert int(str(kept[0][0])) >= len(whole)
    assert keeper.warnings == []
