"""The exports that a lineage's renewal file keeps: directories that get each new version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from everseal.model.export import BadExport, ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.lineage import ParameterValue

_KEY: Final = "exports"

Section = Mapping[str, ParameterValue]


@dataclass(frozen=True, slots=True)
class KeptExports:
    """``targets`` in their order; ``unreadable`` are texts that somebody wrote there, kept as they are."""

    targets: tuple[ExportTarget, ...] = ()
    unreadable: tuple[str, ...] = ()

    def including(self, target: ExportTarget) -> KeptExports:
        """With ``target``, in place of one that writes the same files."""
        others = tuple(each for each in self.targets if not each.goes_where(target))
        return KeptExports((*others, target), self.unreadable)

    def without(self, directory: str) -> KeptExports:
        """Without anything that goes to ``directory``."""
        stay = tuple(each for each in self.targets if each.directory != directory)
        return KeptExports(stay, self.unreadable)


def kept_exports(own: Section) -> KeptExports:
    """What our section of a renewal file holds."""
    written = own.get(_KEY, ())
    texts = (written,) if isinstance(written, str) else tuple(written)
    targets, unreadable = [], []
    for text in filter(None, texts):
        try:
            targets.append(ExportTarget.decode(text))
        except BadExport:
            unreadable.append(text)
    return KeptExports(tuple(targets), tuple(unreadable))


def with_exports(own: Section, kept: KeptExports) -> dict[str, ParameterValue]:
    """Our section with exactly these exports."""
    texts = (*(each.encode() for each in kept.targets), *kept.unreadable)
    others = {key: value for key, value in own.items() if key != _KEY}
    return {**others, _KEY: texts} if texts else others
