"""The operator's own hooks, and the operator's own hands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everseal.acme.challenges import Presentation
from everseal.hooks.runner import HookRunner
from everseal.hooks.validation import HookCommandMissing
from everseal.model.errors import HookFailed
from everseal.model.events import Event, HookRan
from everseal.model.names import DnsName, IpAddress
from everseal.solvers.errors import NobodyToAsk
from everseal.solvers.manual import Manual
from tests.solvers.contract import SolverContract
from tests.solvers.samples import make_presentation

if TYPE_CHECKING:
    from everseal.ports import Solver

BASE = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}


class Person:
    """Reads what is asked, and does nothing."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def instruct(self, text: str) -> None:
        self.read.append(text)


def make_runner(events: list[Event] | None = None) -> HookRunner:
    seen: list[Event] = [] if events is None else events
    return HookRunner(BASE, emit=seen.append)


class TestContractWithHooks(SolverContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.place = tmp_path

    def make(self) -> Solver:
        return Manual(
            make_runner(),
            auth_hook=f'printf %s "$CERTBOT_VALIDATION" > "{self.place}/$CERTBOT_TOKEN"',
            cleanup_hook=f'rm -f "{self.place}/$CERTBOT_TOKEN"',
        )

    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        file = self.place / challenge.token
        return file.is_file() and file.read_text() == challenge.key_authorization


def said(log: Path) -> list[dict[str, str]]:
    """The CERTBOT_ variables of each hook that ran."""
    blocks = log.read_text().split("--\n")[:-1]
    return [dict(line.split("=", 1) for line in block.splitlines()) for block in blocks]


def logging_hook(log: Path) -> str:
    return f"env | grep ^CERTBOT_ | sort >> {log}; echo -- >> {log}"


def test_the_environment_of_http_01_is_certbots(tmp_path: Path) -> None:
    log = tmp_path / "log"
    solver = Manual(
        make_runner(), auth_hook=f"{logging_hook(log)}; echo '  made it '", cleanup_hook=logging_hook(log)
    )
    challenges = [make_presentation("a.example"), make_presentation("192.0.2.7")]
    solver.present(challenges)
    solver.clean_up(challenges)
    auth = [
        {
            "CERTBOT_DOMAIN": challenge.identifier.value,
            "CERTBOT_IDENTIFIER": challenge.identifier.value,
            "CERTBOT_VALIDATION": challenge.key_authorization,
            "CERTBOT_TOKEN": challenge.token,
            "CERTBOT_REMAINING_CHALLENGES": remaining,
            "CERTBOT_ALL_DOMAINS": "a.example,192.0.2.7",
            "CERTBOT_ALL_IDENTIFIERS": "a.example,192.0.2.7",
        }
        for challenge, remaining in zip(challenges, ("1", "0"), strict=True)
    ]
    cleanup = [{**variables, "CERTBOT_AUTH_OUTPUT": "made it"} for variables in auth]
    assert said(log) == auth + cleanup


def test_apex_and_wildcard_are_two_calls_with_one_domain_and_no_token(tmp_path: Path) -> None:
    log = tmp_path / "log"
    solver = Manual(make_runner(), auth_hook=logging_hook(log))
    challenges = [make_presentation("a.example", "dns-01"), make_presentation("*.a.example", "dns-01")]
    solver.present(challenges)
    calls = said(log)
    assert [call["CERTBOT_DOMAIN"] for call in calls] == ["a.example", "a.example"]
    assert [call["CERTBOT_VALIDATION"] for call in calls] == [each.dns_value for each in challenges]
    assert [call["CERTBOT_REMAINING_CHALLENGES"] for call in calls] == ["1", "0"]
    assert all("CERTBOT_TOKEN" not in call for call in calls)
    assert calls[0]["CERTBOT_ALL_DOMAINS"] == "a.example,a.example"


def test_a_fresh_process_cleans_up_without_the_output(tmp_path: Path) -> None:
    log = tmp_path / "log"
    challenge = make_presentation()
    Manual(make_runner(), auth_hook="x", cleanup_hook=logging_hook(log)).clean_up([challenge])
    (call,) = said(log)
    assert call["CERTBOT_AUTH_OUTPUT"] == ""
    assert call["CERTBOT_TOKEN"] == challenge.token


def test_each_hook_runs_once_however_often_it_is_asked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    solver = Manual(make_runner(), auth_hook=f"echo auth >> {log}", cleanup_hook=f"echo cleanup >> {log}")
    challenge = make_presentation()
    for _ in range(2):
        solver.present([challenge])
    for _ in range(2):
        solver.clean_up([challenge])
    assert log.read_text() == "auth\ncleanup\n"
    solver.present([challenge])
    solver.clean_up([challenge])
    assert log.read_text() == "auth\ncleanup\n" * 2


def test_a_failing_auth_hook_is_reported_and_no_more() -> None:
    events: list[Event] = []
    solver = Manual(make_runner(events), auth_hook="echo no >&2; exit 4")
    solver.present([make_presentation()])
    assert events == [HookRan("manual-auth", "echo no >&2; exit 4", 4, "", "no\n", subject="a.example")]


def test_a_failing_auth_hook_fails_where_that_is_wanted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    solver = Manual(make_runner(), auth_hook="exit 4", cleanup_hook=f"echo cleanup >> {log}", strict=True)
    challenges = [make_presentation("a.example"), make_presentation("b.example")]
    with pytest.raises(HookFailed, match=r"a\.example reported error code 4"):
        solver.present(challenges)
    solver.clean_up(challenges)
    assert log.read_text() == "cleanup\n" * 2


def test_a_failing_cleanup_hook_does_not_spare_the_next_one() -> None:
    events: list[Event] = []
    solver = Manual(make_runner(events), auth_hook="true", cleanup_hook="exit 1")
    challenges = [make_presentation("a.example"), make_presentation("b.example")]
    solver.present(challenges)
    solver.clean_up(challenges)
    assert [
        event.subject for event in events if isinstance(event, HookRan) and event.kind == "manual-cleanup"
    ] == [
        "a.example",
        "b.example",
    ]


def test_an_output_that_no_environment_holds_is_made_to_fit(tmp_path: Path) -> None:
    solver = Manual(
        make_runner(),
        auth_hook=r"printf 'a\0b\303'; head -c 300000 /dev/zero | tr '\0' x",
        cleanup_hook=f'printf %s "$CERTBOT_AUTH_OUTPUT" > {tmp_path}/out',
    )
    challenge = make_presentation()
    solver.present([challenge])
    solver.clean_up([challenge])
    out = (tmp_path / "out").read_text()
    assert out.startswith("ab\ufffdxxx")
    assert 90_000 < len(out.encode()) <= 100_000


def test_a_person_is_told_everything_at_once() -> None:
    person = Person()
    solver = Manual(make_runner(), prompter=person)
    file = make_presentation("b.example")
    apex, wildcard = make_presentation("a.example", "dns-01"), make_presentation("*.a.example", "dns-01")
    solver.present([apex, file, wildcard])
    solver.present([apex, file, wildcard])
    (text,) = person.read
    assert f"http://b.example{file.http_path}\n" in text
    assert f"{file.key_authorization}\n" in text
    assert "2 DNS TXT records under the same name:\n\n_acme-challenge.a.example.\n" in text
    assert f"{apex.dns_value}\n{wildcard.dns_value}\n" in text
    assert "do not replace it" in text
    assert "remove nothing yet" in text
    assert text.count("dig +short TXT _acme-challenge.a.example.") == 1
    solver.clean_up([apex, file, wildcard])
    assert len(person.read) == 1


def test_a_person_is_told_one_thing_simply() -> None:
    person = Person()
    solver = Manual(make_runner(), prompter=person)
    record, file = make_presentation("a.example", "dns-01"), make_presentation("2001:db8::7")
    solver.present([record])
    solver.present([file])
    assert person.read[0].startswith(
        "Please deploy a DNS TXT record under the name:\n\n_acme-challenge.a.example.\n\n"
        f"with the following value:\n\n{record.dns_value}\n"
    )
    assert person.read[1] == (
        f"Create a file containing just this data:\n\n{file.key_authorization}\n\n"
        f"And make it available on your web server at this URL:\n\nhttp://[2001:db8::7]{file.http_path}\n"
    )


def test_without_hook_and_person_it_says_so_before_anything_is_ordered() -> None:
    solver = Manual(make_runner(), cleanup_hook="true")
    with pytest.raises(NobodyToAsk, match="--manual-auth-hook") as caught:
        solver.check([DnsName("a.example")])
    assert "terminal" in caught.value.remedy
    with pytest.raises(NobodyToAsk):
        solver.present([make_presentation()])


def test_hooks_are_looked_for_before_anything_is_ordered() -> None:
    names = [DnsName("a.example")]
    Manual(make_runner(), auth_hook="true", cleanup_hook="sh -c 'exit'").check(names)
    Manual(make_runner(), auth_hook="no-such x", validate=False).check(names)
    with pytest.raises(
        HookCommandMissing, match="Unable to find manual-auth-hook command no-such in the PATH"
    ):
        Manual(make_runner(), auth_hook="no-such x").check(names)
    with pytest.raises(HookCommandMissing, match="manual-cleanup-hook command no-such"):
        Manual(make_runner(), auth_hook="true", cleanup_hook="no-such").check(names)


def test_what_it_can_prove() -> None:
    solver = Manual(make_runner())
    assert solver.challenge_types(DnsName("a.example")) == ("http-01", "dns-01")
    assert solver.challenge_types(DnsName("*.a.example")) == ("dns-01",)
    assert solver.challenge_types(IpAddress("192.0.2.7")) == ("http-01",)


def test_the_description_tells_hook_from_hand() -> None:
    wildcard = DnsName("*.a.example")
    assert Manual(make_runner()).describe(wildcard, "dns-01") == (
        "asks you to make a TXT record at _acme-challenge.a.example by hand"
    )
    with_hook = Manual(make_runner(), auth_hook="/etc/dns-add")
    assert with_hook.describe(DnsName("a.example"), "http-01") == (
        "runs your hook `/etc/dns-add`, which has to make a file on the web server of a.example"
    )
