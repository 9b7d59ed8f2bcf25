"""Reads a CA's limits as data: the files that are shipped and those an operator writes.

The form is described in ``docs/reference/json/everseal.ca-limits.json`` and ``docs/how-to/limits.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final, TypeVar, get_args

from everseal.model.errors import OperatorError
from everseal.model.text import printable
from everseal.planning.limit import Counted, Exemption, Limit, Subject
from everseal.planning.limits import CaLimits

T = TypeVar("T")

SCHEMA: Final = "everseal.ca-limits"
VERSION: Final = 1
_SPAN: Final = re.compile(r"(\d{1,6}) (second|minute|hour|day)s?", re.ASCII)
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
LONGEST_MEMORY: Final = timedelta(days=40)
"""How far back is remembered what a CA counted, but for failures in a row."""
_LONGEST: Final = timedelta(days=3650)
_MOST: Final = 1_000_000
_MOST_SIGNS: Final = 20
_LONGEST_TEXT: Final = 300


class BadLimits(OperatorError):
    """A file of limits that cannot be understood."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the limits in {path} cannot be used: {why}",
            remedy="mend the file (docs/how-to/limits.md has an example), or move it away",
        )


def read_ca_limits(data: bytes, *, path: str) -> CaLimits:
    """The limits in a file's content.  Raises BadLimits with what is wrong and where."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadLimits(path, f"it is not JSON ({printable(str(error), 100)})") from None
    return _ca_limits(_Members(value, "the file", path))


def _ca_limits(ca: _Members) -> CaLimits:
    if ca.take("schema", _text) != SCHEMA or ca.take("schema_version", _whole(1, _MOST)) != VERSION:
        raise ca.bad(f"it does not begin with schema {SCHEMA} and schema_version {VERSION}")
    limits = tuple(_limit(each) for each in ca.inner("limits"))
    repeated = {each.id for each in limits if [other.id for other in limits].count(each.id) > 1}
    if repeated:
        raise ca.bad(f"there are several limits with the id {', '.join(sorted(repeated))}")
    found = CaLimits(
        name=ca.take("name", _text),
        directories=ca.take("directories", _texts),
        limits=limits,
        source=ca.take("source", _text),
        date=ca.take("date", _day),
        renewal_memory=ca.take("renewal_memory", _span, timedelta(0)),
        backdate=ca.take("backdate", _span, timedelta(0)),
    )
    if not found.directories:
        raise ca.bad("directories names no directory URL")
    ca.refuse_others()
    return found


def _limit(limit: _Members) -> Limit:
    found = Limit(
        id=limit.take("id", _identity),
        counts=limit.take("counts", _choice(*get_args(Counted))),
        per=limit.take("per", _choices(*get_args(Subject))),
        capacity=limit.take("capacity", _whole(1, _MOST)),
        period=limit.take("period", _span),
        exempt=frozenset(limit.take("exempt", _choices(*get_args(Exemption)), ())),
        reset_by_success=limit.take("reset_by_success", _flag, False),
        pauses=limit.take("pauses", _flag, False),
        signs=limit.take("signs", _texts, ()),
    )
    why = _contradiction(found)
    if why is not None:
        raise limit.bad(why)
    limit.refuse_others()
    return found


def _contradiction(limit: Limit) -> str | None:
    if not limit.per:
        return "per does not say for whom it is counted"
    if limit.counts != "failures" and ("identifier" in limit.per or limit.pauses or limit.reset_by_success):
        return "only failures are counted per identifier, pause a name or are reset by success"
    if limit.counts == "failures" and set(limit.per) != {"account", "identifier"}:
        return "failures are counted per account and identifier"
    if limit.counts == "orders" and limit.per != ("account",):
        return "orders are counted per account"
    if limit.counts == "accounts" and limit.per != ("address",):
        return "accounts are counted per address"
    if limit.counts != "accounts" and "address" in limit.per:
        return "only accounts are counted per address"
    if limit.period > LONGEST_MEMORY and not limit.reset_by_success:
        return f"period is longer than the {LONGEST_MEMORY.days} days that are remembered"
    if len(set(limit.per)) != len(limit.per):
        return "per names something twice"
    return None


class _Unfit(Exception):
    """A value that is not what its name says; the message completes "it is not ...\"."""


class _Members:
    """A JSON object whose members are asked for with what they must be; raises BadLimits.

    Those that nobody has asked for are unknown.
    """

    def __init__(self, value: object, where: str, path: str) -> None:
        self._where = where
        self._path = path
        self._known: list[str] = []
        if not isinstance(value, dict):
            raise self.bad("it is no JSON object")
        self._members: Mapping[str, Any] = value

    def bad(self, why: str) -> BadLimits:
        return BadLimits(self._path, f"{self._where}: {why}")

    def take(self, name: str, read: Callable[[Any], T], default: T | None = None) -> T:
        self._known.append(name)
        if name not in self._members:
            if default is None:
                raise self.bad(f"{name} is missing")
            return default
        try:
            return read(self._members[name])
        except _Unfit as error:
            raise self.bad(f"{name} is not {error}") from None

    def inner(self, name: str) -> list[_Members]:
        self._known.append(name)
        values = self._members.get(name)
        if not isinstance(values, list) or not values:
            raise self.bad(f"{name} is not a list of limits")
        return [_Members(each, f"limit {number}", self._path) for number, each in enumerate(values, 1)]

    def refuse_others(self) -> None:
        """What is not understood might be what the operator relies on."""
        others = [printable(each, 50) for each in self._members if each not in self._known]
        if others:
            raise self.bad(f"{others[0]} is unknown (known are {', '.join(self._known)})")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
        raise _Unfit(f"a text of at most {_LONGEST_TEXT} characters")
    return printable(value, _LONGEST_TEXT)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_SIGNS:
        raise _Unfit(f"a list of at most {_MOST_SIGNS} texts")
    return tuple(_text(each) for each in value)


def _identity(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _Unfit("a word of small letters, digits and hyphens")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Unfit("true or false")
    return value


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _Unfit("a day such as 2026-08-05") from None


def _span(value: object) -> timedelta:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    length = timedelta(0) if found is None else timedelta(**{f"{found[2]}s": int(found[1])})
    if not timedelta(0) < length <= _LONGEST:
        raise _Unfit("a span such as 7 days, 3 hours, 12 minutes or 1 second")
    return length


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _Unfit(f"a whole number from {least} to {most}")
        return value

    return read


def _choice(*known: Any) -> Callable[[object], Any]:
    def read(value: object) -> Any:
        if value not in known:
            raise _Unfit(f"one of {', '.join(known)}")
        return value

    return read


def _choices(*known: Any) -> Callable[[object], Any]:
    one = _choice(*known)

    def read(value: object) -> Any:
        if not isinstance(value, list):
            raise _Unfit("a list")
        return tuple(one(each) for each in value)

    return read
