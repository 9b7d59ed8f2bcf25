from __future__ import annotations

import os
from pathlib import Path

import pytest

from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.store.trees import KINDS

NEW = CertificateName("new.test")


def conf(desk: Desk, name: str) -> str:
    return (desk.config / "renewal" / f"{name}.conf").read_text()


def test_copies_that_are_called_after_the_old_name_are_told(desk: Desk, tmp_path: Path) -> None:
    desk.keep("x.test")
    out = tmp_path / "out"
    for form in ("combined", "pem"):
        desk.succeed("export", "x.test", "--to", str(out / form), "--format", form, "--remember")
    told = f"{out}/combined/x.test.pem stays as it is"
    assert told in desk.succeed("rename", "x.test", "new.test", "--plan").out
    done = desk.succeed("rename", "x.test", "new.test")
    assert (told in done.err, f"{out}/pem" in done.err) == (True, False)


def test_everything_moves_and_is_renewed_under_the_new_name(desk: Desk) -> None:
    desk.obtain("x.test")
    live = desk.config / "live"
    (live / "x.test" / "combined.pem").write_text("ours")
    (live / "x.test").chmod(0o750)
    (desk.config / "renewal/x.test.conf").chmod(0o640)
    done = desk.succeed("rename", "x.test", "new.test")
    assert f"is called new.test now. Point your servers at {live}/new.test." in done.out
    assert not [path for path in desk.tree("live", "archive", "renewal") if "x.test" in path]
    assert {os.readlink(live / "new.test" / f"{kind}.pem") for kind in KINDS} == {
        f"../../archive/new.test/{kind}1.pem" for kind in KINDS
    }
    assert (live / "new.test/combined.pem").read_text() == "ours"
    assert (live / "new.test").stat().st_mode & 0o777 == 0o750
    assert (desk.config / "renewal/new.test.conf").stat().st_mode & 0o777 == 0o640
    assert f"fullchain = {live}/new.test/fullchain.pem\n" in conf(desk, "new.test")
    assert "x.test/" not in conf(desk, "new.test")
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert os.readlink(live / "new.test/cert.pem") == "../../archive/new.test/cert2.pem"
    assert "Certificate Name: new.test" in desk.succeed("certificates").out


def test_the_plan_does_nothing(desk: Desk) -> None:
    desk.keep("x.test")
    before = desk.tree(".")
    shown = desk.succeed("rename", "x.test", "new.test", "--plan").out
    assert shown.startswith("x.test: call it new.test\n")
    assert f"  Move:  {desk.config}/archive/x.test to {desk.config}/archive/new.test\n" in shown
    assert desk.tree(".") == before


def test_what_is_owed_goes_along(desk: Desk) -> None:
    desk.keep("x.test")
    store = CertbotStore(str(desk.config), clock=SystemClock())
    store.owe_hook(OwedHook("deploy", "false", CertificateName("x.test"), attempts=9))
    desk.succeed("rename", "x.test", "new.test")
    assert [(each.name, each.attempts) for each in store.owed_hooks()] == [(NEW, 9)]


def test_a_setting_that_names_the_old_place_is_told(desk: Desk) -> None:
    desk.obtain("x.test", deploy_hook=f"ls {desk.config}/live/x.test/cert.pem")
    done = desk.succeed("rename", "x.test", "new.test")
    assert "a setting still names the old directory" in done.err
    assert f"renew_hook = ls {desk.config}/live/x.test/cert.pem" in done.err


def taken_conf(desk: Desk) -> None:
    desk.keep("new.test")


def taken_archive(desk: Desk) -> None:
    (desk.config / "archive/new.test").mkdir()
    (desk.config / "archive/new.test/notes").write_text("")


def taken_live(desk: Desk) -> None:
    (desk.config / "live/new.test").mkdir()
    (desk.config / "live/new.test/notes").write_text("")


def shared(desk: Desk) -> None:
    (desk.config / "renewal/other.conf").write_text(conf(desk, "x.test"))


@pytest.mark.parametrize("taken", [taken_conf, taken_archive, taken_live, shared])
def test_a_clash_is_refused(desk: Desk, taken: object) -> None:
    assert callable(taken)
    desk.keep("x.test")
    taken(desk)
    before = desk.tree("live", "archive", "renewal")
    done = desk.run("rename", "x.test", "new.test")
    assert done.status == 1
    assert desk.tree("live", "archive", "renewal") == before


def test_empty_directories_are_no_clash(desk: Desk) -> None:
    desk.keep("x.test")
    for root in ("archive", "live"):
        (desk.config / root / "new.test").mkdir()
    desk.succeed("rename", "x.test", "new.test")
    assert "version 1 is live" in desk.succeed("versions", "new.test").out


def test_directories_of_another_name_stay_where_they_are(desk: Desk, tmp_path: Path) -> None:
    desk.keep("x.test")
    elsewhere = tmp_path / "keys"
    (desk.config / "archive/x.test").rename(elsewhere)
    path = desk.config / "renewal/x.test.conf"
    path.write_text(path.read_text().replace(f"{desk.config}/archive/x.test", str(elsewhere)))
    for kind in KINDS:
        link = desk.config / f"live/x.test/{kind}.pem"
        link.unlink()
        link.symlink_to(elsewhere / f"{kind}1.pem")
    desk.succeed("rename", "x.test", "new.test")
    assert f"archive_dir = {elsewhere}\n" in conf(desk, "new.test")
    assert (desk.config / "live/new.test/cert.pem").resolve() == elsewhere / "cert1.pem"


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("x.test",), 2, "rename takes the present name"),
        (("x.test", "a", "b"), 2, "rename takes the present name"),
        (("y.test", "new.test"), 1, "No certificate with name y.test found"),
        (("x.test", "x.test"), 1, "a renewal file for x.test exists"),
        (("x.test", "a/b"), 1, "a/b"),
    ],
)
def test_what_makes_no_sense(desk: Desk, words: tuple[str, ...], status: int, sentence: str) -> None:
    desk.keep("x.test")
    done = desk.run("rename", *words)
    assert (done.status, sentence in done.err) == (status, True), done.err
