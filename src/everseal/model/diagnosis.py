"""What an examination of a directory finds, and what would mend it.

A finding is data: a code that stays the same from release to release, what it is about, what is wrong,
how it comes to that, and what an operator does about it.  A fix is something the store can do by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, Literal

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName

Severity = Literal["note", "warning", "damage"]
"""``damage``: a server cannot use the certificate, or it will not be renewed.  ``warning``: it works, and
will cause trouble or is open to others.  ``note``: worth knowing."""

SEVERITIES: Final[tuple[Severity, ...]] = ("damage", "warning", "note")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Recover:
    """Finish or undo what an interrupted run had begun."""

    safe: ClassVar[bool] = True
    name: CertificateName

    @property
    def sentence(self) -> str:
        return f"finish or undo the change of {self.name} that was interrupted"


@dataclass(frozen=True, slots=True)
class RemoveEmptyConf:
    """Remove a renewal file that holds nothing and has no version."""

    safe: ClassVar[bool] = True
    name: CertificateName
    path: str

    @property
    def sentence(self) -> str:
        return f"remove the empty file {self.path}"


@dataclass(frozen=True, slots=True)
class CompleteHeader:
    """Write the paths into a renewal file that does not say them."""

    safe: ClassVar[bool] = True
    name: CertificateName
    path: str

    @property
    def sentence(self) -> str:
        return f"write into {self.path} where its links and versions are"


@dataclass(frozen=True, slots=True)
class RewritePaths:
    """Let a renewal file name the places in this directory.

    ``moved`` says that the old ones are gone; otherwise it is a copy, and a person has to want it.
    """

    name: CertificateName
    path: str
    config_dir: str
    moved: bool

    @property
    def safe(self) -> bool:
        return self.moved

    @property
    def sentence(self) -> str:
        return f"let {self.path} name the places below {self.config_dir}"


@dataclass(frozen=True, slots=True)
class CompleteVersion:
    """Write a version's missing or empty certificate files from its other ones."""

    safe: ClassVar[bool] = True
    name: CertificateName
    number: int
    kinds: tuple[str, ...]

    @property
    def sentence(self) -> str:
        files = " and ".join(f"{kind}{self.number}.pem" for kind in self.kinds)
        return f"write {files} of {self.name} anew from the version's other files"


@dataclass(frozen=True, slots=True)
class AdoptFiles:
    """Make links of files that were copied; ``number`` is the version they hold.

    With ``new`` that version is written first, since the archive does not have it.
    """

    safe: ClassVar[bool] = True
    name: CertificateName
    number: int
    new: bool

    @property
    def sentence(self) -> str:
        saved = f"save the files in use of {self.name} as version {self.number} and" if self.new else ""
        return (
            f"{saved} make links to it of them"
            if saved
            else f"make links to version {self.number} of the files of {self.name} that are copies of it"
        )


@dataclass(frozen=True, slots=True)
class Relink:
    """Move the four live links to a version, with relative targets."""

    safe: ClassVar[bool] = True
    name: CertificateName
    number: int

    @property
    def sentence(self) -> str:
        return f"set the links of {self.name} to its version {self.number}"


@dataclass(frozen=True, slots=True)
class DropVersion:
    """Remove a version that nobody can use and no link names."""

    safe: ClassVar[bool] = True
    name: CertificateName
    number: int

    @property
    def sentence(self) -> str:
        return f"remove what there is of the half-made version {self.number} of {self.name}"


@dataclass(frozen=True, slots=True)
class Chmod:
    """Take access rights away."""

    safe: ClassVar[bool] = True
    path: str
    mode: int

    @property
    def sentence(self) -> str:
        return f"set the mode of {self.path} to {self.mode:04o}"


@dataclass(frozen=True, slots=True)
class RemoveStale:
    """Remove what a writer that was killed left behind."""

    safe: ClassVar[bool] = True
    path: str

    @property
    def sentence(self) -> str:
        return f"remove {self.path}"


LineageFix = (
    Recover
    | RemoveEmptyConf
    | CompleteHeader
    | RewritePaths
    | CompleteVersion
    | AdoptFiles
    | Relink
    | DropVersion
)
Fix = LineageFix | Chmod | RemoveStale


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    ``subject`` is a certificate name, a path, or a part of the machine; ``lineage`` the certificate that it
    concerns, if it is one's.  ``what`` and ``cause`` are sentences without a final full stop, ``remedy``
    completes "to mend it: ...".  Without ``fix`` it takes a person.
    """

    code: str
    severity: Severity
    subject: str
    what: str
    cause: str
    remedy: str
    lineage: CertificateName | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an examination found, the worst first; ``examined`` counts the certificates looked at."""

    config_dir: str
    findings: tuple[Finding, ...]
    examined: int
    network: bool

    @property
    def is_damaged(self) -> bool:
        return any(each.severity == "damage" for each in self.findings)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What can be mended, each once, in the order in which it has to be done."""
        return in_order(each.fix for each in self.findings if each.fix is not None)


@dataclass(frozen=True, slots=True)
class Mending:
    """What became of one fix; ``failure`` is empty where it was done."""

    fix: Fix
    failure: str = ""


_ORDER: Final[tuple[type[Fix], ...]] = (
    Recover,
    RemoveEmptyConf,
    CompleteHeader,
    RewritePaths,
    CompleteVersion,
    AdoptFiles,
    Relink,
    DropVersion,
    Chmod,
    RemoveStale,
)


def in_order(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Each fix once, journals first and the tidying last."""
    return tuple(sorted(dict.fromkeys(fixes), key=lambda fix: _ORDER.index(type(fix))))
