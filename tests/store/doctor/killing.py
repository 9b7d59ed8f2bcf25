"""Kills a mending at its k-th change of the file system, and has the doctor come again.

``python -m tests.store.doctor.killing DAMAGE FOLDER STEP`` does so for each STEP-th k and prints what it
saw as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from tests.store.crashing import attempt
from tests.store.doctor.clinic import Clinic
from tests.store.doctor.plants import DAMAGES


class Struck:
    """One damaged directory that is restored before each attempt."""

    def __init__(self, folder: Path, damage: str) -> None:
        folder.mkdir()
        self.clinic = Clinic(folder)
        next(each for each in DAMAGES if each.name == damage).plant(self.clinic)
        self.clinic.age()
        self.before = folder / "before"
        shutil.copytree(self.clinic.config, self.before, symlinks=True)
        self.pair = self.readable()

    def restore(self) -> None:
        shutil.rmtree(self.clinic.config)
        shutil.copytree(self.before, self.clinic.config, symlinks=True)

    def work(self) -> None:
        self.clinic.mend_all()

    def readable(self) -> dict[str, bytes]:
        """What a server reads, as far as it can."""
        live = self.clinic.live()
        return {path.name: path.read_bytes() for path in live.glob("*.pem") if path.exists()}

    def complaints(self) -> list[str]:
        """What is wrong at once, and what is wrong after another mending some hours later."""
        now = self.readable()
        found = [f"{name} was lost" for name, data in self.pair.items() if data and name not in now]
        for path in self.clinic.config.rglob(".*.tmp"):
            os.utime(path, (0, 0), follow_symlinks=False)
        self.work()
        found += [each.code for each in self.clinic.examine() if each.code != "file-from-future"]
        loaded = self.clinic.store.load(self.clinic.examination.names()[0])
        return found if loaded.live == loaded.latest else [*found, "an older version is live"]


def main(damage: str, folder: str, step: str) -> None:
    sys.dont_write_bytecode = True
    struck = Struck(Path(folder) / "clinic", damage)
    complaints: dict[int, list[str]] = {}
    place = 1 - int(step)
    while True:
        place += int(step)
        struck.restore()
        if not attempt(struck.work, 0, place):
            break
        found = struck.complaints()
        if found:
            complaints[place] = found
    json.dump({"points": place, "complaints": complaints}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
