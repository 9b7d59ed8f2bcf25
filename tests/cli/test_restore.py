"""``everseal restore``: into nothing, beside what is there, and what it refuses."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.documents import check
from tests.store.trees import snapshot

PARTS = ("archive", "live", "renewal", "accounts", "renewal-hooks")


@pytest.fixture
def lost(desk: Desk) -> Desk:
    """What a server had: two lineages, an account, a hook, a login, files of others, odd modes."""
    desk.register()
    account = desk.account_folders[0].name
    desk.keep("x.test", account=account)
    desk.keep("x.test", new=False, account=account)
    desk.keep("y.test", account=account)
    live = desk.config / "live/x.test"
    (live / "combined.pem").write_text("somebody's own")
    (live / "server.key").symlink_to("privkey.pem")
    (desk.config / "archive").chmod(0o750)
    (desk.config / "archive/x.test/privkey2.pem").chmod(0o640)
    hook = desk.config / "renewal-hooks/deploy/reload"
    hook.write_text(f"#!/bin/sh\ncat {desk.config}/live/x.test/cert.pem >/dev/null\n")
    hook.chmod(0o750)
    (desk.config / "cli.ini").write_text(f"config-dir = {desk.config}\n")
    (desk.config / "dns.ini").write_text("token = x\n")
    (desk.config / "dns.ini").chmod(0o600)
    if os.geteuid() == 0:
        os.chown(desk.config / "archive/x.test/privkey2.pem", 0, 1)
        os.chown(desk.config / "dns.ini", 1, 1)
    conf = desk.config / "renewal/x.test.conf"
    conf.write_text(f"{conf.read_text()}dns_x_credentials = {desk.config}/dns.ini\n")
    desk.succeed("backup", str(desk.folder / "b"))
    return desk


@pytest.fixture
def backup(lost: Desk) -> str:
    return str(lost.folder / "b")


@pytest.fixture
def fresh(lost: Desk, tmp_path: Path) -> Desk:
    """A new server with another configuration directory, which is not there yet."""
    return Desk(tmp_path / "new", lost.server, 80)


def owner(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid


def live(desk: Desk, name: str = "x.test") -> int:
    return int(os.readlink(desk.config / f"live/{name}/cert.pem")[-5])


def test_a_lost_directory_comes_back_under_another_name(lost: Desk, fresh: Desk, backup: str) -> None:
    done = fresh.succeed("restore", backup)
    assert (
        "x.test: bring it back, with version 2 live\n  Why:   there is no such certificate here" in done.out
    )
    assert f"renewal-hooks/deploy/reload names {lost.config}" in done.out
    assert f"cli.ini names {lost.config}; look" in done.out
    assert "2 certificates and" in done.out
    assert fresh.tree(*PARTS) == lost.tree(*PARTS)
    for path, (mode, content) in snapshot(lost.config).items():
        if not path.startswith((".everseal", "renewal/")):
            assert snapshot(fresh.config)[path] == (mode, content), path
            assert owner(fresh.config / path) == owner(lost.config / path), path
    conf = (fresh.config / "renewal/x.test.conf").read_text()
    assert str(lost.config) not in conf
    assert f"dns_x_credentials = {fresh.config}/dns.ini" in conf
    assert stat.S_IMODE((fresh.config / "archive").stat().st_mode) == 0o750
    assert not (fresh.config / ".everseal/secret").exists()
    assert "x.test" in fresh.succeed("certificates").out
    assert not fresh.succeed("doctor", "--json").json["findings"]


def test_into_its_own_place_it_is_what_it_was(lost: Desk, backup: str) -> None:
    before = snapshot(lost.config)
    lost.config.rename(lost.folder / "away")
    lost.succeed("restore", backup)
    after = snapshot(lost.config)
    assert {path for path in after if not path.startswith(".everseal")} == {
        path for path in before if not path.startswith(".everseal")
    }
    assert all(after[path] == before[path] for path in after if not path.startswith(".everseal"))


def test_a_second_time_there_is_nothing_to_do(fresh: Desk, backup: str) -> None:
    fresh.succeed("restore", backup)
    before = snapshot(fresh.config)
    done = fresh.succeed("restore", backup)
    assert "it is here already, and the same" in done.out
    assert done.out.endswith("Nothing to bring back.\n")
    assert snapshot(fresh.config) == before


def test_the_plan_does_nothing(fresh: Desk, backup: str) -> None:
    shown = fresh.succeed("restore", "--plan", backup).out
    assert shown.startswith(f"From:  {backup}\nTaken: 20")
    assert "  restore     dns.ini\n" in shown
    assert not fresh.folder.exists()


def test_a_person_is_asked(fresh: Desk, backup: str) -> None:
    assert "Do this now?" in fresh.succeed("restore", backup, answers=["n"]).out
    assert not (fresh.config / "live").exists()
    fresh.succeed("restore", backup, answers=["y"])
    assert live(fresh) == 2


def test_where_nobody_is_there_the_command_is_enough(fresh: Desk, backup: str) -> None:
    done = fresh.run_as_given("restore", *fresh.words(backup))
    assert done.status == 0
    assert live(fresh) == 2


def test_only_the_certificates_named_with_what_they_use(fresh: Desk, backup: str) -> None:
    fresh.succeed("restore", backup, "x.test")
    assert fresh.tree("renewal", "renewal-hooks") == {"renewal/x.test.conf"}
    assert fresh.account_folders
    assert (fresh.config / "dns.ini").exists()
    fresh.succeed("restore", backup, "--cert-name", "y.test")
    assert fresh.tree("renewal") == {"renewal/x.test.conf", "renewal/y.test.conf"}
    done = fresh.run("restore", backup, "z.test")
    assert done.status == 1
    assert "the backup has no certificate z.test" in done.err


@pytest.fixture
def ahead(lost: Desk, backup: str) -> Desk:
    """The server was not lost: it has gone on since."""
    lost.keep("x.test", new=False, account=lost.account_folders[0].name, age=0.5)
    (lost.config / "renewal-hooks/deploy/reload").write_text("#!/bin/sh\nexit 0\n")
    return lost


def test_nothing_newer_is_replaced(ahead: Desk, backup: str) -> None:
    before = snapshot(ahead.config)
    done = ahead.succeed("restore", backup)
    assert "x.test: leave it as it is\n  Why:   a newer one is here" in done.out
    assert "  keep        renewal-hooks/deploy/reload" in done.out
    assert snapshot(ahead.config).keys() - before.keys() == {".everseal/restore.lock"}
    assert all(before[path] == found for path, found in snapshot(ahead.config).items() if path in before)


def test_unless_it_is_said(ahead: Desk, backup: str, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    tell = ahead.config / "renewal-hooks/deploy/tell"
    tell.write_text(f'#!/bin/sh\necho "$RENEWED_DOMAINS" >> {heard}\n')
    tell.chmod(0o700)
    done = ahead.succeed("restore", "--overwrite", backup)
    assert "  Note:  it stays live until the next certificate" in done.out
    assert f"  Hook:  deploy: {tell}" in done.out
    assert live(ahead) == 2
    assert (ahead.config / "archive/x.test/privkey3.pem").exists()
    assert "cert.pem" in (ahead.config / "renewal-hooks/deploy/reload").read_text()
    assert heard.read_text() == "x.test\n"
    assert "version 2 is live (switched to, and kept until" in ahead.succeed("versions", "x.test").out


def test_another_certificate_under_the_same_name_loses_no_version(
    fresh: Desk, lost: Desk, backup: str
) -> None:
    made = fresh.keep("x.test")
    fresh.succeed("restore", "--overwrite", backup)
    archive = fresh.config / "archive/x.test"
    assert (archive / "privkey1.pem").read_bytes() == made.key_pem
    source = lost.config / "archive/x.test"
    assert (archive / "privkey3.pem").read_bytes() == (source / "privkey2.pem").read_bytes()
    assert live(fresh) == 3


def _break_links(config: Path) -> None:
    (config / "live/x.test/cert.pem").unlink()


def _lose_a_key(config: Path) -> None:
    (config / "archive/x.test/privkey2.pem").unlink()


def _lose_settings(config: Path) -> None:
    (config / "renewal/x.test.conf").unlink()


def _spoil_settings(config: Path) -> None:
    (config / "renewal/x.test.conf").write_text("[[[[\n")


def _cut_a_certificate(config: Path) -> None:
    (config / "archive/x.test/cert2.pem").write_text("-----BEGIN")


@pytest.mark.parametrize(
    "damage", [_break_links, _lose_a_key, _lose_settings, _spoil_settings, _cut_a_certificate]
)
def test_what_is_damaged_is_mended(lost: Desk, backup: str, damage: Callable[[Path], None]) -> None:
    damage(lost.config)
    lost.succeed("restore", backup, "x.test")
    found = lost.succeed("certificates").out
    assert "VALID" in found
    loaded = CertbotStore(str(lost.config), clock=SystemClock()).load(CertificateName("x.test"))
    assert loaded.live == loaded.latest


def test_a_file_in_the_place_of_a_link_is_not_ours_to_remove(lost: Desk, backup: str) -> None:
    link = lost.config / "live/x.test/cert.pem"
    link.unlink()
    link.write_text("somebody's copy")
    (lost.config / "renewal/y.test.conf").unlink()
    done = lost.run("restore", backup)
    assert done.status == 1
    assert f"{link} is in the way" in done.err
    assert link.read_text() == "somebody's copy"
    assert (lost.config / "renewal/y.test.conf").exists()


def test_an_export_is_made_where_it_was_kept(lost: Desk, fresh: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    lost.succeed("export", "x.test", "--to", str(out), "--format", "combined", "--remember")
    lost.succeed("backup", str(tmp_path / "c"))
    for path in out.iterdir():
        path.unlink()
    done = fresh.succeed("restore", str(tmp_path / "c"))
    assert f"  Copy:  to {out} as combined" in done.out
    assert [path.name for path in out.iterdir()] == ["x.test.pem"]


def test_what_was_switched_back_to_stays(lost: Desk, fresh: Desk, tmp_path: Path) -> None:
    lost.succeed("switch", "x.test", "--to", "1")
    lost.succeed("backup", str(tmp_path / "c"))
    fresh.succeed("restore", str(tmp_path / "c"))
    assert live(fresh) == 1
    assert "switched to, and kept until" in fresh.succeed("versions", "x.test").out


def test_encrypted(lost: Desk, fresh: Desk, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    key, secret = tmp_path / "key", tmp_path / "secret"
    key.write_text(f"{identity}\n")
    secret.write_text("correct horse\n")
    lost.succeed("backup", str(tmp_path / "c"), "--recipient", str(identity.to_public()))
    lost.succeed("backup", str(tmp_path / "d"), "--passphrase-file", str(secret))
    assert "the backup is encrypted" in fresh.run("restore", str(tmp_path / "c")).err
    assert ", encrypted\n" in fresh.succeed("restore", str(tmp_path / "c"), "--identity", str(key)).out
    fresh.config.rename(tmp_path / "away")
    fresh.succeed("restore", str(tmp_path / "d"), "--passphrase-file", str(secret))
    assert live(fresh) == 2


def test_as_json(fresh: Desk, backup: str) -> None:
    for words in (["--plan"], [], ["--overwrite"]):
        told = fresh.succeed("restore", "--json", backup, *words).json
        check(told, "everseal.restore")
        assert told["done"] == (words != ["--plan"])
        assert [each["restores"] for each in told["certificates"]] == [words != ["--overwrite"]] * 2


@pytest.mark.parametrize(("words", "status"), [([], 2), (["/nowhere/b"], 1)])
def test_the_file_is_said(fresh: Desk, words: list[str], status: int) -> None:
    assert fresh.run("restore", *words).status == status


def test_a_damaged_file_changes_nothing(fresh: Desk, backup: str) -> None:
    data = bytearray(Path(backup).read_bytes())
    data[len(data) // 2] ^= 1
    Path(backup).write_bytes(data)
    done = fresh.run("restore", backup)
    assert done.status == 1
    assert "the backup is not sound" in done.err
    assert not (fresh.config / "archive").exists()


def test_the_next_run_tells_of_one_that_was_interrupted(fresh: Desk, backup: str) -> None:
    fresh.succeed("restore", backup)
    store = CertbotStore(str(fresh.config), clock=SystemClock())
    store.state.note_restoring(backup, SystemClock().now())
    assert f"`everseal restore {backup}` again" in fresh.succeed("renew").err
    fresh.succeed("restore", backup)
    assert "again" not in fresh.succeed("renew").err


def test_another_run_at_work_on_one_keeps_the_others_from_nothing(lost: Desk, backup: str) -> None:
    for name in ("x.test", "y.test"):
        (lost.config / f"renewal/{name}.conf").unlink()
    store = CertbotStore(str(lost.config), clock=SystemClock())
    with store.restore_lock():
        done = lost.run("restore", backup)
    assert "another run brings back a backup here" in done.err
