"""What damage by chance seldom makes: for each reader, inputs that take one certain way through it.

They are read as they are, once, and those that are not large are damaged like the sound samples.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from everseal.model.backup import Entry
from everseal.model.key_material import LONGEST_PEM
from everseal.model.private_key import PrivateKey
from tests.acme.fake_ca import DIRECTORY, ROOT
from tests.hostile.answers import (
    AUTHORIZATION,
    CHALLENGE,
    CONTENT_TYPES,
    INVALID,
    ORDER,
    PROBLEM,
    RENEWAL_INFO,
    around,
)
from tests.hostile.lesser_readers import EXPORTS, LINKS, NAMES, SERVERS
from tests.model import samples
from tests.model.samples import DAY, NOW, bare_certificate, element, extension, pem
from tests.store.backup import test_tarball as archives

MOST_DAMAGED = 20_000
"""Larger oddities are read as they are only."""


def oddities(sound: Mapping[str, bytes]) -> Mapping[str, Sequence[bytes]]:
    """By the reader's name, as ``sound`` has a sample of each."""
    renewals = [_with_lines(sound["renewal file"], each) for each in RENEWAL_LINES]
    ders = _certificates()
    pems = [pem(each, samples.intermediate()) for each in _unsound()]
    requests = _requests()
    return {
        **_answers(),
        **dict.fromkeys(("identifier", "DNS name", "address", "certificate name"), NAMES),
        "server": SERVERS,
        "export": EXPORTS,
        "link": LINKS,
        "question about renewal": [_armoured(bare_certificate())],
        "certificate, DER": ders,
        "certificate, PEM": [b"-----BEGIN CERTIFICATE-----\n" + b"A" * 300_000],
        "soundness": [*pems, *map(_armoured, ders)],
        "soundness, any names": pems,
        "request, DER": [each.public_bytes(serialization.Encoding.DER) for each in requests],
        "request, PEM": [b"\n" * 70_000, b" ", pem(samples.leaf("a.test")), samples.key_pem()],
        "key, PEM": [*_keys(), b"x" * (LONGEST_PEM + 1)],
        "key, JWK": _jwks(),
        "cli.ini": CLI_INI,
        "cli.ini, taken up": CLI_INI,
        "renewal file": renewals,
        "renewal file, under options": renewals,
        "pending order": [_with_number(sound["pending order"])],
        "owed hook": [_without_zone(sound["owed hook"])],
        "setback": [_without_zone(sound["setback"])],
        "archive": _archives(),
        "manifest": [
            *(archives.manifest(*each).encode() for each in _manifests()),
            re.sub(rb'("entries": ?)\[', rb"\g<1>[3, ", sound["manifest"]),
        ],
    }


# Answers: the seed in front of the body decides what is around it.


ORDER_PLACE = ("Location", f"{ROOT}/order/1")


