"""Options of ``status``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

STATUS: Final = (
    Option(
        "prometheus",
        "--prometheus",
        "path",
        "write metrics to this file, for the textfile collector of Prometheus' node_exporter",
        topics="everseal status renew",
        metavar="FILE",
        own=True,
        verbs=("status", "renew"),
    ),
)
