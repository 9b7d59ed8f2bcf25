"""The values of a renewal file as almost all are written, at little cost.

Scans of ten thousand renewal files read them so.  Whatever is in any way out of the ordinary is left to
:class:`everseal.settings.renewal_scan.Scan`, which says the same about everything else.
"""

from __future__ import annotations

from everseal.settings.renewal_quoting import BadlyQuoted, split_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from everseal.settings.renewal_quoting import Scalar, Value

_QUOTES: Final = "\"'"
_TRIPLE: Final = ('"""', "'''")
_BYTE_ORDER_MARK: Final = "\ufeff"
_NO_KEY: Final = "[\"'"
_MARKS: Final = frozenset("[]#\"'")


def plain_values(text: str) -> dict[str, Value] | None:
    """Header keys and a mapping for each section; None where it takes a closer look."""
    if "%(" in text or text[:1] == _BYTE_ORDER_MARK:
        return None
    current: dict[str, Value] = {}
    opened = [current]
    for row in text.split("\n"):
        line = row.strip()
        if not line or line[0] == "#":
            continue
        key, sign, value = line.partition(" = ")
        if not sign or line[0] in _NO_KEY:
            inner = _open(line, opened)
            if inner is None:
                return None
            current = inner
        elif "=" in key or key in current or key[-1].isspace() or value[0].isspace():
            return None
        elif "," in value or "#" in value or value[0] in _QUOTES:
            split = _split(value)
            if split is None:
                return None
            current[key] = split
        else:
            current[key] = value
    return opened[0]


def _split(value: str) -> Scalar | None:
    if value[:3] in _TRIPLE:
        return None
    try:
        return split_value(value)[0]
    except BadlyQuoted:
        return None


def _open(line: str, opened: list[dict[str, Value]]) -> dict[str, Value] | None:
    """The section that begins with the line; ``opened`` are those around it, outermost first."""
    depth = 2 if line[:2] == "[[" else 1
    name = line[depth:-depth]
    if line != f"{'[' * depth}{name}{']' * depth}" or depth > len(opened):
        return None
    if not name or name != name.strip() or not _MARKS.isdisjoint(name) or name in opened[depth - 1]:
        return None
    inner: dict[str, Value] = {}
    opened[depth - 1][name] = inner
    opened[depth:] = [inner]
    return inner
