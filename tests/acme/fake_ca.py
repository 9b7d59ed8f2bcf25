"""A CA in memory that answers as a test tells it to, and a clock and a source of chance that stand still."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from everseal.acme.client import Account, Client
from everseal.acme.exchange import Exchange
from everseal.acme.jws import unb64url
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from everseal.system.http import HttpFailure, HttpRequest, HttpResponse

ROOT = "https://ca.example"
DIRECTORY_URL = f"{ROOT}/directory"
DIRECTORY: dict[str, object] = {
    "newNonce": f"{ROOT}/nonce",
    "newAccount": f"{ROOT}/new-account",
    "newOrder": f"{ROOT}/new-order",
    "revokeCert": f"{ROOT}/revoke",
    "keyChange": f"{ROOT}/key-change",
    "renewalInfo": f"{ROOT}/ari",
    "x-random": "https://letsencrypt.example/why",
    "meta": {
        "termsOfService": f"{ROOT}/terms",
        "profiles": {"classic": "ninety days", "short": "six days"},
        "caaIdentities": ["ca.example"],
    },
}
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ACCOUNT_URL = f"{ROOT}/account/1"
ORDER_URL = f"{ROOT}/order/1"

Reply = HttpResponse | HttpFailure | Callable[[HttpRequest], HttpResponse]


class FakeClock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.passed += seconds


class HighRandom:
    """Always the upper end."""

    def uniform(self, low: float, high: float) -> float:
        return high

    def token(self, size: int) -> bytes:
        return b"\0" * size


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the CA saw it; ``protected`` and ``payload`` are those of its JWS."""

    method: str
    url: str
    headers: Mapping[str, str]
    protected: dict[str, Any] = field(default_factory=dict)
    payload: Any = None
    raw_payload: str = ""

    @property
    def nonce(self) -> str:
        return str(self.protected["nonce"])


class FakeCa:
    """A transport that is the CA.  A URL's replies are given in turn, the last one again and again."""

    def __init__(self) -> None:
        self.routes: dict[str, list[Reply]] = {}
        self.sent: list[Sent] = []
        self.exchanges: list[Exchange] = []
        self.clock = FakeClock()
        self._nonces = map("nonce-{}".format, itertools.count(1))  # safe from several threads
        self.on(DIRECTORY_URL, reply(200, DIRECTORY))
        self.on(f"{ROOT}/nonce", reply(200))

    def on(self, url: str, *replies: Reply) -> None:
        self.routes[url] = list(replies)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(_read(request))
        replies = self.routes.get(request.url)
        if replies is None:
            return self._with_nonce(problem(404, "malformed", f"no {request.url} here"))
        answer = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(answer, HttpFailure):
            raise answer
        response = answer if isinstance(answer, HttpResponse) else answer(request)
        return response if request.method == "GET" else self._with_nonce(response)

    def client(self, **arguments: Any) -> Client:
        options: dict[str, Any] = {"user_agent": "everseal-test/1", "on_exchange": self.exchanges.append}
        return Client(
            DIRECTORY_URL, transport=self, clock=self.clock, random=HighRandom(), **(options | arguments)
        )

    @property
    def requests(self) -> list[str]:
        """``POST /new-order`` ..."""
        return [f"{one.method} {one.url.removeprefix(ROOT)}" for one in self.sent]

    def _with_nonce(self, response: HttpResponse) -> HttpResponse:
        if response.header("Replay-Nonce") is not None:
            return response
        headers = (*response.headers, ("Replay-Nonce", next(self._nonces)))
        return HttpResponse(response.status, headers, response.body)


def reply(status: int, body: object = None, /, **headers: str) -> HttpResponse:
    """A response with JSON, or with bytes as they are; ``Retry_After="3"`` makes the header."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if isinstance(body, bytes):
        return HttpResponse(status, tuple(named), body)
    content = b"" if body is None else json.dumps(body).encode()
    kind = "application/problem+json" if status >= 400 else "application/json"
    return HttpResponse(status, (("Content-Type", kind), *named), content)


def problem(status: int, kind: str, detail: str = "because", /, **headers: str) -> HttpResponse:
    """A problem document of one of ACME's types."""
    return reply(
        status,
        {"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail, "status": status},
        **headers,
    )


def order_json(status: object = "pending", **more: object) -> dict[str, object]:
    """An order for www.example.com."""
    return {
        "status": status,
        "identifiers": [{"type": "dns", "value": "www.example.com"}],
        "authorizations": [f"{ROOT}/authz/1"],
        "finalize": f"{ROOT}/finalize/1",
        **more,
    }


def account(key: PrivateKey | None = None) -> Account:
    """An account at the fake CA."""
    return Account(ACCOUNT_URL, key or PrivateKey.generate(EcdsaKind()))


def _read(request: HttpRequest) -> Sent:
    if request.body is None:
        return Sent(request.method, request.url, request.headers)
    jws = cast("dict[str, str]", json.loads(request.body))
    payload = unb64url(jws["payload"])
    return Sent(
        request.method,
        request.url,
        request.headers,
        json.loads(unb64url(jws["protected"])),
        json.loads(payload) if payload else None,
        jws["payload"],
    )
