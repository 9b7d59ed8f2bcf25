"""The life of ACME's objects, drawn from the tables that the client goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from everseal.acme.states import ACCOUNT, AUTHORIZATION, CHALLENGE, ORDER

Table = Mapping[StrEnum, frozenset[StrEnum]]
TABLES: Mapping[str, object] = {
    "order": ORDER,
    "authorization": AUTHORIZATION,
    "challenge": CHALLENGE,
    "account": ACCOUNT,
}
PLACE = re.compile(r"(<!-- states: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_diagrams(text: str) -> str:
    """The page with each ``<!-- states: NAME -->`` followed by that table's diagram."""
    return PLACE.sub(lambda found: f"{found[1]}\n```text\n{diagram(found[2])}\n```\n\n{found[3]}", text)


def diagram(name: str) -> str:
    """A tree: below each status those that may follow it, first the one that leads on."""
    table = TABLES[name]
    assert isinstance(table, Mapping)
    start = next(iter(table))
    return "\n".join([start, *_branches(table, start, "")])


def _branches(table: Table, status: StrEnum, indent: str) -> Iterator[str]:
    followers = sorted(table[status], key=list(table).index)
    for number, follower in enumerate(followers, 1):
        is_last = number == len(followers)
        yield f"{indent}{'└──' if is_last else '├──'} {follower}"
        yield from _branches(table, follower, indent + ("    " if is_last else "│   "))
