"""Threads, and the only place that knows of them: maps with a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from typing import Generic, Protocol, TypeVar

from everseal.engine.lanes import Lanes, lane_of
from everseal.planning.plan import Action

T = TypeVar("T")
R = TypeVar("R")


def one_by_one(work: Callable[[T], R], inputs: Iterable[T], /) -> list[R]:
    """A ``map`` that runs nothing beside anything."""
    return [work(each) for each in inputs]


class Crew:
    """A ``map`` with up to ``size`` threads in all to help, however many calls of it there are at once.

    Whoever calls works along, so that a map inside a map cannot starve.
    """

    def __init__(self, size: int, name: str) -> None:
        self._free = threading.Semaphore(size)
        self._name = name

    def __call__(self, work: Callable[[T], R], inputs: Iterable[T], /) -> list[R]:
        tasks = list(inputs)
        shift = _Shift(work, tasks, _InOrder(len(tasks)))
        wanted = len(tasks) - 1
        while wanted > 0 and self._free.acquire(blocking=False):
            shift.call_in(self._name, afterwards=self._free.release)
            wanted -= 1
        return shift.finish()


class FairCrew:
    """A ``map`` over a plan's actions that has up to ``size`` orders under way, ``most_per_ca`` at one CA.

    Actions that order nothing are done by the caller, in the order of the plan; where there is one order
    at most, or one at a time, so is everything.
    """

    def __init__(self, size: int, *, most_per_ca: int) -> None:
        self._size = size
        self._most_per_ca = most_per_ca

    def __call__(self, work: Callable[[Action], R], inputs: Iterable[Action], /) -> list[R]:
        actions = list(inputs)
        orders = {position: lane for position, each in enumerate(actions) if (lane := lane_of(each))}
        if len(orders) <= 1 or self._size <= 1:
            return one_by_one(work, actions)
        shift = _Shift(work, actions, _Fair(Lanes(orders.items(), most_per_ca=self._most_per_ca)))
        for _ in range(min(self._size, len(orders)) - 1):
            shift.call_in("lineage")
        return shift.finish(first=[position for position in range(len(actions)) if position not in orders])


class _Turns(Protocol):
    """Hands out positions, each once; ``close`` ends that."""

    def begin(self) -> int | None: ...

    def end(self, position: int) -> None: ...

    def close(self) -> None: ...


class _InOrder:
    """One after the other."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self._count = count

    def begin(self) -> int | None:
        with self._lock:
            if self._next >= self._count:
                return None
            self._next += 1
            return self._next - 1

    def end(self, position: int) -> None:
        """Nothing waits for that."""

    def close(self) -> None:
        with self._lock:
            self._count = 0


class _Fair:
    """As the lanes have it; whose lane is full waits."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._changed = threading.Condition()
        self._closed = False

    def begin(self) -> int | None:
        with self._changed:
            while not self._closed and not self._lanes.is_empty:
                position = self._lanes.begin()
                if position is not None:
                    return position
                self._changed.wait()
            return None

    def end(self, position: int) -> None:
        with self._changed:
            self._lanes.end(position)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Shift(Generic[T, R]):
    """Work on tasks by several threads; after the first error no further one is begun."""

    def __init__(self, work: Callable[[T], R], tasks: Sequence[T], turns: _Turns) -> None:
        self._work = work
        self._tasks = tasks
        self._turns = turns
        self._results: dict[int, R] = {}
        self._errors: list[BaseException] = []
        self._helpers: list[threading.Thread] = []

    def call_in(self, name: str, afterwards: Callable[[], object] = lambda: None) -> None:
        """One thread more, with a copy of the caller's context; where there can be none, the others do."""

        def help_out() -> None:
            try:
                self._work_along()
            finally:
                afterwards()

        helper = threading.Thread(target=copy_context().run, args=(help_out,), name=name)
        try:
            helper.start()
        except RuntimeError:
            afterwards()
        else:
            self._helpers.append(helper)

    def finish(self, first: Iterable[int] = ()) -> list[R]:
        """Do the tasks at ``first``, then work along; the results of all, in their order.

        Raises the first error, once every task that was begun has ended.
        """
        try:
            for position in first:
                if not self._errors:
                    self._do(position)
            self._work_along()
            self._wait()
        except BaseException:
            self._turns.close()
            self._wait()
            raise
        if self._errors:
            raise self._errors[0]
        return [self._results[position] for position in range(len(self._tasks))]

    def _work_along(self) -> None:
        while (position := self._turns.begin()) is not None:
            try:
                self._do(position)
            finally:
                self._turns.end(position)

    def _do(self, position: int) -> None:
        try:
            self._results[position] = self._work(self._tasks[position])
        except BaseException as error:
            self._errors.append(error)
            self._turns.close()

    def _wait(self) -> None:
        for helper in self._helpers:
            helper.join()
