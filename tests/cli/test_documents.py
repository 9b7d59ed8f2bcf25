"""The JSON documents of the verbs about versions are what docs/reference/json says."""

from __future__ import annotations

from pathlib import Path

from tests.cli.desk import Desk
from tests.documents import check


def test_versions(desk: Desk) -> None:
    desk.keep("x.test")
    desk.keep("x.test", new=False)
    (desk.config / "archive/x.test/cert1.pem").write_bytes(b"nothing")
    (desk.config / "archive/x.test/fullchain1.pem").unlink()
    check(desk.succeed("versions", "--json", "x.test").json, "everseal.versions")


def test_switch(desk: Desk, tmp_path: Path) -> None:
    desk.keep("x.test")
    desk.keep("x.test", new=False)
    desk.succeed("export", "x.test", "--to", str(tmp_path / "out"), "--remember")
    words = ("x.test", "--to", "1", "--json", "--deploy-hook", "true")
    for more in (("--plan",), ()):
        told = desk.succeed("switch", *words, *more).json
        assert (len(told["exports"]), len(told["hooks"])) == (1, 1)
        check(told, "everseal.switch")


def test_export(desk: Desk, tmp_path: Path) -> None:
    desk.keep("x.test")
    for more in (("--plan",), ()):
        told = desk.succeed("export", "x.test", "--to", str(tmp_path / "out"), "--json", *more)
        check(told.json, "everseal.export")


def test_prune(desk: Desk) -> None:
    for number in range(7):
        desk.keep("x.test", new=number == 0)
    (desk.config / "csr").mkdir()
    (desk.config / "csr" / "0000_csr-certbot.pem").write_text("")
    for more in (("--plan",), ()):
        told = desk.succeed("prune", "--json", *more).json
        assert [each["keep"] for each in told["certificates"][0]["versions"]] == [False] + [True] * 6
        check(told, "everseal.prune")


def test_rename(desk: Desk) -> None:
    desk.obtain("x.test", deploy_hook=f"ls {desk.config}/live/x.test")
    for more in (("--plan",), ()):
        told = desk.succeed("rename", "x.test", "new.test", "--json", *more).json
        assert (len(told["paths"]), len(told["mentions"])) == (3, 1)
        check(told, "everseal.rename")
