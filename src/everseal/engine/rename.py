"""Giving a certificate another name, under which it is renewed from then on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from everseal.deploy.formats import file_names
from everseal.engine.tools import Workshop
from everseal.model.errors import LineageExists
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage, ParameterValue
from everseal.model.names import CertificateName
from everseal.planning.exports import kept_exports
from everseal.planning.suggestion import OWN_SECTION
from everseal.ports import Store

_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Renaming:
    """What moves where.  ``mentions`` are settings, such as a deploy hook, that name the old directory;
    ``copies`` are the exported files called after the old name, which no new version reaches any more."""

    old: CertificateName
    new: CertificateName
    moves: tuple[tuple[str, str], ...]
    mentions: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


def plan_rename(old: CertificateName, new: CertificateName, store: Store) -> Renaming:
    """Raises LineageMissing, LineageBroken, LineageExists where a name or a place is taken or shared."""
    lineage = store.load(old)
    moves = tuple(store.rename_moves(old, new))
    _demand_own_places(lineage, store)
    return Renaming(old, new, moves, tuple(_mentions(lineage)), tuple(_copies(lineage, new)))


def rename(old: CertificateName, new: CertificateName, shop: Workshop) -> Lineage:
    """Move everything that is kept about the lineage.  Raises Busy, StoreUnusable, and as the plan does."""
    store = shop.store
    with store.run_lock(), store.lock(old, wait=_WAIT):
        if store.recover(old).renamed_to == new:
            return store.load(new)
        with store.lock(new, wait=_WAIT):
            _demand_own_places(store.load(old), store)
            return store.rename(old, new)


def _demand_own_places(lineage: Lineage, store: Store) -> None:
    """Another lineage that lives in the same directories would lose its files."""
    places = {lineage.live_dir, lineage.archive_dir}
    for other in store.load_all():
        if not isinstance(other, Lineage) or other.name == lineage.name:
            continue
        if places & {other.live_dir, other.archive_dir}:
            raise LineageExists(
                f"the certificate {other.name} uses the same directories as {lineage.name}",
                remedy=f"delete one of the two renewal files, {other.conf_path} or {lineage.conf_path}",
            )


def _mentions(lineage: Lineage) -> Iterator[str]:
    """Renewal settings keep what the operator wrote; what names the old place has to be seen to."""
    for key, text in _texts(lineage.parameters):
        if f"{lineage.live_dir}/" in text or text.endswith(lineage.live_dir):
            yield f"{key} = {text}"


def _copies(lineage: Lineage, new: CertificateName) -> Iterator[str]:
    for target in kept_exports(lineage.sections.get(OWN_SECTION, {})).targets:
        stay = file_names(target.format, new.value)
        for file in file_names(target.format, lineage.name.value):
            if file not in stay:
                yield os.path.join(target.directory, file)


def _texts(values: Mapping[str, ParameterValue]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, tuple):
            yield from ((key, text) for text in value)
        else:
            yield from value.items()
