from __future__ import annotations

import pytest

from tests.cli.desk import Desk
from tests.cli.test_certonly import names_of


def test_names_are_shown_added_and_removed(desk: Desk) -> None:
    desk.obtain("a.test", "b.test")
    assert desk.succeed("names", "a.test").out == "a.test\nb.test\n"
    desk.succeed("names", "a.test", "--add", "c.test,D.test", "--remove", "b.test", "--add", "a.test")
    assert names_of(desk, "a.test") == ["a.test", "c.test", "d.test"]
    same = desk.succeed("names", "a.test", "--add", "c.test")
    assert "no action taken" in same.out


def test_a_plan_changes_nothing(desk: Desk) -> None:
    desk.obtain("a.test")
    shown = desk.succeed("names", "a.test", "--add", "b.test", "--plan")
    assert "the new set of names adds b.test" in shown.out
    rehearsed = desk.succeed("names", "a.test", "--add", "b.test", "--dry-run")
    assert "The dry run was successful." in rehearsed.out
    assert names_of(desk, "a.test") == ["a.test"]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ((), 2, "names takes the name of one certificate"),
        (("a.test", "b.test"), 2, "names takes the name of one certificate"),
        (("none.test", "--add", "x.test"), 1, "No certificate with name none.test found"),
        (("a.test", "--remove", "a.test"), 1, "the certificate a.test would be left without any name"),
        (("a.test", "--remove", "z.test"), 1, "the certificate a.test is not for z.test"),
        (("a.test", "--add", "no name"), 1, "'no name'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, words: tuple[str, ...], status: int, sentence: str
) -> None:
    desk.keep("a.test")
    done = desk.run("names", *words)
    assert done.status == status
    assert sentence in done.err
