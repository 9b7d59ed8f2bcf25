from __future__ import annotations

import re
from pathlib import Path

import pytest

from everseal.reports.frames import RULE
from tests.cli.desk import Desk

NO_REST = "--no-random-sleep-on-renew"


def test_each_lineage_has_its_heading_and_the_summary_all(desk: Desk) -> None:
    desk.register()
    desk.keep("young.test")
    desk.keep("late.test", days=-1)
    done = desk.succeed("renew", NO_REST)
    late, young = desk.config / "renewal/late.test.conf", desk.config / "renewal/young.test.conf"
    assert done.out.index(
        f"{RULE}\nProcessing {late}\n{RULE}\nRenewing an existing certificate for late.test"
    ) < (done.out.index(f"{RULE}\nProcessing {young}\n{RULE}\nCertificate not yet due for renewal"))
    assert f"  {desk.config}/live/young.test/fullchain.pem expires on " in done.out
    assert (
        f"Congratulations, all renewals succeeded: \n  {desk.config}/live/late.test/fullchain.pem (success)"
        in (done.out)
    )


def test_a_failure_stops_no_other_and_is_the_status(failing: Desk) -> None:
    failing.keep("other.test", days=-1)
    (failing.config / "renewal/worn.conf").write_text("version = 5.8.0\n")
    done = failing.run("renew", NO_REST)
    assert done.status == 1
    assert "Failed to renew certificate late.test with error: Some challenges have failed" in done.err
    assert "  Identifier: late.test" in done.out
    assert (
        f"The following renewals failed:\n  {failing.config}/live/late.test/fullchain.pem (failure)"
        in done.err
    )
    assert "other.test/fullchain.pem (success)" in done.out
    assert f"  {failing.config}/renewal/worn.conf (parsefail)" in done.out
    assert "1 renew failure(s), 1 parse failure(s)" in done.err


def test_after_failures_only_a_person_goes_ahead(failing: Desk) -> None:
    assert failing.run("renew", NO_REST).status == 1
    waiting = failing.run("renew", NO_REST)
    assert (waiting.status, waiting.complaints) == (0, "")
    assert "it failed once; not tried again before" in waiting.out
    assert "No renewals were attempted." in waiting.out
    asked = failing.run("certonly", "--webroot", "-w", str(failing.folder / "www"), "-d", "late.test")
    assert asked.status == 1
    assert "1 earlier order for late.test failed, and an unattended run would wait until" in asked.out
    assert "it failed 2 times in a row" in failing.run("renew", NO_REST).out
    failing.succeed("certonly", "--standalone", "-d", "late.test")
    assert not list((failing.config / ".everseal/setbacks").iterdir())


def test_what_cannot_be_ordered_for_is_a_failure_and_reads_on(desk: Desk) -> None:
    desk.keep("late.test", days=-1)
    conf = desk.config / "renewal/late.test.conf"
    conf.write_text(conf.read_text("utf-8").replace("standalone", "dns-nowhere"), encoding="utf-8")
    done = desk.run("renew", NO_REST)
    assert done.status == 1
    assert "Failed to renew certificate late.test with error: The requested dns-nowhere plugin" in done.err
    assert "1 renew failure(s), 0 parse failure(s)" in done.err
    assert desk.run("plan").status == 1


def test_hooks_run_once_around_everything(desk: Desk, tmp_path: Path) -> None:
    desk.register()
    for name in ("a.test", "b.test"):
        desk.keep(name, days=-1)
    notes = tmp_path / "notes"
    hooks = [
        f"--pre-hook=echo pre >> {notes}",
        f"--deploy-hook=echo deploy $RENEWED_DOMAINS $RENEWED_LINEAGE >> {notes}",
        f"--post-hook=echo post $RENEWED_DOMAINS/$FAILED_DOMAINS/$RENEWED_LINEAGE >> {notes}",
    ]
    desk.succeed("renew", NO_REST, *hooks)
    live = desk.config / "live"
    pre, *deployed, post = notes.read_text().splitlines()
    assert sorted(deployed) == [f"deploy a.test {live}/a.test", f"deploy b.test {live}/b.test"]
    assert (pre, post) == ("pre", "post a.test b.test//")
    assert "renew_hook = echo deploy" in (desk.config / "renewal/a.test.conf").read_text("utf-8")


