from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.doctor.clinic import Clinic


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    """In memory where there is such a place: many flushes to a busy disk take long."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Clinic(Path(folder))
