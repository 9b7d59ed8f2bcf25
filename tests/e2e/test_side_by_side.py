"""Several certificates renewed at once: what they share, and what must not get mixed up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from everseal.localca.faults import Rule, unavailable
from tests.e2e.home import Home
from tests.servers.built_in import BuiltIn, CaMaker

NAMES = [f"n{number}.test" for number in range(6)]


@pytest.fixture
def due(home: Home) -> Home:
    """Six lineages are due."""
    home.plant(NAMES)
    return home


def resources(ca: BuiltIn) -> list[str]:
    return [each.resource for each in ca.server.transcript()]


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_each_lineages_lines_are_together_in_the_order_of_the_files(due: Home, challenge: str) -> None:
    out = due.succeed("renew", "--standalone", f"--standalone-challenge={challenge}")
    blocks = re.findall(
        r"Processing .*/(n\d\.test)\.conf\n[- ]+\nRenewing an existing certificate for (.*)", out
    )
    assert blocks == [(name, f"{name} and www.{name}") for name in NAMES]
    assert [due.version(name) for name in NAMES] == [2] * 6


def test_deploy_hooks_run_once_no_order_is_under_way(due: Home, ca: BuiltIn, tmp_path: Path) -> None:
    log = tmp_path / "log"
    count = f"ls {due.config}/archive/*/cert2.pem | wc -l"
    deploy = f'echo "$RENEWED_LINEAGE" >> {log}; {count} >> {log}; echo deployed'
    hooks = [f"--pre-hook=echo pre >> {log}", f"--deploy-hook={deploy}", f"--post-hook=echo post >> {log}"]
    out = due.succeed("renew", "--standalone", *hooks)
    assert log.read_text().split() == [
        "pre",
        *(word for name in NAMES for word in (str(due.live(name)), "6")),
        "post",
    ]
    told = re.findall(r"Deploying (.*):\nHook 'deploy-hook' ran with output:\n deployed", out)
    assert told == NAMES
    assert list((due.config / ".everseal" / "hooks").glob("*.json")) == []


def test_hooks_by_hand_have_one_order_at_a_time(due: Home, ca: BuiltIn, tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ca.records.hooks
    for at, kind in ((-3, "auth"), (-1, "cleanup")):
        words[at] += f"; echo {kind} ${{CERTBOT_DOMAIN#www.}} >> {log}"
    due.succeed("renew", *words)
    expected = [f"{kind} {name}" for name in NAMES for kind in ("auth", "auth", "cleanup", "cleanup")]
    assert sorted(log.read_text().splitlines()) == sorted(expected)
    assert re.fullmatch(r"(auth (.*)\nauth \2\ncleanup \2\ncleanup \2\n)*", log.read_text())


def test_an_account_that_all_of_them_need_is_opened_once(due: Home, make_ca: CaMaker) -> None:
    other = make_ca()
    words = [f"--server={other.directory_url}", f"--ca-bundle={other.ca_bundle}"]
    words += [f"--http-01-port={other.http_port}", "--agree-tos", "--register-unsafely-without-email"]
    due.succeed("renew", "--standalone", *words)
    assert resources(other).count("newAccount") == 1
    assert len(due.accounts()) == 2
    assert [due.version(name) for name in NAMES] == [2] * 6


def test_a_ca_that_wants_to_be_left_alone_is_not_asked_for_each(due: Home, ca: BuiltIn) -> None:
    before = len(resources(ca))
    ca.server.faults.add(Rule("newNonce", unavailable(retry_after="3600"), times=None))
    done = due.run("renew", "--standalone", "--jobs=1")
    assert done.status == 1
    assert "6 renew failure(s), 0 parse failure(s)" in done.err
    assert done.err.count("was not asked, since it served no other order: ") == 5
    assert len(resources(ca)) - before <= 2
    assert len(list((due.config / ".everseal/setbacks").iterdir())) == 1
    asked = len(resources(ca))
    assert "does not want to be asked before" in due.succeed("renew", "--standalone")
    assert len(resources(ca)) == asked


def test_forty_at_once_need_no_more_connections_than_are_agreed(due: Home, ca: BuiltIn) -> None:
    due.succeed("renew", "--standalone", "--jobs=40")
    assert [due.version(name) for name in NAMES] == [2] * 6
    assert resources(ca).count("directory") <= 2
