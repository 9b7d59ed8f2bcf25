"""Requests to one CA: signed or plain, with nonces, bounds, repeats and refusals seen to.

Everything that leaves for a CA passes here, so that here is where origins are checked, and where
each request is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import timedelta
from typing import Final

from everseal.acme.answer import json_of
from everseal.acme.exchange import Exchange, OnExchange, Resource
from everseal.acme.jws import compact_json, sign_flattened
from everseal.acme.nonces import NoncePool
from everseal.acme.pacing import Pacing
from everseal.acme.patience import NONCE_TRIES, Patience
from everseal.acme.problems import (
    AcmeError,
    BadAnswer,
    Problem,
    error_for,
    parse_problem,
    problem_without_document,
    with_context,
)
from everseal.acme.wire import (
    JOSE_JSON,
    JSON,
    JSON_LIMIT,
    MOST_REDIRECTS,
    Territory,
    links,
    media_type,
    parse_http_date,
    parse_nonce,
    parse_retry_after,
    resolve,
)
from everseal.model.clock import Clock, Random
from everseal.model.frozen import dataclass
from everseal.model.keys import Signer
from everseal.model.text import printable
from everseal.system.http import HttpFailure, HttpRequest, HttpResponse, TimedOut, Transport

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REFUSALS: Final[dict[Resource, str]] = {
    "directory": "the CA did not give its directory",
    "newNonce": "the CA did not give a nonce",
    "newAccount": "the CA refused the registration",
    "account": "the CA refused the request about the account",
    "keyChange": "the CA refused the new account key",
    "newOrder": "the CA refused the order",
    "order": "the CA did not show the order",
    "authorization": "the CA refused the request about an authorization",
    "challenge": "the CA refused the answer to a challenge",
    "finalize": "the CA refused to issue the certificate",
    "certificate": "the CA did not hand over the certificate",
    "revokeCert": "the CA refused to revoke the certificate",
    "renewalInfo": "the CA gave no renewal information",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs: an account by its URL, or a key that the CA may not know yet (RFC 8555 section 6.2)."""

    signer: Signer
    account_url: str | None = None

    def header(self) -> dict[str, object]:
        if self.account_url is not None:
            return {"kid": self.account_url}
        return {"jwk": dict(self.signer.public_jwk())}


