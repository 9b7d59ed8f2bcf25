"""Limits in the manner of Let's Encrypt: buckets of tokens, exemptions, paused names, its words.

Nothing is taken from a bucket that is empty: what was issued or failed beyond a limit does not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from everseal.localca.refusal import Refusal
from everseal.model.epoch import microseconds
from everseal.model.frozen import dataclass
from everseal.system.public_suffixes import PublicSuffixes

if TYPE_CHECKING:
    from everseal.localca.call import Call
    from everseal.localca.office import Office
    from everseal.model.names import Identifier
    from everseal.planning.limit import Limit

_HELP: Final = "https://letsencrypt.org/docs/rate-limits/"
_SUFFIXES: Final = PublicSuffixes()
_TICKET_BYTES: Final = 32
_Bucket = tuple["Limit", str]


@dataclass(frozen=True, slots=True)
class Quotas:
    """What the CA's limits, if it has any, leave; inside a transaction."""

    office: Office

    def register(self, peer: str) -> None:
        """Count a new account; raises Refusal."""
        self._take_all([(limit, peer) for limit in self._limits("accounts")])

    def refuse_paused(self, call: Call, identifiers: Sequence[Identifier]) -> None:
        """Raises Refusal, with the address where a person ends the pause, and no time to wait for."""
        paused = self.office.ledger.paused(call.account.id)
        names = [each.value for each in identifiers if each.value in paused]
        if names:
            url = call.links.to("unpause", paused[names[0]])
            raise _rate_limited(
                "Your account is temporarily prevented from requesting certificates for "
                f"{', '.join(names)} and possibly others. Please visit: {url}"
            )

    def order(self, account: str, identifiers: Sequence[Identifier], *, ari: bool) -> None:
        """Count a new order, and look whether its certificate will have room; raises Refusal."""
        exemptions = {"ari": ari, "renewal": self._is_renewal(identifiers)}
        asked = [limit for limit in self._limits() if not any(exemptions[each] for each in limit.exempt)]
        checked = [
            (limit, subject)
            for limit in asked
            if limit.counts == "certificates" or (limit.counts == "failures" and not limit.pauses)
            for subject in _subjects(limit, account, identifiers)
        ]
        self._take_all([(limit, account) for limit in asked if limit.counts == "orders"], also=checked)

    def issued(self, identifiers: Sequence[Identifier], account: str) -> None:
        """Count a certificate."""
        renewal = self._is_renewal(identifiers)
        for limit in self._limits("certificates"):
            if not (renewal and "renewal" in limit.exempt):
                for subject in _subjects(limit, account, identifiers):
                    self._take(limit, subject)
        self.office.ledger.set_issued(_set_of(identifiers), now=self.office.time())

    def validated(self, account: str, identifier: Identifier, *, failed: bool) -> None:
        """Count a failure, or forget those before a success; the failure too many pauses the name."""
        for limit in self._limits("failures"):
            subject = _joined(account, identifier.value)
            if not failed:
                if limit.reset_by_success:
                    self.office.ledger.empty_bucket(limit.id, subject)
            elif not self._take(limit, subject) and limit.pauses:
                ticket = self.office.new_id(_TICKET_BYTES)
                self.office.ledger.pause(account, identifier.value, ticket, now=self.office.time())

    def lift(self, ticket: str) -> tuple[str, ...]:
        """End every pause of the account that the ticket is about, and forget the failures that led to them;
        gives the names."""
        with self.office.ledger.transaction():
            account = self.office.ledger.account_of_ticket(ticket)
            if account is None:
                return ()
            names = tuple(self.office.ledger.paused(account))
            for limit in self._limits("failures"):
                for name in names if limit.pauses else ():
                    self.office.ledger.empty_bucket(limit.id, _joined(account, name))
            self.office.ledger.end_pauses(account)
        return names

    def _limits(self, counts: str | None = None) -> tuple[Limit, ...]:
        limits = self.office.settings.limits
        known = () if limits is None else limits.limits
        return tuple(each for each in known if counts in (None, each.counts))

    def _is_renewal(self, identifiers: Sequence[Identifier]) -> bool:
        limits = self.office.settings.limits
        last = None if limits is None else self.office.ledger.set_last_issued(_set_of(identifiers))
        if limits is None or last is None:
            return False
        return last > self.office.time() - limits.renewal_memory.total_seconds()

    def _take_all(self, wanted: Sequence[_Bucket], *, also: Sequence[_Bucket] = ()) -> None:
        """A token from each, if ``also`` these have one; raises Refusal about what has none for longest."""
        now = microseconds(self.office.clock.now())
        short = [
            (wait, limit, subject)
            for limit, subject in (*also, *wanted)
            if (wait := _wait(limit, self._tokens(limit, subject, now))) > 0
        ]
        if short:
            raise self._refusal(*max(short, key=lambda each: each[0]))
        for limit, subject in wanted:
            self._take(limit, subject)

    def _take(self, limit: Limit, subject: str) -> bool:
        """Whether there was a token to take."""
        now = microseconds(self.office.clock.now())
        tokens = self._tokens(limit, subject, now)
        if tokens < 1:
            return False
        self.office.ledger.set_bucket(limit.id, subject, str(tokens - 1), now)
        return True

    def _tokens(self, limit: Limit, subject: str, now: int) -> Fraction:
        found = self.office.ledger.bucket(limit.id, subject)
        if found is None:
            return Fraction(limit.capacity)
        tokens, at = Fraction(found[0]), found[1]
        return min(Fraction(limit.capacity), tokens + Fraction(max(0, now - at), _refill(limit)))

    def _refusal(self, wait: int, limit: Limit, subject: str) -> Refusal:
        now = self.office.clock.now().astimezone(UTC)
        moment = now + timedelta(microseconds=wait)
        if moment.microsecond:
            moment = moment.replace(microsecond=0) + timedelta(seconds=1)
        seconds = math.ceil((moment - now).total_seconds())
        text = (
            f"{_complaint(limit, subject)} in the last {_go_duration(limit.period)}, "
            f"retry after {moment:%Y-%m-%d %H:%M:%S} UTC: see {_HELP}"
        )
        return _rate_limited(text, ("Retry-After", str(max(1, seconds))))


