"""Runs a command and meets each of its changes to a place before it happens.

The command is the real one, in a process of its own; whatever it starts is watched too.  A fault decides
about each change: it happens, it fails, or everything ends there.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from tests.crash.seccomp import Notification, answer, install, receive
from tests.crash.syscalls import AT_FDCWD, OPENED_FOR_CHANGE, SHAPES, Place, Shape, this_machine

_PR_SET_CHILD_SUBREAPER: Final = 36
_LONGEST_PATH: Final = 4096
_LONGEST_RUN_SECONDS: Final = 120
_VECTOR: Final = struct.Struct("=QQ")
_CANNOT_START: Final = 127
_LOCK: Final = ".lock"
_MAKING: Final = frozenset({"mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat"})
_REMOVING: Final = frozenset({"unlink", "unlinkat", "rmdir"})


class Cut(Exception):
    """Raised by a fault: every process of the command ends now."""


@dataclass(frozen=True, slots=True)
class Change:
    """A call that waits: the ``number``-th that concerns the place, counted from 1.

    ``paths`` are absolute; a call that moves something has two.  ``allocates``: a full disk may refuse it.
    """

    number: int
    call: str
    paths: tuple[str, ...]
    allocates: bool
    notification: Notification

    @property
    def shape(self) -> Shape:
        return SHAPES[self.call]

    def write_half(self) -> None:
        """Do the first half of a write, on behalf of whoever makes it."""
        data = self._data()
        with _borrowed(self.notification.thread, self.notification.arguments[0]) as descriptor:
            if self.call.startswith("pwrite"):
                os.pwrite(descriptor, data[: len(data) // 2], self.notification.arguments[3])
            else:
                os.write(descriptor, data[: len(data) // 2])

    def _data(self) -> bytes:
        thread, (_, address, length, *_) = self.notification.thread, self.notification.arguments
        if self.shape.data == "bytes":
            return _memory(thread, address, length)
        vectors = _VECTOR.iter_unpack(_memory(thread, address, length * _VECTOR.size))
        return b"".join(_memory(thread, start, size) for start, size in vectors)


class Fault(Protocol):
    """What happens to the changes of a run."""

    def begin(self, places: Sequence[str]) -> None:
        """The run is about to start."""

    def meet(self, change: Change) -> int:
        """0 lets it happen, any other number is the error it fails with.  Raises Cut."""

    def end(self) -> None:
        """Every process of the run is gone."""


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ended; ``status`` is negative where a signal ended it."""

    status: int
    output: str
    changes: tuple[Change, ...]


