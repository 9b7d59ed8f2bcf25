"""What a backup has of a certificate, and what is here of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from everseal.model.names import CertificateName
from everseal.planning.numbering import Offered, Present, VersionSeen

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("privkey", "cert", "chain", "fullchain")


def version(number: int, day: int, *, of: str = "", kinds: tuple[str, ...] = KINDS) -> VersionSeen:
    """A version issued on a day; ``of`` tells its content from another's."""
    digests = {kind: f"{of or day}-{kind}" for kind in kinds}
    return VersionSeen(number, digests, FIRST + timedelta(days=day) if kinds == KINDS else None)


def offered(*versions: VersionSeen, live: int = 0, pinned: bool = False, whole: bool = True) -> Offered:
    return Offered(CertificateName("x"), live or versions[-1].number, versions, pinned, whole)


def present(
    *versions: VersionSeen, live: int | None = 0, settings: bool = True, sound: bool = True
) -> Present:
    return Present(settings, versions[-1].number if live == 0 else live, versions, sound)


BOTH = (version(1, 1), version(2, 2))
NOTHING = Present()
