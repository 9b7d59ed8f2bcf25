"""What an operator does about each type of problem a CA reports (RFC 8555 section 6.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_REMEDIES: Final[Mapping[str, str]] = {
    "accountDoesNotExist": "check that --server and --account are the right ones; `register` opens one",
    "alreadyReplaced": "nothing: the certificate has a successor already",
    "alreadyRevoked": "nothing: the certificate is revoked already",
    "badCSR": "check the names and the key type; some CAs take only RSA 2048 to 4096, P-256 and P-384",
    "badNonce": "try again in a minute",
    "badPublicKey": "use another key: RSA of 2048 to 4096 bits, P-256 or P-384",
    "badRevocationReason": "give another --reason, or none",
    "badSignatureAlgorithm": "use an account key of another type",
    "caa": "let the domain's CAA records allow this CA, or use a CA that they allow",
    "connection": "check that the name leads to this machine and that the port is open to the internet",
    "dns": "check that the name exists in the public DNS and that its name servers answer",
    "externalAccountRequired": (
        "get a key identifier and an HMAC key from the CA and give --eab-kid and --eab-hmac-key"
    ),
    "incorrectResponse": "check that the name leads to this machine and to nothing in front of it",
    "invalidContact": "give another address with --email, or none",
    "unsupportedContact": "give an e-mail address with --email, or none",
    "invalidProfile": "choose a profile that the CA offers, or none",
    "malformed": "check that the request fits this CA; if it does, report it as a bug",
    "orderNotReady": "try again in a minute",
    "rateLimited": "wait before asking again; staging CAs have wider limits for trials",
    "rejectedIdentifier": "leave the refused name out, or ask another CA",
    "serverInternal": "try again later; the trouble is the CA's own",
    "tls": "check the TLS settings of the server that the name leads to",
    "unauthorized": "check that the account is the right one and that the name leads to this machine",
    "unsupportedIdentifier": "ask another CA; this one does not issue for such identifiers",
    "userActionRequired": (
        "do what the CA asks for, then run the same command again; nothing is agreed to for you"
    ),
    "agreementRequired": "read the CA's terms of service and agree to them with --agree-tos",
}
_OTHER_REMEDY: Final = "try again later, or ask the CA"


def remedy_for(types: Iterable[str]) -> str:
    """The remedy of the first type that has one."""
    return next((_REMEDIES[kind] for kind in types if kind in _REMEDIES), _OTHER_REMEDY)
