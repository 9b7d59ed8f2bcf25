"""What was ordered, issued, refused and not verified, per CA, account, registered domain and set of names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from everseal.model.frozen import dataclass
from everseal.model.text import printable
from everseal.planning.holds import holds_for
from everseal.planning.limit import Spending, Subject
from everseal.planning.limits import CaLimits, Forecast, OrderAhead, buckets, concerns, forecast, set_id
from everseal.planning.refusals import Bucket, CaSaid, Hold
from everseal.planning.tally import CaStanding, Forgotten
from everseal.planning.words import names as in_short
from everseal.store.ledger.database import Database, LedgerDamaged, LedgerUnusable, column_of, table_of
from everseal.store.ledger.listing import standings
from everseal.store.ledger.pruning import prune

if TYPE_CHECKING:
    from everseal.model.certificate import CertificateFacts
    from everseal.model.names import Identifier

_RENEWAL_MEMORY: Final = timedelta(days=120)
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class FoundCertificate:
    """A certificate on disk, whoever obtained it, and the account that its lineage is renewed with.

    ``previous`` is when an earlier one for the same identifiers began.
    """

    server: str
    account: str
    facts: CertificateFacts
    previous: datetime | None = None


class Ledger:
    """Implements the ``LimitLedger`` port on a database.

    ``limits_of`` knows the limits that a CA (by its directory URL) publishes, ``domains_of`` the
    registered domains of identifiers; ``warn`` is told, once, that nothing can be remembered.
    """

    def __init__(
        self,
        database: Database,
        *,
        limits_of: Callable[[str], CaLimits | None],
        domains_of: Callable[[Iterable[Identifier]], tuple[str, ...]],
        warn: Callable[[str], None],
    ) -> None:
        self._database = database
        self._limits_of = limits_of
        self._domains_of = domains_of
        self._warn: Callable[[str], None] | None = warn
        self._supposed = 0

    def close(self) -> None:
        self._database.close()

    def forecast(self, order: OrderAhead, *, now: datetime) -> Forecast:
        """How the order would fare, by what is known here; without limits of the CA, by what it said."""
        try:
            limits = self._limits_of(order.server)
            with self._database.reading():
                whole = self._completed(order, now)
                wanted = () if limits is None else buckets(whole, limits.limits)
                spent = {bucket: self.spendings(order.server, bucket) for bucket in wanted}
                holds = self.holds(order.server)
            return forecast(whole, spent, holds, now=now)
        except LedgerUnusable as error:
            self._tell(error)
            return Forecast()

    def note_sent(self, order: OrderAhead, *, at: datetime) -> None:
        """It counts until its fate is noted; who is killed meanwhile cannot say whether it was taken."""
        with self._writing():
            self._count_order(self._completed(order, at), _sent(order), at)

    def note_declined(self, order: OrderAhead, *, at: datetime) -> None:
        with self._writing():
            self._discount_sent(order, at)

    def note_order(self, order: OrderAhead, url: str, *, at: datetime, resumed: bool = False) -> None:
        """Also ends what the CA was said to want of orders like this: it has taken one."""
        with self._writing():
            whole = self._completed(order, at)
            known = resumed and self._database.rows(
                "SELECT 1 FROM orders WHERE server = ? AND url = ?", order.server, url
            )
            if not known:
                self._count_order(whole, url, at)
            self._discount_sent(order, at)
            for hold in self.holds(order.server):
                if concerns(hold, whole):
                    self._drop(order.server, hold)
            prune(self._database, at)

    def suppose(self, order: OrderAhead, *, now: datetime) -> None:
        """Go on as if the order had been placed and fulfilled: for a snapshot."""
        with self._writing():
            self._supposed += 1
            whole, mark = self._completed(order, now), f"supposed {self._supposed}"
            if order.account is None:
                self._database.write(
                    "INSERT OR IGNORE INTO accounts VALUES (?, 'supposed', ?)", order.server, now.timestamp()
                )
            self._database.write(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)",
                *(order.server, order.account or "", mark, now.timestamp(), whole.ari, whole.renewal),
            )
            self._count_certificate(order, mark, now)

    def note_certificate(self, order: OrderAhead, facts: CertificateFacts, *, now: datetime) -> None:
        """Counted at the moment of issuance, which is read from the certificate."""
        with self._writing():
            limits = self._limits_of(order.server)
            at = now if limits is None else limits.issued_at(facts.not_before, now)
            self._count_certificate(order, f"{facts.serial:x}", at)

    def counted_folders(self, reach: int) -> Mapping[bytes, bytes]:
        """Archives that were looked through with the same ``reach``, and their stamps then."""
        try:
            rows = self._database.rows("SELECT name, stamp FROM folders WHERE reach = ?", reach)
        except LedgerUnusable as error:
            self._tell(error)
            return {}
        return cast("dict[bytes, bytes]", dict(cast("list[tuple[bytes, bytes]]", rows)))

    def note_found(
        self,
        found: Iterable[FoundCertificate],
        *,
        now: datetime,
        folders: Mapping[bytes, bytes] | None = None,
        reach: int = 0,
    ) -> None:
        """Count certificates that lie on disk and were not noted when they were issued.

        They are all that lies in the archives ``folders``, by their stamps, as far as limits of this
        ``reach`` ask for it.
        """
        with self._writing():
            for each in sorted(found, key=lambda one: one.facts.not_before):
                limits = self._limits_of(each.server)
                if limits is not None:
                    order = OrderAhead(
                        each.server, each.account, each.facts.identifiers, previous=each.previous
                    )
                    at = limits.issued_at(each.facts.not_before, now)
                    self._count_certificate(order, f"{each.facts.serial:x}", at)
            if folders is not None:
                self._database.write("DELETE FROM folders WHERE reach <> ?", reach)
                for name, stamp in folders.items():
                    self._database.write(
                        "INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?)",
                        *(name, stamp, reach, now.timestamp()),
                    )

    def note_proofs(
        self,
        order: OrderAhead,
        *,
        failed: Collection[Identifier] = (),
        proved: Collection[Identifier] = (),
        now: datetime,
    ) -> None:
        """A name that is proved has no failures in a row any more."""
        account = order.account or ""
        with self._writing():
            for name in proved:
                self._settle(order.server, account, name.value)
            for name in failed:
                self._database.write(
                    "INSERT INTO failures VALUES (?, ?, ?, ?, 1, 0)",
                    *(order.server, account, name.value, now.timestamp()),
                )

    def note_refusal(self, order: OrderAhead, said: CaSaid, *, now: datetime) -> None:
        """Remembers for whom it holds and until when, as far as the CA said so."""
        with self._writing():
            whole = self._completed(order, now)
            retry = None if said.retry_at is None else said.retry_at.timestamp()
            self._database.write(
                "INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(order.server, order.account or "", set_id(order.identifiers), now.timestamp()),
                *(printable(said.type, 200), printable(said.detail, _LONGEST), retry),
            )
            for hold in holds_for(whole, said, self._limits_of(order.server), now=now):
                self._hold(order.server, hold)

    def note_account(self, server: str, url: str, *, now: datetime) -> None:
        with self._writing():
            self._database.write(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)", server, url, now.timestamp()
            )

    def forget(self, texts: Collection[str]) -> tuple[Forgotten, ...]:
        """End every wait whose subject has one of ``texts`` in it, and count no failures of such names in a
        row any more."""
        found: list[Forgotten] = []
        with self._writing():
            for (server,) in self._database.rows("SELECT DISTINCT server FROM waits"):
                for hold in self.holds(str(server)):
                    parts = hold.subject or (str(server),)
                    if not set(parts).isdisjoint(texts):
                        self._drop(str(server), hold)
                        found.append(Forgotten(str(server), hold.label or parts[-1], hold.detail))
            for text in texts:
                self._database.write("UPDATE failures SET settled = 1 WHERE identifier = ?", text)
        return tuple(found)

    def standings(self, *, now: datetime) -> tuple[CaStanding, ...]:
        """Everything that is known, CA by CA."""
        try:
            return standings(self, self._database, self._limits_of, now=now)
        except LedgerUnusable as error:
            self._tell(error)
            return ()

    def spendings(self, server: str, bucket: Bucket) -> tuple[Spending, ...]:
        """What is known of a bucket, without what its limit does not count.  Raises LedgerUnusable."""
        limit = bucket.limit
        wanted: dict[str, object] = dict(zip(map(column_of, limit.per), bucket.subject, strict=True))
        match limit.counts:
            case "orders":
                wanted |= dict.fromkeys(limit.exempt, 0)
            case "accounts":
                wanted = {}
            case "failures":
                wanted |= {"settled": 0} if limit.reset_by_success else {}
            case "certificates":
                wanted |= {"renewal": 0} if "renewal" in limit.exempt else {}
        count = "count" if limit.counts == "failures" else "1"
        where = " AND ".join(["server = ?", *(f"{column} = ?" for column in wanted)])
        rows = self._database.rows(
            f"SELECT at, {count} FROM {table_of(limit)} WHERE {where}", server, *wanted.values()
        )
        return tuple(Spending(_moment(at), cast(int, number)) for at, number in rows)

    def holds(self, server: str) -> tuple[Hold, ...]:
        """What a CA said that was not forgotten.  Raises LedgerUnusable."""
        rows = self._database.rows(
            "SELECT per, subject, since, until, detail, limit_id, url, label FROM waits WHERE server = ?",
            server,
        )
        return tuple(_hold(row) for row in rows)

    def _completed(self, order: OrderAhead, at: datetime) -> OrderAhead:
        limits = self._limits_of(order.server)
        memory = _RENEWAL_MEMORY if limits is None else limits.renewal_memory
        last = self._last(order, until=at)
        return replace(
            order,
            previous=last,
            domains=self._domains_of(order.identifiers),
            renewal=last is not None and last > at - memory,
        )

    def _last(self, order: OrderAhead, *, until: datetime) -> datetime | None:
        """When the CA last issued for exactly these names."""
        rows = self._database.rows(
            "SELECT max(at) FROM certificates WHERE server = ? AND names = ? AND at <= ? UNION ALL "
            "SELECT last FROM sets WHERE server = ? AND names = ? AND last <= ?",
            *(order.server, set_id(order.identifiers), until.timestamp()) * 2,
        )
        known = [_moment(each) for (each,) in rows if each is not None]
        if order.previous is not None and order.previous <= until:
            known.append(order.previous)
        return max(known, default=None)

    def _count_order(self, whole: OrderAhead, url: str, at: datetime) -> None:
        self._database.write(
            "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?)",
            *(whole.server, whole.account or "", url, at.timestamp(), whole.ari, whole.renewal),
        )

    def _discount_sent(self, order: OrderAhead, at: datetime) -> None:
        self._database.write(
            "DELETE FROM orders WHERE server = ? AND url = ? AND at = ?",
            *(order.server, _sent(order), at.timestamp()),
        )

    def _count_certificate(self, order: OrderAhead, serial: str, at: datetime) -> None:
        whole = self._completed(order, at)
        names, account, moment = set_id(order.identifiers), order.account or "", at.timestamp()
        is_new = self._database.write(
            "INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?)",
            *(order.server, serial, account, names, moment, whole.renewal),
        )
        if not is_new:
            return
        for domain in whole.domains:
            self._database.write(
                "INSERT OR IGNORE INTO domains VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(order.server, domain, serial, account, names, moment, whole.renewal),
            )
        self._database.write(
            "INSERT INTO sets VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET last = max(last, excluded.last), label = excluded.label",
            *(order.server, names, in_short(order.identifiers), moment),
        )

    def _settle(self, server: str, account: str, name: str) -> None:
        self._database.write(
            "UPDATE failures SET settled = 1 WHERE server = ? AND account = ? AND identifier = ?",
            *(server, account, name),
        )

    def _hold(self, server: str, hold: Hold) -> None:
        until = None if hold.until is None else hold.until.timestamp()
        self._database.write(
            "INSERT OR REPLACE INTO waits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(server, *_key(hold), hold.since.timestamp(), until),
            *(printable(hold.detail, _LONGEST), hold.limit, hold.url, hold.label),
        )

    def _drop(self, server: str, hold: Hold) -> None:
        self._database.write(
            "DELETE FROM waits WHERE server = ? AND per = ? AND subject = ?", server, *_key(hold)
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction, worth no certificate: what goes wrong in it is told once, and passed over."""
        try:
            with self._database.transaction():
                yield
        except LedgerUnusable as error:
            self._tell(error)

    def _tell(self, error: LedgerUnusable) -> None:
        if self._warn is not None:
            self._warn(f"the ledger of limits cannot be used ({error}); no limit is foreseen in this run")
            self._warn = None
        if isinstance(error, LedgerDamaged):
            self._database.move_aside()


def _sent(order: OrderAhead) -> str:
    """Stands for the URL of an order that has none yet."""
    return f"sent {set_id(order.identifiers)}"


def _key(hold: Hold) -> tuple[str, str]:
    return " ".join(hold.per), " ".join(hold.subject)


def _hold(row: Sequence[object]) -> Hold:
    per, subject, since, until, detail, limit, url, label = row
    return Hold(
        per=cast("tuple[Subject, ...]", tuple(str(per).split())),
        subject=tuple(str(subject).split(" ")) if per else (),
        since=_moment(since),
        until=None if until is None else _moment(until),
        detail=str(detail),
        limit=cast("str | None", limit),
        url=cast("str | None", url),
        label=str(label),
    )


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(cast(float, seconds), UTC)
