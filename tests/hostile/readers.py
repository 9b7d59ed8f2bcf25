"""Everything that is read from outside, each with sound samples: what is mutated, and what reads it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from everseal.acme.challenges import Challenge
from everseal.acme.client import Client
from everseal.acme.states import ChallengeStatus, OrderStatus
from everseal.model.backup import Manifest
from everseal.model.certificate import read_certificate, split_pem
from everseal.model.csr import read_csr
from everseal.model.errors import StoreUnusable
from everseal.model.keys import EcdsaKind
from everseal.model.lineage import Damaged
from everseal.model.names import CertificateName, DnsName, IpAddress
from everseal.model.pending import OwedHook, PendingOrder, SolverSettings
from everseal.model.private_key import PrivateKey
from everseal.model.soundness import check_link, check_version
from everseal.planning.setback import Setback
from everseal.settings.ini import read_ini, said_by
from everseal.settings.renewal_params import restore
from everseal.settings.values import Settings
from everseal.store.backup.tarball import read_contents, read_manifest
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.certbot_dir.changes import (
    Change,
    CommitChange,
    DeleteChange,
    MoveChange,
    RenameChange,
    RestoreChange,
    decode_change,
    encode_change,
)
from everseal.store.certbot_dir.records import (
    BadRecord,
    decode_owed,
    decode_pending,
    encode_owed,
    encode_pending,
)
from everseal.store.certbot_dir.setbacks import decode_setback, encode_setback
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.http import HttpResponse
from tests.acme.certificates import make_chain
from tests.acme.fake_ca import ACCOUNT_URL, DIRECTORY, DIRECTORY_URL, NOON, ORDER_URL, ROOT, FakeCa, account
from tests.hostile.mutation import Mutate, damage_bytes, damage_json, damage_lines
from tests.model import samples
from tests.store import trees
from tests.store.backup import test_tarball as archives
from tests.store.minting import StillClock, mint

Read = Callable[[bytes], object]
KEY = PrivateKey.generate(EcdsaKind())
NAME = DnsName("www.example.com")
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"


@dataclass(frozen=True, slots=True)
class Reader:
    """``read`` is given ``samples`` damaged by ``mutate``; ``share`` is how often, beside the others."""

    name: str
    samples: Sequence[bytes]
    mutate: Mutate
    read: Read
    share: int = 1
    is_answer: bool = False

    @property
    def is_json(self) -> bool:
        """Damaged once, it may be JSON no more."""
        return self.is_answer or self.mutate is damage_json


def readers(folder: Path) -> list[Reader]:
    """All of them; ``folder`` is where those that read directories have theirs."""
    return [*_answers(), *_pem(), *_settings(), *_journals(), *_backups(), *_directory(folder)]


# The CA's answers: each through the verb that asks for it, with whatever headers and status come along.

ORDER: Mapping[str, object] = {
    "status": "valid",
    "expires": "2026-11-25T12:00:00Z",
    "identifiers": [{"type": "dns", "value": "www.example.com"}],
    "authorizations": [f"{ROOT}/authz/1", f"{ROOT}/authz/2"],
    "finalize": f"{ROOT}/finalize/1",
    "certificate": f"{ROOT}/certificate/1",
    "profile": "classic",
    "replaces": "a.b",
    "notBefore": "2026-11-24T12:00:00Z",
    "error": None,
}
PROBLEM: Mapping[str, object] = {
    "type": "urn:ietf:params:acme:error:rateLimited",
    "title": "Too many",
    "detail": "too many, retry after 2026-11-25 02:10:00 UTC: see https://ca.example/limits",
    "status": 429,
    "instance": "https://ca.example/terms",
    "algorithms": ["ES256"],
    "identifier": {"type": "dns", "value": "www.example.com"},
    "subproblems": [
        {
            "type": "urn:ietf:params:acme:error:caa",
            "detail": "no",
            "identifier": {"type": "ip", "value": "192.0.2.1"},
        }
    ],
}
INVALID: Mapping[str, object] = {**ORDER, "status": "invalid", "error": PROBLEM}
CHALLENGE: Mapping[str, object] = {
    "type": "http-01",
    "url": f"{ROOT}/challenge/1",
    "status": "invalid",
    "token": TOKEN,
    "validated": "2026-11-24T12:00:00Z",
    "error": PROBLEM,
}
AUTHORIZATION: Mapping[str, object] = {
    "status": "invalid",
    "expires": "2026-11-25T12:00:00Z",
    "identifier": {"type": "dns", "value": "www.example.com"},
    "challenges": [CHALLENGE, {**CHALLENGE, "type": "dns-01", "error": None}, {"type": "new-99"}],
    "wildcard": True,
}
ACCOUNT: Mapping[str, object] = {
    "status": "valid",
    "contact": ["mailto:a@example.com"],
    "termsOfServiceAgreed": True,
    "orders": f"{ROOT}/account/1/orders",
}
RENEWAL_INFO: Mapping[str, object] = {
    "suggestedWindow": {"start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"},
    "explanationURL": "https://ca.example/why",
}
ODD_HEADERS = (
    ("Retry-After", "3"),
    ("Retry-After", "-1"),
    ("Retry-After", "9" * 400),
    ("Retry-After", "Fri, 31 Dec 9999 23:59:59 +2359"),
    ("Retry-After", "Wed, 32 Foo 2026 25:61:61 GMT"),
    ("Retry-After", "\u0663"),
    ("Replay-Nonce", ""),
    ("Replay-Nonce", "\x00"),
    ("Replay-Nonce", "a" * 5000),
    ("Location", ""),
    ("Location", "//[::1"),
    ("Location", f"{ROOT}/order/1"),
    ("Location", "https://elsewhere.example/order"),
    ("Location", "\x1b[31m"),
    ("Link", '<>;rel="alternate"'),
    ("Link", f'<{ROOT}/certificate/2>;rel="alternate", <//[>;rel=alternate;x'),
    ("Link", '<a>;rel="help";' * 200),
    ("Link", "<" * 3000),
    ("Link", f'<{ROOT}/terms>;rel="terms-of-service"'),
    ("Content-Type", "text/html; charset=\xff"),
    ("Content-Type", ""),
    ("Date", "Tue, 24 Nov 2026 12:00:00 GMT"),
    ("Date", "Tue, 24 Nov 20260 12:00:00 GMT"),
)
STATUSES = (200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503, 999)
CONTENT_TYPES = ("application/json", "application/problem+json", "application/pem-certificate-chain")
LEAF = read_certificate(make_chain("Root"))


def _answers() -> list[Reader]:
    """The first octets of a sample are the seed of its status and headers."""
    key = PrivateKey.generate(EcdsaKind())
    challenge = Challenge("http-01", f"{ROOT}/challenge/1", ChallengeStatus.PENDING, TOKEN)

    def order(client: Client) -> object:
        return client.order(account(KEY), ORDER_URL)

    def whole_order(client: Client) -> object:
        found = client.order(account(KEY), ORDER_URL)
        done = client.wait_for_order(account(KEY), found, until={OrderStatus.VALID}, deadline=1030.0)
        return client.order_failure(account(KEY), done)

    def certificate(client: Client) -> object:
        chain = client.certificate(account(KEY), f"{ROOT}/certificate/1")
        for url in chain.alternates:
            client.certificate(account(KEY), url)
        return check_version(key_pem=None, fullchain_pem=chain.pem, identifiers=(NAME,), now=NOON)

    verbs: list[tuple[str, str, Sequence[Mapping[str, object]], Callable[[Client], object]]] = [
        (
            "directory",
            DIRECTORY_URL,
            [DIRECTORY],
            lambda client: [client.directory(), client.change_key(account(KEY), key)],
        ),
        ("nonce", f"{ROOT}/nonce", [{}], order),
        ("registration", f"{ROOT}/new-account", [ACCOUNT, PROBLEM], lambda client: client.register(KEY)),
        ("found account", f"{ROOT}/new-account", [ACCOUNT], lambda client: client.find_account(KEY)),
        ("account", ACCOUNT_URL, [ACCOUNT], lambda client: client.read_account(account(KEY))),
        ("new key", f"{ROOT}/key-change", [{}, PROBLEM], lambda client: client.change_key(account(KEY), key)),
        (
            "new order",
            f"{ROOT}/new-order",
            [ORDER, INVALID, PROBLEM],
            lambda client: client.new_order(account(KEY), [NAME], profile="classic", replaces="a.b"),
        ),
        ("order", ORDER_URL, [ORDER, {**ORDER, "status": "pending"}, INVALID, PROBLEM], whole_order),
        (
            "finalize",
            f"{ROOT}/finalize/1",
            [ORDER, PROBLEM],
            lambda client: client.finalize(account(KEY), client.order(account(KEY), ORDER_URL), b"csr"),
        ),
        (
            "authorization",
            f"{ROOT}/authz/1",
            [AUTHORIZATION],
            lambda client: client.authorization(account(KEY), f"{ROOT}/authz/1"),
        ),
        (
            "failed proof",
            f"{ROOT}/authz/1",
            [AUTHORIZATION],
            lambda client: client.order_failure(account(KEY), client.order(account(KEY), ORDER_URL)),
        ),
        (
            "challenge",
            f"{ROOT}/challenge/1",
            [CHALLENGE, PROBLEM],
            lambda client: client.respond(account(KEY), challenge),
        ),
        ("revocation", f"{ROOT}/revoke", [{}, PROBLEM], lambda client: client.revoke(KEY, b"der")),
    ]
    made = [
        Reader(
            name,
            [_seeded(body) for body in bodies],
            _damage_answer(damage_json),
            _asked(url, verb),
            is_answer=True,
        )
        for name, url, bodies, verb in verbs
    ]
    chain = [b"0000" + make_chain("Root"), b"0000" + make_chain("Root", with_root=True)]
    made.append(
        Reader(
            "chain",
            chain,
            _damage_answer(damage_bytes),
            _asked(f"{ROOT}/certificate/1", certificate),
            2,
            is_answer=True,
        )
    )
    window = [_seeded(RENEWAL_INFO)]
    asked = _asked(f"{ROOT}/ari", lambda client: client.renewal_info(LEAF), below=True)
    made.append(Reader("renewal information", window, _damage_answer(damage_json), asked, 2, is_answer=True))
    return made


def _seeded(body: Mapping[str, object]) -> bytes:
    return b"0000" + json.dumps(body).encode()


def _damage_answer(mutate: Mutate) -> Mutate:
    """Mostly the body, and a new seed for what is around it."""

    def damage(data: bytes, chance: Random) -> bytes:
        body = data[4:] if chance.random() < 0.2 else mutate(data[4:], chance)
        return f"{chance.randrange(10_000):04}".encode() + body

    return damage


def _asked(url: str, verb: Callable[[Client], object], *, below: bool = False) -> Read:
    def read(data: bytes) -> object:
        ca = FakeCa()
        around = Random(data[:4])
        headers = [
            ("Content-Type", around.choice(CONTENT_TYPES)),
            *around.sample(ODD_HEADERS, around.randrange(4)),
        ]
        status = around.choice(STATUSES)
        response = HttpResponse(status, tuple(headers), data[4:])
        ca.on(ORDER_URL, HttpResponse(200, (), json.dumps({**ORDER, "status": "ready"}).encode()))
        ca.on(f"{ROOT}/authz/1", HttpResponse(200, (), json.dumps(AUTHORIZATION).encode()))
        ca.on(f"{ROOT}/new-account", HttpResponse(200, (("Location", ACCOUNT_URL),), b"{}"))
        ca.on(url if not below else f"{url}/{_cert_id()}", response)
        return verb(ca.client(remembered=None if url == DIRECTORY_URL else DIRECTORY))

    return read


def _cert_id() -> str:
    from everseal.acme.ari import cert_id

    return cert_id(LEAF)


# Certificates and keys.


def _pem() -> list[Reader]:
    leaf = samples.leaf("a.example.com", "192.0.2.7")
    issuer = samples.intermediate()
    chain = samples.pem(leaf, issuer)
    keys = [samples.key_pem(kind) for kind in ("secp256r1", "ed25519", "rsa2048")]
    request = KEY.csr((NAME, IpAddress.parse("192.0.2.1")), must_staple=True)
    csr = x509.load_der_x509_csr(request)
    jwks = [json.dumps(PrivateKey.from_pem(key).to_jwk()).encode() for key in keys]

    def sound(data: bytes) -> object:
        return check_version(key_pem=keys[0], fullchain_pem=data, identifiers=(NAME,), now=NOON)

    def linked(data: bytes) -> object:
        return check_link(key_pem=keys[0], certificate_pem=data, issuer_pem=samples.pem(issuer))

    ders = [samples.der(leaf), samples.der(issuer), samples.bare_certificate()]
    pem_keys = [*keys, KEY.to_pem()]
    return [
        Reader("certificate, DER", ders, damage_bytes, _facts, 12),
        Reader(
            "certificate, PEM",
            [chain],
            damage_bytes,
            lambda data: [read_certificate(data), split_pem(data)],
            5,
        ),
        Reader("soundness", [chain], damage_bytes, sound, 3),
        Reader("link", [samples.pem(leaf)], damage_bytes, linked),
        Reader("key, PEM", pem_keys, damage_bytes, PrivateKey.from_pem, 2),
        Reader("key, JWK", jwks, damage_json, lambda data: PrivateKey.from_jwk(_object(data))),
        Reader("request, DER", [request], damage_bytes, read_csr, 2),
        Reader("request, PEM", [csr.public_bytes(serialization.Encoding.PEM)], damage_bytes, read_csr),
    ]


def _facts(data: bytes) -> object:
    """As in a file: DER inside PEM that is in order."""
    text = base64.encodebytes(data)
    return read_certificate(b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n")


def _object(data: bytes) -> Mapping[str, object]:
    value = json.loads(data) if _is_json(data) else {}
    return value if isinstance(value, dict) else {}


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


# Settings.

CLI_INI = b"""# for every run
email = admin@example.com
agree-tos
key-type: ecdsa
rsa-key-size = 4096
domains = a.example.com, b.example.com
webroot-path = /var/www/html   ; a comment
deploy-hook = "systemctl reload nginx"
max-log-backups 30
verbose = 2
"""


def _settings() -> list[Reader]:
    def ini(data: bytes) -> object:
        return said_by(read_ini(data.decode("utf-8", "replace"), "cli.ini"))

    return [Reader("cli.ini", [CLI_INI], damage_lines, ini, 6)]


# Journals and memories.


def _journals() -> list[Reader]:
    name, names = CertificateName("a"), (NAME, IpAddress.parse("192.0.2.1"))
    owed = OwedHook("deploy", "reload", name, names, 2, NOON)
    kept = SolverSettings(
        {"authenticator": "webroot", "webroot_path": ("/a", "/b"), "webroot_map": {"a": "/a"}}
    )
    pending = PendingOrder(
        name,
        "https://ca",
        ACCOUNT_URL,
        ORDER_URL,
        names,
        b"KEY",
        b"CSR",
        ({"type": "http-01"},),
        NOON,
        "presented",
        "webroot",
        kept,
    )
    setback = Setback(2, NOON, NOON + timedelta(hours=2), 77)
    return [
        Reader("pending order", [encode_pending(pending)], damage_json, _own(decode_pending), 3),
        Reader("owed hook", [encode_owed(owed)], damage_json, _own(decode_owed)),
        Reader("setback", [encode_setback(setback)], damage_json, _own(decode_setback)),
        Reader(
            "change", [encode_change(each) for each in _changes(owed)], damage_json, _own(decode_change), 4
        ),
    ]


def _changes(owed: OwedHook) -> list[Change]:
    name, other = CertificateName("a"), CertificateName("b")
    links = ("cert", "privkey", "chain", "fullchain")
    return [
        CommitChange(name, 1, "live/a", "archive/a", True, None, "conf", (NAME,), (owed,)),
        MoveChange(name, 2, True, (owed,)),
        DeleteChange(name, "live/a", "archive/a", links),
        RenameChange(name, other, 1, "live/a", "live/b", "archive/a", "archive/b", links, "conf"),
        RestoreChange(
            name,
            1,
            "live/a",
            "archive/a",
            links,
            {"x": "0" * 64},
            ("y",),
            None,
            "conf",
            0o644,
            0,
            0,
            (owed,),
        ),
    ]


def _own(decode: Read) -> Read:
    """BadRecord is made a StoreUnusable by whoever reads the file."""

    def read(data: bytes) -> object:
        try:
            return decode(data)
        except BadRecord as error:
            raise StoreUnusable(str(error), remedy="move it away") from None

    return read


# Backups.


def _backups() -> list[Reader]:
    sound = archives.packed(*archives.ENTRIES)
    manifest = archives.manifest(*archives.ENTRIES).encode()

    def tarball(data: bytes) -> object:
        return read_manifest(data), list(read_contents(data))

    def inside(data: bytes) -> object:
        import gzip

        return tarball(gzip.compress(data, 1))

    import gzip

    return [
        Reader("archive", [sound], damage_bytes, tarball, 3),
        Reader("archive, unpacked", [gzip.decompress(sound)], damage_bytes, inside, 3),
        Reader("manifest", [manifest], damage_json, Manifest.decode, 4),
    ]


# A whole directory: renewal files, links and accounts as the store reads them.


def _directory(folder: Path) -> list[Reader]:
    config = folder / "config"
    trees.make_tree(config, "a.test", [mint("a.test")])
    store = CertbotStore(str(config), clock=StillClock())
    accounts = CertbotAccounts(str(config), clock=StillClock())
    stored = accounts.save("https://ca.example/dir", KEY, ACCOUNT_URL, created=NOON, host="here")
    home = next(config.glob("accounts/**/regr.json")).parent
    conf = config / "renewal" / "a.test.conf"
    assert stored.url == ACCOUNT_URL

    def lineage(data: bytes) -> object:
        conf.write_bytes(data)
        (found,) = store.load_all()
        if isinstance(found, Damaged):
            return found
        own = found.sections.get("everseal", {})
        return restore(found.parameters, Settings.defaults(), path=found.conf_path, own=own)

    def account_file(name: str) -> Reader:
        path = home / name
        sound = path.read_bytes()

        def read(data: bytes) -> object:
            path.chmod(0o600)
            path.write_bytes(data)
            found = accounts.examine("https://ca.example/dir")
            path.write_bytes(sound)
            return found

        return Reader(f"account, {name}", [sound], damage_json, read)

    text = conf.read_bytes() + b"[everseal]\npinned_version = 1\nallow_http = True\nari_failures = 2\n"
    return [
        Reader("renewal file", [text], damage_lines, lineage, 6),
        *(account_file(name) for name in ("private_key.json", "regr.json", "meta.json")),
    ]
