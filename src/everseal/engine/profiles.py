"""The kind of certificate that is asked for by name (draft-ietf-acme-profiles), and what if it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from everseal.acme.client import Client
from everseal.acme.problems import InvalidProfile
from everseal.model.events import Emit, Warned
from everseal.planning.plan import Issue

T = TypeVar("T")


def under_profile(action: Issue, client: Client, emit: Emit, order: Callable[[str | None], T]) -> T:
    """``order`` with the profile that the action wants.

    A preferred one that the CA does not have, or not for such names, is done without, and said: the
    certificate will be another than the operator is used to.  Raises InvalidProfile for a required one.
    """
    required, preferred = action.options.required_profile, action.options.preferred_profile
    if required is not None or preferred is None:
        return order(required)
    if client.offers_profile(preferred):
        try:
            return order(preferred)
        except InvalidProfile as error:
            emit(Warned(f"{action.name}: {error.message}; the order goes on without the profile"))
            return order(None)
    offered = ", ".join(client.directory().meta.profiles) or "none"
    lacking = f"the CA offers no profile {preferred!r}, so its default is used"
    emit(Warned(f"{action.name}: {lacking}; it offers {offered}"))
    return order(None)
