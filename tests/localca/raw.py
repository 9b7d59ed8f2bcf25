"""A bare ACME client that can do everything wrong, and a web server that proves names."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from everseal.acme.jws import b64url, sign_flattened, thumbprint
from everseal.model.keys import EcdsaKind
from everseal.model.names import Identifier, parse_identifier
from everseal.model.private_key import PrivateKey
from everseal.system.httpd import HttpServer, ServerRequest, ServerResponse

if TYPE_CHECKING:
    from types import TracebackType


class MovableClock:
    """The machine's clock, moved by hand; sleeping moves it instead of waiting."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def links(self, relation: str) -> list[str]:
        """The URLs of all Link headers with this relation."""
        values = [value for key, value in self.headers if key.lower() == "link"]
        return [value[1 : value.index(">")] for value in values if f'rel="{relation}"' in value]

    @property
    def problem(self) -> str:
        """The type of a problem document without its prefix."""
        assert self.header("Content-Type") == "application/problem+json", self.body
        assert self.json()["status"] == self.status
        return str(self.json()["type"]).removeprefix("urn:ietf:params:acme:error:")


class Responder:
    """Serves key authorizations; ``pages`` by path, and every other path by ``fallback``."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.fallback: Callable[[ServerRequest], ServerResponse] = lambda _request: ServerResponse(404)
        self.requests: list[ServerRequest] = []
        self.server = HttpServer(self._handle)

    @property
    def port(self) -> int:
        return self.server.port

    def _handle(self, request: ServerRequest) -> ServerResponse:
        self.requests.append(request)
        page = self.pages.get(request.path)
        return ServerResponse(200, page) if page is not None else self.fallback(request)

    def __enter__(self) -> Responder:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()


@dataclass
class RawClient:
    """Signs as told; ``register`` and ``obtain`` are the usual way through."""

    directory_url: str
    key: PrivateKey = field(default_factory=lambda: PrivateKey.generate(EcdsaKind()))
    kid: str | None = None
    nonce: str | None = None

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.directory_url).netloc, timeout=20)
        self.urls: dict[str, Any] = self.get(self.directory_url).json()

    def close(self) -> None:
        self._connection.close()

    def request(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request(method, target, body or None, dict(headers or {}))
        answer = self._connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        if nonce := reply.header("Replay-Nonce"):
            self.nonce = nonce
        return reply

    def get(self, url: str) -> Reply:
        return self.request("GET", url)

    def take_nonce(self) -> str:
        if self.nonce is None:
            self.request("HEAD", str(self.urls["newNonce"]))
        nonce, self.nonce = self.nonce, None
        assert nonce is not None
        return nonce

    def protected(self, url: str) -> dict[str, object]:
        """A correct header; by account if there is one."""
        identity: dict[str, object] = {"kid": self.kid} if self.kid else {"jwk": self.key.public_jwk()}
        return {"nonce": self.take_nonce(), "url": url, **identity}

    def post(
        self,
        url: str,
        payload: object = None,
        *,
        header: Mapping[str, object] | None = None,
        signer: PrivateKey | None = None,
        media_type: str = "application/jose+json",
    ) -> Reply:
        """Without ``payload`` it is POST-as-GET; ``header`` replaces members of the right one (None: out)."""
        protected = {**self.protected(url), **(header or {})}
        protected = {name: value for name, value in protected.items() if value is not None}
        data = b"" if payload is None else json.dumps(payload).encode()
        signed = sign_flattened(data, protected, signer or self.key)
        return self.request("POST", url, json.dumps(signed).encode(), {"Content-Type": media_type})

    def register(self, **members: object) -> Reply:
        reply = self.post(str(self.urls["newAccount"]), {"termsOfServiceAgreed": True, **members})
        if reply.status in (200, 201):
            self.kid = reply.header("Location")
        return reply

    def order(self, *names: str, **members: object) -> Reply:
        identifiers = [_identifier_json(parse_identifier(name)) for name in names]
        return self.post(str(self.urls["newOrder"]), {"identifiers": identifiers, **members})

    def key_authorization(self, token: str) -> str:
        return f"{token}.{thumbprint(self.key.public_jwk())}"

    def challenge(self, authorization_url: str, kind: str = "http-01") -> dict[str, Any]:
        challenges = self.post(authorization_url).json()["challenges"]
        return next(one for one in challenges if one["type"] == kind)

    def prove(self, order: Reply, responder: Responder) -> None:
        """Answer every authorization by http-01 and wait for the verdicts."""
        for url in order.json()["authorizations"]:
            challenge = self.challenge(url)
            path = f"/.well-known/acme-challenge/{challenge['token']}"
            responder.pages[path] = self.key_authorization(challenge["token"]).encode()
            self.post(challenge["url"], {})
            self.wait(url, "pending")

    def wait(self, url: str, *while_status: str) -> dict[str, Any]:
        """Read the resource until its status is another one."""
        for _ in range(2000):
            resource = self.post(url).json()
            if resource["status"] not in while_status:
                return resource
            time.sleep(0.002)
        raise AssertionError(f"{url} stays {while_status}")

    def finalize(
        self,
        order: Reply,
        key: PrivateKey | None = None,
        names: Sequence[str] = (),
        *,
        csr: bytes | None = None,
    ) -> Reply:
        body = order.json()
        wanted = [parse_identifier(name) for name in names]
        wanted = wanted or [parse_identifier(one["value"]) for one in body["identifiers"]]
        der = csr if csr is not None else (key or PrivateKey.generate(EcdsaKind())).csr(wanted)
        return self.post(body["finalize"], {"csr": b64url(der)})

    def obtain(
        self, responder: Responder, *names: str, key: PrivateKey | None = None, **members: object
    ) -> Reply:
        """From order to certificate; the reply to the download."""
        if self.kid is None:
            self.register()
        order = self.order(*names, **members)
        assert order.status == 201, order.body
        self.prove(order, responder)
        assert self.finalize(order, key).status == 200
        done = self.wait(str(order.header("Location")), "processing")
        assert done["status"] == "valid", done
        return self.post(done["certificate"])


def _identifier_json(identifier: Identifier) -> dict[str, str]:
    return {"type": identifier.type, "value": identifier.value}