def test_hooks_given_where_nothing_is_due_are_told_not_to_have_run(desk: Desk) -> None:
    desk.keep("a.test")
    assert (
        "No renewals were attempted.\nNo hooks were run." in desk.succeed("renew", "--pre-hook", "true").out
    )


def test_a_failing_hook_is_the_status_only_where_hooks_are_strict(desk: Desk) -> None:
    desk.register()
    desk.keep("a.test", days=-1)
    done = desk.succeed("renew", NO_REST, "--deploy-hook", "false")
    assert "Hook 'deploy-hook' reported error code 1" in done.err
    strict = desk.run("renew", NO_REST, "--force-renewal", "--strict-hooks")
    assert strict.status == 1
    assert "deploy hook 'false' ended with status 1" in strict.err


def test_an_installer_that_is_not_there_is_told_and_kept(desk: Desk) -> None:
    desk.register()
    desk.keep("a.test", days=-1)
    conf = desk.config / "renewal/a.test.conf"
    conf.write_text(conf.read_text("utf-8") + "installer = nginx\nnginx_ctl = /opt/nginx\n", encoding="utf-8")
    done = desk.succeed("renew", NO_REST)
    assert "names the installer nginx, which is not part of Everseal yet: nginx was not reloaded." in done.err
    assert "installer = nginx\n" in conf.read_text("utf-8")
    assert "nginx_ctl = /opt/nginx\n" in conf.read_text("utf-8")
    desk.succeed("renew", NO_REST, "--force-renewal", "--installer", "null")
    assert "installer = null\n" in conf.read_text("utf-8")


def test_names_do_not_choose_lineages(desk: Desk) -> None:
    done = desk.run("renew", "-d", "a.test")
    assert done.status == 1
    assert "Currently, the renew verb is capable of either renewing all installed certificates" in done.err


def test_quiet_says_nothing_unless_something_fails(failing: Desk) -> None:
    done = failing.run("renew", "-q", NO_REST)
    assert done.out == ""
    assert "the CA could not verify every name" in done.err


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each sleep would have been."""
    seen: list[float] = []
    monkeypatch.setattr(
        "everseal.system.clock.SystemClock.sleep", lambda _clock, seconds: seen.append(seconds)
    )
    return seen


def test_unattended_runs_rest_before_the_first_order(desk: Desk, rests: list[float]) -> None:
    desk.register()
    desk.keep("young.test")
    for words in ((), ("--force-renewal",), ("--dry-run",)):
        assert "random delay" not in desk.succeed("renew", *words).out
    desk.keep("late.test", days=-1)
    done = desk.succeed("renew")
    told = re.search(r"Non-interactive renewal: random delay of ([0-9.]+) seconds", done.out)
    assert told is not None
    assert 1 <= float(told[1]) <= 480
    assert sum(rests) >= float(told[1]) - 0.1
    assert done.out.index("random delay") < done.out.index("Processing")


def test_a_short_lived_certificate_does_not_rest_until_it_has_expired(desk: Desk, rests: list[float]) -> None:
    desk.register()
    desk.keep("brief.test", days=5 / 60 / 24, age=4 / 60 / 24)
    done = desk.succeed("renew")
    told = re.search(r"random delay of ([0-9.]+) seconds", done.out)
    assert told is not None
    assert max(rests) <= float(told[1]) + 0.1 <= 5 * 60 / 20 + 0.1


def test_what_is_told_quickly_is_told_in_the_same_words(desk: Desk) -> None:
    for name in ("a.test", "b.test"):
        desk.keep(name)
    quick, thorough = desk.succeed("renew", NO_REST), desk.succeed("renew", NO_REST, "--debug")
    assert "Certificate not yet due for renewal" in quick.out
    assert (quick.out, quick.err) == (thorough.out, thorough.err)
    logs = desk.folder / "logs"
    assert "looking at" not in (logs / "letsencrypt.log.1").read_text("utf-8")
    assert "looking at" in (logs / "letsencrypt.log").read_text("utf-8")
