"""The CA's directory: where its resources are and what it offers (RFC 8555 section 7.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

from everseal.acme.answer import Answer, json_of
from everseal.acme.problems import BadAnswer
from everseal.acme.wire import UnsafeUrl, media_type, origin_of
from everseal.model.frozen import dataclass
from everseal.model.text import printable

if TYPE_CHECKING:
    from everseal.acme.wire import Territory
    from everseal.system.http import HttpResponse

_REQUIRED: Final = ("newNonce", "newAccount", "newOrder")
_OPTIONAL: Final = ("newAuthz", "revokeCert", "keyChange", "renewalInfo")
_MOST_PROFILES: Final = 200


class NotAnAcmeDirectory(BadAnswer):
    """The URL leads to something else than an ACME directory."""

    def __init__(self, url: str, got: str) -> None:
        super().__init__(
            f"got {got}",
            context="not an ACME directory",
            url=url,
            remedy="check the CA's directory URL (--server); the CA's documentation names it",
        )
        self.message = f"not an ACME directory at {printable(url, 500)}, got {printable(got, 300)}"


class Unsupported(BadAnswer):
    """The CA has no such resource."""

    def __init__(self, resource: str, directory_url: str) -> None:
        super().__init__(
            f"its directory has no {resource}",
            context=f"the CA at {printable(directory_url, 500)} does not offer that",
            url=directory_url,
            remedy="ask another CA, or do without",
        )


@dataclass(frozen=True, slots=True)
class Meta:
    """What the CA says of itself.  ``profiles`` maps names to a text or URL that explains them."""

    terms_of_service: str | None = None
    website: str | None = None
    caa_identities: tuple[str, ...] = ()
    external_account_required: bool = False
    profiles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory.  ``json`` is what the CA sent, fit to be remembered on disk and parsed again."""

    url: str
    resources: Mapping[str, str]
    meta: Meta
    json: Mapping[str, object] = field(repr=False)

    @property
    def renewal_info(self) -> str | None:
        """Where renewal information is (RFC 9773), or None."""
        return self.resources.get("renewalInfo")

    def resource(self, name: str) -> str:
        """The URL of a resource; raises Unsupported."""
        url = self.resources.get(name)
        if url is None:
            raise Unsupported(name, self.url)
        return url


def read_directory(response: HttpResponse, url: str, territory: Territory) -> Directory:
    """The directory in a 200 response; raises NotAnAcmeDirectory, or UnsafeUrl for http URLs in it."""
    value = json_of(response.body)
    if not isinstance(value, dict):
        kind = media_type(response.header("Content-Type")) or "nothing"
        is_json = kind in {"application/json", "application/problem+json"}
        got = f"{kind} that is no JSON object" if is_json else printable(kind, 100)
        raise NotAnAcmeDirectory(url, got)
    return parse_directory(value, url, territory)


def parse_directory(members: Mapping[str, object], url: str, territory: Territory) -> Directory:
    """A directory out of its JSON; raises NotAnAcmeDirectory, or UnsafeUrl for http URLs in it."""
    answer = Answer(members, f"not an ACME directory at {url}", url)
    missing = [name for name in _REQUIRED if answer.optional_text(name) is None]
    if missing:
        raise NotAnAcmeDirectory(url, f"JSON without {', '.join(missing)}")
    known = [name for name in (*_REQUIRED, *_OPTIONAL) if answer.optional_text(name) is not None]
    resources = {name: answer.text(name) for name in known}
    wider = territory.extended(_well_formed(resources.values(), url))
    for name, resource in resources.items():
        wider.admit(resource, name)
    return Directory(url, resources, _meta(answer), dict(members))


def _well_formed(urls: Iterable[str], directory_url: str) -> list[str]:
    checked = list(urls)
    for url in checked:
        try:
            origin_of(url)
        except UnsafeUrl:
            raise NotAnAcmeDirectory(directory_url, f"JSON with {url!r} where a URL should be") from None
    return checked


def _meta(answer: Answer) -> Meta:
    if not isinstance(answer.members.get("meta"), dict):
        return Meta()
    meta = answer.child("meta")
    return Meta(
        terms_of_service=_shown(meta.optional_text("termsOfService")),
        website=_shown(meta.optional_text("website")),
        caa_identities=meta.texts("caaIdentities"),
        external_account_required=meta.flag("externalAccountRequired"),
        profiles=_profiles(meta.members.get("profiles")),
    )


def _profiles(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    named = [(name, text) for name, text in value.items() if isinstance(name, str)]
    return {
        printable(name, 100): printable(text, 500) if isinstance(text, str) else ""
        for name, text in named[:_MOST_PROFILES]
    }


def _shown(text: str | None) -> str | None:
    return None if text is None else printable(text, 2048)
