"""Asking the CA when a certificate should be renewed (RFC 9773), and remembering the answer.

Nothing here ever stops a renewal: a CA that cannot be asked counts as one without ARI.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from everseal.acme.ari import cert_id
from everseal.acme.client import Client
from everseal.model.certificate import CertificateFacts
from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.planning.due import SuggestedWindow
from everseal.planning.suggestion import Suggestion, ask_again_at, read_suggestion, suggestion_sections
from everseal.ports import Store

_AFTER_FAILURE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the CA suggests for a lineage's certificate; ``fresh`` when it was asked just now."""

    suggestion: Suggestion
    fresh: bool


def certificate_id(facts: CertificateFacts) -> str | None:
    """The ARI identifier (RFC 9773 section 4.1); None without an authority key identifier."""
    return None if facts.authority_key_id is None else cert_id(facts)


def advice(lineage: Lineage, client: Client | None, *, now: datetime) -> Advice | None:
    """The remembered suggestion while the CA does not want to be asked, else a fresh one.

    None when the CA has no ARI or the certificate is past its end.  Without ``client`` the
    remembered one, however old.
    """
    facts = lineage.certificate
    identifier = certificate_id(facts)
    if identifier is None or facts.is_expired(now):
        return None
    remembered = read_suggestion(lineage.sections, identifier)
    if remembered is not None and (client is None or now < remembered.ask_again):
        return Advice(remembered, fresh=False)
    if client is None:
        return None
    try:
        if client.directory().renewal_info is None:
            return None
        return Advice(_ask(facts, identifier, client, now), fresh=True)
    except OperatorError:
        known = None if remembered is None else remembered.window
        again = ask_again_at(now, _AFTER_FAILURE, lifetime=facts.lifetime)
        return Advice(Suggestion(identifier, again, known), fresh=True)


def remember(lineage: Lineage, given: Advice, store: Store, *, wait: float) -> None:
    """Keep a fresh suggestion in the renewal file."""
    if not given.fresh:
        return
    with store.lock(lineage.name, wait=wait):
        present = store.load(lineage.name)
        store.save_parameters(lineage.name, sections=suggestion_sections(given.suggestion, present.sections))


def _ask(facts: CertificateFacts, identifier: str, client: Client, now: datetime) -> Suggestion:
    info = client.renewal_info(facts)
    window = SuggestedWindow(info.window.start, info.window.end, info.explanation_url)
    return Suggestion(identifier, ask_again_at(now, info.retry_after, lifetime=facts.lifetime), window)
