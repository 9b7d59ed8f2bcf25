"""Changing a renewal file's lines, and leaving alone those that need no change."""

from __future__ import annotations

from everseal.settings.renewal_quoting import find_closing, quote, quote_name, split_value
from everseal.settings.renewal_scan import RenewalFileBroken, Scan, split_quoted_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from everseal.settings.renewal_quoting import Scalar, Value
    from everseal.settings.renewal_scan import Entry


class Edit:
    """Changes to the lines of one file, gathered and then made at once."""

    __slots__ = ("_after", "_instead", "_scan")

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._instead: dict[int, list[str]] = {}
        self._after: dict[int, list[str]] = {}

    def text(self) -> str:
        end = self._scan.newline
        lines: list[str] = [line + end for line in self._after.get(-1, ())]
        for number, line in enumerate(self._scan.lines):
            instead = self._instead.get(number)
            if instead is None:
                lines.append(line)
            else:
                lines += [new + end for new in instead]
            lines += [new + end for new in self._after.get(number, ())]
        if lines[-1]:
            lines.append("")
        return "\n".join(lines)

    def replace(
        self, where: tuple[str, ...], values: Mapping[str, Value], content: Mapping[str, Value]
    ) -> Edit:
        """Make ``content`` all that is in the section; ``values`` are those of the section around it."""
        keys = {key: value for key, value in content.items() if isinstance(value, str | tuple)}
        inner = {key: value for key, value in content.items() if not isinstance(value, str | tuple)}
        old = values.get(where[-1], ())
        if isinstance(old, str | tuple) and (old or where[-1] in values):
            raise RenewalFileBroken(self._scan.path, 0, f"{where[-1]} is a key there, not a section")
        if isinstance(old, str | tuple):
            return self._append_section(where, content)
        self.drop_keys(
            where, {key for key, value in old.items() if isinstance(value, str | tuple)} - set(keys)
        )
        self.set_keys(where, old, keys)
        for name, value in old.items():
            if not isinstance(value, str | tuple) and name not in inner:
                self.drop_section((*where, name))
        staying = {name: value for name, value in old.items() if not isinstance(value, str | tuple)}
        for name, mapping in inner.items():
            self.replace((*where, name), staying, mapping)
        return self

    def set_keys(self, where: tuple[str, ...], old: Mapping[str, Value], keys: Mapping[str, Scalar]) -> Edit:
        """Change keys in their place, add the others behind the last one of the section."""
        there = {entry.key: entry for entry in self._direct(where) if entry.key is not None}
        for key, entry in there.items():
            if key in keys and keys[key] != old[key]:
                self._instead[entry.first] = [self._changed_line(entry, keys[key])]
                self._instead.update({line: [] for line in range(entry.first + 1, entry.last + 1)})
        new = {key: value for key, value in keys.items() if key not in there}
        if new:
            place, indent = self._end_of_keys(where)
            self._add(place, [indent + line for line in _key_lines(new)])
        return self

    def drop_keys(self, where: tuple[str, ...], keys: set[str]) -> Edit:
        for entry in self._direct(where):
            if entry.key in keys:
                self._drop(entry)
        return self

    def drop_section(self, where: tuple[str, ...]) -> Edit:
        inside = [entry for entry in self._scan.entries if entry.section[: len(where)] == where]
        if inside:
            self._instead.update({line: [] for line in range(inside[0].first, inside[-1].last + 1)})
        return self

    def _append_section(self, where: tuple[str, ...], content: Mapping[str, Value]) -> Edit:
        around = where[:-1]
        inside = [entry for entry in self._scan.entries if entry.section[: len(around)] == around]
        place = inside[-1].last if inside else self._last_line()
        self._add(place, _section_lines(where, content))
        return self

    def _direct(self, where: tuple[str, ...]) -> list[Entry]:
        return [entry for entry in self._scan.entries if entry.section == where]

    def _end_of_keys(self, where: tuple[str, ...]) -> tuple[int, str]:
        """The line behind which a new key of the section goes, and its indentation."""
        direct = self._direct(where)
        if direct:
            line = self._scan.lines[direct[-1].first]
            return direct[-1].last, line[: len(line) - len(line.lstrip())]
        entries = self._scan.entries
        return (entries[0].first - 1 if entries else self._last_line()), ""

    def _last_line(self) -> int:
        """The last line that says anything."""
        lines = self._scan.lines
        return len(lines) - (1 if lines[-1] else 2)

    def _changed_line(self, entry: Entry, value: Scalar) -> str:
        lines = self._scan.lines
        line = lines[entry.first]
        indent = line[: len(line) - len(line.lstrip())]
        comment = "" if entry.first != entry.last else _comment_of(line)
        return f"{indent}{_key_line(entry.key or '', value)}{' ' if comment else ''}{comment}"

    def _add(self, place: int, lines: list[str]) -> None:
        self._after.setdefault(place, []).extend(lines)

    def _drop(self, entry: Entry) -> None:
        self._instead.update({line: [] for line in range(entry.first, entry.last + 1)})


def _comment_of(line: str) -> str:
    """The comment behind the value of a key's line, with its ``#``."""
    stripped = line.strip()
    value = (split_quoted_key(stripped)[1] if stripped[0] in "\"'" else stripped.partition("=")[2]).lstrip()
    if value[:3] in ('"""', "'''"):
        return value[3:][find_closing(value[3:], 0, value[:3], "#") :]
    return split_value(value)[1]


def _key_line(key: str, value: Scalar) -> str:
    return f"{quote_name(key)} = {quote(value)}"


def _key_lines(keys: Mapping[str, Scalar]) -> list[str]:
    return [_key_line(key, value) for key, value in keys.items()]


def _section_lines(where: tuple[str, ...], content: Mapping[str, Value]) -> list[str]:
    """The lines of a whole section that is new."""
    depth = len(where)
    lines = ["[" * depth + quote_name(where[-1]) + "]" * depth]
    lines += _key_lines({key: value for key, value in content.items() if isinstance(value, str | tuple)})
    for name, value in content.items():
        if not isinstance(value, str | tuple):
            lines += _section_lines((*where, name), value)
    return lines
