"""A lineage: all versions of one certificate, with its renewal settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.model.certificate import CertificateFacts
    from everseal.model.errors import OperatorError
    from everseal.model.names import CertificateName, Identifier

ParameterValue = str | tuple[str, ...] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lineage:
    """One certificate name and everything a run needs to know about it.

    ``live`` is the version the live links point to, ``versions`` the complete ones in ascending order.
    ``pinned`` says that the operator went back to the live version and that it stays live, although there
    are later ones.  ``certificate`` is what decisions rest on: what the latest version says, or the pinned
    one.  ``parameters`` is the renewal file's ``[renewalparams]`` as written, ``header`` what stands above
    it, ``sections`` the other sections.
    """

    name: CertificateName
    conf_path: str
    live_dir: str
    archive_dir: str
    cert_path: str
    privkey_path: str
    chain_path: str
    fullchain_path: str
    live: int
    versions: tuple[int, ...]
    latest: int
    certificate: CertificateFacts
    parameters: Mapping[str, ParameterValue]
    header: Mapping[str, str]
    sections: Mapping[str, Mapping[str, ParameterValue]]
    pinned: bool = False

    @property
    def decisive(self) -> int:
        """The version that ``certificate`` is of."""
        return self.live if self.pinned else self.latest


@dataclass(frozen=True, slots=True)
class Inventory:
    """Which versions of a lineage are there, damaged or not.

    ``live`` is None where the live links do not agree on one; ``pinned`` is the version that the operator
    went back to.  ``missing`` names, for every version, the files that it lacks (``privkey`` ...).
    """

    name: CertificateName
    live: int | None
    pinned: int | None
    missing: Mapping[int, tuple[str, ...]]

    @property
    def complete(self) -> tuple[int, ...]:
        """The versions with all four files, ascending."""
        return tuple(sorted(number for number, missing in self.missing.items() if not missing))


@dataclass(frozen=True, slots=True)
class Damaged:
    """A renewal file whose lineage cannot be loaded, and why."""

    name: CertificateName
    conf_path: str
    error: OperatorError


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """The four files of one version; the key hides itself."""

    cert_pem: bytes
    chain_pem: bytes
    fullchain_pem: bytes
    key_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A key and its certificate chain (leaf first), on their way into a lineage.

    ``identifiers`` are the names that were asked for: a certificate for other names is refused.  None
    leaves the names unchecked.
    """

    key_pem: bytes = field(repr=False)
    fullchain_pem: bytes
    identifiers: tuple[Identifier, ...] | None = None
