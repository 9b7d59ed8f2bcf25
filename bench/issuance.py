"""Certificates for new names, one name and a hundred, from a CA that is near and one at a distance.

The CA is the older pebble: uacme gives up over a kind of challenge that newer ones offer beside http-01.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.clients import Client, clients
from bench.measuring import Contender, compare
from bench.premises import ROUND_TRIP, premises

ONE_TURNS = 9
HUNDRED_TURNS = 3


def one() -> None:
    for round_trip in (0.0, ROUND_TRIP):
        _obtain("one certificate for one name", 1, round_trip, ONE_TURNS)


def hundred() -> None:
    _obtain("one certificate for 100 names", 100, ROUND_TRIP, HUNDRED_TURNS)


def _obtain(title: str, names: int, round_trip: float, turns: int) -> None:
    with premises(generation="old", round_trip=round_trip) as place:
        contenders = [
            Contender(each.name, _for_new_names(each, names), each.environment) for each in clients(place)
        ]
        where = f"{round_trip * 1000:.0f} ms round trip" if round_trip else "no latency"
        compare(
            f"{title}, account there, {where}, pebble {place.pebble.version}",
            contenders,
            turns=turns,
            requests=place.requests,
        )


def _for_new_names(client: Client, number: int) -> Callable[[int], Sequence[str]]:
    return lambda turn: client.obtain([f"n{each}.t{turn}.{client.name}.example" for each in range(number)])
