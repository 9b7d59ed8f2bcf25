"""What the commands write under ``--json`` is what docs/reference/json says, no more and no less."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from everseal.model.errors import StoreUnusable
from everseal.model.names import CertificateName, DnsName
from everseal.planning.plan import Blocked, Plan, Report
from everseal.reports.plan_json import plan_as_json
from tests.documents import SCHEMAS, check
from tests.e2e.home import Home

NAME = "json.test"


def told(home: Home, name: str, verb: str, *more: str) -> dict[str, Any]:
    """The document that a command writes, which has to be one of this schema."""
    document: dict[str, Any] = json.loads(home.succeed(verb, "--json", *more))
    check(document, name)
    return document


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_each_file_is_a_json_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))
    assert f"({path.name})" in (SCHEMAS / "index.md").read_text()


def test_every_document_is_as_its_schema_says(home: Home) -> None:
    wanted = ["--standalone", "-d", NAME]
    first = told(home, "everseal.plan", "certonly", "--plan", *wanted)
    assert [each["action"] for each in first["actions"]] == ["issue"]
    home.obtain(NAME)
    assert [each["action"] for each in told(home, "everseal.plan", "plan")["actions"]] == ["leave"]
    told(home, "everseal.plan", "renew", "--plan", "--force-renewal")
    told(home, "everseal.plan", "renew", "--plan", "--dry-run")
    told(home, "everseal.account", "show_account")
    assert len(told(home, "everseal.certificates", "certificates")["certificates"]) == 1
    assert told(home, "everseal.revocation", "revoke", "--cert-name", NAME)["deleted"] == [NAME]
    home.obtain(NAME)
    assert [
        each["name"] for each in told(home, "everseal.deletion", "delete", "--cert-name", NAME)["deleted"]
    ]


def test_damage_is_as_its_schema_says(home: Home) -> None:
    renewal = home.config / "renewal"
    renewal.mkdir(parents=True)
    (renewal / "broken.test.conf").write_text("cert\n")
    assert told(home, "everseal.certificates", "certificates")["invalid"]
    error = StoreUnusable("it is full", remedy="make room")
    blocked = Blocked(CertificateName(NAME), (DnsName(NAME),), "NAME.conf", "fullchain.pem", error)
    plan = Plan((blocked, Report("other.conf", "it is odd", "mend it")), datetime.now(UTC))
    check(json.loads(json.dumps(plan_as_json(plan))), "everseal.plan")
