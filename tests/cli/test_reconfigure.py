from __future__ import annotations

from pathlib import Path

from tests.cli.desk import Desk
from tests.cli.test_certonly import renewal_file

UPDATED = "\nSuccessfully updated configuration.\nChanges will apply when the certificate renews.\n"


def test_settings_are_tried_and_kept(desk: Desk) -> None:
    desk.obtain("a.test")
    done = desk.succeed("reconfigure", "--cert-name", "a.test", "--pre-hook", "true")
    assert "Simulating renewal of an existing certificate for a.test" in done.out
    assert UPDATED in done.out
    assert "pre_hook = true\n" in renewal_file(desk, "a.test")
    assert "dry_run" not in renewal_file(desk, "a.test")
    again = desk.succeed("reconfigure", "--cert-name", "a.test", "--pre-hook", "true")
    assert "No changes were made to the renewal configuration." in again.out
    assert not (desk.config / "archive/a.test/cert2.pem").exists()


def test_settings_that_do_not_work_are_not_kept(desk: Desk, tmp_path: Path) -> None:
    desk.obtain("a.test")
    before = renewal_file(desk, "a.test")
    done = desk.run("reconfigure", "--cert-name", "a.test", "--webroot", "-w", str(tmp_path))
    assert done.status == 1
    assert "Some challenges have failed." in done.err
    assert renewal_file(desk, "a.test") == before


def test_a_deploy_hook_is_tried_only_if_wanted(desk: Desk, tmp_path: Path) -> None:
    desk.obtain("a.test")
    mark = tmp_path / "deployed"
    hook = ("reconfigure", "--cert-name", "a.test", "--deploy-hook", f"touch {mark}")
    desk.succeed(*hook)
    assert not mark.exists()
    asked = desk.talk(*hook[:3], "--deploy-hook", f"touch  {mark}", answers=[("deploy hooks", "r")])
    assert "You are attempting to set a --deploy-hook." in asked.out
    assert mark.exists()


def test_the_certificate_is_chosen_from_a_menu(desk: Desk) -> None:
    desk.obtain("a.test")
    desk.keep("b.test")
    done = desk.run("reconfigure", "--post-hook", "true", answers=["1"])
    assert "Which certificate would you like to reconfigure?" in done.out
    assert done.status == 0, done.err
    assert "post_hook = true\n" in renewal_file(desk, "a.test")


def test_what_may_not_change_is_refused(desk: Desk) -> None:
    nothing = desk.run("reconfigure")
    assert (nothing.status, "No existing certificates found" in nothing.err) == (1, True)
    desk.obtain("a.test")
    common = ("reconfigure", "--cert-name", "a.test")
    for words, sentence in (
        (("-d", "b.test"), "You have specified domains, but this function cannot be used to modify"),
        (("--account", "other"), "Using reconfigure to change the ACME account or server is not supported."),
    ):
        done = desk.run(*common, *words)
        assert done.status == 1
        assert sentence in done.err
    elsewhere = desk.run(*common, server="https://other.invalid/dir")
    assert "Using reconfigure to change the ACME account or server is not supported." in elsewhere.err
    missing = desk.run("reconfigure", "--cert-name", "none")
    assert (
        "An existing certificate with name none could not be found. Run `everseal certificates`"
        in missing.err
    )
