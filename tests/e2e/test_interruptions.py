"""Runs that are killed owe what they did not come to; the next run does it."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.e2e.home import Home

NEW = ("--agree-tos", "--register-unsafely-without-email", "-d", "one.test")


def once(folder: Path, signal_name: str, *, then: str = "true") -> str:
    """A hook that ends the program at its first run, and does ``then`` at later ones."""
    fallen = folder / "fell"
    return f"test -e {fallen} && {then} || {{ touch {fallen}; kill -{signal_name} $PPID; }}"


def owed(home: Home) -> list[Path]:
    return sorted((home.config / ".everseal" / "hooks").glob("*.json"))


def test_a_deploy_hook_that_was_killed_runs_at_the_next_start(home: Home, tmp_path: Path) -> None:
    hook = once(tmp_path, "KILL", then=f'echo "$RENEWED_LINEAGE $RENEWED_DOMAINS" >> {tmp_path}/ran')
    done = home.run("certonly", *NEW, "--standalone", "--deploy-hook", hook)
    assert done.status == -signal.SIGKILL
    assert len(owed(home)) == 1
    assert home.versions("one.test") == [1]
    out = home.succeed("renew")
    assert "is still owed and is run now" in out
    assert "not due for renewal yet" in out
    assert (tmp_path / "ran").read_text() == f"{home.live('one.test')} one.test\n"
    assert owed(home) == []
    home.succeed("renew")
    assert len((tmp_path / "ran").read_text().splitlines()) == 1


def test_a_post_hook_is_owed_from_the_pre_hook_on(home: Home, tmp_path: Path) -> None:
    hooks = ["--pre-hook", once(tmp_path, "KILL"), "--post-hook", f"echo started >> {tmp_path}/ran"]
    done = home.run("certonly", *NEW, "--standalone", *hooks)
    assert done.status == -signal.SIGKILL
    assert not (tmp_path / "ran").exists()
    assert "is still owed" in home.succeed("renew")
    assert (tmp_path / "ran").read_text() == "started\n"
    assert owed(home) == []


def test_a_run_that_is_told_to_stop_runs_its_post_hooks(home: Home, tmp_path: Path) -> None:
    hooks = [
        "--pre-hook",
        once(tmp_path, "TERM", then="true"),
        "--post-hook",
        f"echo started >> {tmp_path}/ran",
    ]
    done = home.run("certonly", *NEW, "--standalone", *hooks)
    assert done.status == 1
    assert "Exiting due to user request." in done.err
    assert (tmp_path / "ran").read_text() == "started\n"
    assert owed(home) == []
