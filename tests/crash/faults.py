"""What may befall a run at one of its changes, and at which of them each can."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, get_args

from tests.crash.power import Model, PowerCut
from tests.crash.watching import Change, Cut, Fault


class Simple:
    """A fault that needs to know nothing but the change; by itself it lets everything happen."""

    def begin(self, places: Sequence[str]) -> None:
        """Nothing to do."""

    def meet(self, change: Change) -> int:
        return 0

    def end(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Killed(Simple):
    """SIGKILL to every process, just before the change."""

    at: int

    def meet(self, change: Change) -> int:
        if change.number == self.at:
            raise Cut
        return 0


@dataclass(frozen=True, slots=True)
class Torn(Simple):
    """Half of a write, then SIGKILL."""

    at: int

    def meet(self, change: Change) -> int:
        if change.number == self.at:
            change.write_half()
            raise Cut
        return 0


@dataclass(frozen=True, slots=True)
class Full(Simple):
    """From the change on nothing that takes space can be done."""

    at: int

    def meet(self, change: Change) -> int:
        return errno.ENOSPC if change.number >= self.at and change.allocates else 0


@dataclass(frozen=True, slots=True)
class Failing(Simple):
    """The device reports an error, once."""

    at: int

    def meet(self, change: Change) -> int:
        return errno.EIO if change.number == self.at else 0


@dataclass(frozen=True, slots=True)
class Mode:
    """A kind of fault; ``points`` says at which of a sound run's changes it can strike."""

    name: str
    make: Callable[[int], Fault]
    points: Callable[[Sequence[Change]], Sequence[int]]


def _at_each(changes: Sequence[Change]) -> Sequence[int]:
    return [change.number for change in changes]


def _at_writes(changes: Sequence[Change]) -> Sequence[int]:
    return [change.number for change in changes if change.shape.data is not None]


def _where_space_is_taken(changes: Sequence[Change]) -> Sequence[int]:
    return [change.number for change in changes if change.allocates]


def _at_each_and_after(changes: Sequence[Change]) -> Sequence[int]:
    return range(1, len(changes) + 2)


MODES: Final = (
    Mode("kill", Killed, _at_each),
    Mode("torn", Torn, _at_writes),
    Mode("full", Full, _where_space_is_taken),
    Mode("eio", Failing, _at_each),
    *(
        Mode(f"power-{model}", partial(PowerCut, model=model), _at_each_and_after)
        for model in get_args(Model)
    ),
)