@dataclass(frozen=True, slots=True)
class Posting:
    """A signed request; ``payload`` None is POST-as-GET.

    ``repeatable`` says that sending it twice is harmless, which decides what happens when the answer
    is lost.
    """

    resource: Resource
    url: str
    identity: Identity
    payload: object | None = None
    accept: str = JSON
    limit: int = JSON_LIMIT
    poll: bool = False
    repeatable: bool = True

    @property
    def body(self) -> bytes:
        return b"" if self.payload is None else compact_json(self.payload)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where requests may go and where nonces come from; known in full once the directory is read."""

    territory: Territory
    new_nonce: str | None = None


@dataclass(slots=True)
class Session:
    """The exchange of requests with one CA; any number of threads use it at once.

    ``ground`` is replaced as a whole when the directory is read.  ``ahead`` is how far the CA's clock was
    ahead of ours at its latest answer (RFC 9110 section 6.6.1); GET does not count, a cache may answer it.
    ``silent`` says that it has stopped answering: until it does again each request is hurried, so that a
    thousand orders do not wait for it one after the other.
    """

    transport: Transport
    clock: Clock
    random: Random
    user_agent: str
    ground: Ground
    on_exchange: OnExchange
    pacing: Pacing
    nonces: NoncePool = field(init=False)
    ahead: timedelta | None = field(init=False, default=None)
    silent: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.nonces = NoncePool(self.clock)

    def get(self, resource: Resource, url: str, *, hurried: bool = False) -> HttpResponse:
        """A plain GET, following at most three redirects within the territory; ``hurried`` is not repeated.

        Raises AcmeError, HttpFailure, UnsafeUrl.
        """
        return self._persist(
            resource,
            url,
            lambda patience: self._get(resource, url, patience),
            patience=self._patience(hurried=hurried),
        )

    def post(self, posting: Posting) -> HttpResponse:
        """A signed request, sent with nonce after nonce until the CA takes one.

        Raises AcmeError, HttpFailure, UnsafeUrl.
        """
        return self._persist(
            posting.resource,
            posting.url,
            lambda patience: self._post(posting, patience),
            repeatable=posting.repeatable,
        )

    def greet(self) -> None:
        """Fetch a nonce for the next signed request, unless there is one."""
        nonce = self.nonces.take()
        self.nonces.put(nonce or self._new_nonce(self._patience(), retry=False))

    def retry_after(self, response: HttpResponse) -> float | None:
        """Seconds the CA asks to wait; a date is measured on the CA's own clock where it tells it."""
        theirs = parse_http_date(response.header("Date") or "")
        return parse_retry_after(response.header("Retry-After"), now=theirs or self.clock.now())

    def _persist(
        self,
        resource: Resource,
        url: str,
        send: Callable[[Patience], HttpResponse],
        *,
        repeatable: bool = True,
        patience: Patience | None = None,
    ) -> HttpResponse:
        patience = patience or self._patience()
        while True:
            delay: float | None
            error: AcmeError | HttpFailure
            try:
                response = send(patience)
            except HttpFailure as failure:
                delay, error = patience.after_failure(failure, repeatable=repeatable), failure
            else:
                if 200 <= response.status < 300:
                    return response
                error = self._refusal(response, resource, url)
                delay = patience.after_refusal(
                    error,
                    status=response.status,
                    retry_after=self.retry_after(response),
                    repeatable=repeatable,
                )
            if delay is None:
                self.silent = self.silent or _says_nothing(error, patience)
                raise error
            self.clock.sleep(delay)

    def _patience(self, *, hurried: bool = False) -> Patience:
        return Patience(self.random, hurried=hurried or self.silent)

    def _get(self, resource: Resource, url: str, patience: Patience) -> HttpResponse:
        target = url
        for hop in range(MOST_REDIRECTS + 1):
            request = self._request("GET", target, patience, accept=JSON)
            response = self._exchange(request, resource, retry=patience.has_repeated or hop > 0)
            location = response.header("Location")
            if response.status not in _REDIRECTS or location is None:
                return response
            target = resolve(target, location)
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects", context=_REFUSALS[resource], url=url)

    def _post(self, posting: Posting, patience: Patience) -> HttpResponse:
        """Once, as far as the CA's nonces let it; a nonce has to be had with the same patience."""
        retry = patience.has_repeated
        nonce = self.nonces.take()
        for tries in range(NONCE_TRIES):
            again = retry or tries > 0
            request = self._signed(posting, nonce or self._new_nonce(patience, retry=again), patience)
            response = self._exchange(request, posting.resource, poll=posting.poll, retry=again)
            fresh = response.header("Replay-Nonce")
            if not _is_bad_nonce(response):
                self.nonces.put(fresh)
                return response
            if tries > 0:  # one may be refused by itself; after a second the others are as old
                self.nonces.clear()
            nonce = parse_nonce(fresh)
        return response

    def _new_nonce(self, patience: Patience, *, retry: bool) -> str:
        url = self.ground.new_nonce
        if url is None:
            raise BadAnswer("its directory was not read", context=_REFUSALS["newNonce"])

        repeats = patience.repeats

        def ask(patience: Patience) -> HttpResponse:
            again = retry or patience.repeats > repeats
            request = self._request("HEAD", url, patience, accept=JSON)
            return self._exchange(request, "newNonce", retry=again)

        response = self._persist("newNonce", url, ask, patience=patience)
        nonce = parse_nonce(response.header("Replay-Nonce"))
        if nonce is None:
            raise BadAnswer("there is no Replay-Nonce", context=_REFUSALS["newNonce"], url=url)
        return nonce

    def _signed(self, posting: Posting, nonce: str, patience: Patience) -> HttpRequest:
        protected = {"nonce": nonce, "url": posting.url, **posting.identity.header()}
        body = compact_json(sign_flattened(posting.body, protected, posting.identity.signer))
        return self._request(
            "POST", posting.url, patience, accept=posting.accept, body=body, limit=posting.limit
        )

    def _request(
        self,
        method: str,
        url: str,
        patience: Patience,
        *,
        accept: str,
        body: bytes | None = None,
        limit: int = JSON_LIMIT,
    ) -> HttpRequest:
        headers = {"User-Agent": self.user_agent, "Accept": accept, "Accept-Language": "en"}
        if body is not None:
            headers["Content-Type"] = JOSE_JSON
        return HttpRequest(method, url, headers, body, limit, patience.request_seconds)

    def _exchange(
        self, request: HttpRequest, resource: Resource, *, poll: bool = False, retry: bool = False
    ) -> HttpResponse:
        self.ground.territory.admit(request.url, f"the resource {resource}")
        with self.pacing.turn(resource):
            return self._send(request, resource, poll=poll, retry=retry)

    def _send(self, request: HttpRequest, resource: Resource, *, poll: bool, retry: bool) -> HttpResponse:
        began = self.clock.monotonic()
        status = 0
        try:
            response = self.transport.send(request)
            status = response.status
            self.silent = False
            if request.method != "GET":
                self._compare_clocks(response)
            return response
        finally:
            seconds = self.clock.monotonic() - began
            self.on_exchange(Exchange(request.method, request.url, resource, status, poll, retry, seconds))

    def _compare_clocks(self, response: HttpResponse) -> None:
        theirs = parse_http_date(response.header("Date") or "")
        if theirs is not None:
            self.ahead = theirs - self.clock.now()

    def _refusal(self, response: HttpResponse, resource: Resource, url: str) -> AcmeError:
        if response.status in _REDIRECTS:
            where = printable(response.header("Location") or "nowhere", 200)
            return BadAnswer(f"it redirects to {where}", context=_REFUSALS[resource], url=url)
        link_headers = response.all("Link")
        problem = with_context(
            _problem(response),
            retry_after=self.retry_after(response),
            now=self.clock.now(),
            help_urls=links(link_headers, "help", base=url),
            terms_url=next(iter(links(link_headers, "terms-of-service", base=url)), None),
        )
        return error_for(problem, context=_REFUSALS[resource], url=url)


def _says_nothing(error: AcmeError | HttpFailure, patience: Patience) -> bool:
    """Whether the CA had all the time and repeats there are, and gave no answer."""
    if patience.is_hurried or not isinstance(error, HttpFailure):
        return False
    return patience.is_exhausted or isinstance(error, TimedOut)


def _problem(response: HttpResponse) -> Problem:
    value = json_of(response.body)
    if isinstance(value, dict):
        return parse_problem(value, status=response.status)
    return problem_without_document(response.status, media_type(response.header("Content-Type")))


def _is_bad_nonce(response: HttpResponse) -> bool:
    return response.status == 400 and _problem(response).type == "badNonce"
