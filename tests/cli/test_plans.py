"""``--plan`` with every verb that changes something: told and not done, not even a log is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from everseal.settings.verbs import VERBS
from tests.cli.desk import Desk
from tests.documents import check

NAME = "a.test"
PLANS: Mapping[str, tuple[str, ...]] = {
    "run": ("-a", "standalone", "-i", "null", "-d", "b.test"),
    "certonly": ("--standalone", "-d", "b.test"),
    "renew": ("--force-renewal",),
    "reconfigure": ("--cert-name", NAME, "--post-hook", "true"),
    "delete": ("--cert-name", NAME),
    "revoke": ("--cert-name", NAME),
    "register": ("--server", "http://other.test/directory", "-m", "me@a.test"),
    "update_account": ("-m", "me@a.test"),
    "unregister": (),
    "install": ("-i", "null", "--cert-name", NAME),
    "enhance": ("-i", "null", "--cert-name", NAME, "--redirect"),
    "rollback": ("-i", "null"),
    "names": (NAME, "--add", "b.test"),
    "switch": (NAME, "--to", "1"),
    "rename": (NAME, "b.test"),
    "prune": (),
    "export": (NAME, "--to", "/tmp"),
    "backup": ("le.backup",),
    "doctor": ("--fix",),
}
SCHEMAS = {
    "delete": "everseal.deletion-plan",
    "revoke": "everseal.revocation-plan",
    "register": "everseal.account-plan",
    "update_account": "everseal.account-plan",
    "unregister": "everseal.account-plan",
    "install": "everseal.installation",
    "enhance": "everseal.installation",
    "rollback": "everseal.installation",
    "switch": "everseal.switch",
    "rename": "everseal.rename",
    "prune": "everseal.prune",
    "export": "everseal.export",
    "backup": "everseal.backup-plan",
    "doctor": "everseal.doctor",
}
ELSEWHERE = {"restore", "schedule"}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, ca: Any, http_port: int) -> Desk:
    """Has a certificate with two versions and an account; plans leave it as it is."""
    desk = Desk(tmp_path_factory.mktemp("plans"), ca.directory_url, http_port)
    desk.obtain(NAME)
    desk.succeed("renew", "--force-renewal")
    return desk


def everything_below(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every path with its mode, the time it was last written to, and what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            content = os.fsencode(os.readlink(path))
        else:
            content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
    return found


def test_each_verb_that_changes_something_is_tried() -> None:
    changing = {verb.name for verb in VERBS if verb.effect == "writes"}
    assert changing - ELSEWHERE <= set(PLANS)


@pytest.mark.parametrize("verb", PLANS)
def test_nothing_is_changed(furnished: Desk, verb: str) -> None:
    before = everything_below(furnished.folder)
    text = furnished.run(verb, "--plan", *PLANS[verb])
    document = furnished.run(verb, "--plan", "--json", *PLANS[verb])
    assert (text.status, document.status) == (0, 0), f"{text.err}{document.err}"
    assert text.out
    check(document.json, SCHEMAS.get(verb, "everseal.plan"))
    assert everything_below(furnished.folder) == before


@pytest.mark.parametrize("verb", ["certonly", "renew", "register", "prune", "doctor"])
def test_not_even_a_directory_is_made(desk: Desk, verb: str) -> None:
    words = {"register": ("-m", "me@a.test")}.get(verb, PLANS[verb])
    assert desk.run(verb, "--plan", *words).status == 0
    assert list(desk.folder.iterdir()) == []


def test_a_fresh_trees_window_is_planned_without_a_trace(desk_at: Any) -> None:
    desk = desk_at()
    desk.obtain(NAME)
    (desk.config / ".everseal/secret").unlink(missing_ok=True)
    before = everything_below(desk.folder)
    assert desk.run("plan").status == 0
    assert everything_below(desk.folder) == before


def test_what_was_planned_is_what_is_deleted(desk: Desk) -> None:
    desk.keep(NAME)
    desk.keep(NAME, new=False)
    planned = desk.succeed("delete", "--plan", "--json", "--cert-name", NAME).json["certificates"]
    done = desk.succeed("delete", "--json", "--cert-name", NAME).json["deleted"]
    assert planned[0]["paths"] == done[0]["removed"]


def test_a_stranger_keeps_its_directory(desk: Desk) -> None:
    desk.keep(NAME)
    (desk.config / "live" / NAME / "theirs").write_text("")
    planned = desk.succeed("delete", "--plan", "--json", "--cert-name", NAME).json["certificates"]
    done = desk.succeed("delete", "--json", "--cert-name", NAME).json["deleted"]
    assert planned[0]["paths"] == done[0]["removed"]
    assert f"{desk.config}/live/{NAME}" not in planned[0]["paths"]


def test_a_damaged_lineage_is_told(desk: Desk) -> None:
    (desk.config / "renewal").mkdir(parents=True)
    (desk.config / "renewal/worn.test.conf").write_text("cert\n")
    done = desk.succeed("delete", "--plan", "--json", "--cert-name", "worn.test")
    check(done.json, "everseal.deletion-plan")
    assert done.json["certificates"][0]["damage"]["type"] == "LineageBroken"


def test_what_cannot_be_planned_is_said(desk: Desk) -> None:
    assert "No certificate with name no.test" in desk.run("delete", "--plan", "--cert-name", "no.test").err
    assert "Could not find" in desk.run("unregister", "--plan").err
    desk.register()
    assert "There is an existing account" in desk.run("register", "--plan").err
    desk.keep(NAME)
    key = ("--key-path", f"{desk.config}/live/{NAME}/privkey.pem")
    planned = desk.succeed("revoke", "--plan", "--json", "--cert-name", NAME, *key).json
    check(planned, "everseal.revocation-plan")
    assert planned["account"] is None
    assert [each["name"] for each in planned["deletes"]] == [NAME]


def test_forgetting_an_export_is_planned_and_told(desk: Desk, tmp_path: Path) -> None:
    desk.keep(NAME)
    words = (NAME, "--to", str(tmp_path / "out"), "--json")
    desk.succeed("export", *words, "--remember")
    for more in (("--plan",), ()):
        told = desk.succeed("export", *words, "--forget", *more).json
        check(told, "everseal.export")
        assert (told["done"], told["forgot"]) == (more == (), str(tmp_path / "out"))
