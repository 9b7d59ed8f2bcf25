"""Two stories beside each other, and the list of differences that are meant."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.differential.observation import Facts

LIST = Path(__file__).resolve().parents[2] / "docs" / "certbot-differences.md"
ABSENT = "(absent)"

_ROW = re.compile(r"^\| `(?P<scenario>[^`]+)` \| `(?P<path>[^`]+)` \| `(?P<field>.+?)` \| (?P<why>.+) \|$")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that the two programs leave otherwise."""

    path: str
    field: str
    certbot: str
    everseal: str

    def __str__(self) -> str:
        lines = (
            f"`{self.path}` | `{self.field}`",
            f"  certbot:  {self.certbot}",
            f"  everseal: {self.everseal}",
        )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A row of the list: this field of this path may differ in this scenario, because."""

    scenario: str
    path: str
    field: str
    why: str


def differences(certbot: Iterable[Facts], everseal: Iterable[Facts]) -> list[Difference]:
    """Every fact that differs after some step; one that goes on differing is told once."""
    told: dict[tuple[str, str], Difference] = {}
    for ours, theirs in zip(everseal, certbot, strict=True):
        for path, field in sorted(ours.keys() | theirs.keys()):
            one, other = theirs.get((path, field), ABSENT), ours.get((path, field), ABSENT)
            if (
                one != other
                and (path, field) not in told
                and not _is_part_of_absent(field, path, ours, theirs)
            ):
                told[path, field] = Difference(path, field, one, other)
    return list(told.values())


def _is_part_of_absent(field: str, path: str, ours: Facts, theirs: Facts) -> bool:
    """A path that only one of them has is one difference, whatever would be said about it."""
    return field != "kind" and ((path, "kind") in ours) != ((path, "kind") in theirs)


def read_allowed(text: str) -> Iterator[Allowed]:
    """The rows of the list's table of scenarios."""
    for line in text.splitlines():
        if found := _ROW.match(line):
            yield Allowed(found["scenario"], found["path"], found["field"], found["why"])
