"""``renew`` with certificates that are due: fifty beside the other clients, some among ten thousand that
rest, a thousand at an unkind CA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bench.clients import Client, bare_words, certbot_words, clients, everseal, everseal_words, in_turn
from bench.forest import Forest, plant_due
from bench.measuring import Contender, always, compare, spent
from bench.premises import KIND, Premises, premises

FIFTY_TURNS = 3
FIFTY = 50
THOUSAND = 1000
RESTING = 10_000
DAY = 100
DAY_TURNS = 3


def fifty() -> None:
    """The other clients know no `renew` for all, or none that the CA would not have to be set up for: they
    obtain as many certificates for new names, which is the same conversation."""
    with premises(generation="old") as place:
        contenders = [_for_fifty(each, place) for each in clients(place)]
        title = f"`renew`, {FIFTY} due, no latency, pebble {place.pebble.version}"
        compare(title, contenders, turns=FIFTY_TURNS, warm_up=False, requests=place.requests)


def thousand() -> None:
    """Due by their lifetime at first, and then once more by force, each telling which one it replaces."""
    unkind = replace(KIND, refused_nonces_percent=5)
    with premises(unkind) as place:
        config = everseal(place).folder / "config"
        names = [f"due{number}.example" for number in range(THOUSAND)]
        plant_due(config, names, server=place.directory_url, webroot=place.webroot)
        renewing = [*everseal_words(place), "renew", "--no-random-sleep-on-renew"]
        title = f"`renew`, {THOUSAND:,} due, 5 % of nonces refused, pebble {place.pebble.version}"
        contenders = [
            Contender("everseal, due by their lifetime", always(*renewing), {}),
            Contender("everseal, by force", always(*renewing, "--force-renewal"), {}),
        ]
        compare(title, contenders, turns=1, warm_up=False, requests=place.requests)


def day() -> None:
    """A day with ten thousand lineages: one in a hundred is due, the others rest."""
    with premises() as place:
        client = everseal(place)
        _plant_resting(client, place)
        renewing = _renewing(client, place, due=DAY)
        title = f"`renew`, {RESTING:,} lineages and {DAY} more that are due, pebble {place.pebble.version}"
        compare(title, [renewing], turns=DAY_TURNS, requests=place.requests)


def _plant_resting(client: Client, place: Premises) -> None:
    config, now = client.folder / "config", datetime.now(UTC)
    forest = Forest(config, server=place.directory_url, webroot=place.webroot, asked=now)
    names = [f"n{number}.example.com" for number in range(RESTING)]
    forest.plant(names, issued=now - timedelta(days=5))
    spent([*everseal_words(place), "renew"], client.environment)


def _renewing(client: Client, place: Premises, due: int = FIFTY) -> Contender:
    turns = count()

    def grow() -> None:
        turn = next(turns)
        names = [f"n{each}.r{turn}.{client.name}.example" for each in range(due)]
        plant_due(client.folder / "config", names, server=place.directory_url, webroot=place.webroot)

    words = _ALL_AT_ONCE[client.name](place)
    return Contender(client.name, always(*words, "renew", "--no-random-sleep-on-renew"), {}, grow)


_ALL_AT_ONCE: dict[str, Callable[[Premises], Sequence[str]]] = {
    "certbot": certbot_words,
    "everseal": everseal_words,
}


def _for_fifty(client: Client, place: Premises) -> Contender:
    if client.name in _ALL_AT_ONCE:
        return _renewing(client, place)
    if client.name == "bare":
        return Contender(client.name, lambda turn: [*bare_words(place), *_new_names(client, turn)], {})
    return _one_by_one(client, place)


def _new_names(client: Client, turn: int) -> list[str]:
    return [f"n{each}.r{turn}.{client.name}.example" for each in range(FIFTY)]


def _one_by_one(client: Client, place: Premises) -> Contender:
    def words(turn: int) -> Sequence[str]:
        each_alone = [client.obtain([name]) for name in _new_names(client, turn)]
        return in_turn(each_alone, place.folder / f"{client.name}.sh")

    return Contender(client.name, words, client.environment)
