"""The configuration file ``cli.ini``: one option per line, named without its dashes.

``key = value``, ``key: value``, ``key value`` or a bare ``key`` (which means true); comments begin with
``#`` or ``;``; lines of dashes and ``[sections]`` are passed over, a section does not scope anything.
"""

from __future__ import annotations

from everseal.model.errors import UsageError
from everseal.settings.options import OPTIONS
from everseal.settings.tokens import NOT_GIVEN, Said
from everseal.settings.values import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_MOST_TIMES: Final = 100
_NOT_HERE: Final = frozenset({"help", "version", "config_file"})
KEYS: Final = {
    flag[2:]: option
    for option in OPTIONS
    if option.dest not in _NOT_HERE
    for flag in option.flags + option.off_flags
    if flag.startswith("--")
}
"""Every key that may stand in the file."""


class IniEntry:
    """One line that says something; ``value`` is None for a bare key."""

    __slots__ = ("key", "line", "path", "value")

    def __init__(self, path: str, line: int, key: str, value: str | None) -> None:
        self.path = path
        self.line = line
        self.key = key
        self.value = value

    @property
    def place(self) -> str:
        return f"{self.path}, line {self.line}"


def read_ini(text: str, path: str) -> list[IniEntry]:
    """The lines that say something; a key said twice counts where it stands last.  Raises UsageError."""
    entries: dict[str, IniEntry] = {}
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.strip()
        if not line or line[0] in "#;[" or line.startswith("---"):
            continue
        key, value = _split_line(line)
        if not key:
            raise UsageError(
                f"{path}, line {number}: {line[:60]!r} is no setting", remedy="write it as `key = value`"
            )
        entries.pop(key, None)
        entries[key] = IniEntry(path, number, key, value)
    return list(entries.values())


def said_by(entries: Sequence[IniEntry]) -> list[tuple[Said, Source]]:
    """What the lines say, as the command line would say it.  Raises UsageError."""
    gathered: list[tuple[Said, Source]] = []
    for entry in entries:
        gathered += [(said, Source("configuration file", entry.place)) for said in _said(entry)]
    return gathered


def _said(entry: IniEntry) -> list[Said]:
    option = KEYS.get(entry.key)
    if option is None:
        raise _unknown(entry)
    flag = f"--{entry.key}"
    if option.takes_value:
        text = "true" if entry.value is None else entry.value
        if text.startswith("[") and text.endswith("]") and option.is_repeatable:
            raise UsageError(
                f"{entry.place}: {entry.key} takes no list in brackets",
                remedy=f"write it with commas: {entry.key} = a, b",
            )
        return [Said(option, flag, text)]
    word = "true" if entry.value is None else entry.value.lower()
    if option.kind == "count" and word.isdecimal() and (digits := word.lstrip("0")):
        return [Said(option, flag, None)] * (int(digits) if len(digits) < 3 else _MOST_TIMES)
    if word in _TRUE:
        return [Said(option, flag, None)]
    if word in _FALSE:
        return [] if option.kind == "deprecated" else [Said(option, flag, NOT_GIVEN)]
    raise UsageError(
        f"{entry.place}: unexpected value for {entry.key}: {entry.value!r}",
        remedy="write true, yes, on or 1, or else false, no, off or 0",
    )


def _unknown(entry: IniEntry) -> UsageError:
    import difflib

    dashed = entry.key.lstrip("-").replace("_", "-")
    near = [dashed] if dashed in KEYS else difflib.get_close_matches(dashed, KEYS, n=1, cutoff=0.6)
    remedy = f"did you mean {near[0]}?" if near else "take the line out; `--help all` shows the options"
    return UsageError(f"{entry.place}: unrecognized arguments: {entry.key} is no option", remedy=remedy)


def _split_line(line: str) -> tuple[str, str | None]:
    """The key and the value of a line without blanks around it; no key where the line makes no sense."""
    end = 0
    while end < len(line) and line[end] not in ":=;#" and not line[end].isspace():
        end += 1
    key, rest = line[:end], line[end:]
    if not rest:
        return key, None
    if rest[0] in ";#":
        return "", None
    rest = rest.lstrip()
    if rest[0] in ":=":
        return key, _value(rest[1:].lstrip())
    return key, _value(rest) or None


def _value(text: str) -> str:
    """The value without its quotation marks and without the comment behind it."""
    if text[:1] in {"'", '"'}:
        closing = [place for place in range(2, len(text)) if text[place] == text[0]]
        for place in [*closing, 1] if text[1:2] == text[0] else closing:
            rest = text[place + 1 :]
            if not rest.strip() or (rest[0].isspace() and rest.lstrip()[0] in "#;"):
                return text[1:place]
    for place in range(1, len(text) - 1):
        if text[place].isspace() and text[place + 1] in "#;":
            return text[:place].rstrip()
    return text
