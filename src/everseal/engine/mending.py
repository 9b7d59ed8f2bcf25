"""What an earlier run left half done is mended before a run that writes does anything else.

Led by the journals: what is not on record costs nothing.  Whatever another run is at work on just now is
left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from everseal.engine.clearing import clear_away, clear_presented
from everseal.engine.exporting import run_exports
from everseal.engine.owed import is_ripe, put_off
from everseal.engine.telling import told
from everseal.engine.tools import Workshop
from everseal.model.errors import LineageMissing, OperatorError
from everseal.model.events import Emit, HookRan, Mended
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook, OwedKind, Recovery
from everseal.ports import Store


def mend(shop: Workshop) -> None:
    """Recover every lineage with an open journal, clear away what its order left in place for the CA, then
    run the hooks that are owed.

    The caller holds the run lock, and no lineage's.  What cannot be mended is told as a warning.
    """
    tidy(shop.store, shop.emit)
    with told(shop.emit):
        for name in shop.store.open_journals():
            with told(shop.emit):
                recover(name, shop.store, shop.emit)
                _clear_away(name, shop)
    with told(shop.emit):
        for each in _names(_ripe("export", shop)):
            _export(each, shop)
        if any((*_ripe("deploy", shop), *_ripe("post", shop))):
            _run_hooks(shop)


def tidy(store: Store, emit: Emit) -> None:
    """Remove what writers that were killed have left; what cannot be is told as a warning."""
    with told(emit):
        store.sweep()


def recover(name: CertificateName, store: Store, emit: Emit) -> None:
    """Mend one lineage under its lock, and tell what was done.  Raises Busy, StoreUnusable."""
    with store.lock(name, wait=0):
        recovery = store.recover(name)
    if recovery.did_something:
        emit(Mended(_what_was_mended(recovery), name))


def mended(damaged: Damaged, store: Store, emit: Emit) -> Lineage | Damaged:
    """A second look at a lineage that cannot be loaded, after an attempt to mend it."""
    with told(emit), store.run_lock():
        recover(damaged.name, store, emit)
    try:
        return store.load(damaged.name)
    except OperatorError:
        return damaged


def _clear_away(name: CertificateName, shop: Workshop) -> None:
    """Also for names that nobody orders again: who made the journal says how."""
    with shop.store.lock(name, wait=0):
        pending = shop.store.journal(name)
        if pending is not None and pending.presentations and pending.settings is not None:
            clear_away(pending, shop.solver_of(pending.settings), shop)
            shop.emit(Mended("what an interrupted order had put in place for the CA is removed", name))
        if clear_presented(name, shop):
            what = "what an interrupted rehearsal or order for a signing request had put in place is removed"
            shop.emit(Mended(what, name))


def _export(name: CertificateName, shop: Workshop) -> None:
    """Before the deploy hooks, which may rely on what is exported."""
    with told(shop.emit), shop.store.lock(name, wait=0):
        owed = [each for each in _ripe("export", shop) if each.name == name]
        try:
            lineage = shop.store.load(name) if owed else None
        except LineageMissing:
            for each in owed:
                shop.store.settle_hook(each)
            return
        if lineage is not None:
            shop.emit(Mended("an export that is still owed is made now", name))
            run_exports(owed, lineage, shop)


def _run_deploy_hooks(name: CertificateName, shop: Workshop) -> None:
    with told(shop.emit), shop.store.lock(name, wait=0):
        for owed in [each for each in _ripe("deploy", shop) if each.name == name]:
            try:
                live_dir = shop.store.load(name).live_dir
            except LineageMissing:
                shop.store.settle_hook(owed)
            else:
                run = partial(shop.hooks.deploy_again, owed.command, live_dir, owed.identifiers)
                _attempt(owed, run, shop)


def _run_hooks(shop: Workshop) -> None:
    """Only while no run is alive that may still run them itself."""
    with told(shop.emit), shop.store.hooks_lock(alone=True, wait=0):
        for name in _names(_ripe("deploy", shop)):
            _run_deploy_hooks(name, shop)
        for owed in list(_ripe("post", shop)):
            _attempt(owed, partial(shop.hooks.post_again, owed.command), shop)


def _attempt(owed: OwedHook, run: Callable[[], HookRan], shop: Workshop) -> None:
    """The attempt counts before it is made: a hook that ends the whole machine is not tried for ever."""
    shop.emit(Mended(f"the {owed.kind} hook {owed.command!r} is still owed and is run now", owed.name))
    put_off(owed, shop)
    if run().status == 0:
        shop.store.settle_hook(owed)


def _names(owed: Iterable[OwedHook]) -> list[CertificateName]:
    return sorted({each.name for each in owed if each.name is not None})


def _ripe(kind: OwedKind, shop: Workshop) -> Iterator[OwedHook]:
    now = shop.clock.now()
    return (each for each in shop.store.owed_hooks() if each.kind == kind and is_ripe(each, now=now))


def _what_was_mended(recovery: Recovery) -> str:
    return "; ".join(_clauses(recovery))


def _clauses(recovery: Recovery) -> Iterable[str]:
    if recovery.completed is not None:
        yield f"version {recovery.completed}, which an interrupted run had saved, is complete"
    if recovery.dropped:
        numbers = ", ".join(map(str, recovery.dropped))
        yield f"what an interrupted run had written of version {numbers} is removed"
    if recovery.moved_to is not None:
        yield f"the live links name version {recovery.moved_to} now"
    if recovery.renamed_to is not None:
        yield f"its renaming to {recovery.renamed_to}, which was interrupted, is finished"
    if recovery.deleted:
        yield "its deletion, which was interrupted, is finished"
