"""Readers of one text: names, exports, servers, links; and the settings as a command takes them up."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from everseal.acme.ari import certificate_id
from everseal.model.certificate import read_certificate
from everseal.model.export import ExportTarget
from everseal.model.names import CertificateName, DnsName, IpAddress, parse_identifier
from everseal.model.soundness import check_version
from everseal.settings.gathering import Gathering
from everseal.settings.ini import read_ini, said_by
from everseal.settings.renewal_file import RenewalDocument
from everseal.settings.renewal_params import restore
from everseal.settings.values import Settings, Source
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.certbot_dir.store import CertbotStore
from tests.acme.certificates import make_chain
from tests.acme.fake_ca import NOON
from tests.hostile.mutation import damage_bytes, damage_lines
from tests.hostile.reader import Read, Reader
from tests.hostile.readers import CLI_INI
from tests.model import samples
from tests.store import trees
from tests.store.minting import StillClock, mint

NAMES: Sequence[bytes] = (
    b"www.example.com",
    b"*.example.com.",
    "b\u00fccher.example".encode(),
    b"192.0.2.1",
    b"[2001:db8::1]",
    b"::ffff:192.0.2.1",
    b"fe80::1%eth0",
    b"",
    b".",
    b"..",
    b"*",
    b"a/b",
    b"a\x01b",
    b"a..b",
    b"a.*.b",
    b"a.b.1",
    b"user@example.com",
    b"example.com:443/x",
    b"a,b.example",
    b"a_b.example",
    b"https://example.com",
    b"x" * 64 + b".example",
    b"x." * 200 + b"example",
    b"x" * 300,
    ("\u00fc" * 300).encode(),
    "\u2488.example".encode(),
    b"-a.example",
    b"xn--a.example",
    b"\xff.example",
)
SERVERS: Sequence[bytes] = (
    b"https://ca.example/dir",
    b"https://acme-v02.api.letsencrypt.org/directory",
    b"https://acme-staging-v02.api.letsencrypt.org/directory",
    b"https://[::1",
    b"https://ca.example/../..",
    b"https://ca.example//x",
    b"",
)
EXPORTS: Sequence[bytes] = (
    b"to=/srv/x format=pem mode=0640 owner=root:root",
    b"to=/srv/x",
    b"to=x",
    b"to=/srv/x format=jks",
    b"to=/srv/x mode=0999",
    b"to=/srv/x mode=0666",
    b"to=/srv/%00 mode=-1",
)
LINKS: Sequence[bytes] = (
    b"../../archive/b.test/cert1.pem",
    b"../../archive/b.test/cert2.pem",
    b"../../archive/b.test/cert9.pem",
    b"../../archive/b.test/privkey2.pem",
    b"../../archive/c.test/cert2.pem",
    b"../../archive/b.test/certificate.pem",
    b"/etc/passwd",
    b"cert.pem",
    b"",
)


def lesser_readers(folder: Path) -> list[Reader]:
    """All of them; ``folder`` is where those that read directories have theirs."""
    renewal = trees.conf_text(folder, "a.test").encode()
    chain = samples.pem(samples.leaf("a.test"), samples.intermediate())
    return [
        _named("identifier", parse_identifier, "192.0.2.1"),
        _named("DNS name", DnsName.parse, "*.b\u00fccher.example."),
        _named("address", IpAddress.parse, "[2001:db8::1]"),
        _named("certificate name", CertificateName.parse, "a.test"),
        Reader("server", SERVERS[:3], damage_bytes, _accounts(folder / "lesser")),
        Reader("export", EXPORTS[:2], damage_bytes, lambda data: ExportTarget.decode(_text(data))),
        Reader("link", LINKS[1:2], damage_bytes, _links(folder / "linked")),
        Reader("soundness, any names", [chain], damage_bytes, _soundness),
        Reader(
            "question about renewal",
            [make_chain("Root")],
            damage_bytes,
            lambda data: certificate_id(read_certificate(data)),
        ),
        Reader("cli.ini, taken up", [CLI_INI], damage_lines, _gathered, 2),
        Reader(
            "renewal file, under options",
            [renewal],
            damage_lines,
            _restored,
        ),
    ]


def _named(name: str, parse: Callable[[str], object], sound: str) -> Reader:
    return Reader(name, [sound.encode()], damage_bytes, lambda data: parse(_text(data)))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _accounts(config: Path) -> Read:
    accounts = CertbotAccounts(str(config), clock=StillClock())
    return lambda data: accounts.examine(_text(data))


def _links(config: Path) -> Read:
    trees.make_tree(config, "b.test", [mint("b.test"), mint("b.test")])
    (config / "archive" / "b.test" / "notes.txt").touch()
    store = CertbotStore(str(config), clock=StillClock())
    link = config / "live" / "b.test" / "cert.pem"

    def read(data: bytes) -> object:
        """Nothing stands for a file in the link's place."""
        target = os.fsdecode(data.replace(b"\0", b"")[:1000])
        link.unlink()
        if target:
            link.symlink_to(f"{link.parent}/{target}")
        else:
            link.touch()
        return store.load_all()

    return read


def _soundness(data: bytes) -> object:
    return check_version(key_pem=None, fullchain_pem=data, identifiers=None, now=NOON)


def _gathered(data: bytes) -> object:
    """As a run does: every line in turn."""
    gathering = Gathering("/srv")
    for said, source in said_by(read_ini(data.decode("utf-8", "replace"), "cli.ini")):
        gathering.add(said, source)
    return gathering.values


def _restored(data: bytes) -> object:
    """For a run that says some things itself: these win, the others are read."""
    document = RenewalDocument.decode(data, path="a.test.conf")
    said = {"webroot_path": ("/srv",), "server": "https://ca.example/dir", "dry_run": True}
    return restore(
        document.section("renewalparams"),
        Settings.defaults().with_values(said, Source("command line")),
        path="a.test.conf",
    )
