"""The verbs against a CA in memory: what is sent, what is made of the answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from everseal.acme.accounts import KeyInUse
from everseal.acme.challenges import Challenge
from everseal.acme.directory import Unsupported
from everseal.acme.eab import BadEab, ExternalAccountBinding
from everseal.acme.jws import b64url, unb64url, verify_flattened, verify_hmac
from everseal.acme.polling import IssuanceTimeout
from everseal.acme.problems import (
    AlreadyRevoked,
    BadAnswer,
    Caa,
    Compound,
    ConnectionProblem,
    InvalidProfile,
    Malformed,
    OrderNotReady,
    RejectedIdentifier,
    ServerInternal,
    Unauthorized,
)
from everseal.acme.states import AccountStatus, AuthorizationStatus, ChallengeStatus, OrderStatus
from everseal.acme.wire import BadToken
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName, IpAddress
from everseal.model.private_key import PrivateKey
from everseal.system.http import ConnectionBroken, ConnectionRefused, HttpRequest, HttpResponse
from tests.acme.certificates import make_chain
from tests.acme.fake_ca import (
    ACCOUNT_URL,
    DIRECTORY,
    DIRECTORY_URL,
    ORDER_URL,
    ROOT,
    FakeCa,
    account,
    order_json,
    problem,
    reply,
)

KEY = PrivateKey.generate(EcdsaKind())
OTHER = PrivateKey.generate(EcdsaKind("secp384r1"))
WWW = DnsName("www.example.com")
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
BROKEN = ConnectionBroken("ca.example", "reset")
NEW_ORDER = f"{ROOT}/new-order"
FINALIZE = f"{ROOT}/finalize/1"
CERTIFICATE = f"{ROOT}/certificate/1"
AUTHORIZATION = f"{ROOT}/authz/1"
CHALLENGE = f"{ROOT}/challenge/1"


@pytest.fixture
def ca() -> FakeCa:
    return FakeCa()


class TestDirectory:
    def test_unknown_members_are_ignored_and_the_json_is_kept(self, ca: FakeCa) -> None:
        directory = ca.client().directory()
        assert directory.json == DIRECTORY
        assert "x-random" not in directory.resources
        assert directory.meta.terms_of_service == f"{ROOT}/terms"
        assert directory.meta.profiles == {"classic": "ninety days", "short": "six days"}
        assert directory.meta.caa_identities == ("ca.example",)
        assert directory.renewal_info == f"{ROOT}/ari"
        assert not directory.meta.external_account_required

    @pytest.mark.parametrize(
        "meta", [None, [], {"profiles": []}, {"profiles": {"a": 1}}, {"termsOfService": 5}]
    )
    def test_odd_meta_is_passed_over(self, ca: FakeCa, meta: object) -> None:
        ca.on(DIRECTORY_URL, reply(200, {**DIRECTORY, "meta": meta}))
        assert ca.client().directory().meta.terms_of_service is None

    def test_a_remembered_one_saves_the_request(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, reply(201, order_json(), Location=ORDER_URL))
        ca.client(remembered=DIRECTORY).new_order(account(), [WWW])
        assert ca.requests == ["HEAD /nonce", "POST /new-order"]

    @pytest.mark.parametrize("remembered", [{}, {**DIRECTORY, "newNonce": "http://ca.example/"}])
    def test_a_remembered_one_that_is_none_is_fetched(
        self, ca: FakeCa, remembered: dict[str, object]
    ) -> None:
        ca.client(remembered=remembered).directory()
        assert ca.requests == ["GET /directory"]

    def test_a_stale_one_is_fetched_again_and_the_request_repeated(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, reply(201, order_json(), Location=ORDER_URL))
        stale = {**DIRECTORY, "newNonce": f"{ROOT}/old-nonce", "newOrder": f"{ROOT}/old-order"}
        order = ca.client(remembered=stale).new_order(account(), [WWW])
        assert order.url == ORDER_URL
        assert ca.requests == ["HEAD /old-nonce", "GET /directory", "HEAD /nonce", "POST /new-order"]

    def test_a_stale_one_does_not_keep_an_old_order_from_being_read(self, ca: FakeCa) -> None:
        ca.on(ORDER_URL, reply(200, order_json()))
        stale = {**DIRECTORY, "newNonce": f"{ROOT}/old-nonce"}
        ca.client(remembered=stale).order(account(), ORDER_URL)
        assert ca.requests == ["HEAD /old-nonce", "GET /directory", "HEAD /nonce", "POST /order/1"]

    def test_a_surprise_that_the_directory_does_not_explain_is_raised(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, problem(400, "malformed", "no"))
        with pytest.raises(Malformed):
            ca.client(remembered=DIRECTORY).new_order(account(), [WWW])
        assert ca.requests == ["HEAD /nonce", "POST /new-order", "GET /directory"]

    @pytest.mark.parametrize(
        ("surprise", "error"),
        [
            (reply(200, {}), BadAnswer),
            (problem(404, "unauthorized"), Unauthorized),
            (ConnectionRefused("ca.example"), ConnectionRefused),
        ],
    )
    def test_a_surprise_elsewhere_is_raised_once_the_directory_is_seen_to_stand(
        self, ca: FakeCa, surprise: Any, error: type[Exception]
    ) -> None:
        ca.on(ORDER_URL, surprise)
        with pytest.raises(error):
            ca.client(remembered=DIRECTORY).order(account(), ORDER_URL)
        asked = isinstance(surprise, HttpResponse) and surprise.status == 200
        assert ca.requests.count("GET /directory") == (0 if asked else 1)

    def test_it_is_fetched_now_when_asked_for(self, ca: FakeCa) -> None:
        client = ca.client(remembered=DIRECTORY)
        assert client.directory_url == DIRECTORY_URL
        assert client.refresh_directory().json == DIRECTORY
        assert ca.requests == ["GET /directory"]

    def test_the_ca_s_own_trouble_is_told_as_such(self, ca: FakeCa) -> None:
        ca.on(DIRECTORY_URL, problem(503, "serverInternal", "maintenance"))
        with pytest.raises(ServerInternal, match="did not give its directory: serverInternal: maintenance"):
            ca.client().directory()

    def test_a_profile_that_the_ca_added_since(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, reply(201, order_json(profile="short"), Location=ORDER_URL))
        remembered = {**DIRECTORY, "meta": {"profiles": {"classic": "ninety days"}}}
        order = ca.client(remembered=remembered).new_order(account(), [WWW], profile="short")
        assert order.profile == "short"

    def test_a_refusal_is_no_surprise(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, problem(403, "rejectedIdentifier"))
        with pytest.raises(RejectedIdentifier):
            ca.client(remembered=DIRECTORY).new_order(account(), [WWW])
        assert "GET /directory" not in ca.requests

    def test_it_is_read_again_after_a_day(self, ca: FakeCa) -> None:
        client = ca.client()
        client.directory()
        ca.clock.sleep(90000)
        client.directory()
        assert ca.requests == ["GET /directory"] * 2

    def test_what_the_ca_does_not_offer(self, ca: FakeCa) -> None:
        ca.on(DIRECTORY_URL, reply(200, {k: v for k, v in DIRECTORY.items() if k != "keyChange"}))
        with pytest.raises(Unsupported, match="its directory has no keyChange"):
            ca.client().change_key(account(KEY), OTHER)


class TestAccounts:
    url = f"{ROOT}/new-account"

    def test_register(self, ca: FakeCa) -> None:
        answer = {"status": "valid", "contact": ["mailto:a@example.com"], "orders": f"{ROOT}/orders/1"}
        ca.on(self.url, reply(201, answer, Location=ACCOUNT_URL))
        made = ca.client().register(KEY, contacts=["a@example.com", "tel:+1"], terms_agreed=True)
        assert (made.url, made.signer, made.status) == (ACCOUNT_URL, KEY, AccountStatus.VALID)
        assert (made.contacts, made.orders_url) == (("mailto:a@example.com",), f"{ROOT}/orders/1")
        sent = ca.sent[-1]
        assert sent.payload == {"contact": ["mailto:a@example.com", "tel:+1"], "termsOfServiceAgreed": True}
        assert sent.protected["jwk"] == KEY.public_jwk()
        assert "kid" not in sent.protected

    @pytest.mark.parametrize("body", [None, {}, {"contact": "none"}])
    def test_a_sparse_answer_will_do(self, ca: FakeCa, body: object) -> None:
        ca.on(self.url, reply(200, body, Location="/account/1"))
        made = ca.client().register(KEY)
        assert (made.url, made.status) == (ACCOUNT_URL, AccountStatus.VALID)
        assert ca.sent[-1].payload == {}

    @pytest.mark.parametrize("headers", [{}, {"Location": "ftp://x"}])
    def test_an_answer_without_an_address(self, ca: FakeCa, headers: dict[str, str]) -> None:
        ca.on(self.url, reply(201, {"status": "valid"}, **headers))
        with pytest.raises(BadAnswer, match="Location"):
            ca.client().register(KEY)

    def test_find(self, ca: FakeCa) -> None:
        ca.on(self.url, reply(200, {"status": "valid"}, Location=ACCOUNT_URL))
        found = ca.client().find_account(KEY)
        assert found is not None
        assert found.url == ACCOUNT_URL
        assert ca.sent[-1].payload == {"onlyReturnExisting": True}
        ca.on(self.url, problem(400, "accountDoesNotExist"))
        assert ca.client().find_account(KEY) is None

    @pytest.mark.parametrize(
        ("verb", "payload"),
        [
            (lambda client, me: client.read_account(me), None),
            (
                lambda client, me: client.update_contacts(me, ["a@b.example"]),
                {"contact": ["mailto:a@b.example"]},
            ),
            (lambda client, me: client.update_contacts(me, []), {"contact": []}),
            (lambda client, me: client.deactivate_account(me), {"status": "deactivated"}),
        ],
    )
    def test_requests_about_it(self, ca: FakeCa, verb: Any, payload: object) -> None:
        ca.on(ACCOUNT_URL, reply(200, {"status": "deactivated", "termsOfServiceAgreed": True}))
        after = verb(ca.client(), account(KEY))
        assert (after.status, after.terms_agreed) == (AccountStatus.DEACTIVATED, True)
        assert ca.sent[-1].payload == payload

    def test_a_status_that_is_unknown(self, ca: FakeCa) -> None:
        ca.on(ACCOUNT_URL, reply(200, {"status": "frozen"}))
        with pytest.raises(BadAnswer, match="'frozen'"):
            ca.client().read_account(account())


class TestExternalAccountBinding:
    # RFC 8555 section 7.3.4 describes the inner JWS; the key is 32 octets in each form CAs show it in.
    secret = bytes(range(224, 256))

    @pytest.mark.parametrize("alg", ["HS256", "hs384", "HS512"])
    def test_the_inner_jws(self, ca: FakeCa, alg: str) -> None:
        ca.on(f"{ROOT}/new-account", reply(201, {"status": "valid"}, Location=ACCOUNT_URL))
        eab = ExternalAccountBinding.parse("kid-1", b64url(self.secret), alg)
        ca.client().register(KEY, eab=eab)
        inner = ca.sent[-1].payload["externalAccountBinding"]
        protected, payload = verify_hmac(inner, self.secret)
        assert protected == {"alg": alg.upper(), "kid": "kid-1", "url": f"{ROOT}/new-account"}
        assert json.loads(payload) == KEY.public_jwk()

    @pytest.mark.parametrize(
        "text",
        [
            "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8",
            "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8=",
            "4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8=",
            " 4OHi4+Tl5ufo6err7O3u\n7/Dx8vP09fb3+Pn6+/z9/v8 ",
        ],
    )
    def test_keys_in_every_base64(self, text: str) -> None:
        assert ExternalAccountBinding.parse("k", text).key == self.secret

    @pytest.mark.parametrize(
        ("kid", "key", "alg"),
        [
            ("", "AAAA", "HS256"),
            ("k", "", "HS256"),
            ("k", "%%", "HS256"),
            ("k", "A", "HS256"),
            ("k", "ä", "HS256"),
            ("k", "AAAA", "ES256"),
        ],
    )
    def test_what_is_no_binding(self, kid: str, key: str, alg: str) -> None:
        with pytest.raises(BadEab):
            ExternalAccountBinding.parse(kid, key, alg)

    def test_the_key_is_not_shown(self) -> None:
        assert b64url(self.secret) not in repr(ExternalAccountBinding("k", self.secret))
        assert str(self.secret) not in repr(ExternalAccountBinding("k", self.secret))


class TestKeyChange:
    url = f"{ROOT}/key-change"

    def test_inner_and_outer(self, ca: FakeCa) -> None:
        ca.on(self.url, reply(200))
        after = ca.client().change_key(account(KEY), OTHER)
        assert (after.url, after.signer) == (ACCOUNT_URL, OTHER)
        outer = ca.sent[-1]
        assert outer.protected["kid"] == ACCOUNT_URL
        protected, payload = verify_flattened(outer.payload, OTHER.public_jwk())
        assert protected == {"alg": "ES384", "jwk": OTHER.public_jwk(), "url": self.url}
        assert json.loads(payload) == {"account": ACCOUNT_URL, "oldKey": KEY.public_jwk()}

    def test_a_lost_answer_is_settled_by_asking_with_the_new_key(self, ca: FakeCa) -> None:
        ca.on(self.url, BROKEN)
        ca.on(f"{ROOT}/new-account", reply(200, {"status": "valid"}, Location=ACCOUNT_URL))
        assert ca.client().change_key(account(KEY), OTHER).signer == OTHER
        assert ca.requests.count("POST /key-change") == 1
        assert ca.sent[-1].protected["jwk"] == OTHER.public_jwk()

    @pytest.mark.parametrize("lost", [BROKEN, problem(500, "serverInternal")])
    def test_a_change_that_did_not_arrive(self, ca: FakeCa, lost: ConnectionBroken | HttpResponse) -> None:
        ca.on(self.url, lost)
        ca.on(f"{ROOT}/new-account", problem(400, "accountDoesNotExist"))
        with pytest.raises((ConnectionBroken, ServerInternal)):
            ca.client().change_key(account(KEY), OTHER)

    def test_a_refusal_is_not_probed(self, ca: FakeCa) -> None:
        ca.on(self.url, problem(403, "unauthorized"))
        with pytest.raises(Unauthorized):
            ca.client().change_key(account(KEY), OTHER)
        assert ca.requests[-1] == "POST /key-change"

    def test_a_key_of_another_account(self, ca: FakeCa) -> None:
        ca.on(self.url, problem(409, "malformed", Location=f"{ROOT}/account/2"))
        ca.on(f"{ROOT}/new-account", reply(200, {"status": "valid"}, Location=f"{ROOT}/account/2"))
        with pytest.raises(KeyInUse) as caught:
            ca.client().change_key(account(KEY), OTHER)
        assert caught.value.account_url == f"{ROOT}/account/2"


class TestNewOrder:
    def placed(self, ca: FakeCa, **more: Any) -> None:
        ca.on(NEW_ORDER, reply(201, order_json(**more), Location=ORDER_URL))

    def test_everything_that_can_be_asked_for(self, ca: FakeCa) -> None:
        names = [{"type": "dns", "value": "*.example.com"}, {"type": "ip", "value": "2001:db8::1"}]
        self.placed(ca, identifiers=names, profile="short", expires="2026-12-01T00:00:00Z", replaces="a.b")
        order = ca.client().new_order(
            account(),
            [DnsName("*.example.com"), IpAddress("2001:db8::1")],
            profile="short",
            replaces="a.b",
            not_before=datetime(2026, 11, 25, tzinfo=UTC),
            not_after=datetime(2026, 11, 26, tzinfo=UTC),
        )
        assert ca.sent[-1].payload == {
            "identifiers": names,
            "notBefore": "2026-11-25T00:00:00Z",
            "notAfter": "2026-11-26T00:00:00Z",
            "profile": "short",
            "replaces": "a.b",
        }
        assert (order.url, order.status, order.profile) == (ORDER_URL, OrderStatus.PENDING, "short")
        assert (order.replaces, order.expires) == ("a.b", datetime(2026, 12, 1, tzinfo=UTC))
        assert order.authorizations == (AUTHORIZATION,)

    def test_an_existing_one_is_taken_as_it_is(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, reply(200, order_json("ready", replaces=5), Location=ORDER_URL))
        order = ca.client().new_order(account(), [WWW])
        assert (order.status, order.replaces) == (OrderStatus.READY, None)

    @pytest.mark.parametrize(
        "refusal",
        [
            problem(409, "alreadyReplaced"),
            problem(409, "conflict"),
            problem(400, "malformed"),
            problem(403, "unauthorized"),
        ],
    )
    def test_a_refused_replacement_is_asked_for_once_without(self, ca: FakeCa, refusal: HttpResponse) -> None:
        ca.on(NEW_ORDER, refusal, reply(201, order_json(), Location=ORDER_URL))
        assert ca.client().new_order(account(), [WWW], replaces="a.b").replaces is None
        assert [one.payload.get("replaces") for one in ca.sent[-2:]] == ["a.b", None]

    def test_a_ca_that_stumbles_over_the_replacement_is_asked_once_without(self, ca: FakeCa) -> None:
        stumbling = [problem(500, "serverInternal", "no order for this serial number")] * 4
        ca.on(NEW_ORDER, *stumbling, reply(201, order_json(), Location=ORDER_URL))
        assert ca.client().new_order(account(), [WWW], replaces="a.b").replaces is None
        assert [one.payload.get("replaces") for one in ca.sent[-5:]] == ["a.b"] * 4 + [None]

    def test_other_refusals_stand(self, ca: FakeCa) -> None:
        ca.on(NEW_ORDER, problem(403, "rejectedIdentifier"))
        with pytest.raises(RejectedIdentifier):
            ca.client().new_order(account(), [WWW], replaces="a.b")
        ca.on(NEW_ORDER, problem(403, "unauthorized"))
        with pytest.raises(Unauthorized):
            ca.client().new_order(account(), [WWW])

    def test_nothing_is_replaced_at_a_ca_without_renewal_information(self, ca: FakeCa) -> None:
        ca.on(DIRECTORY_URL, reply(200, {k: v for k, v in DIRECTORY.items() if k != "renewalInfo"}))
        self.placed(ca)
        assert ca.client().new_order(account(), [WWW], replaces="a.b").replaces is None
        assert "replaces" not in ca.sent[-1].payload

    @pytest.mark.parametrize("remembered", [None, DIRECTORY])
    def test_a_profile_that_is_not_offered(self, ca: FakeCa, remembered: dict[str, object] | None) -> None:
        with pytest.raises(InvalidProfile, match=r"'tiny'.*it offers classic, short"):
            ca.client(remembered=remembered).new_order(account(), [WWW], profile="tiny")
        assert ca.requests == ["GET /directory"]

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "odd"},
            {"status": None},
            {"identifiers": None},
            {"identifiers": [{"type": "dns", "value": "other.example"}]},
            {"identifiers": [{"type": "dns", "value": "../x"}]},
            {"identifiers": [{"type": "mail", "value": "a@b"}]},
            {"identifiers": [7, {"type": "dns"}]},
            {"authorizations": "https://ca.example/"},
            {"authorizations": [5]},
            {"authorizations": ["x"]},
            {"authorizations": ["https://ca.example/a"] * 1001},
            {"identifiers": [{"type": "dns", "value": "www.example.com"}] * 1001},
            {"finalize": None},
            {"status": "valid"},
        ],
    )
    def test_an_answer_that_is_no_order(self, ca: FakeCa, change: dict[str, Any]) -> None:
        self.placed(ca, **change)
        with pytest.raises(BadAnswer, match="the CA's order cannot be used"):
            ca.client().new_order(account(), [WWW])


def authorization_json(*challenges: object, **more: object) -> dict[str, object]:
    return {
        "identifier": {"type": "dns", "value": "example.com"},
        "status": "pending",
        "challenges": list(challenges),
        **more,
    }


def challenge_json(kind: str = "http-01", **more: object) -> dict[str, object]:
    return {"type": kind, "url": CHALLENGE, "status": "pending", "token": TOKEN, **more}


class TestAuthorization:
    def read(self, ca: FakeCa, body: object) -> Any:
        ca.on(AUTHORIZATION, reply(200, body))
        return ca.client().authorization(account(), AUTHORIZATION)

    def test_challenges_that_are_unknown_or_odd(self, ca: FakeCa) -> None:
        body = authorization_json(
            {"type": "dns-persist-01", "url": f"{ROOT}/c/2", "status": "pending", "issuer": ["ca.example"]},
            {"type": "no-url"},
            {"url": CHALLENGE},
            "nonsense",
            challenge_json("odd-01", status="strange"),
            challenge_json(),
            challenge_json("dns-01", error={"type": "urn:ietf:params:acme:error:dns", "detail": "d"}),
            wildcard=True,
            expires="2026-12-01T00:00:00Z",
        )
        found = self.read(ca, body)
        assert [one.type for one in found.challenges] == ["dns-persist-01", "http-01", "dns-01"]
        assert found.challenges[0].members["issuer"] == ["ca.example"]
        assert found.challenges[0].token is None
        assert found.challenges[1].token == TOKEN
        assert found.challenges[2].error.type == "dns"
        assert (found.wildcard, found.status) == (True, AuthorizationStatus.PENDING)

    @pytest.mark.parametrize("token", ["a/b" * 10, "../" * 10, None, "short"])
    def test_a_token_that_is_not_safe(self, ca: FakeCa, token: object) -> None:
        with pytest.raises(BadToken):
            self.read(ca, authorization_json(challenge_json(token=token)))

    @pytest.mark.parametrize(
        "change", [{"status": "odd"}, {"challenges": None}, {"identifier": None}, {"challenges": [{}] * 51}]
    )
    def test_an_answer_that_is_none(self, ca: FakeCa, change: dict[str, object]) -> None:
        with pytest.raises(BadAnswer, match="authorization"):
            self.read(ca, authorization_json(**change))

    def test_deactivation(self, ca: FakeCa) -> None:
        ca.on(AUTHORIZATION, reply(200, authorization_json(status="deactivated")))
        found = ca.client().deactivate_authorization(account(), AUTHORIZATION)
        assert found.status is AuthorizationStatus.DEACTIVATED
        assert ca.sent[-1].payload == {"status": "deactivated"}


class TestRespond:
    challenge = Challenge("http-01", CHALLENGE, ChallengeStatus.PENDING, TOKEN)

    def test_the_answer_is_an_empty_object(self, ca: FakeCa) -> None:
        ca.on(CHALLENGE, reply(200, challenge_json(status="processing")))
        assert ca.client().respond(account(), self.challenge).status is ChallengeStatus.PROCESSING
        assert ca.sent[-1].payload == {}

    @pytest.mark.parametrize("refusal", [problem(409, "conflict"), problem(400, "malformed")])
    def test_a_challenge_that_is_looked_at_already(self, ca: FakeCa, refusal: HttpResponse) -> None:
        ca.on(CHALLENGE, refusal, reply(200, challenge_json(status="valid")))
        assert ca.client().respond(account(), self.challenge).status is ChallengeStatus.VALID
        assert ca.sent[-1].raw_payload == ""

    def test_a_refusal_that_stands(self, ca: FakeCa) -> None:
        ca.on(CHALLENGE, problem(400, "malformed"), reply(200, challenge_json()))
        with pytest.raises(Malformed):
            ca.client().respond(account(), self.challenge)
        ca.on(CHALLENGE, problem(403, "unauthorized"))
        with pytest.raises(Unauthorized):
            ca.client().respond(account(), self.challenge)

    def test_an_answer_that_is_no_challenge(self, ca: FakeCa) -> None:
        ca.on(CHALLENGE, reply(200, {"status": "valid"}))
        with pytest.raises(BadAnswer, match="challenge"):
            ca.client().respond(account(), self.challenge)


class TestFinalize:
    def order(self, ca: FakeCa, status: str = "ready") -> Any:
        ca.on(ORDER_URL, reply(200, order_json(status)))
        return ca.client().order(account(), ORDER_URL)

    def finalize(self, ca: FakeCa, order: Any) -> Any:
        return ca.client().finalize(account(), order, b"csr")

    def test_the_csr_is_sent(self, ca: FakeCa) -> None:
        ca.on(FINALIZE, reply(200, order_json("processing")))
        after = self.finalize(ca, self.order(ca))
        assert (after.url, after.status) == (ORDER_URL, OrderStatus.PROCESSING)
        assert ca.sent[-1].payload == {"csr": b64url(b"csr")}

    @pytest.mark.parametrize("lost", [BROKEN, problem(500, "serverInternal")])
    def test_a_lost_answer_is_looked_up_and_not_sent_again(
        self, ca: FakeCa, lost: ConnectionBroken | HttpResponse
    ) -> None:
        order = self.order(ca)
        ca.on(FINALIZE, lost)
        ca.on(ORDER_URL, reply(200, order_json("processing")))
        assert self.finalize(ca, order).status is OrderStatus.PROCESSING
        assert ca.requests.count("POST /finalize/1") == 1

    def test_a_csr_that_did_not_arrive_is_sent_again(self, ca: FakeCa) -> None:
        order = self.order(ca)
        ca.on(FINALIZE, BROKEN, BROKEN, reply(200, order_json("processing")))
        assert self.finalize(ca, order).status is OrderStatus.PROCESSING
        ca.on(FINALIZE, BROKEN)
        with pytest.raises(ConnectionBroken):
            self.finalize(ca, order)

    def test_a_ca_that_is_gone(self, ca: FakeCa) -> None:
        order = self.order(ca)
        ca.on(FINALIZE, ConnectionRefused("ca.example"))
        with pytest.raises(ConnectionRefused):
            self.finalize(ca, order)

    def test_not_ready_although_it_is_done(self, ca: FakeCa) -> None:
        order = self.order(ca)
        ca.on(FINALIZE, problem(403, "orderNotReady"))
        ca.on(ORDER_URL, reply(200, order_json("valid", certificate=CERTIFICATE)))
        assert self.finalize(ca, order).certificate == CERTIFICATE

    def test_not_ready_indeed(self, ca: FakeCa) -> None:
        order = self.order(ca)
        ca.on(FINALIZE, problem(403, "orderNotReady"))
        ca.on(ORDER_URL, reply(200, order_json("pending")))
        with pytest.raises(OrderNotReady):
            self.finalize(ca, order)


class TestWaiting:
    def wait(self, ca: FakeCa, *replies: HttpResponse, seconds: float = 90) -> Any:
        ca.on(ORDER_URL, reply(200, order_json("processing")), *replies)
        client, me = ca.client(), account()
        order = client.order(me, ORDER_URL)
        ca.exchanges.clear()
        deadline = ca.clock.monotonic() + seconds
        return client.wait_for_order(me, order, until={OrderStatus.VALID}, deadline=deadline)

    def test_an_early_look_and_then_growing_waits(self, ca: FakeCa) -> None:
        still = reply(200, order_json("processing"))
        done = reply(200, order_json("valid", certificate=CERTIFICATE))
        assert self.wait(ca, still, still, still, done).status is OrderStatus.VALID
        assert ca.clock.sleeps == pytest.approx([0.05, 0.25, 0.375, 0.5625])
        assert [one.poll for one in ca.exchanges] == [False, True, True, True]
        assert {one.resource for one in ca.exchanges} == {"order"}

    def test_retry_after_is_a_minimum_within_reason(self, ca: FakeCa) -> None:
        soon = reply(200, order_json("processing"), Retry_After="3")
        never = reply(200, order_json("processing"), Retry_After="86400")
        done = reply(200, order_json("valid", certificate=CERTIFICATE))
        self.wait(ca, soon, never, done)
        assert ca.clock.sleeps == pytest.approx([0.05, 3.0, 30.0])

    def test_an_invalid_order_is_given_back(self, ca: FakeCa) -> None:
        error = {"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden"}
        order = self.wait(ca, reply(200, order_json("invalid", error=error)))
        assert order.status is OrderStatus.INVALID
        assert order.error.type == "caa"

    def test_the_deadline(self, ca: FakeCa) -> None:
        with pytest.raises(IssuanceTimeout, match="still processing") as caught:
            self.wait(ca, seconds=20)
        assert caught.value.order_url == ORDER_URL
        assert sum(ca.clock.sleeps) == pytest.approx(20)

    def test_what_is_done_is_not_looked_at(self, ca: FakeCa) -> None:
        ca.on(ORDER_URL, reply(200, order_json("ready")))
        client, me = ca.client(), account()
        order = client.order(me, ORDER_URL)
        assert client.wait_for_order(me, order, until={OrderStatus.READY}, deadline=0) is order


class TestOrderFailure:
    def failure(self, ca: FakeCa, *authorizations: dict[str, object] | HttpResponse, **more: Any) -> Any:
        urls = [f"{ROOT}/authz/{number}" for number in range(len(authorizations))]
        for url, body in zip(urls, authorizations, strict=True):
            ca.on(url, body if isinstance(body, HttpResponse) else reply(200, body))
        ca.on(ORDER_URL, reply(200, order_json("invalid", authorizations=urls, **more)))
        client, me = ca.client(), account()
        return client.order_failure(me, client.order(me, ORDER_URL))

    def failed(self, kind: str, name: str, **more: object) -> dict[str, object]:
        error = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": f"{kind} trouble"}
        return authorization_json(
            challenge_json("dns-01"),
            challenge_json(status="invalid", error=error),
            status="invalid",
            identifier={"type": "dns", "value": name},
            **more,
        )

    def test_one_name(self, ca: FakeCa) -> None:
        error = self.failure(ca, self.failed("connection", "a.example"))
        assert isinstance(error, ConnectionProblem)
        assert str(error) == ("the CA could not verify every name: a.example: connection: connection trouble")
        assert "port is open" in error.remedy

    def test_several_names(self, ca: FakeCa) -> None:
        error = self.failure(
            ca,
            self.failed("connection", "a.example"),
            authorization_json(status="valid"),
            problem(500, "malformed"),
            self.failed("dns", "b.example", wildcard=True),
        )
        assert isinstance(error, Compound)
        assert [str(one.identifier) for one in error.problem.subproblems] == ["a.example", "*.b.example"]
        assert "*.b.example: dns: dns trouble" in str(error)

    def test_an_authorization_without_a_reason(self, ca: FakeCa) -> None:
        error = self.failure(ca, authorization_json(status="expired"))
        assert "example.com: unauthorized: its authorization is expired" in str(error)

    def test_what_the_order_says(self, ca: FakeCa) -> None:
        said = {"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden"}
        error = self.failure(ca, authorization_json(status="valid"), error=said)
        assert isinstance(error, Caa)
        assert str(error) == "the CA declared the order invalid: caa: forbidden"
        assert "gives no reason" in str(self.failure(ca))


class TestCertificate:
    chain = make_chain("Fake Root")

    def test_the_chain_and_its_alternates(self, ca: FakeCa) -> None:
        link = f'<{ROOT}/alt/1>;rel="alternate", <{CERTIFICATE}>;rel="alternate", <{ROOT}/dir>;rel="index"'
        ca.on(CERTIFICATE, reply(200, self.chain, Link=link))
        ca.on(ORDER_URL, reply(200, order_json("valid", certificate=CERTIFICATE)))
        client, me = ca.client(), account()
        downloaded = client.certificate(me, client.order(me, ORDER_URL))
        assert downloaded.pem == self.chain
        assert downloaded.alternates == (f"{ROOT}/alt/1",)
        assert ca.sent[-1].headers["Accept"] == "application/pem-certificate-chain"
        assert ca.sent[-1].raw_payload == ""

    def test_pem_is_tidied(self, ca: FakeCa) -> None:
        ca.on(
            CERTIFICATE, reply(200, b"\xef\xbb\xbfhello\r\n" + self.chain.replace(b"\n", b"\r\n") + b"\nbye")
        )
        assert ca.client().certificate(account(), CERTIFICATE).pem == self.chain

    @pytest.mark.parametrize(
        "bad", [b"", b"<html>", chain[:300], chain * 6], ids=["empty", "html", "cut", "long"]
    )
    def test_what_is_no_chain_is_asked_for_once_more(self, ca: FakeCa, bad: bytes) -> None:
        ca.on(CERTIFICATE, reply(200, bad), reply(200, self.chain))
        assert ca.client().certificate(account(), CERTIFICATE).pem == self.chain
        ca.on(CERTIFICATE, reply(200, bad))
        with pytest.raises(BadAnswer, match="the CA's certificate cannot be used"):
            ca.client().certificate(account(), CERTIFICATE)

    def test_an_answer_has_its_bound(self, ca: FakeCa) -> None:
        limits = []

        def note(request: HttpRequest) -> HttpResponse:
            limits.append(request.limit)
            return reply(200, self.chain)

        ca.on(CERTIFICATE, note)
        ca.client().certificate(account(), CERTIFICATE)
        assert limits == [256 * 1024]

    def test_an_order_without_one(self, ca: FakeCa) -> None:
        ca.on(ORDER_URL, reply(200, order_json("processing")))
        client, me = ca.client(), account()
        with pytest.raises(BadAnswer, match="no certificate"):
            client.certificate(me, client.order(me, ORDER_URL))


class TestRevoke:
    url = f"{ROOT}/revoke"

    def test_by_the_account(self, ca: FakeCa) -> None:
        ca.on(self.url, reply(200))
        ca.client().revoke(account(KEY), b"der", 4)
        assert ca.sent[-1].payload == {"certificate": b64url(b"der"), "reason": 4}
        assert ca.sent[-1].protected["kid"] == ACCOUNT_URL

    def test_by_the_certificate_s_key(self, ca: FakeCa) -> None:
        ca.on(self.url, reply(200))
        ca.client().revoke(OTHER, b"der")
        assert ca.sent[-1].payload == {"certificate": b64url(b"der")}
        assert ca.sent[-1].protected["jwk"] == OTHER.public_jwk()

    def test_revoked_already(self, ca: FakeCa) -> None:
        ca.on(self.url, problem(400, "alreadyRevoked"))
        with pytest.raises(AlreadyRevoked):
            ca.client().revoke(account(), b"der")

    @pytest.mark.parametrize("lost", [BROKEN, problem(500, "serverInternal")])
    def test_a_lost_answer(self, ca: FakeCa, lost: ConnectionBroken | HttpResponse) -> None:
        ca.on(self.url, lost, problem(400, "alreadyRevoked"))
        ca.client().revoke(account(), b"der")
        assert ca.requests.count("POST /revoke") == 2


def test_what_is_signed_is_what_was_meant(ca: FakeCa) -> None:
    """The url of the header is byte for byte the one requested, odd as it may be."""
    url = f"{ROOT}/order//1?a=b%2F&c=%e4"
    ca.on(url, reply(200, order_json()))
    ca.client().order(account(KEY), url)
    assert ca.sent[-1].protected["url"] == url == ca.sent[-1].url
    assert unb64url(ca.sent[-1].raw_payload) == b""
