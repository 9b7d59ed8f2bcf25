"""What programs get: one document on standard output, errors too, and a status that says how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, Done
from tests.documents import check

NO_REST = "--no-random-sleep-on-renew"
DETAILED = "--detailed-exit-codes"


def error_of(done: Done) -> dict[str, Any]:
    """The error of a command that wrote nothing else to standard output."""
    check(done.json, "everseal.error")
    error: dict[str, Any] = done.json["error"]
    assert error["exit_status"] == done.status
    assert f"To mend it: {error['remedy']}" in done.err
    return error


def run_of(done: Done) -> dict[str, Any]:
    check(done.json, "everseal.run")
    document: dict[str, Any] = done.json
    return document


@pytest.mark.parametrize(
    ("words", "type_name", "status"),
    [
        (("certonly", "--no-such-option"), "UsageError", 2),
        (("names",), "OneNameWanted", 2),
        (("certonly", "--standalone", "--webroot", "-d", "a.test"), "ContradictingSelection", 1),
        (("certonly", "--standalone", "-d", "a..b"), "BadName", 1),
        (("versions", "no.test"), "LineageMissing", 1),
        (("show_account",), "AccountMissing", 1),
        (("rollback", "-i", "apache"), "InstallerUnknown", 1),
    ],
)
def test_an_error_is_one_document(desk: Desk, words: tuple[str, ...], type_name: str, status: int) -> None:
    done = desk.run(words[0], "--json", *words[1:])
    error = error_of(done)
    assert (error["type"], done.status, error["problem"]) == (type_name, status, None)


def test_what_the_ca_said_is_in_the_document(desk: Desk) -> None:
    done = desk.run("certonly", "--json", "--standalone", "--agree-tos", "-d", "nowhere.example")
    problem = error_of(done)["problem"]
    assert done.status == 1
    assert problem["subproblems"][0]["identifier"] == "nowhere.example"
    assert problem["subproblems"][0]["type"] == "rejectedIdentifier"


def test_a_person_who_aborts_is_an_error_for_programs(desk: Desk) -> None:
    desk.register()
    done = desk.run("unregister", "--json", answers=["a"])
    check(done.json, "everseal.error")
    assert (done.status, done.json["error"]["type"]) == (1, "Aborted")


def test_what_a_run_came_to(desk: Desk) -> None:
    hook = "echo the hook speaks"
    wanted = ("--standalone", "--agree-tos", "-d", "a.test", "--deploy-hook", hook)
    first = desk.succeed("certonly", "--json", *wanted)
    [saved] = run_of(first)["outcomes"]
    assert (saved["outcome"], saved["version"], saved["reason"]["code"]) == ("saved", 1, "new")
    assert "the hook speaks" in first.err
    assert run_of(desk.succeed("names", "a.test", "--add", "b.test", "--json"))["ending"] == "changed"
    [rehearsed] = run_of(desk.succeed("renew", "--dry-run", "--json"))["outcomes"]
    assert rehearsed["outcome"] == "rehearsed"
    document = run_of(desk.succeed("renew", "--json"))
    assert (document["ending"], document["outcomes"][0]["outcome"]) == ("nothing", "left")
    changed = run_of(desk.succeed("reconfigure", "--cert-name", "a.test", "--json", "--post-hook", "true"))
    assert (changed["settings_saved"], changed["ending"]) == (True, "changed")
    check(desk.succeed("names", "a.test", "--json").json, "everseal.names")
    installed = desk.succeed("run", "-i", "null", "-a", "standalone", "-d", "c.test", "--json")
    assert run_of(installed)["outcomes"][0]["installer"] == "null"


def test_a_certificate_for_an_own_request(desk: Desk, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tests.cli.test_certonly import write_csr

    desk.register()
    write_csr(tmp_path / "csr.pem", "own.test", encoding=Encoding.PEM)
    places = [f"--{kind}-path={tmp_path / kind}.pem" for kind in ("cert", "chain", "fullchain")]
    done = desk.succeed("certonly", "--standalone", "--csr", str(tmp_path / "csr.pem"), "--json", *places)
    [delivered] = run_of(done)["outcomes"]
    assert (delivered["outcome"], delivered["fullchain_path"]) == ("delivered", f"{tmp_path}/fullchain.pem")


def test_failures_are_in_the_document_of_the_run(failing: Desk) -> None:
    failing.keep("other.test", days=-1)
    (failing.config / "renewal/worn.conf").write_text("version = 5.8.0\n")
    done = failing.run("renew", NO_REST, "--json")
    document = run_of(done)
    assert [each["outcome"] for each in document["outcomes"]] == ["failed", "saved", "unreadable"]
    assert document["outcomes"][0]["error"]["problem"]["identifier"] == "late.test"
    assert (done.status, document["ending"]) == (1, "some-failed")


def test_servers_and_plugins(desk: Desk) -> None:
    desk.keep("a.test")
    for words in (("install",), ("enhance", "--redirect"), ("rollback",)):
        for more in ((), ("--plan",)):
            done = desk.succeed(words[0], "-i", "null", "--cert-name", "a.test", *words[1:], *more, "--json")
            check(done.json, "everseal.installation")
            assert done.json["done"] is (more == ())
    planned = desk.succeed("enhance", "-i", "null", "--cert-name", "a.test", "--redirect", "--plan")
    assert planned.out.startswith("enhance: nothing to do\n")
    check(desk.succeed("plugins", "--json").json, "everseal.plugins")
    assert desk.succeed("plugins", "--installers", "--json").json["plugins"] == []


def test_the_root_of_the_built_in_authority(desk: Desk) -> None:
    done = desk.run_as_given("ca", "root", "--json", f"--ca-dir={desk.folder}/ca")
    check(done.json, "everseal.ca-root")
    assert done.json["certificate"].startswith("-----BEGIN CERTIFICATE-----\n")


def test_verbs_without_a_document_take_no_json(desk: Desk) -> None:
    assert desk.run_as_given("ca", "serve", "--json").status == 2
    assert desk.run_as_given("completion", "bash", "--json").status == 2
    assert desk.run_as_given("demo", "--json").status == 2


def test_statuses_by_default_are_certbots(failing: Desk) -> None:
    assert [failing.run("renew", NO_REST).status for _ in range(2)] == [1, 0]
    assert failing.run("certificates").status == 0
    assert failing.run("renew", "--cert-name", "no.test").status == 1


class TestDetailedStatuses:
    def test_0_nothing_to_do(self, desk: Desk) -> None:
        desk.keep("a.test")
        for words in (
            ("renew",),
            ("plan",),
            ("certificates",),
            ("prune",),
            ("switch", "a.test", "--to", "1"),
        ):
            assert desk.run(*words, DETAILED).status == 0

    def test_1_all_failed(self, failing: Desk) -> None:
        assert failing.run("renew", NO_REST, DETAILED).status == 1
        assert failing.run("versions", "no.test", DETAILED).status == 1

    def test_2_not_understood(self, desk: Desk) -> None:
        assert desk.run("renew", "--no-such-option", DETAILED).status == 2
        assert desk.run("names", DETAILED).status == 2

    def test_3_something_done(self, desk: Desk) -> None:
        wanted = ("certonly", "--standalone", "--agree-tos", "-d", "a.test", DETAILED)
        assert desk.run(*wanted, "--plan").status == 3
        assert desk.run(*wanted).status == 3
        assert desk.run(*wanted).status == 0
        assert desk.run("renew", "--force-renewal", DETAILED).status == 3
        assert desk.run("switch", "a.test", "--to", "1", DETAILED).status == 3
        assert desk.run("rename", "a.test", "b.test", DETAILED).status == 3
        assert desk.run("delete", "--cert-name", "b.test", DETAILED).status == 3
        assert desk.run("unregister", DETAILED).status == 3

    def test_4_waits(self, failing: Desk) -> None:
        failing.run("renew", NO_REST)
        assert failing.run("renew", NO_REST, DETAILED).status == 4
        assert failing.run("plan", DETAILED).status == 4

    def test_5_some_failed(self, failing: Desk) -> None:
        failing.keep("other.test", days=-1)
        assert failing.run("renew", NO_REST, DETAILED).status == 5

    def test_6_somebody_else_is_at_work(self, desk: Desk) -> None:
        import fcntl

        desk.keep("a.test")
        with open(desk.config / ".certbot.lock", "w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                [sys.executable, "-m", "everseal", "renew", "-n", *desk.words(), "--json", DETAILED],
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 6
        assert error_of(Done(6, done.stdout, done.stderr))["type"] == "Busy"

    def test_7_a_person_has_to_look(self, desk: Desk) -> None:
        desk.register()
        wanted = ("certonly", "--standalone", "-d", "a.test", DETAILED)
        done = desk.run(*wanted, "--deploy-hook", "false", "--json")
        assert (done.status, run_of(done)["ending"]) == (7, "attention")
        strict = desk.run("renew", "--force-renewal", "--strict-hooks", "--json", DETAILED)
        assert strict.status == 7
        assert run_of(strict)["outcomes"][0]["hook_failures"]
        (desk.config / "renewal/worn.conf").write_text("version = 5.8.0\n")
        assert desk.run("plan", DETAILED).status == 7
        assert desk.run("doctor", DETAILED).status == 7

    @pytest.mark.parametrize("signal", ["TERM", "INT"])
    def test_8_stopped(self, desk: Desk, signal: str) -> None:
        desk.register()
        words = desk.words("--standalone", "-d", "a.test", f"--server={desk.server}", "--json", DETAILED)
        hook = f"--pre-hook=kill -{signal} $PPID; sleep 1"
        done = subprocess.run(
            [sys.executable, "-m", "everseal", "certonly", "-n", *words, hook],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "XDG_CONFIG_HOME": str(desk.folder)},
        )
        assert done.returncode == 8, done.stderr
        check(Done(8, done.stdout, done.stderr).json, "everseal.error")
        assert "Exiting due to user request." in done.stderr
