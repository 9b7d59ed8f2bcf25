"""One issuance, from top to bottom (RFC 8555 section 7.1)."""

from __future__ import annotations

from dataclasses import replace

from everseal.acme.chain import choose_chain
from everseal.acme.client import Account
from everseal.acme.problems import BadCsr
from everseal.acme.states import OrderStatus
from everseal.engine.account import account_for
from everseal.engine.authorize import Proofs, give_up, presented, read_proofs, respond_all
from everseal.engine.clocks import compare_clocks
from everseal.engine.limits import (
    demand_quiet,
    note_certificate,
    note_proved,
    note_verdicts,
    refusals_noted,
)
from everseal.engine.order import WorkingOrder, note_cleared, open_order, record, request_order
from everseal.engine.tools import Tools, Workshop
from everseal.model.certificate import CertificateFacts, read_certificate
from everseal.model.errors import Unsound
from everseal.model.events import (
    AuthorizationReused,
    CertificateIssued,
    ChallengesCleaned,
    ChallengesPresented,
    Warned,
)
from everseal.model.frozen import dataclass
from everseal.model.names import Identifier
from everseal.model.private_key import PrivateKey
from everseal.model.soundness import check_version
from everseal.planning.ahead import order_ahead
from everseal.planning.limits import OrderAhead
from everseal.planning.plan import Issue


@dataclass(frozen=True, slots=True)
class Issued:
    """A sound certificate, its key (None when the operator brought a CSR), its names, and whose order it
    was at which CA."""

    fullchain_pem: bytes
    key: PrivateKey | None
    identifiers: tuple[Identifier, ...]
    facts: CertificateFacts
    account_url: str
    server: str


def issue(action: Issue, identifiers: tuple[Identifier, ...], tools: Tools, shop: Workshop) -> Issued:
    """Obtain a certificate for ``identifiers``; nothing is saved but the journal.

    Raises OperatorError: what the CA, the solver or a check of the answer refused.
    """
    demand_quiet(action.server, shop)
    with refusals_noted(OrderAhead(action.server, None, identifiers), shop):
        compare_clocks(tools.client, shop)
        account = account_for(action.account, action.server, tools, shop)
    ahead = order_ahead(action, identifiers, account.url, now=shop.clock.now())
    with refusals_noted(ahead, shop):
        working = open_order(action, identifiers, account, tools, shop)
        if working.order.status is OrderStatus.PENDING or action.dry_run:
            working = _prove(action, working, account, tools, shop)
        if working.order.status is OrderStatus.READY:
            working = _finalize(working, account, tools, shop)
        working = _wait(working, {OrderStatus.VALID}, account, tools, shop)
        chain = _download(action, working, account, tools, shop)
    note_certificate(ahead, chain, shop)
    return _sound(action, identifiers, working, chain, shop)


def _prove(
    action: Issue, working: WorkingOrder, account: Account, tools: Tools, shop: Workshop
) -> WorkingOrder:
    """Show control of every name; a rehearsal relies on no earlier proof."""
    proofs = read_proofs(tools.client, account, working.order, tools.solver, shop.each_request)
    if action.dry_run and proofs.valid:
        give_up(tools.client, account, proofs.valid, shop.emit)
        order = request_order(action, working.pending.identifiers, account, tools, shop)
        working = replace(working, order=order)
        proofs = read_proofs(tools.client, account, order, tools.solver, shop.each_request)
    name = action.name
    for one in proofs.valid:
        shop.emit(AuthorizationReused(name, one.identifier))
    working = record(working, proofs.presentations, shop)
    if not proofs.open:
        return _wait(working, {OrderStatus.READY}, account, tools, shop)

    def cleared(failed: bool) -> None:
        note_cleared(working, shop, failed=failed)
        shop.emit(ChallengesCleaned(name))

    with presented(
        tools.solver,
        proofs.presentations,
        shop.emit,
        pause=tools.pause_before_challenges,
        cleared=cleared,
    ):
        shop.emit(_what_is_presented(working, proofs))
        respond_all(tools.client, account, proofs.open, shop.each_request)
        ready = _wait(working, {OrderStatus.READY}, account, tools, shop)
    note_proved(ready.pending, shop)
    return ready


def _finalize(working: WorkingOrder, account: Account, tools: Tools, shop: Workshop) -> WorkingOrder:
    """Send the request; one that the CA does not take is not left for a later run to send again."""
    if not working.recorded:
        working = record(working, (), shop)
    try:
        order = tools.client.finalize(account, working.order, working.csr_der)
    except BadCsr:
        if not working.rehearsal:
            shop.store.drop_journal(working.pending.name)
        raise
    return replace(working, order=order)


def _wait(
    working: WorkingOrder, until: set[OrderStatus], account: Account, tools: Tools, shop: Workshop
) -> WorkingOrder:
    """Poll the order until it is in ``until``.

    An invalid order is raised with the reasons, and no later run is told to carry it on.
    """
    client = tools.client
    order = working.order
    wanted = until | {OrderStatus.VALID, OrderStatus.INVALID}
    if order.status not in wanted:
        order = client.wait_for_order(
            account, order, until=wanted, deadline=shop.clock.monotonic() + tools.timeout
        )
    if order.status is OrderStatus.INVALID:
        if not working.rehearsal:
            shop.store.drop_journal(working.pending.name)
        verdicts = client.order_verdicts(account, order)
        note_verdicts(working.pending, verdicts, shop)
        raise verdicts.error
    return replace(working, order=order)


def _download(action: Issue, working: WorkingOrder, account: Account, tools: Tools, shop: Workshop) -> bytes:
    downloaded = tools.client.certificate(account, working.order)
    wanted = action.options.preferred_chain
    if wanted is None:
        return downloaded.pem
    alternates = (tools.client.certificate(account, url) for url in downloaded.alternates)
    chosen = choose_chain(wanted, downloaded, alternates)
    if chosen is None:
        shop.emit(Warned(f"the CA offers no chain issued by {wanted!r}; its default chain is used instead"))
        return downloaded.pem
    return chosen.pem


def _sound(
    action: Issue,
    identifiers: tuple[Identifier, ...],
    working: WorkingOrder,
    fullchain: bytes,
    shop: Workshop,
) -> Issued:
    """Only a certificate that passes every check is given on; the old one stays otherwise."""
    key_pem = None if working.key is None else working.key.to_pem()
    flaws = check_version(
        key_pem=key_pem, fullchain_pem=fullchain, identifiers=identifiers, now=shop.clock.now()
    )
    if flaws:
        if action.is_kept:
            shop.store.drop_journal(action.name)
        raise Unsound(
            f"the CA's certificate for {action.name} is not used: {'; '.join(flaw.text for flaw in flaws)}",
            remedy="nothing was changed; try again later, and tell the CA if it happens again",
        )
    facts = read_certificate(fullchain)
    shop.emit(CertificateIssued(action.name, facts.serial, facts.not_after))
    return Issued(fullchain, working.key, identifiers, facts, working.pending.account_url, action.server)


def _what_is_presented(working: WorkingOrder, proofs: Proofs) -> ChallengesPresented:
    return ChallengesPresented(
        working.pending.name,
        tuple(proof.identifier for proof in proofs.open),
        tuple(proof.presentation.type for proof in proofs.open),
    )
