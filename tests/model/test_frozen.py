"""Values made by the quick form and by the library cannot be told apart."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from everseal.model import frozen

Make = Callable[..., Any]


def plain(make: Make) -> Any:
    @make(frozen=True, slots=True)
    class Plain:
        """Every kind of member."""

        first: int
        second: str = "two"
        third: list[int] = field(default_factory=list)
        hidden: str = field(default="", repr=False)
        aside: int = field(default=0, compare=False)
        details: dict[str, int] = field(default_factory=dict, hash=False)
        constant: ClassVar[str] = "known"

        @property
        def doubled(self) -> int:
            return 2 * self.first

    return Plain


def checking(make: Make) -> Any:
    @make(frozen=True, slots=True)
    class Checking:
        number: int

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError(self.number)

    return Checking


def empty(make: Make) -> Any:
    @make(frozen=True, slots=True)
    class Empty:
        pass

    return Empty


QUICK, USUAL = plain(frozen.dataclass), plain(dataclasses.dataclass)


def test_they_are_described_alike() -> None:
    assert str(inspect.signature(QUICK)) == str(inspect.signature(USUAL))
    assert repr(dataclasses.fields(QUICK)) == repr(dataclasses.fields(USUAL))
    assert QUICK.__match_args__ == USUAL.__match_args__
    assert QUICK.__slots__ == USUAL.__slots__
    assert (QUICK.__doc__, QUICK.__name__, QUICK.__module__) == (
        USUAL.__doc__,
        USUAL.__name__,
        USUAL.__module__,
    )
    assert dataclasses.is_dataclass(QUICK)


@pytest.mark.parametrize(
    "words", [{"first": 1}, {"first": 2, "second": "x", "third": [1], "hidden": "secret"}]
)
def test_they_look_and_act_alike(words: dict[str, Any]) -> None:
    quick, usual = QUICK(**words), USUAL(**words)
    assert repr(quick) == repr(usual)
    assert "secret" not in repr(quick)
    assert dataclasses.asdict(quick) == dataclasses.asdict(usual)
    assert (quick.doubled, quick.constant) == (usual.doubled, usual.constant)
    assert dataclasses.replace(quick, first=9) == QUICK(**{**words, "first": 9})
    assert quick == QUICK(**words, aside=5)
    assert quick != usual
    assert quick != QUICK(**{**words, "first": 9})
    assert copy.deepcopy(quick) == quick
    assert not hasattr(quick, "__dict__")


def test_defaults_are_made_anew() -> None:
    assert QUICK(1).third is not QUICK(1).third


def test_they_hash_by_content() -> None:
    made = checking(frozen.dataclass)
    assert hash(made(1)) == hash(made(1))
    assert {made(1), made(1), made(2)} == {made(1), made(2)}
    with pytest.raises(TypeError, match="unhashable"):
        hash(QUICK(1))
    assert hash(QUICK(1, third=(), details={"a": 1})) == hash(QUICK(1, third=(), aside=7))
    assert QUICK(1, third=(), details={"a": 1}) != QUICK(1, third=())


def test_nothing_can_be_changed() -> None:
    value = QUICK(1)
    with pytest.raises(FrozenInstanceError):
        value.first = 2
    with pytest.raises(FrozenInstanceError):
        value.other = 2
    with pytest.raises(FrozenInstanceError):
        del value.first


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        QUICK()
    with pytest.raises(ValueError, match="-1"):
        checking(frozen.dataclass)(-1)


def test_every_other_form_is_the_librarys() -> None:
    @frozen.dataclass(slots=True)
    class Open:
        number: int

    @frozen.dataclass
    class Bare:
        number: int

    @frozen.dataclass(frozen=True, slots=True)
    class Named:
        number: int = field(kw_only=True)
        told: str = field(init=False, default="so")

    @frozen.dataclass(frozen=True, slots=True)
    class Base:
        number: int

    @frozen.dataclass(frozen=True, slots=True)
    class Derived(Base):
        more: int = 1

        def __repr__(self) -> str:
            return "its own"

    changed = Open(1)
    changed.number = 2
    assert (changed, Bare(1)) == (Open(2), Bare(1))
    assert str(inspect.signature(Named)) == "(*, number: 'int') -> None"
    assert Named(number=1).told == "so"
    assert Derived(1, 2) == Derived(1, more=2)
    assert repr(Derived(1)) == "its own"
    assert [each.name for each in dataclasses.fields(Derived)] == ["number", "more"]


@frozen.dataclass(frozen=True, slots=True)
class Kept:
    number: int
    text: str = ""


def test_they_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, "x"))) == Kept(1, "x")


@pytest.mark.parametrize("make", [frozen.dataclass, dataclasses.dataclass])
def test_values_without_fields_are_all_alike(make: Make) -> None:
    one, other = empty(make), empty(make)
    assert one() == one()
    assert one() != other()
    assert len({one(), one(), other()}) == 2
