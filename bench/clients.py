"""The programs that are measured, each told in its own words where the CA is and how names are proved.

All of them prove names by http-01 with files below one directory that a web server serves, and have an
account before anything is measured.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measuring import spent
from bench.premises import Premises
from tests.servers.programs import requires

EVERSEAL = str(Path(sys.executable).with_name("everseal"))
_CHALLENGES = ".well-known/acme-challenge"
_SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_UACME_HOOK = """#!/bin/sh
[ "$2" = http-01 ] || exit 1
case "$1" in
begin) printf %s "$5" > "{challenges}/$4" ;;
*) rm -f "{challenges}/$4" ;;
esac
"""

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Client:
    """A program with an account at the CA; ``obtain`` gives its command line for one certificate."""

    name: str
    folder: Path
    environment: Mapping[str, str]
    obtain: Callable[[Sequence[str]], Words]


def program(name: str) -> str:
    return str(requires(name).path)


def directories(folder: Path) -> list[str]:
    """The options of Certbot and Everseal that keep everything below one folder."""
    return [word for kind in ("config", "work", "logs") for word in (f"--{kind}-dir", str(folder / kind))]


def clients(place: Premises) -> list[Client]:
    """All of them, Everseal last."""
    (place.webroot / _CHALLENGES).mkdir(parents=True, exist_ok=True)
    return [make(place) for make in (certbot, dehydrated, lego, uacme, bare, everseal)]


def certbot(place: Premises) -> Client:
    return _of_certbots_kind("certbot", certbot_words(place), place)


def everseal(place: Premises) -> Client:
    return _of_certbots_kind("everseal", everseal_words(place), place)


def certbot_words(place: Premises) -> Words:
    return [
        "/usr/bin/env",
        f"REQUESTS_CA_BUNDLE={place.pebble.ca_bundle}",
        program("certbot"),
        *_common(place, "certbot"),
    ]


def everseal_words(place: Premises) -> Words:
    """Told how to trust the CA in the way in which Certbot is."""
    return [
        "/usr/bin/env",
        f"REQUESTS_CA_BUNDLE={place.pebble.ca_bundle}",
        EVERSEAL,
        *_common(place, "everseal"),
    ]


def _common(place: Premises, name: str) -> Words:
    return [
        *directories(place.folder / name),
        "--server",
        place.directory_url,
        "--non-interactive",
        "--agree-tos",
    ]


def _of_certbots_kind(name: str, words: Words, place: Premises) -> Client:
    spent([*words, "register", "--register-unsafely-without-email"], {})
    obtaining = [*words, "certonly", "--webroot", "-w", str(place.webroot)]
    return Client(
        name,
        place.folder / name,
        {},
        lambda names: [*obtaining, *(word for each in names for word in ("-d", each))],
    )


def bare(place: Premises) -> Client:
    """Not a client that anybody would use, but the least that one in this language takes."""
    words = bare_words(place)
    spent(words, {})
    return Client("bare", place.folder / "bare", {}, lambda names: [*words, ",".join(names)])


def bare_words(place: Premises) -> Words:
    """Each word behind them is one certificate."""
    program = str(Path(__file__).with_name("bare.py"))
    ca = [place.directory_url, str(place.pebble.ca_bundle), str(place.webroot)]
    return [sys.executable, program, str(place.folder / "bare"), *ca]


def lego(place: Premises) -> Client:
    folder = place.folder / "lego"
    words = [program("lego-new"), "--accept-tos", "--email=admin@example.com", f"--path={folder}"]
    words += [f"--server={place.directory_url}", "--http", f"--http.webroot={place.webroot}"]
    environment = {"LEGO_CA_CERTIFICATES": str(place.pebble.ca_bundle)}
    spent([*words, "-d=first.lego.example", "run"], environment)
    return Client(
        "lego", folder, environment, lambda names: [*words, *(f"-d={each}" for each in names), "run"]
    )


def dehydrated(place: Premises) -> Client:
    folder = place.folder / "dehydrated"
    folder.mkdir()
    (folder / "config").write_text(
        f'CA="{place.directory_url}"\nBASEDIR="{folder}"\n'
        f'WELLKNOWN="{place.webroot / _CHALLENGES}"\n'
        f'CURL_OPTS="--cacert {place.pebble.ca_bundle}"\n'
        "KEY_ALGO=prime256v1\nACCOUNT_KEYSIZE=2048\n"
    )
    words = [program("dehydrated"), "--config", str(folder / "config")]
    spent([*words, "--register", "--accept-terms"], {})
    return Client("dehydrated", folder, {}, lambda names: [*words, "--cron", "--domain", " ".join(names)])


def uacme(place: Premises) -> Client:
    """It trusts the system's certificates alone: ours stand in their place, in its own mount namespace."""
    folder = place.folder / "uacme"
    folder.mkdir()
    hook = folder / "hook"
    hook.write_text(_UACME_HOOK.format(challenges=place.webroot / _CHALLENGES))
    hook.chmod(0o755)
    seeing = f'mount --bind "$0" {_SYSTEM_CERTIFICATES} && exec "$@"'
    words = ["/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh", "-c", seeing]
    words += [str(place.pebble.ca_bundle), program("uacme"), "-a", place.directory_url]
    words += ["-c", str(folder), "-y"]
    spent([*words, "new"], {})
    return Client("uacme", folder, {}, lambda names: [*words, "-h", str(hook), "issue", *names])


def in_turn(commands: Sequence[Words], script: Path) -> Words:
    """A shell that runs one command after the other."""
    script.write_text("".join(f"{shlex.join(each)}\n" for each in commands))
    return ["/bin/sh", "-e", str(script)]
