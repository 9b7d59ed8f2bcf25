"""A directory that gets a copy of a certificate, and in which form."""

from __future__ import annotations

from typing import Final, Literal, get_args

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

ExportFormat = Literal["pem", "combined", "pkcs12", "pkcs12-legacy", "der"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
_UNQUOTED: Final = "/:@.-_+~"
_HOW: Final = "write it as `everseal export NAME --to DIR --remember` does, or remove it"


class BadExport(OperatorError):
    """A kept export that cannot be understood."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"the export {text!r} {why}", remedy=_HOW)


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """``directory`` is absolute; ``mode`` None is 0600 for files with a key and 0644 for the others.

    ``owner`` is ``USER``, ``USER:GROUP`` or ``:GROUP``; the first line of ``password_file`` protects a
    PKCS#12 file.
    """

    directory: str
    format: ExportFormat = "pem"
    mode: int | None = None
    owner: str | None = None
    password_file: str | None = None

    def encode(self) -> str:
        """One text without blanks in its parts, as renewal files and journals keep it."""
        from urllib.parse import quote

        parts = {
            "to": self.directory,
            "format": self.format,
            "mode": None if self.mode is None else f"{self.mode:04o}",
            "owner": self.owner,
            "password_file": self.password_file,
        }
        return " ".join(
            f"{key}={quote(value, safe=_UNQUOTED)}" for key, value in parts.items() if value is not None
        )

    @classmethod
    def decode(cls, text: str) -> ExportTarget:
        """Raises BadExport."""
        from urllib.parse import unquote

        parts = {key: unquote(value) for key, _, value in (part.partition("=") for part in text.split())}
        if not parts.get("to", "").startswith("/"):
            raise BadExport(text, "does not say which directory it goes to")
        return cls(
            directory=parts["to"],
            format=_format(text, parts.get("format", "pem")),
            mode=_mode(text, parts.get("mode")),
            owner=parts.get("owner"),
            password_file=parts.get("password_file"),
        )

    def goes_where(self, other: ExportTarget) -> bool:
        """Whether both write the same files, so that the later one replaces the earlier one."""
        families = {each.format.removesuffix("-legacy") for each in (self, other)}
        return self.directory == other.directory and len(families) == 1


def _format(text: str, name: str) -> ExportFormat:
    for known in FORMATS:
        if known == name:
            return known
    raise BadExport(text, f"has the unknown format {name!r}")


def _mode(text: str, digits: str | None) -> int | None:
    if digits is None:
        return None
    try:
        return parse_mode(digits)
    except OperatorError as error:
        raise BadExport(text, f"has a bad mode: {error.message}") from None


def parse_mode(digits: str) -> int:
    """Octal digits such as ``0640``; what lets others than owner and group in is refused for a key's sake.

    Raises OperatorError.
    """
    try:
        mode = int(digits, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise OperatorError(f"{digits!r} is no file mode", remedy="write it in octal digits, such as 0640")
    if mode & 0o007:
        raise OperatorError(
            f"mode {digits} would give every user of this machine the private key",
            remedy="use 0640, and let in who has to read it with --owner USER:GROUP",
        )
    if not mode & 0o400:
        raise OperatorError(f"mode {digits} does not let the owner read", remedy="use 0600 or 0640")
    return mode
