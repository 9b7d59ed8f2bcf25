"""Ending what is waited for, because a person says so."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from everseal.model.errors import BadName, LineageBroken, LineageMissing
from everseal.model.names import CertificateName
from everseal.planning.limits import set_id
from everseal.planning.tally import Forgotten

if TYPE_CHECKING:
    from everseal.wiring.house import House

_LOCK_WAIT: Final = 60.0


def forget(house: House, name: str, *, rehearse: bool) -> tuple[Forgotten, ...]:
    """Forget what CAs said about a name, domain, account or directory URL, or about a certificate's names.

    Earlier failures of the certificate are forgotten too.  Raises Busy.
    """
    texts = {name, *_of_certificate(house, name, rehearse=rehearse)}
    if rehearse:
        with closing(house.limits.snapshot(now=house.surroundings.clock.now())) as ledger:
            return ledger.forget(texts)
    with house.limits:
        return house.limits.durable().forget(texts)


def _of_certificate(house: House, name: str, *, rehearse: bool) -> set[str]:
    """The names of the certificate that is called so, whose setback is forgotten."""
    try:
        called = CertificateName.parse(name)
        identifiers = house.store.load(called).certificate.identifiers
    except (BadName, LineageMissing, LineageBroken):
        return set()
    if not rehearse:
        with house.store.lock(called, wait=_LOCK_WAIT):
            house.store.state.forget_setback(called)
    return {each.value for each in identifiers} | {set_id(identifiers)}
