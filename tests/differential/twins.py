"""Carries a scenario out with one program, in a place that all twins share, one after the other."""

import shlex
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tests.differential.authorities import EAB_KEYS, Authorities, issuer_of_alternate
from tests.differential.observation import Facts, Observer
from tests.differential.programs import Call, Program, Result
from tests.differential.scenario import Change, Run, Scenario, Start
from tests.servers.pebble import Pebble
from tests.servers.webroot import serving

_DIRECTORIES = "--config-dir {here}/config --work-dir {here}/work --logs-dir {here}/logs"
_REGISTER = "register {acme} -n --agree-tos --register-unsafely-without-email"
STARTS: Mapping[Start, tuple[str, ...]] = {
    "empty": (),
    "account": (_REGISTER,),
    "one": (_REGISTER, "certonly {acme} -n --standalone -d one.example"),
    "pair": (_REGISTER, "certonly {acme} -n --standalone -d pair.example -d www.pair.example"),
    "webroot": (_REGISTER, "certonly {acme} -n --webroot -w {www} -d web.example"),
}

# Notes its label and the variables that a program gave it. Nothing here may need quoting in a renewal file.
_RECORD = """#!/bin/sh
{{ printf '%s\\0' "$1"; env -0 | grep -zE '^(CERTBOT|RENEWED|FAILED)_' | sort -z; printf '\\002'; }} >> {log}
"""
# Put a TXT record where the authority looks, and take it away; called with a label and the DNS's address.
_HOST = '{"host":"_acme-challenge.\'$CERTBOT_DOMAIN\'."'
_SET_TXT = f"""curl -sSf -o /dev/null -d '{_HOST},"value":"'$CERTBOT_VALIDATION'"}}' "$2"/set-txt"""
_CLEAR_TXT = f"""curl -sSf -o /dev/null -d '{_HOST}}}' "$2"/clear-txt"""
_RECORD_AND = """#!/bin/sh
{here}/record "$1"
{then}
"""


@dataclass(slots=True)
class Place:
    """Where every twin lives while its command runs: the same absolute path for both, so that paths in
    renewal files, hooks and messages agree of themselves.
    """

    folder: Path

    @property
    def here(self) -> Path:
        return self.folder / "here"

    def clear(self) -> None:
        """Make an empty twin."""
        shutil.rmtree(self.here, ignore_errors=True)
        for name in ("tmp", "home", "www"):
            (self.here / name).mkdir(parents=True, mode=0o755)
        programs = self.here / "bin"
        programs.mkdir()
        for name, then in _hook_programs(self).items():
            text = _RECORD_AND.format(here=programs, then=then) if then else ""
            (programs / name).write_text(text or _RECORD.format(log=self.here / "hooks.log"), "utf-8")
            (programs / name).chmod(0o755)

    def call(self, step: Run, pebble: Pebble) -> Call:
        """The step's command with everything filled in."""
        words = step.words if step.own_directories else f"{step.words} {_DIRECTORIES}"
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.here / "home"),
            "TMPDIR": str(self.here / "tmp"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "COLUMNS": "80",
            "REQUESTS_CA_BUNDLE": str(pebble.ca_bundle),
            **{name: self.fill(value, pebble) for name, value in step.environment},
        }
        return Call(
            shlex.split(self.fill(words, pebble)),
            environment,
            self.here / "home",
            step.answers,
            at_terminal=step.at_terminal or bool(step.answers),
        )

    def fill(self, text: str, pebble: Pebble) -> str:
        """Put this place and the authority into the text."""
        server = f"--server {pebble.directory_url}"
        values = {
            "acme": f"{server} --http-01-port {pebble.http_port} --no-random-sleep-on-renew",
            "server": pebble.directory_url,
            "port": str(pebble.http_port),
            "here": str(self.here),
            "www": str(self.here / "www"),
            "bin": str(self.here / "bin"),
            "record": str(self.here / "bin" / "record"),
            "dns": pebble.dns.management_url,
            "kid": next(iter(EAB_KEYS)),
            "hmac": next(iter(EAB_KEYS.values())),
        }
        if "{alternate}" in text:
            values["alternate"] = issuer_of_alternate(pebble)
        if "{account}" in text:
            values["account"] = self._first_account()
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _first_account(self) -> str:
        keys = self.here.glob("config/accounts/*/dir/*/private_key.json")
        return min(keys, key=lambda path: path.stat().st_mtime_ns).parent.name

    def names(self, pebble: Pebble) -> dict[str, str]:
        """What is different in each run of the tests, and what to call it."""
        return {str(self.here): "{here}", str(pebble.port): "{acme port}", str(pebble.http_port): "{port}"}

    def served(self, pebble: Pebble) -> AbstractContextManager[None]:
        """The webroot, where the authority looks."""
        return serving(self.here / "www", pebble.http_port)


def _hook_programs(place: Place) -> dict[str, str]:
    here = place.here
    path = ".well-known/acme-challenge"
    return {
        "record": "",
        "fail": "exit 3",
        "speak": "echo to the output; echo to the errors >&2",
        "put": f"cd {here}/www && mkdir -p {path} && "
        f'echo "$CERTBOT_VALIDATION" > {path}/$CERTBOT_TOKEN && echo ok',
        "take": f"rm -rf {here}/www/.well-known",
        "put-txt": _SET_TXT,
        "take-txt": _CLEAR_TXT,
    }


@dataclass(slots=True)
class Story:
    """What one program made of a scenario: the facts after each step, and what it printed."""

    facts: list[Facts] = field(default_factory=list)
    results: list[Result | None] = field(default_factory=list)


@dataclass(slots=True)
class Stage:
    """Runs scenarios: a place, the two programs, and the trees that scenarios start from."""

    place: Place
    authorities: Authorities
    certbot: Program
    everseal: Program

    def play(self, scenario: Scenario, program: Program) -> Story:
        """Every step, one after the other."""
        pebble = self.authorities.get(scenario.authority)
        self.set_up(scenario.start, pebble)
        observer = Observer(self.place.here, scenario.looks_everywhere, self.place.names(pebble))
        story = Story()
        for number, step in enumerate(scenario.steps, 1):
            match step:
                case Change():
                    step.apply(self.place.here)
                    result = None
                case Run():
                    result = self._run(step, program, pebble)
            story.results.append(result)
            story.facts.append(observer.look(number, step, result))
        return story

    def set_up(self, start: Start, pebble: Pebble) -> None:
        """Put the place into the state that a scenario starts from, made by Certbot once and kept."""
        kept = self.place.folder / f"{start}-{pebble.port}"
        if not kept.exists():
            self.place.clear()
            for words in STARTS[start]:
                step = Run(words, served="--webroot" in words)
                done = self._run(step, self.certbot, pebble)
                assert done.status == 0, done.stderr
            shutil.rmtree(self.place.here / "logs", ignore_errors=True)
            shutil.copytree(self.place.here, kept, symlinks=True)
        shutil.rmtree(self.place.here, ignore_errors=True)
        shutil.copytree(kept, self.place.here, symlinks=True)

    def _run(self, step: Run, program: Program, pebble: Pebble) -> Result:
        with self.place.served(pebble) if step.served else nullcontext():
            return program.run(self.place.call(step, pebble))
