"""A renewal file for a configuration directory that has moved."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from everseal.model.export import BadExport, ExportTarget
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.settings.renewal_file import RenewalDocument
    from everseal.settings.renewal_quoting import Value

# Where challenges are answered has nothing to do with where certificates are kept.
_OF_WEBROOTS: Final = frozenset({"webroot_path", "webroot_map"})
_HOOK: Final = "_hook"
_EXPORTS: Final = "exports"


@dataclass(frozen=True, slots=True)
class Relocation:
    """Where the directory was, by all the names that a file may have for it, and where it is now."""

    old: tuple[str, ...]
    new: str

    def applied(self, document: RenewalDocument) -> RenewalDocument:
        """With every path below the old directory changed to the same below the new one.

        A hook keeps its text where the new path would need quoting there.  What stands above the first
        section, and webroots, stay.
        """
        for name in document.sections():
            before = document.section(name)
            after = {key: self._value(key, value) for key, value in before.items()}
            if after != dict(before):
                document = document.replace_section(name, after)
        return document

    def command(self, text: str) -> str:
        """A hook's command, changed as in a renewal file."""
        return self._text(_HOOK, text)

    def left(self, document: RenewalDocument) -> tuple[str, ...]:
        """The settings that still name the old directory, as ``key = value``."""
        found = []
        for name in document.sections():
            for key, value in document.section(name).items():
                texts = list(_texts(value))
                if key not in _OF_WEBROOTS and any(self.moves(text) for text in texts):
                    found.append(f"{key} = {', '.join(texts)}")
        return tuple(found)

    def moves(self, text: str) -> bool:
        """Whether a text names a path in the old directory, or that itself."""
        return any(pattern.search(text) for pattern in self._patterns)

    @property
    def _patterns(self) -> list[re.Pattern[str]]:
        before, behind = r"(?<![^\s\"'=:,;(])", r"(?=/|$|[\s\"':,;)])"
        moved = [old for old in self.old if old not in (self.new, "/")]  # all paths are below /, URLs too
        return [re.compile(before + re.escape(old) + behind) for old in moved]

    def _value(self, key: str, value: Value) -> Value:
        if key in _OF_WEBROOTS:
            return value
        if isinstance(value, str):
            return self._text(key, value)
        if isinstance(value, tuple):
            return tuple(self._text(key, each) for each in value)
        return {inner: self._value(inner, each) for inner, each in value.items()}

    def _text(self, key: str, text: str) -> str:
        if key == _EXPORTS:
            return self._export(text)
        if key.endswith(_HOOK) and shlex.quote(self.new) != self.new:
            return text
        return self._moved(text)

    def _export(self, text: str) -> str:
        try:
            target = ExportTarget.decode(text)
        except BadExport:
            return text
        secret = target.password_file
        moved = replace(
            target,
            directory=self._moved(target.directory),
            password_file=None if secret is None else self._moved(secret),
        )
        return text if moved == target else moved.encode()

    def _moved(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(lambda _: self.new, text)
        return text


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