def _answers() -> Mapping[str, Sequence[bytes]]:
    order = {**ORDER, "identifiers": [{"type": "ip", "value": "192.0.2.1"}]}
    moments: list[Mapping[str, str]] = [
        {"start": "2026-12-02T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        {"start": "2036-12-01T00:00:00Z", "end": "2036-12-02T00:00:00Z"},
    ]
    unlucky: dict[str, object] = {**CHALLENGE, "error": None}
    sent: Mapping[str, Sequence[bytes]] = {
        "directory": [
            _answer(DIRECTORY | {"meta": {"profiles": ["classic"]}}),
            _answer(DIRECTORY | {"newNonce": "https://ca.localhost/nonce"}),
            _answer(DIRECTORY | {"newNonce": "https://localhost/nonce"}),
            _answer(DIRECTORY, 301, ("Location", "")),
            _answer(DIRECTORY | {"newNonce": "http://ca.example/nonce"}),
            _answer({name: url for name, url in DIRECTORY.items() if name != "keyChange"}),
        ],
        "new order": [_answer(order, 201, ORDER_PLACE), _answer(ORDER, 201, ORDER_PLACE)],
        "order": [
            _answer(order),
            _answer({**ORDER, "authorizations": ["https://ca.example/a"] * 1001}),
            _answer({**ORDER, "authorizations": 3}),
            _answer({**ORDER, "authorizations": [3]}),
            _answer({**ORDER, "status": "processing"}, 200, ("Retry-After", "3")),
            _answer({**INVALID, "error": None, "authorizations": [f"{ROOT}/authz/1"] * 2}),
            _answer({**INVALID, "error": None, "authorizations": [f"{ROOT}/authz/1"]}),
            _answer({**PROBLEM, "algorithms": [3], "detail": "x" * 9000}, 403),
            _answer({**PROBLEM, "subproblems": [PROBLEM] * 30}, 403),
            *(
                _answer({**PROBLEM, "subproblems": [{**PROBLEM, "identifier": each}]}, 403)
                for each in (None, 3, {"type": "dns"}, {"type": "dns", "value": 3}, {"value": "a.test"})
            ),
            _answer([0] * 60_000),
            _answer({"type": "urn:ietf:params:acme:error:badNonce"}, 400),
        ],
        "authorization": [
            _answer({**AUTHORIZATION, "challenges": each})
            for each in ([CHALLENGE] * 51, [CHALLENGE, {**CHALLENGE, "type": "new-99"}])
        ],
        "failed proof": [
            _answer({**AUTHORIZATION, "challenges": each})
            for each in ([unlucky, CHALLENGE, unlucky], [unlucky], [])
        ],
        "registration": [
            _answer({**PROBLEM, "type": f"urn:ietf:params:acme:error:{each}"}, 403)
            for each in ("userActionRequired", "agreementRequired", "externalAccountRequired")
        ],
        "new key": [_answer(PROBLEM, 409, ORDER_PLACE), _answer(PROBLEM, 409)],
        "renewal information": [_answer({**RENEWAL_INFO, "suggestedWindow": each}) for each in moments],
    }
    return sent


def _answer(body: object, status: int = 200, header: tuple[str, str] | None = None) -> bytes:
    """With the first seed that gives the status, a body announced as JSON, and that header alone or none."""
    as_json = ("Content-Type", CONTENT_TYPES[0])
    wanted = status, (as_json,) if header is None else (as_json, header)
    for seed in range(10_000):
        if around(b"%04d" % seed) == wanted:
            return b"%04d" % seed + json.dumps(body).encode()
    raise AssertionError(f"no seed for {status} with {header}")


# Certificates, requests and keys.


def _certificates() -> list[bytes]:
    """DER, much of it such as no library writes."""
    moment = element(0x17, b"261101000000Z")
    access = "2b06010505070101"
    ocsp = element(0x06, bytes.fromhex("2b06010505073001"))
    deep = element(0x86, b"http://crl.example")
    for _ in range(9):
        deep = element(0xA0, deep)
    named = samples.leaf("a.test", issuer=samples.distinguished("Odd CA"))
    full = samples.leaf(
        "a.test",
        kind="rsa2048",
        issuer=samples.distinguished("#1, the best "),
        extensions=(samples.authority_access(), samples.crl_points(), samples.authority_key()),
    )
    bare = [
        *(bare_certificate(times=each) for each in _times(moment)),
        bare_certificate(serial=b"\0"),
        *(
            bare_certificate(extensions=[each])
            for each in (
                extension("551d23", element(0x30, element(0x82, b"x"))),
                extension("551d23", element(0x30, b"\x80")),
                extension("551d11", element(0x30, element(0x87, b"12345"))),
                extension(access, element(0x30, element(0x30), element(0x30, ocsp, element(0x82, b"x")))),
                extension(access, element(0x30, element(0x30, ocsp, element(0x86, b"http://ocsp.example")))),
                extension(access, element(0x30, b"\x30")),
                extension(access, b"\x04\x00"),
                extension("551d1f", element(0x30, element(0x30, b"\x80"), element(0x80, b"x"))),
                extension("551d1f", deep),
            )
        ),
    ]
    types = [b"\x06\x03\x55\x04\x83", b"\x06\x03\x55\x84\x03"]
    odd_types = [samples.der(named).replace(b"\x06\x03\x55\x04\x03", each, 1) for each in types]
    return [*bare, samples.der(full), *odd_types, samples.der(_with_key(ed448.Ed448PrivateKey.generate()))]


def _times(moment: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (moment, b""),
        (element(0x17, b"2611010000Z"), moment),
        (element(0x17, b"270229000000Z"), moment),
        (element(0x17, b"280229000000Z"), moment),
        (element(0x17, b"261301000000Z"), moment),
        (element(0x17, b"261101250000Z"), moment),
        (element(0x18, b"19000229000000Z"), moment),
    ]


def _unsound() -> list[x509.Certificate]:
    return [
        samples.leaf("a.test", not_before=NOW - 3 * DAY, not_after=NOW - DAY),
        samples.leaf("a.test", not_before=NOW + 3 * DAY),
        samples.leaf("a.test", kind="rsa1024"),
        samples.leaf("a.test", kind="rsa2048"),
        samples.leaf("a.test", kind="ed25519"),
        _with_key(ed448.Ed448PrivateKey.generate()),
        _with_even_exponent(samples.leaf("a.test", kind="rsa2048")),
        _ending_before_it_begins(samples.leaf("a.test", not_after=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))),
    ]


