"""Whether the names' CAA records let a CA issue, before anything is ordered there."""

from __future__ import annotations

from everseal.acme.caa import Applicant, objection
from everseal.engine.tools import Tools, Workshop
from everseal.model.errors import OperatorError
from everseal.model.events import Warned
from everseal.planning.plan import Issue, Proof, UseAccount


class CaaForbids(OperatorError):
    """The owner of a name has said that this CA must not issue for it."""

    def __init__(self, proof: Proof, server: str, why: str) -> None:
        super().__init__(
            f"{server} must not issue for {proof.identifier} by {proof.challenge_type}: {why}",
            remedy="let the CAA records allow this CA, or leave it out",
        )


def demand_permission(action: Issue, tools: Tools, shop: Workshop) -> None:
    """Raises CaaForbids.  What cannot be looked up is said: the CA will look for itself.

    A CA that does not say by what name CAA records call it is not judged.
    """
    lookup = shop.caa
    identities = tuple(each.lower() for each in tools.client.directory().meta.caa_identities)
    if lookup is None or not identities:
        return
    account_url = action.account.url if isinstance(action.account, UseAccount) else None
    applicant = Applicant(identities, account_url)

    def look(proof: Proof) -> str | OperatorError | None:
        try:
            return objection(proof.identifier, proof.challenge_type, applicant, lookup)
        except OperatorError as error:
            return error

    for proof, found in zip(action.proofs, shop.each_request(look, action.proofs), strict=True):
        if isinstance(found, OperatorError):
            whether = f"whether {action.server} may issue for {proof.identifier}"
            shop.emit(Warned(f"{whether} by its CAA records is not known: {found}"))
        elif found is not None:
            raise CaaForbids(proof, action.server, found)
