"""Workers for the tests, and the table of what they found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from tests.crash.programs import ProgramName
from tests.crash.striking import Striker
from tests.crash.worker import Findings

FIGURES: Final = Path(__file__).resolve().parents[2] / "build" / "crash.json"
_PROPERTY: Final = "crash"

Strike = Callable[[ProgramName, str, str], Findings]


@pytest.fixture(scope="session")
def strikers() -> Iterator[Callable[[ProgramName], Striker]]:
    """A worker for a program, started when it is first asked for."""
    started: dict[ProgramName, Striker] = {}
    with ExitStack() as open_workers:

        def striker(program: ProgramName) -> Striker:
            if program not in started:
                started[program] = open_workers.enter_context(Striker(program))
            return started[program]

        yield striker


@pytest.fixture
def strike(
    strikers: Callable[[ProgramName], Striker], record_property: Callable[[str, object], None]
) -> Strike:
    """Strikes at every point; what is found goes into the table."""

    def at_every_point(program: ProgramName, operation: str, mode: str) -> Findings:
        findings = strikers(program).strike(operation, mode)
        figures = {
            "broken": len(findings.broken),
            "wide": len(findings.wide),
            "unrecovered": len(findings.unrecovered),
            "clauses": findings.unrecovered,
        }
        record_property(_PROPERTY, {"program": program, **asdict(findings), **figures})
        return findings

    return at_every_point


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, and leave it for programs in ``build/crash.json``."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [
        value
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, value in report.user_properties
        if key == _PROPERTY
    ]
    if not rows:
        return
    rows.sort(key=lambda row: (row["program"], row["operation"], row["mode"]))
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    terminalreporter.section("points struck")
    heads = f"{'points':>7}{'broken':>8}{'wide':>6}{'not recovered':>15}"
    terminalreporter.write_line(f"{'program':<10}{'operation':<12}{'fault':<14}{heads}")
    for row in rows:
        figures = f"{row['struck']:>7}{row['broken']:>8}{row['wide']:>6}{row['unrecovered']:>15}"
        terminalreporter.write_line(f"{row['program']:<10}{row['operation']:<12}{row['mode']:<14}{figures}")
