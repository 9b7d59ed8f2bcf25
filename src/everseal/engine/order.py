"""The order an issuance works on: a new one, or one that an interrupted run left behind.

The certificate's key and the order's URL are in the journal, durable, before the CA is asked to
finalize: whatever is lost afterwards, the next run asks for the same certificate with the same key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from everseal.acme.challenges import Presentation
from everseal.acme.client import Account
from everseal.acme.objects import Order
from everseal.acme.problems import AccountDoesNotExist, AcmeError, Unauthorized
from everseal.acme.states import OrderStatus
from everseal.engine.account import AccountClosed, is_closed
from everseal.engine.clearing import clear_away, left_behind, note_presented
from everseal.engine.limits import demand_room, note_resumed, sent_and_counted
from everseal.engine.profiles import under_profile
from everseal.engine.telling import told
from everseal.engine.tools import Tools, Workshop
from everseal.model.csr import read_csr
from everseal.model.events import OrderPlaced, OrderResumed
from everseal.model.frozen import dataclass
from everseal.model.names import Identifier
from everseal.model.pending import PendingOrder, SolverSettings
from everseal.model.private_key import PrivateKey
from everseal.planning.ahead import order_ahead
from everseal.planning.plan import Issue

_ALIVE: Final = {OrderStatus.PENDING, OrderStatus.READY, OrderStatus.PROCESSING, OrderStatus.VALID}


@dataclass(frozen=True, slots=True)
class WorkingOrder:
    """An order, the key and CSR its certificate is made with, and what the journal says of them.

    ``key`` is None when the operator brought a CSR.  ``recorded`` says that the journal holds the
    order: it must before the CA is asked to finalize, except in a rehearsal, whose order no later run
    should carry on.
    """

    order: Order
    key: PrivateKey | None
    csr_der: bytes
    pending: PendingOrder
    recorded: bool
    rehearsal: bool = False


def open_order(
    action: Issue, identifiers: tuple[Identifier, ...], account: Account, tools: Tools, shop: Workshop
) -> WorkingOrder:
    """Carry on what the journal holds, or place a new order; what is not kept leaves the journal alone."""
    pending = shop.store.journal(action.name) if action.is_kept else None
    if pending is not None:
        if pending.presentations:
            # What cannot be taken away any more, as its credentials are gone, stops no certificate.
            with told(shop.emit, left_behind(action.name)):
                solver = tools.solver if pending.settings is None else shop.solver_of(pending.settings)
                pending = clear_away(pending, solver, shop)
        resumed = _resume(action, identifiers, account, pending, tools, shop)
        if resumed is not None:
            ahead = order_ahead(action, identifiers, account.url, now=shop.clock.now())
            note_resumed(ahead, pending, shop)
            shop.emit(OrderResumed(action.name, resumed.order.url))
            return resumed
        shop.store.drop_journal(action.name)
    return _place(action, identifiers, account, tools, shop)


def request_order(
    action: Issue, identifiers: tuple[Identifier, ...], account: Account, tools: Tools, shop: Workshop
) -> Order:
    """Ask the CA for an order with what ``action`` wants beyond the names.

    Raises WouldBeRefused without asking, AccountClosed, and whatever the CA refuses it for.
    """
    ahead = order_ahead(action, identifiers, account.url, now=shop.clock.now())
    demand_room(ahead, shop)
    client, replaces = tools.client, action.options.replaces

    def ask(profile: str | None) -> Order:
        return client.new_order(account, identifiers, profile=profile, replaces=replaces)

    try:
        order = sent_and_counted(ahead, lambda: under_profile(action, client, shop.emit, ask), shop)
    except (AccountDoesNotExist, Unauthorized) as error:
        if is_closed(account, client):
            raise AccountClosed(error, account.url) from error
        raise
    shop.emit(OrderPlaced(action.name, order.url, order.replaces))
    return order


def record(working: WorkingOrder, presentations: tuple[Presentation, ...], shop: Workshop) -> WorkingOrder:
    """Make the order, its key and what will be put in place durable; of a rehearsal only the last."""
    if working.rehearsal:
        if presentations and working.pending.settings is not None:
            note_presented(working.pending.name, presentations, working.pending.settings, shop)
        return working
    pending = replace(
        working.pending,
        presentations=tuple(each.as_json() for each in presentations),
        stage="presented" if presentations else "finalizing",
    )
    shop.store.write_journal(pending.name, pending)
    return replace(working, pending=pending, recorded=True)


def note_cleared(working: WorkingOrder, shop: Workshop, *, failed: bool) -> None:
    """Nothing is in place any more, so that nobody clears away again; a commit ends the journal anyway."""
    if working.rehearsal:
        shop.store.forget_presented(working.pending.name)
        return
    pending = shop.store.journal(working.pending.name) if failed else None
    if pending is not None:
        shop.store.write_journal(pending.name, replace(pending, presentations=()))


def _resume(
    action: Issue,
    identifiers: tuple[Identifier, ...],
    account: Account,
    pending: PendingOrder,
    tools: Tools,
    shop: Workshop,
) -> WorkingOrder | None:
    fits = (
        pending.order_url is not None
        and pending.server == action.server
        and pending.account_url == account.url
        and set(pending.identifiers) == set(identifiers)
        and pending.csr_der is not None
        and action.options.csr_der is None
    )
    if not fits or pending.order_url is None or pending.csr_der is None:
        return None
    key = PrivateKey.from_pem(pending.key_pem)
    if not _is_still_wanted(action, key, pending.csr_der, shop):
        return None
    try:
        order = tools.client.order(account, pending.order_url)
    except AcmeError:
        return None
    profile = action.options.required_profile
    if order.status not in _ALIVE or (profile is not None and order.profile != profile):
        return None
    # What is put in place from here on is put there with the settings of now.
    carried_on = replace(pending, solver=tools.solver.name, settings=_settings(action))
    return WorkingOrder(order, key, pending.csr_der, carried_on, recorded=True)


def _is_still_wanted(action: Issue, key: PrivateKey, csr_der: bytes, shop: Workshop) -> bool:
    """Whether key and request are as they would be made now: options may have changed in between."""
    if read_csr(csr_der).must_staple != action.options.must_staple:
        return False
    in_use = None if action.new else _key_in_use(action, shop)
    if action.key.reuse and in_use is not None:
        return key == in_use
    return key != in_use and key.kind == action.key.kind


def _place(
    action: Issue, identifiers: tuple[Identifier, ...], account: Account, tools: Tools, shop: Workshop
) -> WorkingOrder:
    key = _key_for(action, shop)
    csr = _csr_for(action, identifiers, key)
    order = request_order(action, identifiers, account, tools, shop)
    pending = PendingOrder(
        name=action.name,
        server=action.server,
        account_url=account.url,
        order_url=order.url,
        identifiers=identifiers,
        key_pem=b"" if key is None else key.to_pem(),
        csr_der=csr,
        presentations=(),
        created=shop.clock.now(),
        stage="ordered",
        solver=tools.solver.name,
        settings=_settings(action),
    )
    return WorkingOrder(order, key, csr, pending, recorded=False, rehearsal=not action.is_kept)


def _settings(action: Issue) -> SolverSettings:
    return SolverSettings(action.parameters, action.own_parameters)


def _key_for(action: Issue, shop: Workshop) -> PrivateKey | None:
    if action.options.csr_der is not None:
        return None
    if action.key.reuse and not action.new:
        return _key_in_use(action, shop)
    return PrivateKey.generate(action.key.kind)


def _key_in_use(action: Issue, shop: Workshop) -> PrivateKey:
    lineage = shop.store.load(action.name)
    return PrivateKey.from_pem(shop.store.read_version(action.name, lineage.latest).key_pem)


def _csr_for(action: Issue, identifiers: tuple[Identifier, ...], key: PrivateKey | None) -> bytes:
    if key is None:
        assert action.options.csr_der is not None
        return action.options.csr_der
    return key.csr(identifiers, must_staple=action.options.must_staple)
