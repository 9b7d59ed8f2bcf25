from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.cli.desk import Desk
from tests.store.minting import Minted

PEM = ["cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def made(desk: Desk) -> Minted:
    return desk.keep("x.test")


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def live(desk: Desk, kind: str) -> bytes:
    return (desk.config / "live/x.test" / f"{kind}.pem").read_bytes()


def kept(desk: Desk) -> str:
    lines = (desk.config / "renewal/x.test.conf").read_text().splitlines()
    return next((line for line in lines if line.startswith("exports")), "")


def test_pem_files(desk: Desk, made: Minted, out: Path) -> None:
    done = desk.succeed("export", "x.test", "--to", str(out))
    assert f"Version 1 of x.test is copied to {out}/cert.pem, " in done.out
    assert listing(out) == PEM
    assert (out / "privkey.pem").read_bytes() == made.key_pem
    assert (mode(out / "privkey.pem"), mode(out / "cert.pem")) == (0o600, 0o644)
    assert kept(desk) == ""


def test_the_links_are_no_place_for_copies(desk: Desk, made: Minted) -> None:
    folder = desk.config / "live/x.test"
    for words in (["export", "x.test", "--to"], ["certonly", "--standalone", "-d", "x.test", "-n", "--out"]):
        done = desk.run(*words, str(folder))
        assert done.status == 1
        assert f"{folder} lies in {folder.parent}, where certificates are kept, not copied to" in done.err
    assert (folder / "privkey.pem").is_symlink()


def test_one_file_for_haproxy(desk: Desk, made: Minted, out: Path) -> None:
    owner = f"{os.getuid()}:{os.getgid()}"
    desk.succeed(
        "export", "x.test", "--to", str(out), "--format", "combined", "--mode", "0640", "--owner", owner
    )
    assert (out / "x.test.pem").read_bytes() == made.fullchain_pem + made.key_pem
    assert mode(out / "x.test.pem") == 0o640


def test_pkcs12(desk: Desk, made: Minted, out: Path, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("changeit\n")
    words = ("x.test", "--to", str(out), "--format", "pkcs12")
    refused = desk.run("export", *words)
    assert (refused.status, out.exists()) == (1, False)
    assert "needs a password, but none is given" in refused.err
    desk.succeed("export", *words, "--password-file", str(password))
    assert pkcs12.load_pkcs12((out / "x.test.p12").read_bytes(), b"changeit").key is not None


def test_the_plan_does_nothing(desk: Desk, made: Minted, out: Path) -> None:
    shown = desk.succeed("export", "x.test", "--to", str(out), "--remember", "--plan").out
    assert shown.startswith("x.test: copy version 1\n")
    assert f"  File:  {out}/privkey.pem  (exported as pem)\n" in shown
    assert "  Kept:  each new version" in shown
    told = desk.succeed("export", "x.test", "--to", str(out), "--plan", "--json").json
    assert (told["schema"], told["done"], told["kept"]) == ("everseal.export", False, False)
    assert told["files"] == [f"{out}/{name}" for name in PEM]
    assert (out.exists(), kept(desk)) == (False, "")


def test_kept_made_again_and_forgotten(desk: Desk, made: Minted, out: Path, tmp_path: Path) -> None:
    assert desk.run("export", "x.test").status == 1
    desk.succeed("export", "x.test", "--to", str(out), "--remember")
    desk.succeed("export", "x.test", "--to", f"{tmp_path}/a b", "--remember", "--format", "der")
    assert kept(desk) == f"exports = to={out} format=pem, to={tmp_path}/a%20b format=der"
    desk.keep("x.test", new=False)
    (out / "cert.pem").unlink()
    desk.succeed("export", "x.test")
    assert (out / "cert.pem").read_bytes() == live(desk, "cert")
    desk.succeed("export", "x.test", "--to", str(out), "--forget")
    assert kept(desk) == f"exports = to={tmp_path}/a%20b format=der,"
    again = desk.run("export", "x.test", "--to", str(out), "--forget")
    assert (again.status, "is not exported to" in again.err, listing(out)) == (1, True, PEM)


def test_an_unsound_live_version_is_not_copied(desk: Desk, made: Minted, out: Path) -> None:
    desk.keep("y.test")
    foreign = (desk.config / "archive/y.test/privkey1.pem").read_bytes()
    (desk.config / "archive/x.test/privkey1.pem").write_bytes(foreign)
    done = desk.run("export", "x.test", "--to", str(out))
    assert (done.status, out.exists()) == (1, False)
    assert "its files do not belong together" in done.err


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ((), 2, "export takes the name of one certificate"),
        (("x.test", "--remember"), 2, "--remember and --forget are about one directory"),
        (("x.test",), 1, "no directory is kept that x.test is exported to"),
        (("x.test", "--to", "/proc/x", "--mode", "0644"), 1, "would give every user of this machine"),
        (("x.test", "--to", "/proc/x", "--owner", "no-such-user"), 1, "there is no user 'no-such-user'"),
        (("y.test", "--to", "/proc/x"), 1, "No certificate with name y.test found"),
    ],
)
def test_what_makes_no_sense(
    desk: Desk, made: Minted, words: tuple[str, ...], status: int, sentence: str
) -> None:
    done = desk.run("export", *words)
    assert (done.status, sentence in done.err) == (status, True), done.err


