from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from unittest import mock

import pyrage
import pytest

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.documents import check


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Two lineages, an account, hooks, a login, and files that no other machine needs."""
    desk.register()
    account = desk.account_folders[0].name
    desk.keep("x.test", account=account)
    desk.keep("x.test", new=False, account=account)
    desk.keep("y.test")
    (desk.config / "live/x.test/combined.pem").write_text("somebody's own")
    hook = desk.config / "renewal-hooks/deploy/reload"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o750)
    outside = desk.folder / "outside"
    outside.write_text("#!/bin/sh\n")
    (desk.config / "renewal-hooks/post/outside").symlink_to(outside)
    (desk.config / "cli.ini").write_text("quiet = False\n")
    (desk.config / "dns.ini").write_text("token = x\n")
    (desk.config / "unrelated").write_text("nothing of ours")
    conf = desk.config / "renewal/x.test.conf"
    conf.write_text(f"{conf.read_text()}dns_x_credentials = {desk.config}/dns.ini\n")
    return desk


def contents(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path, mode="r:gz") as archive:
        return {each.name.removeprefix("config/"): each for each in archive.getmembers()}


def test_everything_that_another_machine_needs(kept: Desk, tmp_path: Path) -> None:
    done = kept.succeed("backup", str(tmp_path / "b"))
    assert "not encrypted; it holds private keys" in done.out
    assert "    x.test, version 2 is live\n    y.test, version 1 is live" in done.out
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    found = contents(tmp_path / "b")
    assert next(iter(found)) == "manifest.json"
    wanted = kept.tree("archive", "live", "renewal", "accounts", "renewal-hooks") | {"cli.ini", "dns.ini"}
    assert {name for name, each in found.items() if not each.isdir()} == wanted | {"manifest.json"}
    assert found["archive/x.test/privkey2.pem"].mode == 0o600
    assert found["live/x.test/cert.pem"].linkname == "../../archive/x.test/cert2.pem"
    assert found["renewal-hooks/deploy/reload"].mode == 0o750
    assert found["renewal-hooks/post/outside"].isreg()
    assert not any("lock" in name for name in found)


def test_only_the_lineages_named_with_their_account(kept: Desk, tmp_path: Path) -> None:
    kept.succeed("backup", str(tmp_path / "b"), "x.test")
    found = contents(tmp_path / "b")
    assert "renewal/x.test.conf" in found
    assert not any("y.test" in name for name in found)
    assert any(name.endswith("private_key.json") for name in found)
    kept.succeed("backup", str(tmp_path / "c"), "--cert-name", "y.test")
    assert not any(name.endswith("private_key.json") for name in contents(tmp_path / "c"))


def test_verify_and_list(kept: Desk, tmp_path: Path) -> None:
    path = str(tmp_path / "b")
    kept.succeed("backup", path)
    assert "every file is there" in kept.succeed("backup", "--verify", path).out
    listed = kept.succeed("backup", "--list", path).out
    assert "live/x.test/cert.pem -> ../../archive/x.test/cert2.pem" in listed
    data = bytearray((tmp_path / "b").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "b").write_bytes(data)
    done = kept.run("backup", "--verify", path)
    assert done.status == 1
    assert "the backup is not sound" in done.err


def test_as_json(kept: Desk, tmp_path: Path) -> None:
    path = str(tmp_path / "b")
    for words in ([path], ["--verify", path], ["--list", path]):
        told = kept.succeed("backup", "--json", *words).json
        check(told, "everseal.backup")
        assert told["certificates"] == [{"name": "x.test", "live": 2}, {"name": "y.test", "live": 1}]
        assert told["verified"] == (words[0] != "--list")


def test_encrypted_to_recipients(kept: Desk, tmp_path: Path) -> None:
    path, identity = str(tmp_path / "b"), pyrage.x25519.Identity.generate()
    key = tmp_path / "key"
    key.write_text(f"# created\n{identity}\n")
    assert "encrypted)" in kept.succeed("backup", path, "--recipient", str(identity.to_public())).out
    assert "every file is there" in kept.succeed("backup", "--verify", path, "--identity", str(key)).out
    plain = pyrage.decrypt((tmp_path / "b").read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:gz") as archive:
        assert archive.getnames()[0] == "manifest.json"
    assert "the backup is encrypted" in kept.run("backup", "--verify", path).err
    key.write_text(str(pyrage.x25519.Identity.generate()))
    assert "cannot be decrypted" in kept.run("backup", "--verify", path, "--identity", str(key)).err
    key.write_text("nothing")
    assert "no usable age identity" in kept.run("backup", "--verify", path, "--identity", str(key)).err


def test_encrypted_with_a_passphrase(kept: Desk, tmp_path: Path) -> None:
    path, secret = str(tmp_path / "b"), tmp_path / "secret"
    secret.write_text("correct horse\nsecond line\n")
    word = f"--passphrase-file={secret}"
    kept.succeed("backup", path, word)
    assert "every file is there" in kept.succeed("backup", "--verify", path, word).out
    assert pyrage.passphrase.decrypt((tmp_path / "b").read_bytes(), "correct horse")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--recipient", "age1nothing"], "is no age recipient"),
        (["--passphrase-file", "/nowhere/secret"], "is not there"),
        (["no.such.test"], "No certificate with name no.such.test"),
    ],
)
def test_refusals_write_nothing(kept: Desk, tmp_path: Path, words: list[str], told: str) -> None:
    done = kept.run("backup", str(tmp_path / "b"), *words)
    assert done.status == 1
    assert told in done.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--recipient", "age1nothing"], "is no age recipient"),
        (["no.such.test"], "No certificate with name no.such.test"),
    ],
)
def test_a_plan_refuses_what_would_be_refused(
    kept: Desk, tmp_path: Path, words: list[str], told: str
) -> None:
    done = kept.run("backup", str(tmp_path / "b"), *words, "--plan")
    assert (done.status, told in done.err) == (1, True)


@pytest.mark.parametrize("also", [[], ["--plan"]])
def test_a_place_that_is_no_file_stays_what_it_is(kept: Desk, tmp_path: Path, also: list[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = kept.run("backup", str(pipe), *also)
    assert (done.status, "it is a pipe or a device" in done.err) == (1, True)
    assert pipe.is_fifo()
    assert kept.run("backup", str(tmp_path / "no/where"), *also).status == 1


def test_a_link_still_leads_to_the_backup(kept: Desk, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "b")
    kept.succeed("backup", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    kept.succeed("backup", str(tmp_path / "b"), "--verify")


def test_without_the_package_the_extra_is_named(kept: Desk, tmp_path: Path) -> None:
    with mock.patch.dict(sys.modules, {"pyrage": None}):
        done = kept.run("backup", str(tmp_path / "b"), "--recipient", "age1x")
    assert "everseal[age]" in done.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("also", [[], ["--plan"]])
def test_not_into_the_directory_itself(kept: Desk, also: list[str]) -> None:
    done = kept.run("backup", str(kept.config / "b"), *also)
    assert done.status == 1
    assert "which is what is backed up" in done.err


def test_what_cannot_be_taken_is_told(kept: Desk, tmp_path: Path) -> None:
    (kept.config / "live/y.test/cert.pem").unlink()
    os.mkfifo(kept.config / "renewal-hooks/pre/pipe")
    done = kept.run("backup", str(tmp_path / "b"))
    assert done.status == 1
    assert "renewal/y.test.conf: the certificate y.test is damaged" in done.err
    assert "pipe: it is neither a file" in done.err
    assert "    x.test, version 2 is live" in done.out


def test_the_file_is_said(desk: Desk) -> None:
    assert desk.run("backup").status == 2


def test_a_plan_writes_nothing(kept: Desk, tmp_path: Path) -> None:
    assert kept.succeed("backup", str(tmp_path / "b"), "--plan").out.endswith(": x.test, y.test\n")
    assert not (tmp_path / "b").exists()


def test_another_run_may_be_at_work(kept: Desk, tmp_path: Path) -> None:
    store = CertbotStore(str(kept.config), clock=SystemClock())
    with store.run_lock(), store.lock(CertificateName("y.test"), wait=0):
        kept.succeed("backup", str(tmp_path / "b"), "x.test")


def test_unpacked_by_tar_in_its_place_it_is_what_it_was(kept: Desk, tmp_path: Path) -> None:
    kept.succeed("backup", str(tmp_path / "b"))
    wanted = kept.tree("archive", "live", "renewal", "accounts", "renewal-hooks")
    listed = kept.succeed("certificates").out
    kept.config.rename(tmp_path / "lost")
    kept.config.mkdir()
    unpack = ["tar", "-xzpf", str(tmp_path / "b"), "--strip-components=1", "-C", str(kept.config), "config"]
    subprocess.run(unpack, check=True)
    assert kept.tree("archive", "live", "renewal", "accounts", "renewal-hooks") == wanted
    assert kept.succeed("certificates").out == listed
    kept.succeed("renew", "--force-renewal", "--cert-name", "x.test")
