"""The value of every option, and where each came from."""

from __future__ import annotations

from everseal.settings.options import BY_DEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal

    Kind = Literal["default", "renewal file", "configuration file", "command line", "run"]


class Source:
    """Where a value came from; ``place`` is the flag, or the file and line."""

    __slots__ = ("kind", "place")

    def __init__(self, kind: Kind, place: str = "") -> None:
        self.kind = kind
        self.place = place

    @property
    def is_explicit(self) -> bool:
        """Whether the operator said it for this run: on the command line or in a configuration file."""
        return self.kind in {"command line", "configuration file"}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.kind, self.place) == (other.kind, other.place)

    def __hash__(self) -> int:
        return hash((self.kind, self.place))

    def __repr__(self) -> str:
        return f"Source({self.kind!r}, {self.place!r})"

    def __str__(self) -> str:
        return f"{self.kind} ({self.place})" if self.place else self.kind


DEFAULT: Final = Source("default")
RUN: Final = Source("run")
"""Decided while running: an answer to a prompt, a plugin that was chosen."""


class Settings:
    """Frozen values by ``dest``; every option has one, be it only its default.

    The readers by type (``text``, ``flag`` ...) raise TypeError for an option that holds something else:
    a mistake in the program, not of the operator.
    """

    __slots__ = ("_sources", "_values")

    def __init__(self, values: Mapping[str, object], sources: Mapping[str, Source]) -> None:
        self._values = values
        self._sources = sources

    @classmethod
    def defaults(cls, **differing: object) -> Settings:
        """Every option's default; ``differing`` puts others in their place (directories of this machine)."""
        values = {dest: option.default for dest, option in BY_DEST.items()}
        _refuse_unknown(differing)
        values.update(differing)
        return cls(values, {})

    def get(self, dest: str) -> object:
        return self._values[dest]

    def source(self, dest: str) -> Source:
        return self._sources.get(dest, DEFAULT)

    def is_set(self, dest: str) -> bool:
        """Whether anybody set it, that is, whether it is more than a default."""
        return dest in self._sources

    def said(self) -> tuple[str, ...]:
        """Every option that somebody set."""
        return tuple(self._sources)

    def is_explicit(self, dest: str) -> bool:
        """Whether the command line or a configuration file of this run set it."""
        return self.source(dest).is_explicit

    def with_values(self, values: Mapping[str, object], source: Source = RUN) -> Settings:
        """The settings with these values, all from ``source``."""
        _refuse_unknown(values)
        return Settings({**self._values, **values}, {**self._sources, **dict.fromkeys(values, source)})

    def with_sources(self, values: Mapping[str, object], sources: Mapping[str, Source]) -> Settings:
        """The settings with these values, each from its own source."""
        _refuse_unknown(values)
        return Settings({**self._values, **values}, {**self._sources, **sources})

    def without(self, *dests: str) -> Settings:
        """The settings with these options at their defaults again."""
        back = {dest: BY_DEST[dest].default for dest in dests}
        sources = {dest: source for dest, source in self._sources.items() if dest not in back}
        return Settings({**self._values, **back}, sources)

    def text(self, dest: str) -> str | None:
        value = self._values[dest]
        if value is None or isinstance(value, str):
            return value
        raise TypeError(f"{dest} is no text")

    def required(self, dest: str) -> str:
        """The text of an option that always has one."""
        value = self._values[dest]
        if isinstance(value, str):
            return value
        raise TypeError(f"{dest} is no text")

    def flag(self, dest: str) -> bool:
        """A flag; one that nobody said anything about is False."""
        return self.choice(dest) is True

    def choice(self, dest: str) -> bool | None:
        """A flag that can be unsaid: None."""
        value = self._values[dest]
        if value is None or isinstance(value, bool):
            return value
        raise TypeError(f"{dest} is no flag")

    def number(self, dest: str) -> int:
        value = self._values[dest]
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise TypeError(f"{dest} is no number")

    def items(self, dest: str) -> tuple[str, ...]:
        value = self._values[dest]
        if isinstance(value, tuple):
            return value
        raise TypeError(f"{dest} is no list")

    def mapping(self, dest: str) -> Mapping[str, str]:
        value = self._values[dest]
        if isinstance(value, dict):
            return value
        raise TypeError(f"{dest} is no mapping")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Settings)
            and dict(self._values) == dict(other._values)
            and dict(self._sources) == dict(other._sources)
        )

    def __hash__(self) -> int:
        return hash(frozenset(self._sources.items()))

    def __repr__(self) -> str:
        said = ", ".join(f"{dest}={self._values[dest]!r}" for dest in self._sources if dest not in SECRET)
        return f"Settings({said})"


SECRET: Final = frozenset({"eab_hmac_key", "ca_external_key", "fallback_eab_hmac_key"})
"""Options whose values must not be shown or logged."""


def secret_texts(settings: Settings) -> tuple[str, ...]:
    """The values that a log must not hold."""
    found: list[str] = []
    for dest in sorted(SECRET):
        value = settings.get(dest)
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(value)
    return tuple(found)


def _refuse_unknown(values: Mapping[str, object]) -> None:
    unknown = values.keys() - BY_DEST.keys()
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