def test_out_is_kept_up_to_date(desk: Desk, out: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    hook = f"cmp {out}/cert.pem $RENEWED_LINEAGE/cert.pem && echo same >> {seen}"
    desk.obtain("x.test", out=str(out), deploy_hook=hook)
    assert (out / "cert.pem").read_bytes() == live(desk, "cert")
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert (out / "cert.pem").read_bytes() == live(desk, "cert")
    assert seen.read_text() == "same\nsame\n"
    assert "pinned" not in (desk.config / "renewal/x.test.conf").read_text()
    desk.succeed("switch", "x.test", "--to", "1")
    assert (out / "privkey.pem").read_bytes() == live(desk, "privkey")
    assert seen.read_text() == "same\nsame\nsame\n"


def test_out_for_a_certificate_that_is_kept(desk: Desk, out: Path) -> None:
    desk.obtain("x.test")
    done = desk.succeed("certonly", "-d", "x.test", "--standalone", "--keep", "--out", str(out))
    assert "Version 1 of x.test is copied to" in done.out
    assert (listing(out), kept(desk)) == (PEM, f"exports = to={out} format=pem,")


def test_the_plan_of_a_certificate_names_the_copies(desk: Desk, out: Path) -> None:
    desk.register()
    shown = desk.succeed("certonly", "-d", "x.test", "--standalone", "--plan", "--out", str(out)).out
    assert f"{out}/privkey.pem  (exported as pem)" in shown
    assert not out.exists()


def test_an_owner_that_is_not_there_costs_no_certificate(desk: Desk, out: Path) -> None:
    desk.register()
    done = desk.run("certonly", "-d", "x.test", "--standalone", "--out", str(out), "--owner", "no-such-user")
    assert done.status == 1
    assert "there is no user 'no-such-user'" in done.err
    assert not (desk.config / "live/x.test").exists()


def test_a_copy_that_fails_is_told_and_made_later(desk: Desk, out: Path) -> None:
    desk.obtain("x.test", out=str(out))
    (out / "cert.pem").unlink()
    (out / "cert.pem").mkdir()
    done = desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert "x.test: the export failed:" in done.err
    (out / "cert.pem").rmdir()
    owed = next((desk.config / ".everseal/hooks").iterdir())
    owed.write_text(owed.read_text().replace(f'"{owed.read_text().split(chr(34))[-2]}"', "null"))
    done = desk.succeed("renew", "--no-random-sleep-on-renew")
    assert "an export that is still owed is made now" in done.out
    assert (out / "cert.pem").read_bytes() == live(desk, "cert")
    assert list((desk.config / ".everseal/hooks").iterdir()) == []


def test_a_signing_request_has_no_key_to_copy(desk: Desk, out: Path) -> None:
    done = desk.run("certonly", "--csr", "x.csr", "--out", str(out))
    assert done.status != 0
    assert "--out cannot be used with --csr" in done.err
