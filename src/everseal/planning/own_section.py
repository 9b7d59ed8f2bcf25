"""What stands in ``[everseal]`` of a renewal file about the next renewal, as plain moments.

Scans of ten thousand renewal files read it: no values are made, and next to nothing is imported.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

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

Bounds = tuple[datetime, datetime]


def made_for_window(own: Mapping[str, object]) -> bool:
    """Whether the newest version was ordered because a CA's window had opened."""
    return own.get(ORDERED_FOR) == FOR_A_WINDOW


def wants_quiet(ask_again: datetime, *, now: datetime) -> bool:
    """Whether a CA that named ``ask_again`` is not to be asked again yet."""
    return now < ask_again <= now + LONGEST_QUIET


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
