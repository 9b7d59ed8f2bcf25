"""The life of one certificate, as far as it can be told from what is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from everseal.model.certificate import CertificateFacts
from everseal.model.export import ExportTarget
from everseal.model.history import History
from everseal.model.pending import OwedHook, PendingOrder
from everseal.planning.retention import Verdict
from everseal.planning.standing import Kept
from everseal.planning.suggestion import Suggestion

_FIRST: Final = "new"
ORDERED: Final[Mapping[str, str]] = {
    _FIRST: "it was the first",
    "forced": "--force-renewal was given",
    "chosen": "a person chose to renew it",
    "ari-window": "the CA's suggested window (ARI) had opened",
    "lifetime": "its share of the lifetime had passed",
    "renew-before-expiry": "renew_before_expiry was reached",
    "expired": "the one before had expired",
    "revoked": "the CA had revoked the one before",
    "names-changed": "its names changed",
    "key-changed": "its kind of key changed",
    "resume": "an order that was interrupted was carried on",
}
"""Why a version was ordered, by the code of the reason."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an option is for this certificate, and where that comes from; ``place`` is a flag, or a file."""

    option: str
    value: str
    source: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Biography:
    """``kept`` is how it stands.

    ``server`` is the CA it is ordered from first, ``issued_by`` the one that issued it; ``account_url`` is
    None where the account is not on disk.  ``ordered_for`` is the code of the reason the last version was
    ordered for, None where nobody noted it.  ``advice`` is the CA's last word about when to renew.
    ``unfinished`` says which change of its files was interrupted.
    """

    kept: Kept
    certificate: CertificateFacts
    conf_path: str
    live_dir: str
    archive_dir: str
    history: History
    verdicts: tuple[Verdict, ...]
    server: str | None
    issued_by: str | None
    account: str | None
    account_url: str | None
    ordered_for: str | None
    advice: Suggestion | None
    pending: PendingOrder | None
    unfinished: str | None
    owed: tuple[OwedHook, ...]
    exports: tuple[ExportTarget, ...]
    settings: tuple[Setting, ...]
    told_at: datetime

    @property
    def why_ordered(self) -> str | None:
        """Why the last version was ordered, a clause; None where nobody noted it."""
        return None if self.ordered_for is None else ORDERED.get(self.ordered_for, self.ordered_for)


def reason_noted(noted: object, versions: int) -> str | None:
    """The code of the reason from what the renewal file says; a first certificate needs no note."""
    if isinstance(noted, str) and noted:
        return noted
    return _FIRST if versions == 1 else None
