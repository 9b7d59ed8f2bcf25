"""Which versions of a lineage stay, and which one is live."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

VERSIONS: Final = (
    Option(
        "keep_versions",
        "--keep-versions",
        "natural",
        "how many versions before the live one stay after a renewal (5 if nothing is said; 0: only the live "
        "one)",
        topics="everseal renew prune",
        metavar="N",
        key="keep_versions",
        own=True,
    ),
    Option(
        "keep_days",
        "--keep-days",
        "natural",
        "versions issued within so many days stay after a renewal; with --keep-versions what either keeps",
        topics="everseal renew prune",
        metavar="DAYS",
        key="keep_days",
        own=True,
    ),
    Option(
        "expired",
        "--expired",
        "flag",
        "remove the certificates named, with all their versions and settings, if they have expired",
        topics="prune",
        default=False,
        own=True,
        verbs=("prune",),
    ),
    Option(
        "to",
        "--to",
        "text",
        "the version to put to use, or the directory to export to",
        topics="switch export",
        metavar="VERSION|DIR",
        own=True,
        verbs=("switch", "export"),
    ),
    Option(
        "even_if_expired",
        "--even-if-expired",
        "flag",
        "put a version to use although its certificate has expired",
        topics="switch",
        default=False,
        own=True,
        verbs=("switch",),
    ),
)
