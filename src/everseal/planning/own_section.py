"""What stands in ``[everseal]`` of a renewal file about the next renewal, as plain moments.

Scans of ten thousand renewal files read it: no values are made, and next to nothing is imported.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    Kept = Callable[[str], Mapping[str, str] | None]
    """What is kept elsewhere than in renewal files about a certificate, by the keys of our section."""

OWN_SECTION: Final = "everseal"
ORDERED_FOR: Final = "ordered_for"
"""The key in our section that holds the code of the reason a version was ordered for."""
FOR_A_WINDOW: Final = "ari-window"
"""That code where a CA's suggested window had opened."""

ISSUED_BY: Final = "issued_by"
ISSUED_SERIAL: Final = "issued_serial"
"""The CA that issued the certificate with this serial number, where that was not the first one."""

LONGEST_QUIET: Final = timedelta(days=1)
"""A CA that wants to be left alone for longer is not believed (RFC 9773 section 4.3.3)."""

ARI_KEYS: Final = "ari_"
"""What the keys of a CA's answer begin with."""

Bounds = tuple[datetime, datetime]


def made_for_window(own: Mapping[str, object]) -> bool:
    """Whether the newest version was ordered because a CA's window had opened."""
    return own.get(ORDERED_FOR) == FOR_A_WINDOW


def wants_quiet(ask_again: datetime, *, now: datetime) -> bool:
    """Whether a CA that named ``ask_again`` is not to be asked again yet."""
    return now < ask_again <= now + LONGEST_QUIET


def latest_words(
    own: Mapping[str, object], kept: Mapping[str, object] | None, certificate_id: str | None, *, now: datetime
) -> Mapping[str, object]:
    """``own`` with the later of two answers about a certificate: its own, and ``kept`` of another place.

    A CA is asked again only when it wants to be, so that the later answer is the one that holds for longer;
    one that holds for longer than any is no answer.
    """
    ours, theirs = remembered_advice(own, certificate_id), remembered_advice(kept or {}, certificate_id)
    if kept is None or theirs is None or (ours is not None and _rank(ours, now) >= _rank(theirs, now)):
        return own
    return {**{key: value for key, value in own.items() if not key.startswith(ARI_KEYS)}, **kept}


def _rank(answer: tuple[datetime, Bounds | None], now: datetime) -> tuple[bool, datetime]:
    ask_again, _ = answer
    return ask_again <= now + LONGEST_QUIET, ask_again


def remembered_advice(
    own: Mapping[str, object], certificate_id: str | None
) -> tuple[datetime, Bounds | None] | None:
    """When to ask the CA again, and the window that it suggested, where that is known.

    None where nothing is remembered about this certificate, or it has no identifier at the CA; unreadable
    text counts as nothing.
    """
    if certificate_id is None or own.get("ari_certificate") != certificate_id:
        return None
    ask_again = _moment(own.get("ari_ask_again"))
    if ask_again is None:
        return None
    start, end = _moment(own.get("ari_window_start")), _moment(own.get("ari_window_end"))
    return ask_again, None if start is None or end is None else (start, end)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def issuing_server(own: Mapping[str, object], parameters: Mapping[str, object], serial: int) -> str | None:
    """The CA to ask about a certificate; None where the renewal file names none."""
    first = parameters.get("server")
    return noted_issuer(own, serial) or (first if isinstance(first, str) and first else None)


def noted_issuer(own: Mapping[str, object], serial: int) -> str | None:
    """The CA that issued the certificate, where another than the first one did."""
    server = own.get(ISSUED_BY)
    return server if isinstance(server, str) and own.get(ISSUED_SERIAL) == serial_text(serial) else None


def serial_text(serial: int) -> str:
    """As it stands in the section."""
    return f"{serial:x}"
