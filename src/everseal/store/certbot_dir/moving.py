"""Moving the live links to a version that is there already, and keeping them there where that is wanted.

A journal comes first, then the hooks owed, the links, and the pin in the renewal file; whatever stops it,
:func:`finish_move` brings it to its end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from everseal.model.errors import OperatorError
from everseal.planning.suggestion import OWN_SECTION
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.archive import live_version
from everseal.store.certbot_dir.changes import MoveChange
from everseal.store.certbot_dir.commit import document_digest, write_document
from everseal.store.certbot_dir.flip import move_links
from everseal.store.certbot_dir.lineages import plain_section
from everseal.store.pins import with_pin
from everseal.system.files import read_file

if TYPE_CHECKING:
    from everseal.model.lineage import ParameterValue
    from everseal.store.certbot_dir.layout import LineagePaths
    from everseal.store.certbot_dir.state import State


def move(change: MoveChange, paths: LineagePaths, state: State) -> None:
    """Carry a move out from its journal to its end.

    Raises StoreUnusable; where no link has moved by then, nothing is left to be finished.
    """
    before = live_version(paths)
    state.write_change(change)
    try:
        finish_move(change, paths, state)
    except BaseException:
        if before is not None and before != change.number and live_version(paths) == before:
            with suppress(OperatorError, OSError):
                state.drop_change(change.name)
        raise


def finish_move(change: MoveChange, paths: LineagePaths, state: State) -> None:
    """Everything after the journal; doing it again is harmless."""
    for owed in change.owed:
        state.owe_hook(owed)
    if live_version(paths) != change.number:
        move_links(paths, change.number)
    _save_pin(paths, change.number if change.pinned else None)
    state.drop_change(change.name)


def is_pinned_as(paths: LineagePaths, number: int | None) -> bool:
    """Whether the renewal file holds exactly this pin."""
    own = _own_section(_document(paths))
    return with_pin(own, number) == own


def _save_pin(paths: LineagePaths, number: int | None) -> None:
    before = document_digest(paths.conf)
    document = _document(paths)
    own = _own_section(document)
    wanted = with_pin(own, number)
    if wanted == own:
        return
    changed = (
        document.replace_section(OWN_SECTION, wanted) if wanted else document.without_section(OWN_SECTION)
    )
    write_document(paths.conf, changed.render(), before=before)


def _document(paths: LineagePaths) -> RenewalDocument:
    return RenewalDocument.decode(read_file(paths.conf), path=paths.conf)


def _own_section(document: RenewalDocument) -> dict[str, ParameterValue]:
    return plain_section(document.section(OWN_SECTION))
