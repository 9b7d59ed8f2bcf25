"""Faults as words, for the command line and for scripts: ``newOrder unavailable retry-after=60 times=2``.

A rule is a place, a fault and what the fault takes, as KEY=VALUE; quotation marks are those of a shell.
``times``, ``skip``, ``chance`` and ``about`` belong to the rule, everything else to the fault.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args

from everseal.localca.faults import (
    PLACES,
    AddHeader,
    Drip,
    EditJson,
    Endless,
    Fault,
    ForeignOrigin,
    Instead,
    JsonObject,
    Pause,
    Quirk,
    QuirkName,
    Refuse,
    Replace,
    Reset,
    Rule,
    Truncate,
    Unlisted,
    Validity,
    Vantage,
    rate_limited,
    terms_changed,
    unavailable,
)
from everseal.model.errors import OperatorError

_EVER: Final = "ever"
_QUIRKS: Final[Mapping[str, QuirkName]] = {name: name for name in get_args(QuirkName)}


class BadFault(OperatorError):
    """Words that are no rule."""

    def __init__(self, text: str, why: str, *, remedy: str | None = None) -> None:
        super().__init__(
            f"the fault {text!r} cannot be used: {why}",
            remedy=remedy
            or "write it as PLACE FAULT [KEY=VALUE ...], such as `newOrder unavailable times=2`",
        )


def parse_rule(text: str) -> Rule:
    """Raises BadFault.

    A fault happens once unless ``times`` says how often (``ever`` is without end); a quirk, or what has a
    ``chance``, always.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadFault(text, str(error).lower()) from None
    if len(words) < 2:
        raise BadFault(text, "there has to be a place and a fault")
    place, name, *pairs = words
    if place not in PLACES:
        raise BadFault(text, f"there is no place {place!r}", remedy=f"use one of {', '.join(sorted(PLACES))}")
    given = _Given(text, pairs)
    rule = Rule(place, _fault(name, given))
    always = name in _QUIRKS or given.has("chance")
    times = given.text("times", _EVER if always else "1")
    rule = replace(
        rule,
        times=None if times == _EVER else given.as_count("times", times),
        skip=given.count("skip", 0),
        chance=given.number("chance", 1.0),
        about=given.text("about", ""),
    )
    given.check_all_used()
    return rule


def parse_script(text: str) -> tuple[Rule, ...]:
    """A rule a line; empty lines and those that begin with ``#`` are passed over.  Raises BadFault."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(parse_rule(line) for line in lines if line and not line.startswith("#"))


class _Given:
    """The KEY=VALUE pairs of a rule, each asked for by its type."""

    def __init__(self, rule: str, pairs: list[str]) -> None:
        self._rule = rule
        self._values: dict[str, str] = {}
        self._used: set[str] = set()
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise BadFault(rule, f"{pair!r} is not KEY=VALUE")
            self._values[key] = value

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str) -> str:
        self._used.add(key)
        return self._values.get(key, default)

    def required(self, key: str) -> str:
        if key not in self._values:
            raise BadFault(self._rule, f"it needs {key}=")
        return self.text(key, "")

    def count(self, key: str, default: int) -> int:
        return self.as_count(key, self.text(key, str(default)))

    def as_count(self, key: str, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise BadFault(self._rule, f"{key}={text} is no count")
        return int(text)

    def number(self, key: str, default: float) -> float:
        text = self.text(key, str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e9:
            raise BadFault(self._rule, f"{key}={text} is no number")
        return value

    def span(self, key: str, default: float) -> timedelta:
        """Given in seconds."""
        return timedelta(seconds=self.number(key, default))

    def header(self, key: str) -> tuple[str, str]:
        name, colon, value = self.required(key).partition(":")
        if not colon or not (name + value).isprintable():
            raise BadFault(self._rule, f"{key}= is not a header such as 'Retry-After: 60'")
        return name.strip(), value.strip()

    def json(self, key: str) -> Any:
        try:
            return json.loads(self.required(key))
        except (ValueError, RecursionError):
            raise BadFault(self._rule, f"{key}= is not JSON (texts have quotation marks)") from None

    def body(self) -> bytes:
        """``body=TEXT`` or ``file=PATH``."""
        if not self.has("file"):
            return self.text("body", "").encode()
        path = self.text("file", "")
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise BadFault(self._rule, f"{path} cannot be read: {error.strerror}") from None

    def check_all_used(self) -> None:
        unknown = sorted(self._values.keys() - self._used)
        if unknown:
            raise BadFault(self._rule, f"it takes no {', '.join(unknown)}")

    def no_such_fault(self, name: str) -> BadFault:
        known = sorted({*_FAULTS, *_QUIRKS})
        return BadFault(self._rule, f"there is no fault {name!r}", remedy=f"use one of {', '.join(known)}")


def _fault(name: str, given: _Given) -> Fault:
    if name in _QUIRKS:
        return Quirk(_QUIRKS[name])
    make = _FAULTS.get(name)
    if make is None:
        raise given.no_such_fault(name)
    return make(given)


def _unavailable(given: _Given) -> Fault:
    return unavailable(retry_after=given.text("retry-after", "") or None)


def _rate_limited(given: _Given) -> Fault:
    detail = given.text("detail", "too many new orders recently")
    return rate_limited(retry_after=given.text("retry-after", "") or None, detail=detail)


def _refuse(given: _Given) -> Fault:
    kind = given.required("type")
    return Refuse(kind, given.text("detail", "because this rule says so"), given.count("status", 400))


def _instead(given: _Given) -> Fault:
    headers = (given.header("header"),) if given.has("header") else ()
    return Instead(given.count("status", 200), given.body(), headers)


def _redirect(given: _Given) -> Fault:
    return Instead(given.count("status", 302), b"", (("Location", given.required("to")),))


def _set(given: _Given) -> Fault:
    member, value = given.required("member"), given.json("value")

    def change(members: JsonObject) -> JsonObject:
        return {**members, member: value}

    return EditJson(change)


def _remove(given: _Given) -> Fault:
    member = given.required("member")

    def change(members: JsonObject) -> JsonObject:
        return {name: value for name, value in members.items() if name != member}

    return EditJson(change)


def _vantage(given: _Given) -> Fault:
    usual = Vantage()
    return Vantage(
        given.count("points", usual.points),
        given.count("failing", usual.failing),
        given.count("tolerated", usual.tolerated),
    )


_FAULTS: Final[Mapping[str, Callable[[_Given], Fault]]] = {
    "unavailable": _unavailable,
    "rate-limited": _rate_limited,
    "terms-changed": lambda given: terms_changed(given.text("url", "https://ca.test/new-terms")),
    "refuse": _refuse,
    "instead": _instead,
    "redirect": _redirect,
    "reset": lambda _given: Reset(),
    "lost-answer": lambda _given: Reset(handled=True),
    "truncate": lambda given: Truncate(given.count("keep", 10)),
    "endless": lambda _given: Endless(),
    "drip": lambda given: Drip(given.number("pause", 0.5)),
    "replace": lambda given: Replace(given.body()),
    "header": lambda given: AddHeader(*given.header("add")),
    "set": _set,
    "remove": _remove,
    "pause": lambda given: Pause(given.number("seconds", 1.0), given.number("up-to", 0.0)),
    "validity": lambda given: Validity(given.span("begins", 0.0), given.span("lives", 300.0)),
    "vantage": _vantage,
    "foreign-origin": lambda given: ForeignOrigin(given.text("origin", "https://elsewhere.invalid")),
    "unlisted": lambda given: Unlisted(frozenset(given.required("resources").split(","))),
}
