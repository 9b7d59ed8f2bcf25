"""Opening signed requests: the rules of RFC 8555 section 6 about content type, JWS, nonce and URL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from everseal.acme import jws
from everseal.localca.csr import check_key, spki_hash
from everseal.localca.links import locate_url
from everseal.localca.records import Account
from everseal.localca.refusal import Refusal
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.acme.jws import PublicKey
    from everseal.localca.csr import SubjectKey
    from everseal.localca.ledger import Ledger
    from everseal.localca.nonces import Nonces
    from everseal.system.httpd import ServerRequest

Jwk = Mapping[str, str]
KeyRule = Literal["jwk", "kid", "either"]
MEDIA_TYPE: Final = "application/jose+json"
ALGORITHMS: Final = ("ES256", "ES384", "ES512", "EdDSA", "RS256")
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A request whose signature is good: by an account (``kid``), or by a bare key (``jwk``)."""

    jwk: Jwk
    account: Account | None
    payload: bytes

    @property
    def is_read(self) -> bool:
        """POST-as-GET: the payload is the empty string (RFC 8555 section 6.3)."""
        return not self.payload

    def object(self) -> dict[str, Any]:
        """The payload as a JSON object; raises Refusal."""
        return json_object(self.payload, "the payload")


class Gatekeeper:
    """Opens requests and refuses those that break a rule; every rule raises Refusal."""

    def __init__(self, ledger: Ledger, nonces: Nonces) -> None:
        self._ledger = ledger
        self._nonces = nonces

    def open(self, request: ServerRequest, base: str, rule: KeyRule, *, reject_nonce: bool = False) -> Opened:
        """``base`` is the scheme and authority under which the client reached the server."""
        _check_headers(request)
        flattened = json_object(request.body, "the request")
        protected = read_protected(flattened)
        jwk, account = self._key(protected, base, rule)
        payload = verify(flattened, jwk)
        nonce = protected.get("nonce")
        if not isinstance(nonce, str) or not self._nonces.redeem(nonce) or reject_nonce:
            raise Refusal("badNonce", "the nonce is unknown, used or too old")
        if protected.get("url") != base + request.target:
            raise Refusal("unauthorized", "the url in the signature is not the URL of the request", 401)
        if account and account.status != "valid":
            raise Refusal("unauthorized", f"the account is {account.status}", 401)
        return Opened(jwk, account, payload)

    def account_at(self, url: object, base: str) -> Account:
        """The account with this URL; raises Refusal."""
        route = locate_url(url, base) if isinstance(url, str) else None
        account = None
        if route and route.resource == "account":
            account = self._ledger.get(Account, route.arguments[0])
        if account is None:
            raise Refusal("accountDoesNotExist", "there is no account with this URL")
        return account

    def check_account_key(self, jwk: Jwk) -> None:
        """Raises Refusal for a key that is weak or was compromised."""
        key = public_key(jwk)
        if jwk.get("kty") == "OKP":
            return
        check_key(key, "badPublicKey")
        if self._ledger.is_blocked(spki_hash(key)):
            raise Refusal("badPublicKey", "the key is blocked, since it was compromised")

    def check_certificate_key(self, key: SubjectKey, account_jwk: Jwk) -> None:
        """Raises Refusal for a blocked key and for the account's own."""
        spki = spki_hash(key)
        if self._ledger.is_blocked(spki):
            raise Refusal("badCSR", "the key is blocked, since it was compromised")
        if spki == spki_hash(public_key(account_jwk)):
            raise Refusal("badCSR", "the key of the certificate request is the account key")

    def _key(self, protected: Mapping[str, object], base: str, rule: KeyRule) -> tuple[Jwk, Account | None]:
        has_jwk, has_kid = "jwk" in protected, "kid" in protected
        if has_jwk == has_kid:
            raise Refusal("malformed", "the protected header needs exactly one of jwk and kid")
        if has_kid and rule == "jwk":
            raise Refusal("malformed", "this resource wants the key itself (jwk), not an account (kid)")
        if has_jwk and rule == "kid":
            raise Refusal("malformed", "this resource wants an account (kid), not a key (jwk)")
        if has_kid:
            account = self.account_at(protected["kid"], base)
            return account.jwk, account
        return public_jwk(protected["jwk"]), None


def read_protected(flattened: Mapping[str, object]) -> dict[str, object]:
    """The protected header, before anything is verified; raises Refusal."""
    try:
        protected = jws.read_flattened(flattened)[0]
    except jws.BadJws as error:
        raise Refusal("malformed", error.message) from None
    if protected.get("alg") not in ALGORITHMS:
        raise Refusal(
            "badSignatureAlgorithm",
            f"the signature algorithm is not one of {', '.join(ALGORITHMS)}",
            members={"algorithms": list(ALGORITHMS)},
        )
    return protected


def verify(flattened: Mapping[str, object], jwk: Jwk) -> bytes:
    """The payload; raises Refusal when the signature is not by this key."""
    try:
        return jws.verify_flattened(flattened, jwk)[1]
    except jws.BadJws as error:
        raise Refusal("malformed", error.message) from None


def public_jwk(value: object) -> Jwk:
    """A JWK with only strings and no private part; raises Refusal."""
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise Refusal("malformed", "the jwk is not an object of strings")
    if _PRIVATE & set(value):
        raise Refusal("malformed", "the jwk holds a private key, which must never be sent")
    public_key(value)
    return value


def public_key(jwk: Jwk) -> PublicKey:
    """Raises Refusal for what is no public key."""
    try:
        return jws.public_key_from_jwk(jwk)
    except jws.BadJws as error:
        raise Refusal("badPublicKey", f"the key cannot be used: {error.why}") from None


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """Raises Refusal."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal("malformed", f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise Refusal("malformed", f"{what} is not a JSON object")
    return value


def _check_headers(request: ServerRequest) -> None:
    if request.headers.get("content-type") != MEDIA_TYPE:
        raise Refusal("malformed", f"the content type must be {MEDIA_TYPE}", 415)
    if "replay-nonce" in request.headers:
        raise Refusal("malformed", "Replay-Nonce is a header of responses only")
