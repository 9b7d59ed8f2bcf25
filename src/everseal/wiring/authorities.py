"""The authorities that are known, with what earlier runs read of them, and a look at one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from everseal.acme.directory import parse_directory
from everseal.acme.problems import AcmeError
from everseal.acme.wire import Territory, UnsafeUrl
from everseal.model.errors import UsageError
from everseal.reports.authorities import CheckUp, Reading
from everseal.settings.authorities import KNOWN
from everseal.settings.conflicts import AuthorityClosed
from everseal.settings.known_authorities import known_authorities
from everseal.wiring.house import House

_SCHEMES: Final = ("https://", "http://")


def readings(house: House) -> Mapping[str, Reading]:
    """What was last read of each known authority's directory, however old, by its URL."""
    found: dict[str, Reading] = {}
    for _, server in KNOWN:
        kept = house.store.state.last_directory(server)
        if kept is not None:
            members, at = kept
            try:
                found[server] = Reading(parse_directory(members, server, Territory.around(server)), at)
            except (AcmeError, UnsafeUrl):
                continue
    return found


def check(house: House, target: str) -> CheckUp:
    """Ask a CA, by its directory's URL or its name, what it offers; nothing is kept.

    Raises AuthorityClosed, UsageError for a text that is neither, NotAnAcmeDirectory, AcmeError,
    HttpFailure, UnsafeUrl.
    """
    server = _server(target)
    settings = house.settings.with_values({"server": server})
    client = house.clients.client(settings)
    clock = house.surroundings.clock
    began = clock.monotonic()
    directory = client.refresh_directory()
    seconds = clock.monotonic() - began
    return CheckUp(
        directory,
        known_authorities().at(server),
        seconds,
        client.clock_ahead(),
        verified=server.startswith("https://") and not settings.flag("no_verify_ssl"),
    )


def _server(target: str) -> str:
    if target.startswith(_SCHEMES):
        return target
    known = known_authorities().named(target)
    if known is None:
        raise UsageError(
            f"{target!r} is neither a directory's URL nor a name of `ca list`",
            remedy="write it as https://host/path, or choose a name of `ca list`",
        )
    if known.directory is None:
        raise AuthorityClosed(target)
    return known.directory
