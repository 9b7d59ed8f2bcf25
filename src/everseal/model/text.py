"""Text from outside, made safe for a terminal and a log."""

from __future__ import annotations

_ELLIPSIS = "..."


def printable(text: str, limit: int = 500) -> str:
    """One line of at most ``limit`` characters without control, format or surrogate characters.

    What cannot be shown is written as an escape, as in ``\\x1b``.
    """
    shown = "".join(map(_escaped, text[: limit + 1]))
    return shown if len(shown) <= limit else shown[: max(0, limit - len(_ELLIPSIS))] + _ELLIPSIS


def printable_block(text: str, limit: int = 100_000) -> str:
    """The same, with line ends kept."""
    shown = "\n".join("".join(map(_escaped, line)) for line in text[: limit + 1].split("\n"))
    return shown if len(shown) <= limit else shown[: max(0, limit - len(_ELLIPSIS))] + _ELLIPSIS


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return ascii(character)[1:-1]
