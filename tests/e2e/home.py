"""One operator's machine: a configuration directory, a CA to use, and the installed command."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bench.forest import plant_due

COMMAND = Path(sys.executable).with_name("everseal")
TIMEOUT_SECONDS = 300  # for machines that do much else; nothing here takes as long
KINDS = ("cert", "chain", "fullchain", "privkey")
# In the output of a sound run none of these is found: an error nobody foresaw, or a leak that Python reports.
BLUNDERS = ("Traceback", "Warning:", "Exception ignored", "/everseal/src/")


class Authority(Protocol):
    """What a client has to know of a CA, and where the CA looks for answers to its challenges."""

    @property
    def directory_url(self) -> str: ...

    @property
    def ca_bundle(self) -> Path: ...

    @property
    def http_port(self) -> int: ...

    @property
    def tls_port(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    status: int
    out: str
    err: str


class Home:
    """Runs commands as an operator would, each with every warning of Python's made an error."""

    def __init__(self, folder: Path, ca: Authority) -> None:
        self.folder = folder
        self.ca = ca
        self.config = folder / "config"

    def words(self, verb: str, *more: str) -> list[str]:
        """The whole command line."""
        places = [f"--{kind}-dir={self.folder / kind}" for kind in ("config", "work", "logs")]
        ca = [f"--server={self.ca.directory_url}", f"--ca-bundle={self.ca.ca_bundle}"]
        ports = [f"--http-01-port={self.ca.http_port}", f"--tls-alpn-01-port={self.ca.tls_port}"]
        hurry = ["--no-random-sleep-on-renew"] if verb == "renew" else []
        return [str(COMMAND), verb, "--non-interactive", *places, *ca, *ports, *hurry, *more]

    def run(self, verb: str, *more: str, prefix: Sequence[str] = ()) -> Done:
        """Run it to its end; ``prefix`` is a command that runs commands."""
        return finished([*prefix, *self.words(verb, *more)])

    def succeed(self, verb: str, *more: str) -> str:
        """Run what has to end well; gives standard output."""
        done = self.run(verb, *more)
        assert done.status == 0, f"{done.out}\n{done.err}"
        return done.out

    def obtain(self, *names: str, solving: Sequence[str] = ("--standalone",)) -> str:
        """``certonly`` for the names, with an account made on the way."""
        wanted = [word for name in names for word in ("-d", name)]
        terms = ["--agree-tos", "--register-unsafely-without-email"]
        return self.succeed("certonly", *terms, *solving, *wanted)

    def plant(self, names: Sequence[str], *, webroot: Path = Path("/var/www")) -> None:
        """Lineages that are due, of an account that is opened for them; nobody serves ``webroot``."""
        self.succeed("register", "--agree-tos", "--register-unsafely-without-email")
        plant_due(self.config, names, server=self.ca.directory_url, webroot=webroot)

    def live(self, name: str) -> Path:
        return self.config / "live" / name

    def version(self, name: str) -> int:
        """The version that all live links name."""
        targets = {os.readlink(self.live(name) / f"{kind}.pem") for kind in KINDS}
        numbers = {int("".join(filter(str.isdigit, Path(target).stem))) for target in targets}
        assert len(numbers) == 1, targets
        return numbers.pop()

    def versions(self, name: str) -> list[int]:
        """The complete versions; every one of them is checked to be sound."""
        folder = self.config / "archive" / name
        numbers = sorted(int(path.stem.removeprefix("cert")) for path in folder.glob("cert*.pem"))
        for number in numbers:
            self._check_sound(folder, number)
        return numbers

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.live(name) / "cert.pem").read_bytes())

    def names(self, name: str) -> list[str]:
        """The names in the live certificate, as they stand there."""
        found = self.certificate(name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = [str(each) for each in found.get_values_for_type(x509.IPAddress)]
        return [*found.get_values_for_type(x509.DNSName), *addresses]

    def accounts(self) -> list[Path]:
        return sorted(self.config.glob("accounts/**/regr.json"))

    def journals(self) -> list[str]:
        """What interrupted work has left for the next run."""
        own = self.config / ".everseal"
        return [
            str(path.relative_to(own))
            for kind in ("pending", "changes", "presented")
            for path in own.glob(f"{kind}/*")
        ]

    @staticmethod
    def _check_sound(folder: Path, number: int) -> None:
        cert, chain, fullchain, key = ((folder / f"{kind}{number}.pem").read_bytes() for kind in KINDS)
        assert fullchain == cert + chain
        first, second = x509.load_pem_x509_certificates(fullchain)[:2]
        first.verify_directly_issued_by(second)
        assert serialization.load_pem_private_key(key, None).public_key() == first.public_key()


def finished(words: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Done:
    """Run a command to its end."""
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, "PYTHONWARNINGS": "error", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert not any(blunder in done.stdout + done.stderr for blunder in BLUNDERS), done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def photograph(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content (a link's target) of everything below the folder."""
    return {str(path.relative_to(folder)): _picture(path) for path in sorted(folder.rglob("*"))}


def _picture(path: Path) -> tuple[int, bytes]:
    mode = stat.S_IMODE(path.lstat().st_mode)
    if path.is_symlink():
        return mode, os.readlink(path).encode()
    return mode, path.read_bytes() if path.is_file() else b""
