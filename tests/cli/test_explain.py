from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.biography import ORDERED
from everseal.planning.reasons import DueReason, Rehearsal
from everseal.planning.setback import after_failure
from everseal.store.certbot_dir.changes import Change, MoveChange
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.state import State
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.cli.test_plans import everything_below
from tests.documents import check

NAME = "a.test"


def test_a_life(desk: Desk, tmp_path: Path) -> None:
    desk.obtain(NAME, "b.test", deploy_hook="true")
    desk.succeed("renew", "--force-renewal")
    desk.succeed("export", NAME, "--to", str(tmp_path / "out"), "--remember")
    before = everything_below(desk.folder)
    told = desk.succeed("explain", NAME).out
    assert everything_below(desk.folder) == before
    assert "  Names:      a.test, b.test\n" in told
    assert f"  CA:         {desk.server}\n" in told
    assert "the last time because --force-renewal was given" in told
    assert "the CA suggests " in told
    assert "2 live, " in told
    assert "; stays: it is among the newest 5 before the live version" in told
    assert f"{tmp_path}/out as pem" in told
    assert "deploy_hook = true  (renewal file)" in told
    document = desk.succeed("explain", NAME, "--json").json
    check(document, "everseal.explain")
    assert (document["ordered_for"], document["issued_by"]) == ("forced", desk.server)
    assert document["account"]["url"].startswith("http")
    [hook] = [each for each in document["settings"] if each["option"] == "deploy_hook"]
    assert (hook["value"], hook["source"], hook["place"]) == (
        "true",
        "renewal file",
        document["renewal_file"],
    )


def test_a_first_certificate_needs_no_note(desk: Desk) -> None:
    desk.obtain(NAME)
    assert "ordered_for" not in (desk.config / f"renewal/{NAME}.conf").read_text()
    assert "the last time because it was the first" in desk.succeed("explain", NAME).out


def test_what_went_wrong(tmp_path: Path) -> None:
    still = Desk(tmp_path, "http://127.0.0.1:9/directory", 9)
    still.keep(NAME)
    still.keep(NAME, new=False)
    store = CertbotStore(str(still.config), clock=SystemClock())
    lineage = store.load(CertificateName(NAME))
    state = State(Layout(str(still.config)).state_dir)
    failed = after_failure(
        None,
        serial=lineage.certificate.serial,
        lifetime=timedelta(days=90),
        now=datetime.now(UTC),
        message="the CA refused the order\x1b[2J",
    )
    state.note_setback(lineage.name, failed)
    state.owe_hook(OwedHook("deploy", "reload", lineage.name, attempts=2))
    told = still.succeed("explain", NAME).out
    assert "1 order in a row failed, the last at " in told
    assert "the CA refused the order\\x1b[2J" in told
    assert "deploy: reload (2 attempts)" in told
    assert "nothing is known of what the CA suggests (ARI)" in told
    assert "that was not noted" in told
    document = still.succeed("explain", NAME, "--json").json
    check(document, "everseal.explain")
    assert [each["code"] for each in document["concerns"]] == ["orders-fail", "hook-owed"]


def test_a_change_that_was_interrupted_is_called_by_its_kind(tmp_path: Path) -> None:
    still = Desk(tmp_path, "http://127.0.0.1:9/directory", 9)
    still.keep(NAME)
    kinds = {kind.kind for kind in get_args(Change)}
    assert kinds == {"commit", "move", "delete", "rename", "restore"}
    State(Layout(str(still.config)).state_dir).write_change(MoveChange(CertificateName(NAME), 1))
    assert "Unfinished: a move was interrupted" in still.succeed("explain", NAME).out
    document = still.succeed("explain", NAME, "--json").json
    check(document, "everseal.explain")
    assert document["unfinished_change"] == "move"


def test_which_one_has_to_be_said(desk: Desk) -> None:
    assert desk.run("explain").status == 2
    assert "No certificate with name no.test" in desk.run("explain", "no.test").err


def test_each_reason_has_a_clause() -> None:
    assert set(ORDERED) == {kind.code for kind in get_args(DueReason)} - {Rehearsal.code}
