"""The renewal file of a lineage (``renewal/NAME.conf``): read, and changed without losing anything.

The format is ConfigObj's, as Certbot writes it: header keys, ``[sections]``, ``[[subsections]]``, lists
with commas, ``%(name)s`` standing for another key's value.  Comments, blank lines, order and keys that
nobody here knows are kept; an unchanged file renders byte for byte.
"""

from __future__ import annotations

from functools import lru_cache

from everseal.settings.renewal_edit import Edit
from everseal.settings.renewal_plain import plain_values
from everseal.settings.renewal_scan import RenewalFileBroken, Scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from everseal.settings.renewal_quoting import Scalar, Value

__all__ = ["RenewalDocument", "RenewalFileBroken"]


class RenewalDocument:
    """One renewal file, immutable: what changes it gives a new one.

    A value is a text, or a tuple of texts where commas made it a list; a subsection is a mapping.
    """

    __slots__ = ("_text", "path", "values")

    path: str
    values: Mapping[str, Value]
    """Everything by name: header keys, and a mapping for each section.  For reading only."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self._text = text
        self.values = _values(path, text)

    @classmethod
    def parse(cls, text: str, *, path: str) -> RenewalDocument:
        """Read a file's text; ``path`` is for messages.  Raises RenewalFileBroken."""
        return cls(text, path)

    @classmethod
    def decode(cls, data: bytes, *, path: str) -> RenewalDocument:
        """Read a file's bytes (UTF-8); raises RenewalFileBroken."""
        if b"\0" in data:
            raise RenewalFileBroken(path, data.count(b"\n", 0, data.index(0)) + 1, "holds a NUL octet")
        try:
            return cls(data.decode("utf-8"), path)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise RenewalFileBroken(path, line, "is not UTF-8 text") from None

    def render(self) -> str:
        """The file's text."""
        return self._text

    def header(self, key: str) -> str | None:
        """A key before the first section, None where it is not there; a list's members joined by ``, ``."""
        value = self.values.get(key)
        return ", ".join(value) if isinstance(value, tuple) else value if isinstance(value, str) else None

    def headers(self) -> dict[str, str]:
        """Every key before the first section, in the file's order."""
        return {
            key: value if isinstance(value, str) else ", ".join(value)
            for key, value in self.values.items()
            if isinstance(value, str | tuple)
        }

    def sections(self) -> tuple[str, ...]:
        """The names of the sections, in the file's order."""
        return tuple(name for name, value in self.values.items() if not isinstance(value, str | tuple))

    def section(self, name: str) -> Mapping[str, Value]:
        """The keys and subsections of ``[name]``; empty where it is not there."""
        found = self.values.get(name)
        return {} if found is None or isinstance(found, str | tuple) else found

    def set_header(self, key: str, value: Scalar) -> RenewalDocument:
        """The document with a header key changed in its place, or added behind the others.

        Raises ValueUnwritable.
        """
        if self.values.get(key) == value:
            return self
        return self._edited(Edit(self._scan).set_keys((), self.values, {key: value}))

    def replace_section(self, name: str, content: Mapping[str, Value]) -> RenewalDocument:
        """The document with exactly ``content`` in ``[name]``.

        Keys that stay keep their place and comments, new ones come behind them, absent ones go (the
        comments above them stay).  A section that is not there comes last.  Raises ValueUnwritable.
        """
        if self.values.get(name) == content:
            return self
        return self._edited(Edit(self._scan).replace((name,), self.values, content))

    def without_section(self, name: str) -> RenewalDocument:
        """The document without ``[name]`` and all that is in it."""
        return self._edited(Edit(self._scan).drop_section((name,))) if name in self.values else self

    @property
    def _scan(self) -> Scan:
        return _scanned(self.path, self._text)

    def _edited(self, edit: Edit) -> RenewalDocument:
        return RenewalDocument(self._scan.mark + edit.text(), self.path)


@lru_cache(maxsize=64)
def _values(path: str, text: str) -> Mapping[str, Value]:
    """Remembered, for a renewal reads the same file before, between and after its steps."""
    plain = plain_values(text)
    return _scanned(path, text).root if plain is None else plain


@lru_cache(maxsize=64)
def _scanned(path: str, text: str) -> Scan:
    """Remembered, for each change of a file has to know where its lines are."""
    return Scan(path, text)
