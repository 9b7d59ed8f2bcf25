"""Reads ``renew_before_expiry`` of a renewal file: how long before its end a certificate is renewed."""

from __future__ import annotations

import re
from datetime import timedelta

from everseal.model.errors import OperatorError
from everseal.model.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_FORM: Final = re.compile(r"(\d{1,6})\s*([A-Za-z]*)\Z", re.ASCII)
_LONGEST: Final = timedelta(days=1000 * 365)
_UNITS: Final[Mapping[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_SHORT: Final[Mapping[str, str]] = {"": "day", "h": "hour", "d": "day", "w": "week", "y": "year"}


class BadRenewInterval(OperatorError):
    """A ``renew_before_expiry`` that is no length of time."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"renew_before_expiry = {printable(text, 100)} is no length of time",
            remedy="write a number and a unit (hours, days, weeks, months or years), such as 30 days",
        )
        self.text = text


def parse_renew_before_expiry(text: str) -> timedelta:
    """A number and a unit from hours to years; a bare number is days, a month 30 and a year 365.

    Raises BadRenewInterval.
    """
    found = _FORM.match(text.strip())
    if found is None:
        raise BadRenewInterval(text)
    word = found[2].lower()
    unit = _UNITS.get(_SHORT.get(word, word.removesuffix("s")))
    if unit is None or (length := int(found[1]) * unit) > _LONGEST:
        raise BadRenewInterval(text)
    return length
