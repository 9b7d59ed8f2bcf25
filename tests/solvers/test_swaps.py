"""Somebody who may write in the webroot swaps what is in it for a link, just before any one of our calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from everseal.model.errors import SolverFailed
from everseal.solvers.webroot import Webroot
from tests.e2e.home import photograph
from tests.solvers.samples import make_presentation

CALLS = frozenset({"open", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.chown", "os.chmod"})


class Watch:
    """Calls ``act`` just before the next call with which this process touches files, while it is armed."""

    def __init__(self) -> None:
        self._act: Callable[[], None] | None = None
        sys.addaudithook(self._notice)

    @contextmanager
    def before_each(self, act: Callable[[], None]) -> Iterator[None]:
        self._act = act
        try:
            yield
        finally:
            self._act = None

    def _notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        act = self._act
        if act is not None and event in CALLS:
            self._act = None
            act()
            self._act = act


WATCH = Watch()


def swap(place: Path, outside: Path) -> None:
    """Put a link to ``outside`` where ``place`` is, or was going to be."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        return
    if place.exists():
        place.rename(place.with_name(f"{place.name}-moved-{len(list(place.parent.iterdir()))}"))
    place.symlink_to(outside)


@pytest.mark.parametrize("depth", [1, 2, 3], ids=["well-known", "acme-challenge", "file"])
@pytest.mark.parametrize("verb", ["present", "clean_up"])
def test_no_swap_at_any_call_has_an_effect_outside(tmp_path: Path, verb: str, depth: int) -> None:
    challenge = make_presentation()
    at = 0
    while True:
        root, outside = tmp_path / f"root{at}", tmp_path / f"outside{at}"
        root.mkdir()
        outside.mkdir(mode=0o700)
        (outside / "acme-challenge").mkdir(mode=0o700)
        for folder in (outside, outside / "acme-challenge"):
            (folder / challenge.token).write_text(challenge.key_authorization)
            (folder / challenge.token).chmod(0o600)
        before = photograph(outside)
        way = [root / ".well-known", root / ".well-known" / "acme-challenge"]
        place = [*way, way[1] / challenge.token][depth - 1]
        target = outside if depth < 3 else outside / challenge.token
        solver = Webroot({}, str(root))
        if verb == "clean_up":
            solver.present([challenge])
        calls = 0

        def act(at: int = at, place: Path = place, target: Path = target) -> None:
            nonlocal calls
            calls += 1
            if calls == at + 1:
                swap(place, target)

        with WATCH.before_each(act), suppress(SolverFailed):
            getattr(solver, verb)([challenge])
        solver.clean_up([challenge])
        assert photograph(outside) == before, f"at call {at}"
        if calls <= at:
            break
        at += 1
    assert at >= 4
