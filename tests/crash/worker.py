"""Strikes one program at every point of an operation, and looks at what is left.

``PYTHON -m tests.crash.worker FOLDER PROGRAM EVERSEALS_PYTHON`` reads jobs as lines of JSON and answers each
with a line; the Python is that of the program.  A job with a ``strace`` is a :class:`Count`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, cast

from tests.crash.authority import Authority
from tests.crash.box import USUAL_UMASK, Box
from tests.crash.counting import traced
from tests.crash.faults import MODES, Mode
from tests.crash.judging import about_leftovers, differences, listing
from tests.crash.modes import wider_modes
from tests.crash.operations import OPERATIONS, Operation
from tests.crash.programs import Program, ProgramName, load
from tests.crash.watching import Change

# What is struck, and the run after it, run where nothing but their own care keeps others out.
NO_UMASK: Final = 0


@dataclass(frozen=True, slots=True)
class Job:
    """Strike at every ``every``-th point, beginning with the ``first``-th (counted from 0)."""

    operation: str
    mode: str
    first: int = 0
    every: int = 1


@dataclass(frozen=True, slots=True)
class Count:
    """Count an operation's changes: of the loaded program, of its command, and by the program ``strace``."""

    operation: str
    strace: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The calls, in their order."""

    loaded: Sequence[str]
    command: Sequence[str]
    strace: Sequence[str]


@dataclass
class Findings:
    """``points`` there are, ``struck`` of them were tried.

    ``broken``: a server could not have loaded the live files right after; ``wide``: what more people could
    read than should, then or after one sound run; ``unrecovered``: what was wrong after that run, by point.
    """

    operation: str
    mode: str
    points: int
    struck: int = 0
    broken: list[int] = field(default_factory=list)
    wide: dict[int, list[str]] = field(default_factory=dict)
    unrecovered: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one strike came to."""

    is_broken: bool
    wide: list[str]
    complaints: list[str]


class Worker:
    """Does jobs on one machine."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self._references: dict[str, Reference] = {}

    def do(self, job: Job) -> Findings:
        """Strike, look, run again, look again."""
        operation = _operation(job.operation)
        mode = next(each for each in MODES if each.name == job.mode)
        reference = self._reference(operation)
        points = mode.points(reference.changes)
        findings = Findings(job.operation, job.mode, len(points))
        for point in points[job.first :: job.every]:
            findings.struck += 1
            seen = self._strike(operation, mode, point, reference)
            if seen.is_broken:
                findings.broken.append(point)
            if seen.wide:
                findings.wide[point] = seen.wide
            if seen.complaints:
                findings.unrecovered[point] = seen.complaints
        return findings

    def count(self, job: Count) -> Counted:
        """The same operation on the same machine, watched in three ways."""
        operation = _operation(job.operation)
        loaded = self.box
        reference = self._reference(operation)
        by_command = replace(loaded, program=Program(loaded.program.name))
        loaded.put_back(reference.before)
        run = by_command.run(operation.words(loaded))
        loaded.put_back(reference.before)
        notes = loaded.folder / "strace" / job.operation
        notes.mkdir(parents=True)
        traces = traced(
            job.strace,
            [by_command.program.command, *operation.words(loaded)],
            loaded.environment,
            places=loaded.places,
            notes=notes,
            umask=USUAL_UMASK,
        )
        return Counted(_calls(reference.changes), _calls(run.changes), traces)

    def _strike(self, operation: Operation, mode: Mode, point: int, reference: Reference) -> Seen:
        box = self.box
        box.put_back(reference.before)
        done = box.authority.done()
        run = box.run(operation.words(box), mode.make(point), umask=NO_UMASK)
        complaints = list(_strayed(run.changes, reference.changes, point))
        is_broken = operation.is_broken(box)
        wide = list(wider_modes(box.home))
        box.let_hours_pass()
        again = box.run(operation.words(box), umask=NO_UMASK)
        wide += wider_modes(box.home)
        complaints += self._complaints(operation, reference)
        taken = box.authority.done() - done
        if box.program.name == "everseal" and operation.takes not in (None, taken):
            complaints.append(f"it took {taken}")
        if complaints:
            complaints += [f"at {run.changes[-1].call} {run.changes[-1].paths}", run.output, again.output]
        return Seen(is_broken, wide, complaints)

    def _complaints(self, operation: Operation, reference: Reference) -> Iterator[str]:
        yield from operation.wanted(self.box)
        if self.box.program.name == "everseal":
            yield from about_leftovers(self.box)
            yield from differences(reference.after, listing(self.box))

    def _reference(self, operation: Operation) -> Reference:
        """The operation with no fault at all."""
        box = self.box
        key = operation.name
        if key not in self._references:
            before = f"before-{key}"
            operation.prepare(box)
            box.keep(before)
            run = box.run(operation.words(box))
            if run.status != 0:
                raise RuntimeError(run.output)
            box.run(operation.words(box))
            self._references[key] = Reference(before, run.changes, listing(box))
            if complaints := list(self._complaints(operation, self._references[key])):
                raise RuntimeError(f"{complaints}: {run.output}")
        return self._references[key]


@dataclass(frozen=True, slots=True)
class Reference:
    """A run that nothing befell: the machine before it, its changes, and what was there after it."""

    before: str
    changes: Sequence[Change]
    after: dict[str, str]


def _strayed(changes: Sequence[Change], expected: Sequence[Change], point: int) -> Iterator[str]:
    """The run has to come to the point on the way it is known to take."""
    calls = _calls(changes[:point])
    if calls != _calls(expected[:point]):
        yield f"the run went another way: {calls}"


def _calls(changes: Sequence[Change]) -> list[str]:
    return [change.call for change in changes]


def _operation(name: str) -> Operation:
    return next(each for each in OPERATIONS if each.name == name)


def main(folder: str, program: str, python: str) -> None:
    loaded = load(cast("ProgramName", program))
    with Authority(python, Path(folder, "ca")) as authority:
        worker = Worker(Box(Path(folder), loaded, authority))
        for line in sys.stdin:
            order = json.loads(line)
            answer = worker.count(Count(**order)) if "strace" in order else worker.do(Job(**order))
            sys.stdout.write(f"{json.dumps(asdict(answer))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
