from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.desk import Desk
from tests.store.minting import mint


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Version 1 for another name too, version 2 expired, version 3 live."""
    desk.keep("x.test", "x.test", "old.test")
    desk.keep("x.test", new=False, days=-3)
    desk.keep("x.test", new=False)
    return desk


def live(desk: Desk) -> int:
    return int(os.readlink(desk.config / "live/x.test/cert.pem")[-5])


def pin(desk: Desk) -> bool:
    return "pinned_version" in (desk.config / "renewal/x.test.conf").read_text()


@pytest.fixture
def hook(kept: Desk, tmp_path: Path) -> tuple[str, Path]:
    """A deploy hook that writes down what it was told."""
    heard = tmp_path / "heard"
    return f'echo "$RENEWED_LINEAGE $RENEWED_DOMAINS" >> {heard}', heard


def test_back_and_forth(kept: Desk, hook: tuple[str, Path]) -> None:
    command, heard = hook
    done = kept.succeed("switch", "x.test", "--to", "1", "--deploy-hook", command)
    assert "Version 1 of x.test is live now; it expires on 20" in done.out
    assert "- It is also for old.test." in done.out
    assert (live(kept), pin(kept)) == (1, True)
    assert heard.read_text() == f"{kept.config}/live/x.test x.test old.test\n"
    assert "version 1 is live (switched to, and kept until" in kept.succeed("versions", "x.test").out
    kept.succeed("switch", "x.test", "--to", "3")
    assert (live(kept), pin(kept)) == (3, False)


def test_the_plan_does_nothing(kept: Desk, hook: tuple[str, Path]) -> None:
    before = kept.tree(".")
    shown = kept.succeed("switch", "x.test", "--to", "1", "--plan", "--deploy-hook", hook[0]).out
    assert shown.startswith("x.test: put version 1 to use in place of version 3\n  Why:   it was asked for")
    assert f"  Hook:  deploy: {hook[0]}\n" in shown
    assert (live(kept), kept.tree(".")) == (3, before)


def test_as_json(kept: Desk) -> None:
    planned = kept.succeed("switch", "x.test", "--to", "1", "--plan", "--json").json
    assert (planned["schema"], planned["from"], planned["to"], planned["done"]) == (
        "everseal.switch",
        3,
        1,
        False,
    )
    done = kept.succeed("switch", "x.test", "--to", "1", "--json").json
    assert (done["done"], done["pinned"], done["identifiers"]) == (True, True, ["x.test", "old.test"])
    again = kept.succeed("switch", "x.test", "--to", "1", "--json").json
    assert (again["done"], again["changes_something"]) == (False, False)


def test_what_is_live_already_runs_no_hook(kept: Desk, hook: tuple[str, Path]) -> None:
    done = kept.succeed("switch", "x.test", "--to", "3", "--deploy-hook", hook[0])
    assert "Version 3 of x.test is live already; nothing to do." in done.out
    assert not hook[1].exists()


def test_renew_leaves_it_where_it_is(kept: Desk) -> None:
    kept.succeed("switch", "x.test", "--to", "1")
    assert "nothing to do, 1 left as it is" in kept.succeed("plan").out
    assert "not due for renewal yet" in kept.succeed("renew").out
    assert live(kept) == 1


def test_whether_it_is_due_is_judged_by_the_live_version(desk: Desk) -> None:
    desk.register()
    account = desk.account_folders[0].name
    desk.keep("x.test", days=-3, account=account)
    desk.keep("x.test", new=False, account=account)
    assert "nothing to do" in desk.succeed("plan").out
    desk.succeed("switch", "x.test", "--to", "1", "--even-if-expired")
    assert "1 certificate to obtain" in desk.succeed("plan").out


def test_the_next_certificate_ends_it(desk: Desk) -> None:
    desk.obtain("x.test")
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    desk.succeed("switch", "x.test", "--to", "1")
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert (live(desk), pin(desk)) == (3, False)
    assert "version 3 is live\n" in desk.succeed("versions", "x.test").out


def test_an_expired_version_needs_a_word(kept: Desk) -> None:
    done = kept.run("switch", "x.test", "--to", "2")
    assert done.status == 1
    assert "version 2 of x.test was not put to use: the certificate expired on" in done.err
    assert "choose a sound version (1, 3), or add --even-if-expired" in done.err
    assert live(kept) == 3
    assert (
        "- Its certificate has expired."
        in kept.succeed("switch", "x.test", "--to", "2", "--even-if-expired").out
    )


def test_an_unsound_version_is_refused(kept: Desk) -> None:
    (kept.config / "archive/x.test/privkey1.pem").write_bytes(mint("x.test").key_pem)
    done = kept.run("switch", "x.test", "--to", "1", "--even-if-expired")
    assert done.status == 1
    assert "the certificate is for another key than the private key beside it" in done.err
    assert live(kept) == 3


def test_a_failing_hook_stays_owed_and_is_told(kept: Desk, tmp_path: Path) -> None:
    done = kept.run("switch", "x.test", "--to", "1", "--deploy-hook", "false", "--strict-hooks")
    assert done.status == 1
    assert "deploy hook 'false' ended with status 1" in done.err
    assert live(kept) == 1
    assert len(list((kept.config / ".everseal/hooks").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("x.test",), 2, "switch needs the number of a version"),
        (("--to", "1"), 2, "switch takes the name of one certificate"),
        (("x.test", "--to", "9"), 1, "has no version 9"),
        (("y.test", "--to", "1"), 1, "No certificate with name y.test found"),
    ],
)
def test_what_makes_no_sense(kept: Desk, words: tuple[str, ...], status: int, sentence: str) -> None:
    done = kept.run("switch", *words)
    assert (done.status, sentence in done.err) == (status, True)
