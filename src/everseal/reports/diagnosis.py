"""What the doctor found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from everseal.model.diagnosis import SEVERITIES, Diagnosis, Finding, Fix, Mending, Relink
from everseal.model.text import printable

SCHEMA: Final = "everseal.doctor"
VERSION: Final = 1
_PLURALS: Final = {"damage": "damages", "warning": "warnings", "note": "notes"}


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """Each finding with its cause and remedy, then one line that counts."""
    parts = ["\n".join(_finding(each)) for each in diagnosis.findings]
    return "\n\n".join([*parts, _conclusion(diagnosis)])


def render_fixes(fixes: Iterable[Fix]) -> str:
    """What ``--fix`` is about to do."""
    return "\n".join(
        f"  * {printable(fix.sentence)}{'' if fix.safe else ' (only if you agree)'}" for fix in fixes
    )


def render_mendings(mendings: Iterable[Mending]) -> str:
    """What became of it."""
    done = list(mendings)
    moved = sorted({each.fix.name for each in done if isinstance(each.fix, Relink) and not each.failure})
    lines = [_mending(each) for each in done]
    if moved:
        listed = ", ".join(name.value for name in moved)
        lines.append(f"No hooks were run: reload the servers that use {printable(listed)}.")
    return "\n".join(lines)


def diagnosis_as_json(diagnosis: Diagnosis, mendings: Iterable[Mending]) -> Mapping[str, object]:
    """Schema ``everseal.doctor``, version 1; the findings are those left after the mendings."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "config_dir": diagnosis.config_dir,
        "examined": diagnosis.examined,
        "network": diagnosis.network,
        "counts": {name: _count(diagnosis, name) for name in SEVERITIES},
        "findings": [_finding_as_json(each) for each in diagnosis.findings],
        "fixes": [_fix_as_json(each) for each in diagnosis.fixes],
        "mended": [
            {**_fix_as_json(each.fix), "done": not each.failure, "failure": each.failure or None}
            for each in mendings
        ],
    }


def _finding(each: Finding) -> Iterator[str]:
    yield f"{each.severity}: {printable(each.subject)}: {printable(each.what)} [{each.code}]"
    yield f"  Cause:       {printable(each.cause)}."
    yield f"  To mend it:  {printable(each.remedy)}."


def _conclusion(diagnosis: Diagnosis) -> str:
    looked = f"{diagnosis.examined} certificate{'' if diagnosis.examined == 1 else 's'} examined"
    asked = "" if diagnosis.network else "; names were not looked up (--network does)"
    counts = [(name, _count(diagnosis, name)) for name in SEVERITIES]
    listed = ", ".join(
        f"{number} {name if number == 1 else _PLURALS[name]}" for name, number in counts if number
    )
    conclusion = f"{looked} in {printable(diagnosis.config_dir)}: {listed or 'nothing is wrong'}{asked}."
    many = len(diagnosis.fixes)
    if many:
        conclusion += (
            f"\n`everseal doctor --fix` can mend {many} thing{'' if many == 1 else 's'}; it asks first."
        )
    return conclusion


def _mending(each: Mending) -> str:
    if each.failure:
        return f"  failed: {printable(each.fix.sentence)}: {printable(each.failure)}"
    return f"  done: {printable(each.fix.sentence)}"


def _count(diagnosis: Diagnosis, severity: str) -> int:
    return sum(each.severity == severity for each in diagnosis.findings)


def _finding_as_json(each: Finding) -> Mapping[str, object]:
    return {
        "code": each.code,
        "severity": each.severity,
        "subject": each.subject,
        "name": None if each.lineage is None else each.lineage.value,
        "what": each.what,
        "cause": each.cause,
        "remedy": each.remedy,
        "fix": None if each.fix is None else _fix_as_json(each.fix),
    }


def _fix_as_json(fix: Fix) -> Mapping[str, object]:
    return {"kind": type(fix).__name__, "what": fix.sentence, "safe": fix.safe}
