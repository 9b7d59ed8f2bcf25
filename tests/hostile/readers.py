"""Everything that is read from outside, each with sound samples: what is mutated, and what reads it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from everseal.model.backup import Manifest
from everseal.model.certificate import read_certificate, split_pem
from everseal.model.csr import read_csr
from everseal.model.errors import StoreUnusable
from everseal.model.lineage import Damaged
from everseal.model.names import CertificateName, IpAddress
from everseal.model.pending import OwedHook, PendingOrder, Presented, SolverSettings
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
    decode_presented,
    encode_owed,
    encode_pending,
    encode_presented,
)
from everseal.store.certbot_dir.setbacks import decode_setback, encode_setback
from everseal.store.certbot_dir.store import CertbotStore
from tests.acme.fake_ca import ACCOUNT_URL, NOON, ORDER_URL
from tests.hostile.answers import KEY, NAME, answers
from tests.hostile.mutation import damage_bytes, damage_json, damage_lines
from tests.hostile.reader import Read, Reader
from tests.model import samples
from tests.store import trees
from tests.store.backup import test_tarball as archives
from tests.store.minting import StillClock, mint


def readers(folder: Path) -> list[Reader]:
    """All of them; ``folder`` is where those that read directories have theirs."""
    return [*answers(), *_pem(), *_settings(), *_journals(), *_backups(), *_directory(folder)]


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
    in_place = Presented(name, ({"type": "http-01"},), kept)
    setback = Setback(2, NOON, NOON + timedelta(hours=2), 77)
    return [
        Reader("pending order", [encode_pending(pending)], damage_json, _own(decode_pending), 3),
        Reader("what is in place", [encode_presented(in_place)], damage_json, _own(decode_presented)),
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
        return tarball(gzip.compress(data, 1))

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
