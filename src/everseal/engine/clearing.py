"""What an interrupted order put in place for the CA, taken away by another run."""

from __future__ import annotations

from dataclasses import replace

from everseal.acme.challenges import Presentation
from everseal.engine.tools import Workshop
from everseal.model.pending import PendingOrder
from everseal.ports import Solver


def clear_away(pending: PendingOrder, solver: Solver, shop: Workshop) -> PendingOrder:
    """Remove what the journal lists, and note that it is gone; the order itself may still be carried on.

    The caller holds the lineage's lock.  Raises NotPresentable for a damaged record, SolverFailed.
    """
    solver.clean_up([Presentation.from_json(each) for each in pending.presentations])
    cleared = replace(pending, presentations=())
    shop.store.write_journal(pending.name, cleared)
    return cleared
