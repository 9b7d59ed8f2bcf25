"""Reading a renewal file's lines: what each key's value is and where it stands."""

from __future__ import annotations

import re

from everseal.model.errors import OperatorError
from everseal.settings.renewal_quoting import BadlyQuoted, find_closing, split_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from everseal.settings.renewal_quoting import Value

_OPENING = ("'", '"')
_REFERENCE = re.compile(r"%\(([^)]*)\)s")


class RenewalFileBroken(OperatorError):
    """A renewal file that cannot be understood; ``line`` counts from 1, 0 stands for the whole file."""

    def __init__(self, path: str, line: int, why: str, *, remedy: str | None = None) -> None:
        place = f"{path}, line {line}" if line else path
        super().__init__(
            f"{place}: {why}", remedy=remedy or f"mend {place}, or put the file back from a backup"
        )
        self.path = path
        self.line = line
        self.why = why


class Entry:
    """A key or a section's marker: the section it is (in), and its first and last line, counted from 0."""

    __slots__ = ("first", "key", "last", "section")

    def __init__(self, section: tuple[str, ...], key: str | None, first: int, last: int) -> None:
        self.section = section
        self.key = key
        self.first = first
        self.last = last


class Scan:
    """Goes over the lines once and gathers values and where they stand."""

    __slots__ = ("current", "entries", "lines", "mark", "newline", "open", "path", "root", "where")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.lines = lines = text.removeprefix("\ufeff").split("\n")
        self.newline = "\r" if lines[0].endswith("\r") else ""
        self.root: dict[str, Value] = {}
        self.current = self.root
        self.open: list[dict[str, Value]] = [self.root]
        self.where: tuple[str, ...] = ()
        self.entries: list[Entry] = []
        number, end = 0, len(lines)
        while number < end:
            line = lines[number].strip()
            if line and line[0] != "#":
                try:
                    number = self._read(line, number)
                except BadlyQuoted as error:
                    raise RenewalFileBroken(path, number + 1, str(error)) from None
            number += 1
        if "%(" in text:
            _interpolate(self.root, (self.root,))

    def _read(self, line: str, number: int) -> int:
        """Take in one line, or the several of a value in triple quotes; gives the last one's number."""
        if line[0] == "[" and self._read_marker(line, number):
            return number
        key, sign, value = line.partition("=")
        if key[:1] in "\"'" and key:
            key, value = split_quoted_key(line)
        elif not sign or not key:
            raise BadlyQuoted(f"{line[:60]!r} is neither `key = value` nor a [section]")
        key = key.rstrip()
        value = value.lstrip()
        if key in self.current:
            raise BadlyQuoted(f"the key {key} is there twice")
        last = number
        if value[:3] in ('"""', "'''"):
            trailing = self.lines[number].removesuffix("\r")
            value += trailing[len(trailing.rstrip()) :]
            self.current[key], last = self._read_triple(value, number)
        elif "," in value or "#" in value or value[:1] in _OPENING:
            self.current[key] = split_value(value)[0]
        else:
            self.current[key] = value
        self.entries.append(Entry(self.where, key, number, last))
        return last

    def _read_marker(self, line: str, number: int) -> bool:
        """Take in ``[name]`` or ``[[name]]``; False where the line turns out to be no marker."""
        parts = _split_marker(line)
        if parts is None:
            return False
        depth, closing, name = parts
        if depth != closing:
            raise BadlyQuoted(f"{line[:60]!r} opens with {depth} brackets and closes with {closing}")
        if depth > len(self.open):
            raise BadlyQuoted(f"{line[:60]!r} has more brackets than its place allows")
        parent = self.open[depth - 1]
        if name in parent:
            raise BadlyQuoted(f"the section {name} is there twice")
        self.current = parent[name] = {}
        self.open[depth:] = [self.current]
        self.where = (*self.where[: depth - 1], name)
        self.entries.append(Entry(self.where, None, number, number))
        return True

    def _read_triple(self, value: str, number: int) -> tuple[str, int]:
        """A value in triple quotes and the number of its last line."""
        marks, text = value[:3], value[3:]
        if marks in text:
            return _before_closing(text, marks), number
        gathered = [text]
        for last in range(number + 1, len(self.lines)):
            line = self.lines[last].removesuffix("\r")
            if marks in line:
                gathered.append(_before_closing(line, marks))
                return "\n".join(gathered), last
            gathered.append(line)
        raise BadlyQuoted(f"the quotation marks {marks} are not closed")


def _split_marker(line: str) -> tuple[int, int, str] | None:
    """Opening and closing brackets and name of a section's marker, None where the line is no marker.

    ``line`` begins with a bracket and has no blanks around it.
    """
    start = 0
    while start < len(line) and (line[start] == "[" or line[start].isspace()):
        start += 1
    depth = line.count("[", 0, start)
    first = line[start : start + 1]
    if first and first in "\"'":
        try:
            stop = find_closing(line, start + 1, first, "]")
        except BadlyQuoted:
            return None
        name = line[start:stop].rstrip()[1:-1]
        if not name.strip():
            return None
    else:
        stop = line.find("]", start)
        name = line[start:stop].rstrip()
    if stop < 0 or not name:
        return None
    rest = line[stop:].partition("#")[0]
    closing = rest.count("]")
    return (depth, closing, name) if not rest.replace("]", "").strip() else None


def split_quoted_key(line: str) -> tuple[str, str]:
    stop = find_closing(line, 1, line[0], "=")
    if line[stop : stop + 1] != "=":
        raise BadlyQuoted(f"{line[:60]!r} is neither `key = value` nor a [section]")
    return line[:stop].rstrip()[1:-1], line[stop + 1 :]


def _before_closing(text: str, marks: str) -> str:
    stop = find_closing(text, 0, marks, "#")
    return text[:stop].rstrip().removesuffix(marks)


def _interpolate(section: dict[str, Value], around: tuple[Mapping[str, Value], ...]) -> None:
    """Put the values that ``%(name)s`` stands for; ``around`` are the sections to look in, in order."""
    found: dict[str, Value] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            _interpolate(value, (value, *around))
        elif isinstance(value, str):
            found[key] = _expand(value, around, (key,))
        else:
            found[key] = tuple(_expand(member, around, (key,)) for member in value)
    section.update(found)


def _expand(value: str, around: tuple[Mapping[str, Value], ...], trail: tuple[str, ...]) -> str:
    """A name that is nowhere, or that leads back to itself, stays as it is written: a hook may mean it."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        for section in around:
            other = section.get(name)
            if isinstance(other, str):
                return match[0] if name in trail else _expand(other, around, (*trail, name))
        return match[0]

    return _REFERENCE.sub(put, value) if "%(" in value else value
