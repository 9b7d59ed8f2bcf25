"""Ten thousand damaged answers and files: each is read, or refused in a sentence; nothing else happens.

``EVERSEAL_MUTATIONS`` sets another number and ``EVERSEAL_SEED`` another source; `make soak` reads a million.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from everseal.model.errors import OperatorError
from tests.hostile.audit import Audit
from tests.hostile.lesser_readers import lesser_readers
from tests.hostile.oddities import MOST_DAMAGED, oddities
from tests.hostile.reader import Reader
from tests.hostile.readers import readers

MUTATIONS = int(os.environ.get("EVERSEAL_MUTATIONS", "10000"))
SEED = int(os.environ.get("EVERSEAL_SEED", "20261127"))
MOST_SECONDS = 1.0
MOST_GROWTH_KIB = 100 * 1024
TWICE_DAMAGED = 0.2
ODDLY = 0.2
Odd = Mapping[str, tuple[Reader, Sequence[bytes]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where those readers that read directories have theirs."""
    return tmp_path_factory.mktemp("readers")


@pytest.fixture(scope="module")
def every(folder: Path) -> list[Reader]:
    return all_readers(folder)


def all_readers(folder: Path) -> list[Reader]:
    return [*readers(folder), *lesser_readers(folder)]


def oddities_of(every: list[Reader]) -> Odd:
    """The oddities of each reader that has any."""
    by_name = {each.name: each for each in every}
    found = oddities({name: reader.samples[0] for name, reader in by_name.items()})
    return {name: (by_name[name], inputs) for name, inputs in found.items()}


def test_sound_samples_are_read(every: list[Reader]) -> None:
    """Otherwise nothing beyond the first check would be reached below."""
    for reader in every:
        for sample in reader.samples:
            if not reader.is_answer:
                reader.read(sample)


def damaged(every: list[Reader], odd: Odd, count: int) -> Iterator[tuple[Reader, bytes]]:
    """The oddities and then damage, one after the other, always the same for a seed."""
    for reader, inputs in odd.values():
        yield from ((reader, data) for data in inputs)
    chance = Random(SEED)
    shares = [each.share for each in every]
    for _ in range(count):
        (reader,) = chance.choices(every, shares)
        data = reader.mutate(chance.choice(samples_of(reader, odd, chance)), chance)
        if not reader.is_json and chance.random() < TWICE_DAMAGED:
            data = reader.mutate(data, chance)
        yield reader, data


def samples_of(reader: Reader, odd: Odd, chance: Random) -> Sequence[bytes]:
    """Mostly sound ones: what is odd is refused early, and damage behind that place is not seen."""
    _, inputs = odd.get(reader.name, (reader, ()))
    small = [each for each in inputs if len(each) <= MOST_DAMAGED]
    return small if small and chance.random() < ODDLY else reader.samples


def refusal(reader: Reader, data: bytes) -> OperatorError | None:
    """What the reader said, if it did not take it."""
    try:
        reader.read(data)
    except OperatorError as error:
        return error
    except Exception as error:
        raise AssertionError(f"{reader.name}, seed {SEED}: {data!r}") from error
    return None


def check_that_no_damage_does_any(folder: Path, every: list[Reader], count: int) -> None:
    """No exception but refusals, no effect outside, no long time, no memory."""
    refused: Counter[str] = Counter()
    odd = oddities_of(every)
    audit = Audit()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for reader, data in damaged(every, odd, count):
        began = time.thread_time()
        with audit.watching(str(folder)):
            error = refusal(reader, data)
        assert time.thread_time() - began < MOST_SECONDS, f"{reader.name}: {data!r}"
        if error is not None:
            refused[reader.name] += 1
            assert error.message, reader.name
            assert error.remedy, reader.name
    assert audit.effects == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KIB
    assert sum(refused.values()) > count / 4


def test_no_damage_does_any(folder: Path, every: list[Reader]) -> None:
    check_that_no_damage_does_any(folder, every, MUTATIONS)
