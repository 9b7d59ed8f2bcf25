"""What a person sees of the limits of a CA."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from everseal.localca.faults import Rule, rate_limited, unavailable
from everseal.localca.server import CaServer
from everseal.store.certbot_dir.stamps import YOUNG_NS
from tests.cli.desk import Desk
from tests.documents import check

NAME = "one.test"
FORCE = ("--standalone", "-d", NAME, "--force-renewal")


@pytest.fixture
def limited(desk: Desk) -> Desk:
    limit(desk)
    return desk


def limit(desk: Desk) -> None:
    """Two certificates for a set of names, as the operator's file says."""
    found = json.loads(resources.files("everseal").joinpath("data/limits/letsencrypt.json").read_text())
    found["directories"] = [desk.server]
    found["limits"][2]["capacity"] = 2
    own = Path(desk.config) / "limits"
    own.mkdir(parents=True)
    (own / "own.json").write_text(json.dumps(found))


def test_the_last_of_a_set_is_spent_if_somebody_agrees(limited: Desk) -> None:
    limited.obtain(NAME)
    declined = limited.run("certonly", *FORCE, answers=["k"])
    assert "would be the last of 2 certificates for this exact set of names in 7 days" in " ".join(
        declined.out.split()
    )
    assert declined.status == 1
    agreed = limited.run("certonly", *FORCE, answers=["o"])
    assert agreed.status == 0, agreed.err


def test_nobody_there_spends_the_last_of_a_set(limited: Desk) -> None:
    limited.obtain(NAME)
    refused = limited.run("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert refused.status == 1
    assert "--despite-limits" in refused.err
    needless = "a certificate for exactly these names was issued at"
    assert needless in refused.out
    insisted = limited.run("renew", "--force-renewal", "--no-random-sleep-on-renew", "--despite-limits")
    assert insisted.status == 0, insisted.err


def test_what_would_be_refused_is_not_asked(limited: Desk) -> None:
    limited.obtain(NAME)
    limited.succeed("certonly", *FORCE, "--despite-limits")
    refused = limited.run("certonly", *FORCE)
    assert refused.status == 1
    assert "2 of 2 certificates for this exact set of names in 7 days are used" in refused.err
    plan = limited.run("plan", *FORCE, "--json")
    assert plan.status == 1
    check(plan.json, "everseal.plan")
    assert plan.json["actions"][0]["refusal"]["code"] == "limit-reached"


def test_what_is_used_is_listed(limited: Desk) -> None:
    assert limited.succeed("limits").out.startswith("Nothing is known yet")
    limited.obtain(NAME)
    shown = limited.succeed("limits").out
    assert f"certificates for exactly {NAME}: 1 of 2 used in 7 days" in shown
    document = limited.succeed("limits", "--json").json
    check(document, "everseal.limits")
    used = {each["limit"]: each["used"] for each in document["authorities"][0]["used"]}
    assert used["certificates-per-set"] == 1
    assert "Nothing waits because of" in limited.succeed("limits", "--resume", NAME).out


def test_limits_that_are_told_later_count_what_was_looked_at_before(desk: Desk) -> None:
    desk.obtain(NAME)
    for path in Path(desk.config, ".everseal").glob("ledger-1.sqlite*"):
        path.unlink()
    time.sleep(YOUNG_NS / 1e9 + 0.1)
    desk.obtain("two.test")
    with closing(sqlite3.connect(Path(desk.config, ".everseal", "ledger-1.sqlite"))) as ledger:
        assert ledger.execute("SELECT name FROM folders").fetchall() == [(NAME.encode(),)]
        assert ledger.execute("SELECT count(*) FROM certificates").fetchall() == [(1,)]
    limit(desk)
    assert f"certificates for exactly {NAME}: 1 of 2 used in 7 days" in desk.succeed("limits").out


def test_a_wait_ends_where_a_person_says_so(desk: Desk, ca: CaServer) -> None:
    desk.register()
    ca.faults.add(Rule("newOrder", unavailable(retry_after="172800"), times=1))
    assert desk.run("certonly", *FORCE).status == 1
    resume = ("limits", "--resume", desk.server, "--detailed-exit-codes")
    planned = desk.run(*resume, "--plan")
    assert planned.out.startswith("Would be forgotten: ")
    resumed = desk.run(*resume, "--json")
    check(resumed.json, "everseal.limits")
    assert [each["server"] for each in resumed.json["forgotten"]] == [desk.server]
    again = desk.run(*resume)
    assert again.out == f"Nothing waits because of {desk.server}.\n"
    assert (planned.status, resumed.status, again.status) == (3, 3, 0)
    desk.succeed("certonly", *FORCE)


def test_a_wait_about_one_set_of_names_says_which(desk: Desk, ca: CaServer) -> None:
    desk.register()
    ca.faults.add(Rule("newOrder", rate_limited(retry_after="3600", detail="slow down"), times=1))
    assert desk.run("certonly", *FORCE).status == 1
    assert f"the CA refused orders for exactly {NAME} at " in desk.succeed("limits").out
    (told,) = desk.succeed("limits", "--json").json["authorities"]
    assert [each["label"] for each in told["waiting"]] == [NAME]
    (digest,) = (each["subject"]["set"] for each in told["waiting"])
    planned = desk.succeed("limits", "--resume", digest, "--plan")
    assert planned.out == f"Would be forgotten: {NAME} at {desk.server} (slow down)\n"
    resumed = desk.succeed("limits", "--resume", digest, "--json").json
    check(resumed, "everseal.limits")
    assert [each["subject"] for each in resumed["forgotten"]] == [NAME]


def test_a_file_that_cannot_be_used_is_said(limited: Desk) -> None:
    path = Path(limited.config) / "limits" / "own.json"
    path.write_text('{"schema": "everseal.ca-limits"}')
    for verb in (("limits",), ("certonly", "--standalone", "--agree-tos", "-d", NAME)):
        failed = limited.run(*verb)
        assert failed.status == 1
        assert f"the limits in {path} cannot be used: the file: schema_version is missing" in failed.err


def test_a_plan_leaves_no_trace(limited: Desk) -> None:
    limited.succeed("plan", "--standalone", "--agree-tos", "-d", NAME)
    assert not (limited.config / ".everseal").exists()


def test_where_nothing_is_due_no_ledger_is_opened(limited: Desk) -> None:
    limited.obtain(NAME)
    program = (
        "import sys; from everseal.cli.main import run; run('everseal', sys.argv[1:]); "
        "print(*sorted({'everseal.store.ledger.database', 'publicsuffixlist'} & sys.modules.keys()))"
    )
    words = limited.words("--non-interactive", "--no-random-sleep-on-renew", "--quiet")
    done = subprocess.run(
        [sys.executable, "-c", program, "renew", *words], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n", done.stdout
