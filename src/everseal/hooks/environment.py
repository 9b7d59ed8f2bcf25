"""The variables that hooks get, and the environment around them.

Everything that comes from outside is a parsed identifier or a path of our own: no text of a
certificate authority reaches a variable here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.hooks.validation import path_to_reach

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from everseal.model.names import Identifier

LONGEST_NAMES = 32_000
LONGEST_NAMES_OF_A_RENEW = 16_000
HOOK_VARIABLES = frozenset(
    {
        "CERTBOT_ALL_DOMAINS",
        "CERTBOT_ALL_IDENTIFIERS",
        "CERTBOT_AUTH_OUTPUT",
        "CERTBOT_DOMAIN",
        "CERTBOT_IDENTIFIER",
        "CERTBOT_REMAINING_CHALLENGES",
        "CERTBOT_TOKEN",
        "CERTBOT_VALIDATION",
        "FAILED_DOMAINS",
        "RENEWED_DOMAINS",
        "RENEWED_LINEAGE",
    }
)


def join_names(identifiers: Iterable[Identifier], limit: int | None = None) -> str:
    """The names with blanks between them; where they are longer than ``limit``, whole ones are left out."""
    kept: list[str] = []
    length = -1
    for identifier in identifiers:
        length += 1 + len(identifier.value)
        if limit is not None and length > limit:
            break
        kept.append(identifier.value)
    return " ".join(kept)


def deploy_variables(live_dir: str, identifiers: Iterable[Identifier]) -> dict[str, str]:
    """``RENEWED_LINEAGE`` is the directory with the live links."""
    return {"RENEWED_LINEAGE": live_dir, "RENEWED_DOMAINS": join_names(identifiers)}


def post_variables(
    renewed: Iterable[Identifier], failed: Iterable[Identifier], *, limit: int
) -> dict[str, str]:
    """``limit`` is in characters and holds for each of the two lists."""
    return {"RENEWED_DOMAINS": join_names(renewed, limit), "FAILED_DOMAINS": join_names(failed, limit)}


def hook_environment(
    base: Mapping[str, str], variables: Mapping[str, str], *, command: str, withheld: Collection[str] = ()
) -> dict[str, str]:
    """The caller's environment without our secrets (``withheld``, names), with the hook's variables.

    Hook variables that the caller has in its environment (it may be a hook itself) are not handed on.

    ``PATH`` is lengthened by the system's directories only where the command is not found without
    them, as happens under cron.
    """
    environment = {
        name: value for name, value in base.items() if name not in withheld and name not in HOOK_VARIABLES
    }
    environment.update(variables)
    if path := path_to_reach(command, environment.get("PATH")):
        environment["PATH"] = path
    return environment