def _with_key(key: ed448.Ed448PrivateKey) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(samples.distinguished("CA"))
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
    builder = builder.add_extension(samples.alternative_names("a.test"), critical=True)
    return builder.sign(samples.issuer_key(1), hashes.SHA256())


def _with_even_exponent(certificate: x509.Certificate) -> x509.Certificate:
    data = samples.der(certificate).replace(b"\x02\x03\x01\x00\x01", b"\x02\x03\x01\x00\x02", 1)
    return x509.load_der_x509_certificate(data)


def _ending_before_it_begins(certificate: x509.Certificate) -> x509.Certificate:
    data = samples.der(certificate).replace(b"270102030405Z", b"200102030405Z", 1)
    return x509.load_der_x509_certificate(data)


def _armoured(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def _requests() -> list[x509.CertificateSigningRequest]:
    mail = x509.SubjectAlternativeName([x509.RFC822Name("a@example.com")])
    stapled = x509.TLSFeature([x509.TLSFeatureType.status_request])
    odd_names = ["a..b", "*", "*.", ".", "a.*.b", "http://a.test", "a@b.test", "a,b", "1.2.3", "192.0.2.1"]
    return [
        _request(samples.key("rsa2048"), "www.example.com"),
        _request(samples.key("ed25519"), "192.0.2.1"),
        _request(ed448.Ed448PrivateKey.generate(), "a.test"),
        _request(samples.key(), "not a name"),
        _request(samples.key(), "a.test", mail),
        _request(samples.key(), "a.test", x509.SubjectAlternativeName([])),
        _request(samples.key(), "a.test", samples.alternative_names("a.test"), stapled),
        *(
            _request(samples.key(), "a.test", x509.SubjectAlternativeName([x509.DNSName(each)]))
            for each in odd_names
        ),
    ]


def _request(
    key: samples.Key | ed448.Ed448PrivateKey, common_name: str, *extensions: x509.ExtensionType
) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(samples.distinguished(common_name))
    for each in extensions or (samples.alternative_names("a.test", "192.0.2.1"),):
        builder = builder.add_extension(each, critical=False)
    is_edwards = not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return builder.sign(key, None if is_edwards else hashes.SHA256())


def _keys() -> list[bytes]:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat
    plain, locked = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"x")
    ours = samples.key()
    return [
        ours.private_bytes(encoding, form.PKCS8, locked),
        ours.private_bytes(encoding, form.TraditionalOpenSSL, locked),
        ours.private_bytes(encoding, form.TraditionalOpenSSL, plain),
        ec.generate_private_key(ec.SECP256K1()).private_bytes(encoding, form.PKCS8, plain),
        ed448.Ed448PrivateKey.generate().private_bytes(encoding, form.PKCS8, plain),
        pem(samples.leaf("a.test")),
    ]


def _jwks() -> list[bytes]:
    rsa_key = dict(PrivateKey.from_pem(samples.key_pem("rsa2048")).to_jwk())
    short = {name: rsa_key[name] for name in ("kty", "n", "e", "d")}
    ours, theirs = (dict(PrivateKey.from_pem(key).to_jwk()) for key in _two_edwards())
    odd = [ours | {"x": theirs["x"]}, short, short | {"n": rsa_key["p"]}, short | {"d": rsa_key["p"]}]
    return [json.dumps(each).encode() for each in odd]


def _two_edwards() -> tuple[bytes, bytes]:
    made = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return samples.key_pem("ed25519"), made


# Settings.

CLI_INI: Sequence[bytes] = (
    b"agree-tos = false\nmanual-public-ip-logging-ok = false\n",
    b"agree-tos = perhaps\n",
    b"os-packages-only\nverbose = 3\nno-eff-email\n",
    b"standalone\napache = true\n",
    b"expand = no\n",
    b"authenticators\n",
    b"allow-origin = https://b.example\n",
    b"config-dir = x\n",
    b"export = to=/srv\n",
    b"verbose = 0\nverbose = 4444\n",
    b"domains = [a.test]\n",
    b"user-agent-comment = (x)\n",
    b"user-agent-comment = x\n",
    b"key-type = dsa\n",
    b"key-type = RSA\nrsa-key-size = large\n",
    b"preferred-challenges = dns, http-01\nip-address = 192.0.2.1\n",
    b"preferred-challenges = dns, telnet\n",
    b"random-sleep-on-renew = maybe\n",
    b"max-log-backups = -1\n",
    b"max-log-backups = 3\n",
    b"webroot-path = /a\ndomains = a.test\n",
    b"domains = a.test\nwebroot-path = /a\n",
    b"domains = a..test\n",
    b'webroot-map = {"a.test,b.test": "/a"}\n',
    b'webroot-map = {"a.test": 3}\n',
    b"webroot-map = {\n",
    b"webroot-map = " + b"[" * 5000 + b"\n",
    b"no-such-thing = 1\n",
)