def run_watched(become: Callable[[], None], *, places: Sequence[str], fault: Fault, umask: int) -> Run:
    """Run a command to its end, or to where ``fault`` cuts it; the caller has no threads.

    ``become`` turns a new process into the command and never returns.  ``places`` are absolute paths without
    links; changes elsewhere are none of ours.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryFile() as output:
        bystanders = _descendants()
        fault.begin(places)
        child, listener = _start(become, output.fileno(), umask)
        try:
            changes = _meet_all(listener, places, fault)
        finally:
            # Nobody answers the calls that still wait; without a listener they would go on.
            status = _end_all(child, bystanders)
            os.close(listener)
        fault.end()
        output.seek(0)
        return Run(status, output.read().decode("utf-8", "replace"), tuple(changes))


def _start(become: Callable[[], None], output: int, umask: int) -> tuple[int, int]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if child == 0:
            try:
                _prepare(output, umask, theirs)
                become()
            finally:
                os._exit(_CANNOT_START)
        theirs.close()
        _, (listener, *_), _, _ = socket.recv_fds(ours, 1, 1)
        return child, listener


def _prepare(output: int, umask: int, report: socket.socket) -> None:
    """In the child: streams of its own, and a watcher who asks."""
    os.setsid()
    os.umask(umask)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, output, output)):
        os.dup2(descriptor, number)
    listener = install(this_machine())
    socket.send_fds(report, [b"."], [listener])
    os.close(listener)


def _meet_all(listener: int, places: Sequence[str], fault: Fault) -> list[Change]:
    """Until nobody is left who could ask, or the fault cuts."""
    changes: list[Change] = []
    end = time.monotonic() + _LONGEST_RUN_SECONDS
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while (left := end - time.monotonic()) > 0:
        for _, events in poll.poll(left * 1000):
            if not events & select.POLLIN:
                return changes
            notification = receive(listener)
            if notification is None:
                continue
            change = _read_change(notification, places, len(changes) + 1)
            error = 0
            if change is not None:
                changes.append(change)
                try:
                    error = fault.meet(change)
                except Cut:
                    return changes
            answer(listener, notification, error)
    raise TimeoutError("the command did not end")


def _read_change(notification: Notification, places: Sequence[str], number: int) -> Change | None:
    """What a call is about, if it changes one of the places.

    Lock files hold nothing, and a call that is about to fail changes nothing.
    """
    name = this_machine().names[notification.number]
    shape = SHAPES[name]
    if shape.flags is not None and not notification.arguments[shape.flags] & OPENED_FOR_CHANGE:
        return None
    try:
        paths = tuple(_paths(notification, shape))
    except (FileNotFoundError, ProcessLookupError):
        return None
    if not any(_is_within(path, place) for path in paths for place in places):
        return None
    if paths[0].endswith(_LOCK) or _is_vain(name, paths[-1]):
        return None
    opens_what_is_there = shape.flags is not None and os.path.exists(paths[0])
    return Change(number, name, paths, shape.allocates and not opens_what_is_there, notification)


def _is_within(path: str, place: str) -> bool:
    return f"{path}/".startswith(f"{place}/")


def _is_vain(call: str, path: str) -> bool:
    """Whether a call makes what is there already, or removes what is not, or a directory that is in use."""
    if call in _MAKING:
        return os.path.lexists(path)
    return call in _REMOVING and (not os.path.lexists(path) or (call == "rmdir" and bool(os.listdir(path))))


def _paths(notification: Notification, shape: Shape) -> Iterator[str]:
    if shape.descriptor is not None:
        yield _of_descriptor(notification, shape.descriptor)
    for each in shape.paths:
        yield _of_place(notification, each)


def _of_place(notification: Notification, place: Place) -> str:
    address = notification.arguments[place.path]
    if address == 0 and place.directory is not None:
        return _of_descriptor(notification, place.directory)
    start = _memory(notification.thread, address, _LONGEST_PATH)
    path = os.fsdecode(start.partition(b"\0")[0])
    if not os.path.isabs(path):
        path = os.path.join(_base(notification, place), path)
    return os.path.normpath(path)


def _base(notification: Notification, place: Place) -> str:
    if place.directory is not None:
        number = ctypes.c_int(notification.arguments[place.directory]).value
        if number != AT_FDCWD:
            return _of_descriptor(notification, place.directory)
    return os.readlink(f"/proc/{notification.thread}/cwd")


def _of_descriptor(notification: Notification, argument: int) -> str:
    return os.readlink(f"/proc/{notification.thread}/fd/{notification.arguments[argument]}")


def _memory(thread: int, address: int, size: int) -> bytes:
    """At most ``size`` bytes of somebody's memory: as many as there are."""
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        data = b""
        while len(data) < size:
            # A read over the end of a mapping fails as a whole: go page by page.
            step = min(size - len(data), 4096 - (address + len(data)) % 4096)
            try:
                data += memory.read(step)
            except OSError:
                break
        return data


@contextmanager
def _borrowed(thread: int, number: int) -> Iterator[int]:
    """Somebody's open file as one of ours, with its position."""
    process = os.pidfd_open(_process_of(thread))
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
        descriptor = call(this_machine().pidfd_getfd, process, number, 0)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        os.close(process)


def _process_of(thread: int) -> int:
    with open(f"/proc/{thread}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("Tgid:"))


def _end_all(child: int, bystanders: set[int]) -> int:
    """Kill whatever is left of the command, however deep; gives the status of the command itself."""
    status = 0
    while descendants := _descendants() - bystanders:
        for process in descendants:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        ended, code = os.waitpid(-1, 0)
        if ended == child:
            status = os.waitstatus_to_exitcode(code)
    return status


def _descendants() -> set[int]:
    """Children, and those whose own parents are gone already: the kernel gives them to us."""
    found: set[int] = set()
    todo = [os.getpid()]
    while todo:
        with suppress(FileNotFoundError):
            for task in os.listdir(f"/proc/{(process := todo.pop())}/task"):
                with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as children:
                    new = [int(word) for word in children.read().split()]
                found.update(new)
                todo += new
    return found
