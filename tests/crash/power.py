"""What a disk holds after the power failed: a model of what was flushed and what was not.

POSIX promises no more than this: a file's content is durable once it has been flushed, and so is a
directory's list of names, each for itself.  What was not flushed may be there or not.  The models:

``gone``   nothing is there that was not flushed, neither names nor content;
``names``  names have reached the disk, content only where it was flushed: other files are empty;
``ext4``   as ``names``, but a rename over a file that was there flushes the content first;
``mixed``  each directory and each file by itself, as chance has it: old, new, or half of the new content.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.crash.watching import Change, Cut

Model = Literal["gone", "names", "ext4", "mixed"]
_FLUSHING: Final = frozenset({"fsync", "fdatasync"})


@dataclass
class Node:
    """A file, link or directory; ``held`` keeps its number from being given to another one.

    ``content`` and ``names`` are what has been flushed; a link is as durable as its name.
    """

    held: int
    kind: int
    mode: int
    target: str = ""
    content: bytes | None = None
    names: Mapping[str, int] | None = None


@dataclass
class Disk:
    """Follows what a run does below some directories that are there from the beginning."""

    roots: Sequence[Path]
    nodes: dict[int, Node] = field(default_factory=dict)
    _flushing: list[Path] = field(default_factory=list)

    def begin(self) -> None:
        """All that is there is durable."""
        self._meet_newcomers()
        for root in self.roots:
            for path in (root, *root.rglob("*")):
                self._flush(path)

    def catch_up(self) -> None:
        """What was flushed meanwhile is durable; what came meanwhile is known."""
        self._meet_newcomers()
        for path in self._flushing:
            self._flush(path)
        self._flushing = []

    def foresee(self, change: Change, *, saves_what_it_renames: bool) -> None:
        """A change is about to happen."""
        if change.call in _FLUSHING:
            self._flushing = [Path(change.paths[0])]
        elif saves_what_it_renames and change.call.startswith("rename") and os.path.isfile(change.paths[-1]):
            self._flush(Path(change.paths[0]))

    def settle(self, model: Model, *, seed: int) -> None:
        """Turn the directories into what is found when the power is back."""
        chance = random.Random(seed)
        choices = {number: self._survivor(node, model, chance) for number, node in self.nodes.items()}
        numbers = [root.lstat().st_ino for root in self.roots]
        modes = {number: self._mode(node, model) for number, node in self.nodes.items()}
        for root, number in zip(self.roots, numbers, strict=True):
            shutil.rmtree(root)
            _Rebuilt(choices, self.nodes, modes).put(number, root)
        self.close()

    def close(self) -> None:
        """Let go of what was held."""
        for node in self.nodes.values():
            os.close(node.held)
        self.nodes.clear()

    def _survivor(self, node: Node, model: Model, chance: random.Random) -> Mapping[str, int] | bytes | None:
        """What of a directory's names or a file's content is there afterwards."""
        if stat.S_ISDIR(node.kind):
            flushed: Mapping[str, int] = node.names or {}
            now = self._names(Path(f"/proc/self/fd/{node.held}"))
            return {"gone": flushed, "mixed": chance.choice((flushed, now))}.get(model, now)
        if stat.S_ISREG(node.kind):
            written = _content(node)
            kept = node.content or b""
            if model != "mixed" or written == kept:
                return kept
            return chance.choice((kept, written, written[: len(written) // 2]))
        return None

    def _mode(self, node: Node, model: Model) -> int:
        return node.mode if model == "gone" else stat.S_IMODE(os.fstat(node.held).st_mode)

    def _meet_newcomers(self) -> None:
        for root in self.roots:
            for path in (root, *root.rglob("*")):
                found = path.lstat()
                if found.st_ino not in self.nodes:
                    held = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
                    target = os.readlink(path) if stat.S_ISLNK(found.st_mode) else ""
                    mode = stat.S_IMODE(found.st_mode)
                    self.nodes[found.st_ino] = Node(held, found.st_mode, mode, target)

    def _flush(self, path: Path) -> None:
        """What is in it now is durable, and its mode."""
        try:
            found = path.lstat()
        except FileNotFoundError:
            return
        node = self.nodes[found.st_ino]
        node.mode = stat.S_IMODE(found.st_mode)
        if stat.S_ISDIR(node.kind):
            node.names = self._names(path)
        elif stat.S_ISREG(node.kind):
            node.content = _content(node)

    def _names(self, directory: Path) -> dict[str, int]:
        with os.scandir(directory) as entries:
            return {entry.name: entry.inode() for entry in entries}


@dataclass
class _Rebuilt:
    """Puts survivors in place; two names of one file stay that."""

    survivors: Mapping[int, Mapping[str, int] | bytes | None]
    nodes: Mapping[int, Node]
    modes: Mapping[int, int]
    _placed: dict[int, Path] = field(default_factory=dict)

    def put(self, number: int, path: Path) -> None:
        survivor = self.survivors[number]
        match survivor:
            case None:
                path.symlink_to(self.nodes[number].target)
            case bytes() if number in self._placed:
                path.hardlink_to(self._placed[number])
            case bytes():
                path.write_bytes(survivor)
                path.chmod(self.modes[number])
                self._placed[number] = path
            case _:
                path.mkdir()
                for name, inner in survivor.items():
                    self.put(inner, path / name)
                path.chmod(self.modes[number])


def _content(node: Node) -> bytes:
    return Path(f"/proc/self/fd/{node.held}").read_bytes()


class PowerCut:
    """The power fails just before the change, or after the end where there is none with that number."""

    def __init__(self, at: int, model: Model) -> None:
        self._at = at
        self._model = model
        self._disk = Disk(())

    def begin(self, places: Sequence[str]) -> None:
        self._disk = Disk([Path(place) for place in places])
        self._disk.begin()

    def meet(self, change: Change) -> int:
        self._disk.catch_up()
        if change.number == self._at:
            raise Cut
        self._disk.foresee(change, saves_what_it_renames=self._model == "ext4")
        return 0

    def end(self) -> None:
        self._disk.catch_up()
        self._disk.settle(self._model, seed=self._at)
