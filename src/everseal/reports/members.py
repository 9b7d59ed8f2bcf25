"""Members that many JSON documents have: moments, failed orders, exports."""

from __future__ import annotations

from everseal.model.epoch import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from everseal.model.export import ExportTarget
    from everseal.planning.setback import Setback

    Json = Mapping[str, object]


def stamp_if_known(when: datetime | None) -> str | None:
    """As :func:`stamp`; None for a moment that never comes or is not known."""
    return None if when is None else stamp(when)


def setback_as_json(setback: Setback | None) -> Json | None:
    """The orders for a certificate that failed in a row, None where the last one succeeded."""
    if setback is None:
        return None
    return {
        "failures": setback.failures,
        "at": stamp(setback.failed_at),
        "retry_at": stamp(setback.retry_at),
        "message": setback.message or None,
    }


def exports_as_json(targets: Iterable[ExportTarget]) -> list[Json]:
    """Where copies of a certificate go, and in which form."""
    return [{"directory": each.directory, "format": each.format} for each in targets]
