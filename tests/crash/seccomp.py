"""Being asked before another program makes certain system calls (``seccomp_unotify(2)``).

A filter that the program cannot take off stops it before each call that may change a file system, in all its
threads and in every program it starts, and asks whoever holds the listener.  Everything else runs at full
speed.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.crash.syscalls import OPENED_FOR_CHANGE, SHAPES, Machine

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
# A new listener; a signal that does not kill interrupts no call that is being asked about.
_FLAGS: Final = (1 << 3) | (1 << 5)
_RECEIVE: Final = 0xC0502100
_SEND: Final = 0xC0182101
_CONTINUE: Final = 1
_NOTIFICATION: Final = struct.Struct("=QII iIQ 6Q")
_ANSWER: Final = struct.Struct("=Qq iI")

# Classic BPF, as linux/bpf_common.h has it.
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_SET: Final = 0x45
_RETURN: Final = 0x06
_PASS: Final = 0x7FFF0000
_ASK: Final = 0x7FC00000
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_ARGUMENTS_AT: Final = 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


@dataclass(frozen=True, slots=True)
class Notification:
    """A call that waits to be let through; ``thread`` is who makes it."""

    id: int
    thread: int
    number: int
    arguments: Sequence[int]


def install(machine: Machine) -> int:
    """Put the filter on this process, for ever, and give the listener's descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise _last_error("prctl")
    instructions = _instructions(machine)
    program = _Program(len(instructions) // 8, instructions)
    listener: int = libc.syscall(machine.seccomp, _SET_MODE_FILTER, _FLAGS, ctypes.byref(program))
    if listener < 0:
        raise _last_error("seccomp")
    return listener


def receive(listener: int) -> Notification | None:
    """The next call that waits; None when whoever made it is gone."""
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    identity, thread, _flags, number, _arch, _pointer, *arguments = _NOTIFICATION.unpack(buffer)
    return Notification(identity, thread, number, arguments)


def answer(listener: int, notification: Notification, error: int = 0) -> None:
    """Let the call through, or have it fail with ``error``."""
    flags = 0 if error else _CONTINUE
    try:
        fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(notification.id, 0, -error, flags)))
    except OSError as refusal:
        if refusal.errno != errno.ENOENT:
            raise


def _instructions(machine: Machine) -> bytes:
    """Ask about the calls of the table, about ``open`` only where it is for more than reading."""
    checks: list[bytes] = []
    for name, number in machine.numbers.items():
        flags = SHAPES[name].flags
        if flags is None:
            checks += [_instruction(_JUMP_IF_EQUAL, number, otherwise=1), _instruction(_RETURN, _ASK)]
            continue
        checks += [
            _instruction(_JUMP_IF_EQUAL, number, otherwise=4),
            _instruction(_LOAD, _ARGUMENTS_AT + 8 * flags),
            _instruction(_JUMP_IF_SET, OPENED_FOR_CHANGE, otherwise=1),
            _instruction(_RETURN, _ASK),
            _instruction(_RETURN, _PASS),
        ]
    return b"".join(
        (
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_JUMP_IF_EQUAL, machine.audit_arch, then=1),
            _instruction(_RETURN, _PASS),
            _instruction(_LOAD, _NUMBER_AT),
            *checks,
            _instruction(_RETURN, _PASS),
        )
    )


def _instruction(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _last_error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")
