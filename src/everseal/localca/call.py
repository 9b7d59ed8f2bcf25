"""One request on its way through the CA, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from everseal.localca.refusal import Refusal
from everseal.model.epoch import stamp
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.envelope import Opened
    from everseal.localca.faults import Drawn
    from everseal.localca.links import Links
    from everseal.localca.records import Account

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A request for one resource, from the address ``peer``.  ``opened`` is there for POST requests alone."""

    links: Links
    url: str
    arguments: tuple[str, ...]
    query: str
    drawn: Drawn
    now: datetime
    peer: str = ""
    opened: Opened | None = None

    @property
    def envelope(self) -> Opened:
        """The signed request; resources that answer GET too must not ask for it."""
        if self.opened is None:
            raise Refusal("malformed", "this resource answers signed requests only (POST)", 405)
        return self.opened

    @property
    def account(self) -> Account:
        """The account that signed."""
        account = self.envelope.account
        if account is None:
            raise Refusal("malformed", "this resource wants an account (kid), not a key (jwk)")
        return account

    @property
    def time(self) -> float:
        """Now, in seconds since 1970."""
        return self.now.timestamp()


@dataclass(frozen=True, slots=True)
class Answer:
    """A body that is a JSON object, bytes, or nothing at all."""

    status: int
    body: JsonObject | bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


def timestamp(seconds: float) -> str:
    """RFC 3339, in UTC, to the second."""
    return stamp(datetime.fromtimestamp(seconds, UTC))


def read_timestamp(value: object, name: str) -> float | None:
    """An RFC 3339 text with an offset, or nothing; raises Refusal."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Refusal("malformed", f"{name} is not a time as in RFC 3339") from None
    if moment.tzinfo is None:
        raise Refusal("malformed", f"{name} has no offset from UTC")
    return moment.timestamp()
