"""Options of ``names``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

NAMES: Final = (
    Option(
        "names_add",
        "--add",
        "texts",
        "a name or address that the certificate gets; may be repeated, or hold several between commas",
        topics="names",
        default=(),
        metavar="NAME",
        own=True,
        verbs=("names",),
    ),
    Option(
        "names_remove",
        "--remove",
        "texts",
        "a name or address that the certificate loses; may be repeated, or hold several between commas",
        topics="names",
        default=(),
        metavar="NAME",
        own=True,
        verbs=("names",),
    ),
)