RENEWAL_LINES: Sequence[bytes] = (
    b"pref_challs = dns-01, http-01\n",
    b"server = None\nkey_type = None\nwebroot_path = None\n",
    b"rsa_key_size = None\n",
    b"authenticator = manual\nmanual_auth_hook = None\n",
    b"rsa_key_size = large\n",
    b"reuse_key = perhaps\n",
    b"webroot_map = a\n",
    b"[[webroot_path]]\na = b\n",
    b"[[webroot_map]]\na.test = /a\nb.test = 'one', 'two'\n[[[deeper]]]\nc = d\n",
    b"[[key_type]]\na = b\n",
    b"server = https://acme-v01.api.letsencrypt.org/directory\n",
    b"server = https://acme-v02.api.letsencrypt.org/directory\naccount = 0\n",
    b"config_dir = /etc/letsencrypt\nwork_dir = x\n",
    b"a = , b\n",
    b"a = b,, c\n",
    b"a = ,\n",
    b"a = , # nothing\n",
    b"a = 'b' # c\n",
    b"a = b # c\n",
    b"a = 'b', \"c\", d, # e\n",
    b"a = 'b' c\n",
    b"a = 'b\n",
    b'a = """b"""\n',
    b"a = '''b\nc\nd''' # e\n",
    b"a = '''b\nc\n",
    b"a = '''b''' c\n",
    b"'a b' = c\n\"d\" = e\n",
    b"'a b' c\n",
    b"'a b'\n",
    b"'a b = c\n",
    b"['quoted']\na = b\n",
    b"['quoted'] # comment\n",
    b"['quoted\n",
    b"['']\n",
    b"['  ']\n",
    b"['quoted' x\n",
    b"[]\n",
    b"[x] y\n",
    b"[[x]\n",
    b"[[[x]]]\n",
    b"[x]\n[x]\n",
    b"a = b\na = c\n",
    b"a = %(b)s\nb = %(c)s, x\nc = y\nd = %(e)s\ne = %(d)s\nf = %(nowhere)s\n[[part]]\ng = %(a)s, %(c)s\n",
    b"export = to=/srv format=pem\n",
)


def _with_lines(renewal: bytes, lines: bytes) -> bytes:
    """Keys first among the parameters, in place of those of the same names; sections behind them."""
    authenticator = b"" if lines.startswith(b"authenticator") else b"authenticator = webroot\n"
    said = {_key(line) for line in (authenticator + lines).splitlines()} - {b"renewalparams", b"everseal"}
    kept = [line for line in renewal.splitlines() if _key(line) not in said]
    parameters, behind = b"[renewalparams]\n", b"[somebody_else]"
    above, below = (b"", lines) if lines.startswith(b"[") else (lines, b"")
    text = b"\n".join(kept).replace(parameters, parameters + authenticator + above)
    return text.replace(behind, below + behind)


def _key(line: bytes) -> bytes:
    """What the line is about: the name of a key or a section."""
    return line.partition(b"=")[0].strip(b" []")


def _with_number(pending: bytes) -> bytes:
    """A parameter that no renewal file holds."""
    return re.sub(rb'("webroot_path": )\[[^]]*\]', rb"\g<1>3", pending)


def _without_zone(record: bytes) -> bytes:
    return record.replace(b"+00:00", b"")


# Backups.


def _manifests() -> list[Sequence[Entry]]:
    file, folder = archives.FILE, archives.FOLDER
    return [
        *archives.HOSTILE_ENTRIES.values(),
        (replace(folder, size=5),),
        (replace(archives.LINK, target="./x"),),
        (replace(archives.LINK, target="a\0b"),),
        (folder, replace(file, path="live/x/file")),
    ]


def _archives() -> list[bytes]:
    sound = archives.packed(*archives.ENTRIES)
    unpacked = gzip.decompress(sound)
    return [
        *(archives.twisted(each) for each in archives.HOSTILE_MEMBERS.values()),
        archives.twisted(lambda members: None, data=b"CONTENT\n"),
        sound + gzip.compress(bytes(100_000)),
        sound + gzip.compress(bytes(20_480) + b"more"),
        sound + gzip.compress(bytes(5_000_000), 1),
        *(gzip.compress(unpacked[:stop]) for stop in range(256, len(unpacked), 256)),
        gzip.compress(_manifest_header(2**30) + bytes(1024)),
        gzip.compress(_manifest_header(100) + b"{"),
    ]


def _manifest_header(size: int) -> bytes:
    info = tarfile.TarInfo("manifest.json")
    info.size = size
    return info.tobuf()
