"""External account binding at fallbacks: said once, and kept until the account is open."""

from __future__ import annotations

from everseal.acme.eab import ExternalAccountBinding
from everseal.settings.fallbacks import bindings
from everseal.settings.values import Settings
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.certbot_dir.state import State


def binding_at(server: str, settings: Settings, state: State) -> ExternalAccountBinding | None:
    """What was said for this fallback now, or else earlier.  Raises BadEab, BadFallback."""
    said = bindings(settings).get(server)
    if said is not None:
        return ExternalAccountBinding.parse(*said, settings.required("eab_hmac_alg"))
    kept = state.binding(server)
    return None if kept is None else ExternalAccountBinding.parse(*kept)


def keep_bindings(settings: Settings, accounts: CertbotAccounts, state: State) -> None:
    """Keep what was said for fallbacks, readable for the owner alone, until their accounts are open.

    It never stands in a renewal file.  Raises BadEab, BadFallback, StoreUnusable.
    """
    for server, (kid, key) in bindings(settings).items():
        if not settings.flag("dry_run") and not accounts.ids(server):
            ExternalAccountBinding.parse(kid, key)
            state.keep_binding(server, kid, key, settings.required("eab_hmac_alg"))
