"""Whether a lineage is due: gathers the facts, asks the CA for its window, lets planning decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from everseal.engine.renewal_info import Advice
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.planning.due import RenewalFacts, RenewalPolicy, decide_due, next_look
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.reasons import DueReason, NotDueReason, NotYet, OrderLeftOpen
from everseal.planning.suggestion import renewal_facts
from everseal.settings.values import Settings
from everseal.wiring import wishes
from everseal.wiring.house import House


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one lineage and the CA's advice it rests on."""

    reason: DueReason | NotDueReason
    facts: RenewalFacts
    policy: RenewalPolicy
    advice: Advice | None

    @property
    def renew_at(self) -> datetime | None:
        """When it is renewed if nothing else happens; None for never."""
        return next_look(self.facts, self.policy)


def decide(
    house: House,
    lineage: Lineage,
    settings: Settings,
    *,
    ask_ca: bool = True,
    ask_ocsp: bool = True,
    explicit: bool = False,
) -> Decision:
    """Whether ``lineage`` is renewed now.

    The CA is asked only when its answer can matter and it has not asked for quiet; ``ask_ca`` False
    uses what is remembered.  ``ask_ocsp`` asks besides whether the CA has revoked the certificate, where
    that names whom to ask.  ``explicit`` says that a person asked for this very certificate.
    """
    policy = wishes.renewal_policy(settings, lineage.header.get("renew_before_expiry"), explicit=explicit)
    given = None
    if policy.autorenew and not policy.force and not policy.rehearse:
        given = _advice(house, lineage, settings, ask_ca=ask_ca)
    known = None if given is None else given.suggestion
    facts = renewal_facts(lineage, known, house.machine_secret())
    now = house.surroundings.clock.now()
    reason = decide_due(facts, policy, now=now)
    if isinstance(reason, NotYet) and ask_ocsp and _is_revoked(house, lineage, settings):
        facts = replace(facts, revoked=True)
        reason = decide_due(facts, policy, now=now)
    if isinstance(reason, NotYet):
        pending = house.store.journal(lineage.name)
        if pending is not None and pending.order_url is not None:
            reason = OrderLeftOpen(pending.created)
    elif isinstance(reason, DueReason):
        facts = _with_setback(house, lineage, facts)
        if facts.retry_at is not None:
            reason = decide_due(facts, policy, now=now)
    return Decision(reason, facts, policy, given)


def _is_revoked(house: House, lineage: Lineage, settings: Settings) -> bool:
    """What the CA's OCSP responder says, where the certificate names one."""
    return bool(lineage.certificate.ocsp_urls) and house.is_revoked(lineage, lineage.decisive, settings)


def _with_setback(house: House, lineage: Lineage, facts: RenewalFacts) -> RenewalFacts:
    """Read only for what is due: nothing else is held back by earlier failures."""
    setback = house.store.state.setback(lineage.name)
    now = house.surroundings.clock.now()
    if setback is None or not setback.holds(lineage.certificate.serial, now=now):
        return facts
    return replace(facts, retry_at=setback.retry_at, failures=setback.failures)


def _advice(house: House, lineage: Lineage, settings: Settings, *, ask_ca: bool) -> Advice | None:
    """The CA that issued the certificate is asked, whatever CA this run would order from."""
    ca = issuing_ca(lineage)
    if ca is None:
        return None
    now = house.surroundings.clock.now()
    if not ask_ca:
        return house.counsel.remembered(lineage, now=now)
    client = house.clients.client(settings.with_values({"server": ca.server}))
    return house.counsel.advice(lineage, client, now=now)
