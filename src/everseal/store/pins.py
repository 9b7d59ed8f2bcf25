"""The version that an operator went back to, kept in the lineage's own section until the next issuance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from everseal.model.lineage import ParameterValue
from everseal.planning.suggestion import OWN_SECTION

_PINNED: Final = "pinned_version"

Section = Mapping[str, ParameterValue]


def pinned_version(sections: Mapping[str, Section], *, live: int | None) -> int | None:
    """The pinned version; a pin on another than the live one has been overtaken and counts for nothing."""
    written = sections.get(OWN_SECTION, {}).get(_PINNED)
    return live if live is not None and written == str(live) else None


def with_pin(own: Section, number: int | None) -> dict[str, ParameterValue]:
    """Our section with the pin on ``number``, or without one."""
    kept = {key: value for key, value in own.items() if key != _PINNED}
    return kept if number is None else {**kept, _PINNED: str(number)}
