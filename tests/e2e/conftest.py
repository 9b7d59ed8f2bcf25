"""The command and the library against the built-in CA, with its faults, and against both pebbles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.home import Home
from tests.servers.built_in import BuiltIn, CaMaker


@pytest.fixture
def ca(make_ca: CaMaker) -> BuiltIn:
    return make_ca()


@pytest.fixture
def home(tmp_path: Path, ca: BuiltIn) -> Home:
    """An operator who uses the built-in CA."""
    return Home(tmp_path / "home", ca)
