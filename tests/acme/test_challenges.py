"""Key authorizations and their renderings, with vectors computed by hand from RFC 7638 and RFC 8555."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from josepy.jwk import JWKEC

from everseal.acme.challenges import Challenge, NotPresentable, Presentation, key_authorization
from everseal.acme.states import ChallengeStatus
from everseal.model.errors import OperatorError
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName, IpAddress
from everseal.model.private_key import PrivateKey

KEY = PrivateKey.generate(EcdsaKind())
# The token of RFC 8555 section 8.3.
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
ED25519 = PrivateKey.from_jwk(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
)


def challenge(kind: str, token: str | None = TOKEN) -> Challenge:
    return Challenge(kind, "https://ca.example/challenge/1", ChallengeStatus.PENDING, token)


def test_a_key_authorization_ends_in_the_thumbprint_of_rfc_8037() -> None:
    assert key_authorization(TOKEN, ED25519) == f"{TOKEN}.kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_authorization_is_that_of_josepy() -> None:
    thumbprint = base64.urlsafe_b64encode(JWKEC.load(KEY.to_pem()).thumbprint()).decode().rstrip("=")
    assert key_authorization(TOKEN, KEY) == f"{TOKEN}.{thumbprint}"


def test_http_01() -> None:
    shown = Presentation.of(challenge("http-01"), DnsName("www.example.com"), KEY)
    assert shown.http_path == f"/.well-known/acme-challenge/{TOKEN}"
    assert shown.key_authorization == key_authorization(TOKEN, KEY)


@pytest.mark.parametrize("wildcard", [False, True])
def test_dns_01(wildcard: bool) -> None:
    shown = Presentation.of(challenge("dns-01"), DnsName("example.com"), ED25519, wildcard=wildcard)
    digest = hashlib.sha256(key_authorization(TOKEN, ED25519).encode()).digest()
    assert shown.dns_name == "_acme-challenge.example.com"
    assert shown.dns_value == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(shown.dns_value) == 43
    assert shown.wildcard is wildcard


def test_a_wildcard_is_proved_at_its_base_name() -> None:
    shown = Presentation.of(challenge("dns-01"), DnsName("*.example.com"), KEY, wildcard=True)
    assert shown.identifier == DnsName("example.com")
    assert shown.dns_name == "_acme-challenge.example.com"


@pytest.mark.parametrize(
    ("identifier", "server_name"),
    [
        (DnsName("www.example.com"), "www.example.com"),
        (IpAddress("192.0.2.7"), "7.2.0.192.in-addr.arpa"),
        (
            IpAddress("2001:db8::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        ),
    ],
)
def test_tls_alpn_01(identifier: DnsName | IpAddress, server_name: str) -> None:
    """RFC 8737 section 3 and RFC 8738 section 6."""
    shown = Presentation.of(challenge("tls-alpn-01"), identifier, KEY)
    assert shown.server_name == server_name
    assert shown.alpn_digest == hashlib.sha256(shown.key_authorization.encode()).digest()


@pytest.mark.parametrize("bad", [challenge("dns-persist-01"), challenge("http-01", None)])
def test_what_cannot_be_presented(bad: Challenge) -> None:
    with pytest.raises(NotPresentable):
        Presentation.of(bad, DnsName("example.com"), KEY)


@given(
    st.sampled_from(["http-01", "dns-01", "tls-alpn-01"]),
    st.sampled_from([DnsName("a.example"), IpAddress("192.0.2.7"), IpAddress("2001:db8::1")]),
    st.booleans(),
)
def test_a_journal_keeps_it(kind: str, identifier: DnsName | IpAddress, wildcard: bool) -> None:
    shown = Presentation.of(challenge(kind), identifier, KEY, wildcard=wildcard)
    assert Presentation.from_json(json.loads(json.dumps(shown.as_json()))) == shown


GOOD = Presentation.of(challenge("http-01"), DnsName("a.example"), KEY).as_json()


@pytest.mark.parametrize(
    "change",
    [
        {"identifier": "a.example"},
        {"identifier": {"type": "dns", "value": "../x"}},
        {"identifier": {"type": "ip", "value": "a.example"}},
        {"token": "../../etc/cron.d/x"},
        {"token": None},
        {"keyAuthorization": None},
        {"keyAuthorization": "other.thumbprint"},
        {"keyAuthorization": f"{TOKEN}.ä"},
        {"type": "dns-persist-01"},
    ],
)
def test_a_damaged_record(change: dict[str, object]) -> None:
    with pytest.raises(NotPresentable):
        Presentation.from_json({**GOOD, **change})


@given(st.dictionaries(st.sampled_from([*GOOD, "x"]), st.none() | st.text(max_size=9) | st.integers()))
def test_any_record_is_read_or_refused(members: dict[str, object]) -> None:
    try:
        Presentation.from_json({**GOOD, **members})
    except OperatorError:
        return
