"""What an interrupted order put in place for the CA, taken away by another run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from everseal.acme.challenges import Presentation
from everseal.engine.telling import told
from everseal.engine.tools import Workshop
from everseal.model.names import CertificateName
from everseal.model.pending import PendingOrder, Presented, SolverSettings
from everseal.ports import Solver


def clear_away(pending: PendingOrder, solver: Solver, shop: Workshop) -> PendingOrder:
    """Remove what the journal lists, and note that it is gone; the order itself may still be carried on.

    The caller holds the lineage's lock.  Raises NotPresentable for a damaged record, SolverFailed.
    """
    solver.clean_up(_read(pending.presentations))
    cleared = replace(pending, presentations=())
    shop.store.write_journal(pending.name, cleared)
    return cleared


def note_presented(
    name: CertificateName, wanted: Sequence[Presentation], settings: SolverSettings, shop: Workshop
) -> None:
    """Make durable what will be put in place for an order that no later run carries on.

    What an earlier one under that name has left is taken away before, if that can be done.
    """
    with told(shop.emit, left_behind(name)):
        clear_presented(name, shop)
    shop.store.note_presented(Presented(name, tuple(each.as_json() for each in wanted), settings))


def clear_presented(name: CertificateName, shop: Workshop) -> bool:
    """Remove what an order that no later run carries on has left; says whether there was any.

    The caller holds the name's lock.  Raises StoreUnusable, SolverFailed, NotPresentable for a damaged
    record.
    """
    left = shop.store.presented(name)
    if left is None:
        return False
    shop.solver_of(left.settings).clean_up(_read(left.presentations))
    shop.store.forget_presented(name)
    return True


def left_behind(name: CertificateName) -> str:
    """How the warning begins that something could not be taken away."""
    return f"{name}: what an interrupted order had put in place for the CA is still there: "


def _read(presentations: Sequence[Mapping[str, object]]) -> list[Presentation]:
    return [Presentation.from_json(each) for each in presentations]
