"""Encryption of a backup with age (age-encryption.org/v1), to recipients or with a passphrase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from types import ModuleType

_MAGIC: Final = b"age-encryption.org/v1\n"


class AgeMissing(OperatorError):
    """The package that encrypts is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "an encrypted backup takes the package pyrage, which is not installed",
            remedy="install Everseal with its extra `age`: pip install 'everseal[age]'",
        )


class BadRecipient(OperatorError):
    """A text that names no recipient."""

    def __init__(self, recipient: str) -> None:
        super().__init__(
            f"{recipient!r} is no age recipient",
            remedy="give what `age-keygen -y` prints: age1 and 58 characters",
        )


class BadIdentity(OperatorError):
    """A file that holds no identity."""

    def __init__(self) -> None:
        super().__init__(
            "there is no usable age identity in the file given",
            remedy="give the file that `age-keygen -o FILE` wrote, with a line AGE-SECRET-KEY-1...",
        )


class CannotOpen(OperatorError):
    """An encrypted backup for which the right key was not given."""

    def __init__(self, why: str) -> None:
        super().__init__(why, remedy="give --identity FILE or --passphrase-file FILE, as when it was made")


@dataclass(frozen=True, slots=True)
class Sealing:
    """How a backup is encrypted: to ``recipients``, or with ``passphrase``; with neither not at all."""

    recipients: tuple[str, ...] = ()
    passphrase: str | None = None

    def seal(self, data: bytes) -> bytes:
        """Raises AgeMissing, BadRecipient."""
        if self.recipients:
            age = _age()
            sealed: bytes = age.encrypt(data, [_recipient(age, each) for each in self.recipients])
        elif self.passphrase is not None:
            sealed = _age().passphrase.encrypt(data, self.passphrase)
        else:
            return data
        return sealed

    def demand_usable(self) -> None:
        """Raises AgeMissing, BadRecipient before any work is done."""
        if self.recipients or self.passphrase is not None:
            age = _age()
            for each in self.recipients:
                _recipient(age, each)


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a backup: the text of an identity file, or a passphrase."""

    identities: str | None = None
    passphrase: str | None = None

    def open(self, data: bytes) -> bytes:
        """The backup in plain; one that is not encrypted comes back as it is.

        Raises AgeMissing, BadIdentity, CannotOpen.
        """
        if not data.startswith(_MAGIC):
            return data
        if self.identities is None and self.passphrase is None:
            raise CannotOpen("the backup is encrypted")
        age = _age()
        try:
            if self.identities is not None:
                opened: bytes = age.decrypt(data, _identities(age, self.identities))
            else:
                opened = age.passphrase.decrypt(data, self.passphrase)
        except age.DecryptError:
            raise CannotOpen("the backup cannot be decrypted with the key given, or is damaged") from None
        return opened


def is_encrypted(data: bytes) -> bool:
    """Whether these are the first bytes of an encrypted backup."""
    return data.startswith(_MAGIC)


def _age() -> ModuleType:
    from importlib import import_module

    try:
        return import_module("pyrage")
    except ImportError:
        raise AgeMissing from None


def _recipient(age: ModuleType, text: str) -> object:
    try:
        return age.x25519.Recipient.from_str(text)
    except age.RecipientError:
        raise BadRecipient(text) from None


def _identities(age: ModuleType, text: str) -> Sequence[object]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        found = [age.x25519.Identity.from_str(line) for line in lines]
    except age.IdentityError:
        raise BadIdentity from None
    if not found:
        raise BadIdentity
    return found
