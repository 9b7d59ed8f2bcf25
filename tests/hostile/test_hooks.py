"""Text from outside next to a shell: none of it is ever part of a command, or of a variable unchecked."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal.localca import faults as menu
from everseal.localca.faults import Rule, quirk
from tests.hostile.siege import Siege

SHELL = "$(touch {marker})`touch {marker}`;touch {marker}\nLD_PRELOAD=/x\nBASH_ENV=/x"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


def hooks(dump: Path) -> list[str]:
    """Each writes down all the variables it gets."""
    return [
        word
        for kind in ("pre", "deploy", "post")
        for word in (f"--{kind}-hook", f"env -0 >> '{dump}.{kind}'")
    ]


def variables(dump: Path, kind: str) -> dict[str, str]:
    entries = Path(f"{dump}.{kind}").read_text().split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def test_what_a_ca_says_reaches_no_hook(siege: Siege, tmp_path: Path, marker: Path) -> None:
    """In details, in terms, in links, wherever it can say something."""
    text = SHELL.format(marker=marker)
    rules = [
        Rule(
            "newOrder", menu.Refuse("rejectedIdentifier", text, 403, (("Link", '<$(touch x)>;rel="help"'),))
        ),
        quirk("*", "unknown-members"),
    ]
    run = siege.under(rules, siege.due(), *hooks(tmp_path / "env"))
    assert run.done.status == 1
    for kind in ("pre", "post"):
        assert not [value for value in variables(tmp_path / "env", kind).values() if "touch" in value]
    assert not marker.exists()


def test_a_hook_gets_the_operators_environment_and_checked_names(
    siege: Siege, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CA has no way to add to it: what is new are the names and our own path."""
    monkeypatch.setenv("OPERATORS_OWN", "kept")
    name = siege.due()
    assert siege.renew(name, *hooks(tmp_path / "env")).done.status == 0
    found = variables(tmp_path / "env", "deploy")
    assert found["OPERATORS_OWN"] == "kept"
    assert found["RENEWED_DOMAINS"] == name
    assert found["RENEWED_LINEAGE"] == str(siege.desk.config / "live" / name)
    assert {"LD_PRELOAD", "BASH_ENV", "ENV"} & found.keys() == set()


@pytest.mark.parametrize(
    "name", ["$(touch {marker}).test", "a.test;touch {marker}", "`touch {marker}`.test", "a\n.test"]
)
@pytest.mark.parametrize("option", ["-d", "--cert-name"])
def test_names_that_a_shell_would_read(siege: Siege, marker: Path, option: str, name: str) -> None:
    """Refused before anything is asked of a CA, or run."""
    words = [option, name.format(marker=marker), *([] if option == "-d" else ["-d", "a.test"])]
    before = len(siege.server.transcript())
    done = siege.desk.run("certonly", "--standalone", *words, "--deploy-hook", 'eval "echo $RENEWED_LINEAGE"')
    assert done.status != 0
    assert len(siege.server.transcript()) == before
    assert not marker.exists()
