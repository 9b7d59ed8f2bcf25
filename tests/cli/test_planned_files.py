"""The files that a plan names are those that the run writes and removes, and no others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from tests.cli.desk import Desk
from tests.cli.test_certonly import write_csr
from tests.cli.test_plans import everything_below

NAME = "a.test"


def planned(desk: Desk, verb: str, *words: str) -> list[str]:
    actions = desk.succeed(verb, *words, "--plan", "--json").json["actions"]
    return [file["path"] for action in actions for file in action["files"]]


def touched(desk: Desk, verb: str, *words: str) -> set[str]:
    """What a run changes outside Everseal's own folder."""
    before = everything_below(desk.config)
    desk.succeed(verb, *words)
    after = everything_below(desk.config)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return {
        path for path in changed if re.search(r"\.(pem|conf|json)$|README$", path) and "/.ever" not in path
    }


def agree(patterns: Sequence[str], paths: set[str]) -> bool:
    return all(any(fnmatch(path, each) for each in patterns) for path in paths) and all(
        any(fnmatch(path, each) for path in paths) for each in patterns
    )


def demand_agreement(desk: Desk, verb: str, *words: str) -> list[str]:
    patterns = planned(desk, verb, *words)
    paths = touched(desk, verb, *words)
    assert agree(patterns, paths), (patterns, paths)
    return patterns


def test_a_first_certificate_with_its_account_and_the_next(desk: Desk) -> None:
    first = demand_agreement(desk, "certonly", "--standalone", "--agree-tos", "-m", "me@a.test", "-d", NAME)
    assert any(path.endswith("/*/private_key.json") for path in first)
    second = demand_agreement(desk, "certonly", "--standalone", "-d", "b.test")
    assert not any("/accounts/" in path for path in second)


def test_versions_that_go(desk: Desk) -> None:
    desk.obtain(NAME)
    renewal = ("renew", "--force-renewal", "--keep-versions", "1")
    assert not any(path.endswith("1.pem") for path in demand_agreement(desk, *renewal))
    assert sum(path.endswith("1.pem") for path in demand_agreement(desk, *renewal)) == 4
    demand_agreement(desk, "renew", "--force-renewal", "--keep-versions", "0", "--keep-days", "3")
    demand_agreement(desk, "renew", "--force-renewal", "--keep-versions", "0")


def test_a_rehearsal_writes_the_settings_that_it_tries(desk: Desk) -> None:
    desk.obtain(NAME)
    change = ("reconfigure", "--cert-name", NAME, "--post-hook", "true")
    assert demand_agreement(desk, *change) == [str(desk.config / f"renewal/{NAME}.conf")]
    assert demand_agreement(desk, *change) == []
    assert demand_agreement(desk, "renew", "--dry-run") == []


def test_a_certificate_for_a_signing_request(desk: Desk, tmp_path: Path) -> None:
    write_csr(tmp_path / "request", NAME, encoding=serialization.Encoding.PEM)
    places = [f"--{kind}-path={desk.config / kind}.pem" for kind in ("cert", "chain", "fullchain")]
    desk.register()
    csr = ("certonly", "--standalone", "--csr", str(tmp_path / "request"))
    demand_agreement(desk, *csr, *places)
    numbered = planned(desk, *csr)
    assert [path.rsplit("/", 1)[1] for path in numbered] == ["*_cert.pem", "*_chain.pem", "*_chain.pem"]
