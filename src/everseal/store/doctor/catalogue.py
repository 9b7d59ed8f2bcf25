"""Every kind of finding, once: its code, how grave it usually is, what it means, how it comes about.

The reference page is written from this table.
"""

from __future__ import annotations

from typing import Final

from everseal.model.diagnosis import Finding, Fix, Severity
from everseal.model.names import CertificateName
from everseal.store.doctor.kind import Kind
from everseal.store.doctor.kinds_of_lineages import LINKS, RENEWAL_FILES, VERSIONS
from everseal.store.doctor.kinds_of_places import ACCESS, ACCOUNTS, LEFTOVERS, MACHINE, NAMES

__all__ = ["GROUPS", "KINDS", "Kind", "found"]

GROUPS: Final = (
    ("Links", LINKS),
    ("Versions", VERSIONS),
    ("Renewal files", RENEWAL_FILES),
    ("Access rights and owners", ACCESS),
    ("Accounts", ACCOUNTS),
    ("What is left over", LEFTOVERS),
    ("The machine", MACHINE),
    ("Names, with `--network`", NAMES),
)

KINDS: Final = {kind.code: kind for _, kinds in GROUPS for kind in kinds}


def found(
    code: str,
    subject: str,
    what: str,
    *,
    remedy: str,
    lineage: CertificateName | None = None,
    severity: Severity | None = None,
    cause: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """A finding with what the table says of its kind, where nothing else is known."""
    kind = KINDS[code]
    return Finding(
        code=code,
        severity=severity or kind.severity,
        subject=subject,
        what=what,
        cause=cause or kind.cause,
        remedy=remedy,
        lineage=lineage,
        fix=fix,
    )
