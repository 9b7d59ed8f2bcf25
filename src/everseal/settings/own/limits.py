"""Options about the limits of certificate authorities."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LIMITS: Final = (
    Option(
        "despite_limits",
        "--despite-limits",
        "flag",
        "order although the authority's limits would be exceeded, or nothing of one would be left",
        topics="everseal renew",
        default=False,
        own=True,
    ),
    Option(
        "resume",
        "--resume",
        "text",
        "ask again, whatever an authority said about this name, certificate, account or directory URL",
        topics="everseal",
        metavar="NAME",
        own=True,
        verbs=("limits",),
    ),
)
