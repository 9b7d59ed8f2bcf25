"""Taking in what was said, in order: texts become values, repeated options accumulate.

``-w`` and ``-d`` are read together: each name takes the ``-w`` before it, and a single ``-w`` after the
names serves them all.
"""

from __future__ import annotations

import os.path

from everseal.model.errors import OperatorError, UsageError
from everseal.settings.webroots import complete_webroot_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Final

    from everseal.settings.option import Option
    from everseal.settings.tokens import Said
    from everseal.settings.values import Source

CHALLENGE_TYPES: Final = ("http-01", "dns-01", "tls-alpn-01")


class BadValue(OperatorError):
    """A value that an option cannot take, although the command line itself is well formed."""


class Gathering:
    """Values in the making; what was said first comes first.

    ``directory`` is what relative paths start from.
    """

    __slots__ = ("_directory", "_names_before_webroot", "sources", "values", "warnings")

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._names_before_webroot = False
        self.values: dict[str, object] = {}
        self.sources: dict[str, Source] = {}
        self.warnings: list[str] = []

    def add(self, said: Said, source: Source) -> None:
        """Raises UsageError for what argparse would refuse, BadName or BadValue for what Certbot would."""
        try:
            self._add(said)
        except UsageError as error:
            raise UsageError(
                _placed(f"argument {said.flag}: {error.message}", source), remedy=error.remedy
            ) from None
        except OperatorError as error:
            if source.kind == "command line":
                raise
            raise BadValue(_placed(error.message, source), remedy=error.remedy) from None
        if said.option.kind != "deprecated":
            self.sources[said.option.dest] = source
        for dest in self.values.keys() - self.sources.keys():
            self.sources[dest] = source

    def _add(self, said: Said) -> None:
        option, text = said.option, said.text
        if text is None:
            self._add_without_text(said)
        elif not option.takes_value:
            self.values.setdefault(option.dest, option.default)
        elif option.kind == "domains":
            self._add_domains(text)
        elif option.kind == "webroots":
            self._add_webroot(text)
        elif option.kind == "webroot map":
            self._add_webroot_map(text)
        elif option.kind == "addresses":
            self._append(option.dest, [_address(text)])
        elif option.kind == "challenges":
            self._append(option.dest, parse_challenges(text), anew=False)
        elif option.kind == "texts":
            self._append(option.dest, [text])
        else:
            self.values[option.dest] = convert(option, text, self._directory)

    def _add_without_text(self, said: Said) -> None:
        option = said.option
        if option.kind == "deprecated":
            self.warnings.append(f"Use of {said.flag} is deprecated.")
        elif option.kind == "count":
            count = self.values.get(option.dest, 0)
            self.values[option.dest] = count + 1 if isinstance(count, int) else 1
        elif option.kind == "interfaces":
            self._append(option.dest, [said.flag[2:]])
        else:
            self.values[option.dest] = said.is_on

    def _add_domains(self, text: str) -> list[str]:
        names = parse_domains(text)
        self._append("domains", names)
        return names

    def _add_webroot(self, text: str) -> None:
        if self._names_before_webroot:
            raise BadValue(
                "If you specify multiple webroot paths, one of them must precede all --domain and "
                "--ip-address flags",
                remedy="write each -w DIR before the -d NAMEs it is for",
            )
        roots = self._tuple("webroot_path")
        names = (*self._tuple("domains"), *self._tuple("ip_addresses"))
        if roots:
            self.values["webroot_map"] = complete_webroot_map(self._map(), roots, names)
        elif names:
            self._names_before_webroot = True
        self.values["webroot_path"] = (*roots, absolute(text, self._directory))

    def _add_webroot_map(self, text: str) -> None:
        gathered = self._map()
        for names, root in _read_map(text).items():
            gathered.update(dict.fromkeys(self._add_domains(names), absolute(root, self._directory)))
        self.values["webroot_map"] = gathered

    def _append(self, dest: str, members: Iterable[str], *, anew: bool = True) -> None:
        """Add members; those that are there already stay where they are, unless ``anew`` is off."""
        old = self._tuple(dest)
        new = [member for member in dict.fromkeys(members) if member not in old] if anew else list(members)
        self.values[dest] = (*old, *new)

    def _tuple(self, dest: str) -> tuple[str, ...]:
        value = self.values.get(dest, ())
        return value if isinstance(value, tuple) else ()

    def _map(self) -> dict[str, str]:
        value = self.values.get("webroot_map")
        return dict(value) if isinstance(value, dict) else {}


def parse_domains(text: str) -> list[str]:
    """Names between commas, in the form in which they are ordered.  Raises BadName."""
    from everseal.model.names import DnsName

    return [DnsName.parse(part).value for part in text.split(",")]


def parse_challenges(text: str) -> list[str]:
    """Challenge types between commas, whole or without ``-01``.  Raises UsageError."""
    found: list[str] = []
    unknown: list[str] = []
    for part in text.split(","):
        name = part.strip().lower()
        full = name if name in CHALLENGE_TYPES else f"{name}-01"
        (found if full in CHALLENGE_TYPES else unknown).append(
            full if full in CHALLENGE_TYPES else part.strip()
        )
    if unknown:
        raise UsageError(
            f"Unrecognized challenges: {', '.join(unknown)}",
            remedy=f"choose from {', '.join(CHALLENGE_TYPES)}",
        )
    return found


def absolute(path: str, directory: str) -> str:
    return os.path.normpath(os.path.join(directory, path))


def convert(option: Option, text: str, directory: str) -> object:
    """The value of an option that takes one text.  Raises UsageError, without the option's name."""
    converter = _CONVERTERS.get(option.kind)
    if option.kind == "choice":
        return _choose(option, text)
    if option.kind == "path":
        return absolute(text, directory)
    if option.dest == "user_agent_comment" and ("(" in text or ")" in text):
        raise UsageError("may not contain parentheses", remedy="leave the parentheses out")
    return converter(text) if converter else text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"invalid int value: {text!r}", remedy="give a whole number") from None


def _natural(text: str) -> int:
    number = _integer(text)
    if number < 0:
        raise UsageError("value must be non-negative", remedy="give 0 or more")
    return number


_CONVERTERS: Final[Mapping[str, Callable[[str], object]]] = {"int": _integer, "natural": _natural}


def _choose(option: Option, text: str) -> str:
    for known in option.choices:
        if known.lower() == text.lower():
            return known
    raise UsageError(f"invalid choice: {text!r}", remedy=f"choose from {', '.join(option.choices)}")


def _address(text: str) -> str:
    from everseal.model.names import IpAddress

    return IpAddress.parse(text).value


def _read_map(text: str) -> dict[str, str]:
    import json

    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadValue(f"--webroot-map is no JSON: {error}", remedy=_HOW_TO_MAP) from None
    if not isinstance(read, dict) or not all(isinstance(root, str) for root in read.values()):
        raise BadValue("--webroot-map is no JSON object of texts", remedy=_HOW_TO_MAP)
    return read


_HOW_TO_MAP: Final = """write it as {"a.example,b.example": "/var/www/ab"}, in single quotes for the shell"""


def _placed(message: str, source: Source) -> str:
    return f"{source.place}: {message}" if source.kind == "configuration file" else message
