"""What the options about fallbacks mean: names become URLs, and what makes no sense is refused."""

from __future__ import annotations

from everseal.model.errors import OperatorError
from everseal.settings.authorities import KNOWN, directory_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from everseal.settings.values import Settings

TROUBLES: Final = ("down", "limits", "refusal")
NONE: Final = "none"


class BadFallback(OperatorError):
    """An option about fallbacks that makes no sense."""


def settle_fallbacks(settings: Settings) -> Settings:
    """The settings with every fallback as a URL in ``fallback_server``.  Raises BadFallback."""
    said = settings.items("fallback_server")
    if said != (NONE,):
        said = (*said, *settings.items("fallback_ca"))
    fallback_on(settings)
    if not said:
        return settings
    dest = "fallback_server" if settings.is_set("fallback_server") else "fallback_ca"
    urls = () if said == (NONE,) else tuple(dict.fromkeys(_url(each) for each in said))
    settled = settings.with_values({"fallback_server": urls}, settings.source(dest))
    bindings(settled)
    return settled


def fallback_on(settings: Settings) -> tuple[str, ...]:
    """The troubles after which the next CA is asked.  Raises BadFallback."""
    said = [each.strip().lower() for each in settings.required("fallback_on").split(",") if each.strip()]
    for each in said:
        if each not in TROUBLES:
            raise BadFallback(
                f"--fallback-on knows no {each!r}", remedy=f"choose from {', '.join(TROUBLES)}, by commas"
            )
    return tuple(each for each in TROUBLES if each in said)


def bindings(settings: Settings) -> Mapping[str, tuple[str, str]]:
    """Key identifier and key for external account binding at fallbacks, by their URLs.

    Raises BadFallback.
    """
    kids, keys = _by_server(settings, "fallback_eab_kid"), _by_server(settings, "fallback_eab_hmac_key")
    for server in kids.keys() ^ keys.keys():
        raise BadFallback(
            f"half of the external account binding for {server} is missing",
            remedy="give both --fallback-eab-kid and --fallback-eab-hmac-key",
        )
    return {server: (kid, keys[server]) for server, kid in kids.items()}


def _by_server(settings: Settings, dest: str) -> Mapping[str, str]:
    """``NAME=VALUE``, or the value alone where there is only one fallback."""
    fallbacks = settings.items("fallback_server")
    found: dict[str, str] = {}
    for said in settings.items(dest):
        name, sign, value = said.partition("=")
        url = _known(name, fallbacks) if sign else None
        if url is None and len(fallbacks) != 1:
            flag = "--" + dest.replace("_", "-")
            raise BadFallback(
                f"{flag} does not say which fallback it is for", remedy=f"write it as {flag} NAME=VALUE"
            )
        found[url or fallbacks[0]] = said if url is None else value
    return found


def _known(name: str, fallbacks: Sequence[str]) -> str | None:
    url = dict(KNOWN).get(name, name)
    return url if url in fallbacks else None


def _url(said: str) -> str:
    if "://" in said:
        return said
    try:
        return directory_of(said)
    except KeyError:
        raise BadFallback(
            f"{said!r} is no authority that Everseal knows by name",
            remedy="see the names with `ca list`, or give its directory's URL with --fallback-server",
        ) from None
