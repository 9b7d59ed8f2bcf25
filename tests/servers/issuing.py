"""Issuing from a test CA through the command line, with each solver: what a person would type, and what has
to be on disk afterwards.
"""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.servers.pebble import Pebble
from tests.servers.programs import requires
from tests.servers.webroot import serving

Solving = Literal["standalone", "tls-alpn", "webroot", "manual-dns"]


class Household:
    """A configuration directory and the CA that it gets its certificates from."""

    def __init__(self, folder: Path, pebble: Pebble) -> None:
        self.folder = folder
        self.pebble = pebble
        self.webroot = folder / "www"
        self.webroot.mkdir(parents=True)

    def run(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`everseal VERB ...` with this household's directories and CA; nobody answers questions."""
        command = [sys.executable, "-m", "everseal", *self.words(verb, *words)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def words(self, verb: str, *words: str) -> list[str]:
        """What comes after the program's name."""
        command = [verb, "--non-interactive"]
        for kind in ("config", "work", "logs"):
            command += [f"--{kind}-dir", str(self.folder / kind)]
        command += ["--server", self.pebble.directory_url, "--ca-bundle", str(self.pebble.ca_bundle)]
        command += ["--http-01-port", str(self.pebble.http_port)]
        command += ["--tls-alpn-01-port", str(self.pebble.tls_port)]
        return [*command, "--no-random-sleep-on-renew", *words]

    def obtain(self, solving: Solving, names: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """`everseal certonly` for the names, the first of which names the certificate."""
        words = ["--agree-tos", "--register-unsafely-without-email", *self.solver_words(solving)]
        for name in names:
            words += ["-d", name]
        return self.run("certonly", "--cert-name", names[0], *words)

    def solver_words(self, solving: Solving) -> list[str]:
        """The options that choose the solver."""
        match solving:
            case "standalone":
                return ["--standalone"]
            case "tls-alpn":
                return ["--standalone", "--standalone-challenge", "tls-alpn-01"]
            case "webroot":
                return ["--webroot", "-w", str(self.webroot)]
            case "manual-dns":
                words = ["--manual", "--preferred-challenges", "dns-01"]
                return [*words, *self._dns_hook("auth", "set-txt"), *self._dns_hook("cleanup", "clear-txt")]

    def _dns_hook(self, kind: str, verb: str) -> list[str]:
        content = r'"{\"host\":\"_acme-challenge.$CERTBOT_DOMAIN.\",\"value\":\"$CERTBOT_VALIDATION\"}"'
        curl = f"{requires('curl').path} -sSf -d {content} {self.pebble.dns.management_url}/{verb}"
        return [f"--manual-{kind}-hook", curl]

    def web_server(self) -> AbstractContextManager[None]:
        """Serve the webroot where the CA looks."""
        return serving(self.webroot, self.pebble.http_port)

    def complaint(self, names: Sequence[str]) -> str:
        """What is wrong with the live certificate of that name; empty if nothing is."""
        live = self.folder / "config" / "live" / names[0]
        try:
            certificate = x509.load_pem_x509_certificate((live / "fullchain.pem").read_bytes())
            key = serialization.load_pem_private_key((live / "privkey.pem").read_bytes(), password=None)
        except (OSError, ValueError) as error:
            return str(error)
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = alternatives.get_values_for_type(x509.DNSName)
        if sorted(found) != sorted(names):
            return f"it is for {found}"
        if key.public_key() != certificate.public_key():
            return "its key is another one"
        return ""
