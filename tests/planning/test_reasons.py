from __future__ import annotations

import pytest

from everseal.planning.reasons import NamesChanged, Reason
from tests.planning.samples import due_reasons, names, not_due_reasons


@pytest.mark.parametrize("reason", [*due_reasons(), *not_due_reasons()], ids=lambda each: each.code)
def test_a_sentence_is_one_line_without_a_full_stop(reason: Reason) -> None:
    assert reason.sentence
    assert reason.sentence.isprintable()
    assert not reason.sentence.endswith(".")


def test_every_name_that_comes_or_goes_is_said() -> None:
    change = NamesChanged(names("a.example", "b.example", "c.example"), names("d.example"))
    for name in ("a", "b", "c", "d"):
        assert f"{name}.example" in change.sentence
    assert NamesChanged((), ()).sentence
