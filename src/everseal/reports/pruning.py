"""What is removed and why, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from everseal.model.names import CertificateName
from everseal.model.text import printable
from everseal.planning.retention import Verdict, to_remove
from everseal.planning.words import plural

SCHEMA: Final = "everseal.prune"
VERSION: Final = 1

Pruned = tuple[CertificateName, Sequence[Verdict], bool]
"""A certificate name, the verdicts on its versions, and whether all of it goes."""


def render_prune_plan(lineages: Iterable[Pruned], leftovers: Sequence[str]) -> str:
    """Each version of what loses some, with its reason, ending with a newline."""
    lines = [line for each in lineages for line in _lineage(*each)]
    if leftovers:
        lines.append(
            f"Files that Certbot wrote before version 2.0, and nobody reads: remove {len(leftovers)}"
        )
        lines += [f"  {printable(path)}" for path in leftovers]
    return "\n".join(lines or ["Nothing to remove."]) + "\n"


def prune_as_json(
    lineages: Iterable[Pruned], leftovers: Sequence[str], *, removed: Sequence[str], done: bool
) -> Mapping[str, object]:
    """Schema ``everseal.prune``, version 1; ``done`` is False for a plan."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "done": done,
        "certificates": [
            {"name": name.value, "versions": [_verdict(each) for each in verdicts], "whole": whole}
            for name, verdicts, whole in lineages
        ],
        "leftovers": list(leftovers),
        "removed": list(removed),
    }


def _lineage(name: CertificateName, verdicts: Sequence[Verdict], whole: bool) -> Iterator[str]:
    if whole:
        yield f"{name}: remove it with all its versions and settings, because it has expired"
        return
    going = to_remove(verdicts)
    if not going:
        yield f"{name}: nothing to remove ({plural(len(verdicts), 'version')})"
        return
    yield f"{name}: remove {len(going)} of {plural(len(verdicts), 'version')}"
    for each in verdicts:
        yield f"  version {each.number} {'stays' if each.keep else 'goes'}: {each.reason.sentence}"


def _verdict(verdict: Verdict) -> Mapping[str, object]:
    return {
        "version": verdict.number,
        "keep": verdict.keep,
        "reason": {"code": verdict.reason.code, "sentence": verdict.reason.sentence},
    }