def _rate_limited(detail: str, *headers: tuple[str, str]) -> Refusal:
    return Refusal("rateLimited", detail, 429, headers=(*headers, ("Link", f'<{_HELP}>;rel="help"')))


def _complaint(limit: Limit, subject: str) -> str:
    name = subject.rpartition(" ")[2]
    match limit.counts:
        case "accounts":
            return f"too many new registrations ({limit.capacity}) from this IP address"
        case "orders":
            return f"too many new orders ({limit.capacity}) from this account"
        case "failures":
            return f'too many failed authorizations ({limit.capacity}) for "{name}"'
        case "certificates":
            what = "this exact set of identifiers" if "set" in limit.per else f'"{name}"'
            return f"too many certificates ({limit.capacity}) already issued for {what}"


def _subjects(limit: Limit, account: str, identifiers: Sequence[Identifier]) -> tuple[str, ...]:
    """For whom the limit counts an order or its certificate."""
    parts: tuple[str, ...] = ()
    if "domain" in limit.per:
        parts = _SUFFIXES.domains(identifiers)
    elif "set" in limit.per:
        parts = (_set_of(identifiers),)
    elif "identifier" in limit.per:
        parts = tuple(each.value for each in identifiers)
    if "account" not in limit.per:
        return parts
    return tuple(_joined(account, part) for part in parts) or (account,)


def _joined(account: str, name: str) -> str:
    return f"{account} {name}"


def _set_of(identifiers: Sequence[Identifier]) -> str:
    return ",".join(sorted(each.value for each in identifiers))


def _refill(limit: Limit) -> int:
    """Microseconds for one token."""
    return limit.refill // timedelta(microseconds=1)


def _wait(limit: Limit, tokens: Fraction) -> int:
    """Microseconds until there is a token; 0 where there is one."""
    return 0 if tokens >= 1 else math.ceil((1 - tokens) * _refill(limit))


def _go_duration(span: timedelta) -> str:
    """As in ``168h0m0s``."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes // 60}h{minutes % 60}m{seconds}s"
