"""What is done to a machine, how it stood before, and what has to be true in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.crash.authority import Done
from tests.crash.box import NAME, Box
from tests.crash.judging import (
    about_accounts,
    about_other_lineages,
    about_the_hook,
    about_the_lineage,
    complaint_about_live,
    version_in,
)

_EIGHTY_DAYS: Final = 80
_NOTHING: Final = Done(accounts=0, certificates=0)


@dataclass(frozen=True, slots=True)
class Operation:
    """One command that changes something.

    ``prepare`` makes the machine it is run on; ``is_broken`` says whether a server would fail right after a
    fault, ``wanted`` what is missing in the end; ``takes`` is what it costs the CA, however often it is run.
    """

    name: str
    prepare: Callable[[Box], None]
    words: Callable[[Box], Sequence[str]]
    wanted: Callable[[Box], Iterator[str]]
    is_broken: Callable[[Box], bool]
    takes: Done = _NOTHING


def _obtaining(box: Box) -> list[str]:
    terms = ("--agree-tos", "--register-unsafely-without-email")
    return box.words("certonly", *terms, "--standalone", "-d", NAME, "--deploy-hook", box.hook)


def _one_due_lineage(box: Box) -> None:
    """Its certificate has ten of ninety days left."""
    box.empty()
    box.authority.set_age(_EIGHTY_DAYS)
    box.succeed(_obtaining(box))
    box.authority.set_age(0)


def _no_lineage(box: Box) -> None:
    box.empty()


def _serves_no_set(box: Box) -> bool:
    return complaint_about_live(box.live) is not None


def _serves_half_a_set(box: Box) -> bool:
    """Nothing is there yet, or all of it."""
    return box.live.exists() and _serves_no_set(box)


def _is_renewed(box: Box) -> Iterator[str]:
    yield from about_the_lineage(box)
    yield from about_other_lineages(box, NAME)
    yield from about_accounts(box)
    yield from about_the_hook(box)
    if version_in(box.live) == "1":
        yield "nothing has been renewed"


def _is_obtained(box: Box) -> Iterator[str]:
    yield from about_the_lineage(box)
    yield from about_other_lineages(box, NAME)
    yield from about_accounts(box)
    yield from about_the_hook(box)


OPERATIONS: Final = (
    Operation(
        "renew",
        _one_due_lineage,
        lambda box: box.words("renew"),
        _is_renewed,
        _serves_no_set,
        takes=Done(accounts=0, certificates=1),
    ),
    Operation(
        "first",
        _no_lineage,
        _obtaining,
        _is_obtained,
        _serves_half_a_set,
        takes=Done(accounts=1, certificates=1),
    ),
)
