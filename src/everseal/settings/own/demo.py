"""Options of ``demo``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DEMO: Final = (
    Option(
        "folder",
        "--folder",
        "path",
        "where the demonstration puts its files",
        topics="demo",
        metavar="DIR",
        own=True,
        verbs=("demo",),
    ),
    Option(
        "without_responder",
        "--without-responder",
        "flag",
        "leave the authority's question unanswered, to see that it validates for real",
        topics="demo",
        default=False,
        own=True,
        verbs=("demo",),
    ),
)
