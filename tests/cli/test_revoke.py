from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import MakeDesk
from tests.cli.desk import Desk
from tests.store.minting import mint

QUESTION = "Would you like to delete the certificate(s) you just revoked"


def congratulations(path: Path) -> str:
    return f"Congratulations! You have successfully revoked the certificate that was located at {path}.\n"


@pytest.fixture
def live(desk: Desk) -> Path:
    """The live directory of a certificate that the CA issued."""
    desk.obtain("r.test")
    return desk.config / "live" / "r.test"


def is_revoked(desk: Desk, certificate: Path) -> bool:
    """The CA refuses to revoke twice."""
    return "alreadyRevoked" in desk.run("revoke", "--cert-path", str(certificate)).err


def test_exactly_one_way_to_name_it(desk: Desk) -> None:
    for words in ((), ("--cert-name", "x.test", "--cert-path", "/x.pem")):
        done = desk.run("revoke", *words)
        assert done.status == 1
        assert "Error! Exactly one of --cert-path or --cert-name must be specified!" in done.err


def test_unattended_by_name_it_deletes_too(desk: Desk, live: Path) -> None:
    done = desk.succeed("revoke", "--cert-name", "r.test")
    assert done.out == (
        f"Deleted all files relating to certificate r.test.\n{congratulations(live / 'cert.pem')}"
    )
    assert not live.exists()


@pytest.mark.parametrize("file", ["cert.pem", "fullchain.pem"])
def test_by_path_without_deleting(desk: Desk, live: Path, file: str) -> None:
    done = desk.succeed("revoke", "--cert-path", str(live / file), "--no-delete-after-revoke")
    assert done.out == congratulations(live / file)
    assert is_revoked(desk, live / file)


def test_by_path_in_the_archive(desk: Desk, live: Path) -> None:
    path = desk.config / "archive" / "r.test" / "cert1.pem"
    done = desk.succeed("revoke", "--cert-path", str(path), "--delete-after-revoke")
    assert done.out == f"Deleted all files relating to certificate r.test.\n{congratulations(path)}"


def test_a_copy_belongs_to_no_lineage(desk: Desk, live: Path) -> None:
    copy = desk.folder / "copy.pem"
    shutil.copy(live / "cert.pem", copy)
    done = desk.run("revoke", "--cert-path", str(copy), "--delete-after-revoke")
    assert done.status == 1
    assert done.out == congratulations(copy)
    assert f"No match found for cert-path {copy}!" in done.err
    assert live.exists()


def test_a_copy_alone_is_revoked(desk: Desk, live: Path) -> None:
    copy = desk.folder / "copy.pem"
    shutil.copy(live / "cert.pem", copy)
    assert desk.succeed("revoke", "--cert-path", str(copy)).out == congratulations(copy)
    assert live.exists()


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_with_the_certificate_key(desk: Desk, desk_at: MakeDesk, kind: str) -> None:
    desk.obtain("k.test", key_type=kind)
    live = desk.config / "live" / "k.test"
    shutil.rmtree(desk.config / "accounts")
    words = ("--cert-path", str(live / "cert.pem"), "--key-path", str(live / "privkey.pem"))
    done = desk.succeed("revoke", *words, "--no-delete-after-revoke", "--reason", "KeyCompromise", "--json")
    assert done.json["reason"] == 1
    assert desk.account_folders == []


def test_with_another_key(desk: Desk, live: Path) -> None:
    key = desk.folder / "other.pem"
    key.write_bytes(mint("x.test").key_pem)
    done = desk.run("revoke", "--cert-name", "r.test", "--key-path", str(key))
    assert done.status == 1
    assert "the private key does not belong to the certificate." in done.err
    assert live.exists()


@pytest.mark.parametrize("option", ["--cert-path", "--key-path"])
def test_a_file_that_is_not_there(desk: Desk, live: Path, option: str) -> None:
    words = ("--cert-path", str(live / "cert.pem")) if option == "--key-path" else ()
    done = desk.run("revoke", *words, option, "/nowhere/at/all.pem")
    assert done.status == 1
    assert "there is no file /nowhere/at/all.pem." in done.err


def test_a_file_that_is_no_certificate(desk: Desk, live: Path) -> None:
    done = desk.run("revoke", "--cert-path", str(live / "README"))
    assert done.status == 1
    assert "An unexpected error occurred" not in done.err


def test_an_unknown_reason(desk: Desk, live: Path) -> None:
    done = desk.run("revoke", "--cert-name", "r.test", "--reason", "boredom")
    assert done.status == 2
    assert live.exists()


@pytest.mark.parametrize(("answer", "stays"), [(["n"], True), (["y", "n"], True), (["y", "y"], False)])
def test_a_person_is_asked_about_the_files(desk: Desk, live: Path, answer: list[str], stays: bool) -> None:
    done = desk.succeed("revoke", "--cert-name", "r.test", answers=answer)
    assert QUESTION in done.out
    assert "(Y)es (recommended)/(N)o: " in done.out
    assert live.exists() == stays
    assert done.out.endswith(congratulations(live / "cert.pem"))


def test_at_a_terminal(desk: Desk, live: Path) -> None:
    answers = [(r"\(Y\)es \(recommended\)/\(N\)o: $", "y"), (r"\(Y\)es/\(N\)o: $", "y")]
    done = desk.talk("revoke", "--cert-name", "r.test", answers=answers)
    assert done.status == 0
    assert not live.exists()


def test_revoked_already(desk: Desk, live: Path) -> None:
    desk.succeed("revoke", "--cert-name", "r.test", "--no-delete-after-revoke")
    done = desk.run("revoke", "--cert-name", "r.test")
    assert done.status == 1
    assert "alreadyRevoked" in done.err
    assert live.exists()


def test_files_that_another_lineage_needs_stay(desk: Desk, live: Path) -> None:
    conf = desk.config / "renewal" / "r.test.conf"
    (desk.config / "renewal" / "twin.conf").write_text(conf.read_text())
    done = desk.succeed("revoke", "--cert-name", "r.test")
    archive = desk.config / "archive" / "r.test"
    assert (
        "Not deleting revoked certificates due to overlapping archive dirs. "
        f"More than one certificate is using {archive}"
    ) in done.err
    assert live.exists()
    assert done.out == congratulations(live / "cert.pem")


def test_the_lineage_knows_its_ca(desk: Desk, live: Path) -> None:
    done = desk.run_as_given("revoke", "-n", *desk.words("--cert-name", "r.test"))
    assert (done.status, done.out.splitlines()[-1:]) == (0, [congratulations(live / "cert.pem").strip()])


def test_another_ca_that_is_named_counts(desk: Desk, live: Path, desk_at: MakeDesk) -> None:
    elsewhere = desk_at().server
    done = desk.run("revoke", "--cert-name", "r.test", server=elsewhere)
    assert done.status == 1
    assert f"Could not find an existing account for server {elsewhere}." in done.err
    assert live.exists()
