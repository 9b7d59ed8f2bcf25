"""Whatever becomes of the files, the doctor says something that people understand, and harms nobody."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from everseal.model.errors import OperatorError
from tests.store.doctor.clinic import Clinic

EACH = 20


def mutate(path: Path, chance: random.Random) -> None:
    """Damage one file or link."""
    data = path.read_bytes() if path.is_file() else b""
    match chance.randrange(8):
        case 0:
            path.unlink()
        case 1:
            replace(path, data[: chance.randrange(len(data) + 1)])
        case 2:
            place = chance.randrange(len(data) + 1)
            replace(path, data[:place] + chance.randbytes(3) + data[place + 3 :])
        case 3:
            path.unlink()
            path.mkdir()
        case 4:
            path.unlink()
            os.symlink(chance.choice([path.name, "/", "gone", "../../renewal/b.test.conf"]), path)
        case 5:
            replace(
                path, chance.choice([b"", b"[", b"\xff", b"cert = ,", b"[[renewalparams]]\n", b"{}", b"null"])
            )
        case 6:
            replace(path, data * 3)
        case _:
            path.unlink()
            os.mkfifo(path)


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mutations(clinic: Clinic, seed: int) -> None:
    chance = random.Random(seed)
    before = clinic.folder / "before"
    shutil.copytree(clinic.config, before, symlinks=True)
    unsaid = 0
    for _ in range(EACH):
        shutil.rmtree(clinic.config)
        shutil.copytree(before, clinic.config, symlinks=True)
        paths = sorted(path for path in clinic.config.rglob("*") if path.is_symlink() or path.is_file())
        for path in chance.sample(paths, chance.randrange(1, 4)):
            mutate(path, chance)
        clinic.age()
        try:
            assert all(each.what and each.remedy for each in clinic.examine())
            clinic.mend_all()
            clinic.examine()
        except OperatorError:
            unsaid += 1
    assert unsaid < EACH / 4
