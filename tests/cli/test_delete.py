from __future__ import annotations

import os

import pytest

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.deletion import begin_deletion
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.state import State
from tests.cli.desk import Desk

PLACES = ("renewal", "live", "archive")


def kept(desk: Desk) -> set[str]:
    return {path.split("/")[1].removesuffix(".conf") for path in desk.tree(*PLACES)} - {"README"}


def test_unattended_by_name(desk: Desk) -> None:
    desk.keep("a.test")
    desk.keep("b.test")
    done = desk.succeed("delete", "--cert-name", "a.test")
    assert done.out == "Deleted all files relating to certificate a.test.\n"
    assert kept(desk) == {"b.test"}


def test_a_person_chooses_several(desk: Desk) -> None:
    for name in ("a.test", "b.test", "c.test"):
        desk.keep(name)
    done = desk.succeed("delete", answers=["1 3", "y"])
    assert "Which certificate(s) would you like to delete?\n" in done.out
    assert "The following certificate(s) are selected for deletion:\n\n  * a.test\n  * c.test\n" in done.out
    assert done.out.endswith(
        "(Y)es/(N)o: Deleted all files relating to certificate a.test.\n"
        "Deleted all files relating to certificate c.test.\n"
    )
    assert kept(desk) == {"b.test"}


def test_a_person_does_not_want_it(desk: Desk) -> None:
    desk.keep("a.test")
    done = desk.run("delete", "--cert-name", "a.test", answers=["n"])
    assert done.status == 0
    assert "Deleted" not in done.out
    assert kept(desk) == {"a.test"}


def test_a_person_cancels(desk: Desk) -> None:
    desk.keep("a.test")
    done = desk.run("delete", answers=["c"])
    assert done.status == 1
    assert "User ended interaction." in done.err


def test_unattended_a_name_is_needed(desk: Desk) -> None:
    desk.keep("a.test")
    done = desk.run("delete")
    assert done.status == 1
    assert "Missing command line flag or config entry for this setting:" in done.err
    assert "(You can set this with the --cert-name flag)" in done.err


def test_nothing_is_kept(desk: Desk) -> None:
    done = desk.run("delete")
    assert done.status == 1
    assert "No existing certificates found." in done.err


@pytest.mark.parametrize("name", ["none.test", "../../etc", "a/b"])
def test_an_unknown_name(desk: Desk, name: str) -> None:
    desk.keep("a.test")
    done = desk.run("delete", "--cert-name", name)
    assert done.status == 1
    assert "To mend it: " in done.err
    assert kept(desk) == {"a.test"}


def test_an_unknown_name_is_said_as_certbot_says_it(desk: Desk) -> None:
    assert "No certificate with name none.test found" in desk.run("delete", "--cert-name", "none.test").err


def test_a_lineage_whose_renewal_file_cannot_be_read(desk: Desk) -> None:
    desk.keep("a.test")
    (desk.config / "renewal" / "a.test.conf").write_text("[[[")
    done = desk.succeed("delete", "--cert-name", "a.test")
    assert "is damaged" in done.err
    assert f"  {desk.config}/renewal/a.test.conf\n" in done.err
    assert f"  {desk.config}/archive/a.test\n" in done.err
    assert kept(desk) == set()


def test_a_lineage_that_lost_its_files(desk: Desk) -> None:
    desk.keep("a.test")
    for path in (desk.config / "archive" / "a.test").iterdir():
        path.unlink()
    desk.succeed("delete", "--cert-name", "a.test")
    assert kept(desk) == set()


def test_a_deletion_that_was_interrupted_is_finished(desk: Desk) -> None:
    desk.keep("a.test")
    layout = Layout(str(desk.config))
    paths = layout.default_paths(CertificateName("a.test"))
    State(layout.state_dir).write_change(begin_deletion(paths))
    os.unlink(paths.conf)
    os.unlink(paths.links["cert"])
    done = desk.succeed("delete", "--cert-name", "a.test")
    assert done.out == "Deleted all files relating to certificate a.test.\n"
    assert kept(desk) == set()


def test_as_json(desk: Desk) -> None:
    desk.keep("a.test")
    done = desk.succeed("delete", "--cert-name", "a.test", "--json")
    assert (done.json["schema"], done.json["schema_version"]) == ("everseal.deletion", 1)
    [deleted] = done.json["deleted"]
    assert deleted["name"] == "a.test"
    assert deleted["removed"][0] == f"{desk.config}/renewal/a.test.conf"


def test_at_a_terminal(desk: Desk) -> None:
    desk.keep("a.test")
    desk.keep("b.test")
    chosen = (r"\(Enter 'c' to\s+cancel\): $", "2")
    done = desk.talk("delete", answers=[chosen, (r"\(Y\)es/\(N\)o: $", "maybe"), (r"\(N\)o: $", "y")])
    assert done.status == 0
    assert "Deleted all files relating to certificate b.test." in done.out
    assert kept(desk) == {"a.test"}
