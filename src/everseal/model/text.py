"""Text from outside, made safe for a terminal and a log."""

from __future__ import annotations

_ELLIPSIS = "..."


def printable(text: str, limit: int = 500) -> str:
    """One line of at most ``limit`` characters without control, format or surrogate characters.

    A line end becomes a space; what else cannot be shown is written as an escape, as in ``\\x1b``.
    """
    if len(text) <= limit and text.isprintable():
        return text
    one_line = text[: limit + 1].replace("\r\n", " ").replace("\n", " ")
    shown = one_line if one_line.isprintable() else "".join(map(_escaped, one_line))
    if len(text) <= limit and len(shown) <= limit:
        return shown
    return shown[: max(0, limit - len(_ELLIPSIS))] + _ELLIPSIS


def printable_block(text: str) -> str:
    """The same of any length, with line ends and tabs kept; ``\\r\\n`` counts as a line end."""
    return "\n".join(_escaped_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _escaped_line(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(character if character == "\t" else _escaped(character) for character in line)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return ascii(character)[1:-1]
