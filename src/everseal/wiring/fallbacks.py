"""From ``--fallback-server`` and the like to the CAs that a plan names after the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from everseal.acme.wire import origin_of
from everseal.engine.account import EabRequired
from everseal.model.keys import EcdsaKind, KeyKind, RsaKind
from everseal.model.lineage import Lineage
from everseal.model.names import IpAddress
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.plan import AccountStep, CertificateOptions, Fallback, Issue, KeyStep, Trouble
from everseal.settings.fallbacks import fallback_on
from everseal.settings.known_authorities import known_authorities
from everseal.settings.values import Settings
from everseal.wiring.accounts import AccountAmbiguous, account_step, replaced
from everseal.wiring.house import House


def with_fallbacks(house: House, settings: Settings, action: Issue, present: Lineage | None) -> Issue:
    """The action with the CAs that are asked where its own does not issue.

    With ``--fallback-stay`` the one that issued the present certificate comes first.  Raises UnsafeUrl for
    a fallback that is no URL; whatever else is in the way of one is told in it.
    """
    fallbacks = tuple(_fallbacks(house, settings, action, present))
    if not fallbacks:
        return action
    chosen = replace(
        action, fallbacks=fallbacks, fallback_on=cast("tuple[Trouble, ...]", fallback_on(settings))
    )
    issuer = None if present is None else issuing_ca(present)
    if not settings.flag("fallback_stay") or issuer is None:
        return chosen
    return _beginning_with(issuer.server, chosen)


def _fallbacks(
    house: House, settings: Settings, action: Issue, present: Lineage | None
) -> Iterator[Fallback]:
    for server in _servers(settings):
        if server == action.server:
            continue
        origin_of(server)
        there = settings.without("account").with_values({"server": server})
        try:
            account = account_step(house, there)
        except (AccountAmbiguous, EabRequired) as error:
            yield Fallback(server, action.account, action.key, CertificateOptions(), error.message)
            continue
        key, hindrance = _key_at(server, action)
        options = _options_at(server, account, action, present)
        yield Fallback(server, account, key, options, hindrance)


def _servers(settings: Settings) -> Sequence[str]:
    """In a dry run their directories for trials, of those that have one."""
    servers = settings.items("fallback_server")
    if not settings.flag("dry_run"):
        return servers
    trials = [known_authorities().staging_of(server) for server in servers]
    return tuple(dict.fromkeys(each for each in trials if each is not None))


def _options_at(
    server: str, account: AccountStep, action: Issue, present: Lineage | None
) -> CertificateOptions:
    """A profile that the first CA must have is asked for where the other has it; chains are the first's."""
    known = known_authorities().at(server)
    profile = action.options.required_profile or action.options.preferred_profile
    if known is not None and any(isinstance(each, IpAddress) for each in action.identifiers):
        profile = profile or known.address_profile
    return replace(
        action.options,
        required_profile=None,
        preferred_profile=profile,
        preferred_chain=None,
        replaces=replaced(present, server, account, dry_run=action.dry_run),
    )


def _key_at(server: str, action: Issue) -> tuple[KeyStep, str | None]:
    """The key of a kind that the directory is for, and what is in the way of one."""
    known = known_authorities().at(server)
    wanted = None if known is None else known.key_type
    if wanted is None or action.key.kind.type == wanted:
        return action.key, None
    if action.key.reuse or action.options.csr_der is not None:
        return action.key, f"it is for {wanted} keys only, and the key is to be the one there is"
    kind: KeyKind = RsaKind() if wanted == "rsa" else EcdsaKind()
    return KeyStep(kind), None


def _beginning_with(server: str, action: Issue) -> Issue:
    """The same CAs in the same order, but ``server`` before all others."""
    first = next((each for each in action.fallbacks if each.server == server and not each.hindrance), None)
    if first is None:
        return action
    own = Fallback(action.server, action.account, action.key, action.options)
    others = tuple(each for each in action.fallbacks if each is not first)
    return replace(
        action,
        server=first.server,
        account=first.account,
        key=first.key,
        options=first.options,
        fallbacks=(own, *others),
    )
