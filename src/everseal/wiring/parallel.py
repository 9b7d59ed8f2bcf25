"""Threads, and the only place that knows of them: a ``map`` with a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def one_by_one(work: Callable[[T], R], inputs: Iterable[T], /) -> list[R]:
    """A ``map`` that runs nothing beside anything."""
    return [work(each) for each in inputs]


class Crew:
    """A ``map`` that runs up to ``size`` calls at once.

    Each call of the map has threads of its own, so that a map inside a map cannot starve.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name

    def __call__(self, work: Callable[[T], R], inputs: Iterable[T], /) -> list[R]:
        tasks = list(inputs)
        if len(tasks) <= 1 or self._size <= 1:
            return one_by_one(work, tasks)
        with ThreadPoolExecutor(min(self._size, len(tasks)), thread_name_prefix=self._name) as pool:
            return [future.result() for future in [pool.submit(work, task) for task in tasks]]
