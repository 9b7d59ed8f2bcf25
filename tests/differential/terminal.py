"""A person at a terminal: waits for each prompt and types the answer."""

import os
import pty
import re
import select
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# A program that says nothing for this long is waiting for an answer that nobody has planned.
PATIENCE_SECONDS = 20
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Answer:
    """What to type (with Enter behind it) when the text since the last answer matches the pattern."""

    prompt: str
    typed: str


class Unanswered(Exception):
    """The program waits for something, or ended before it was asked everything."""


@dataclass(slots=True)
class Terminal:
    """A pseudo-terminal. `slave` is given to the program; `converse` plays the person until it has ended."""

    answers: Sequence[Answer]
    transcript: str = ""
    asked: list[str] = field(default_factory=list)  # the last line of each prompt that was answered
    master: int = -1
    slave: int = -1

    def __post_init__(self) -> None:
        self.master, self.slave = pty.openpty()
        attributes = termios.tcgetattr(self.slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)

    @property
    def name(self) -> str:
        """The device's path."""
        return os.ttyname(self.slave)

    def converse(self, has_ended: Callable[[], bool]) -> None:
        """Answer until the program has ended and everything it said is read."""
        waiting = list(self.answers)
        unread = 0
        silent_until = time.monotonic() + PATIENCE_SECONDS
        while True:
            ended = has_ended()
            if said := self._read():
                self.transcript += said
                silent_until = time.monotonic() + PATIENCE_SECONDS
            elif ended:
                break
            elif time.monotonic() > silent_until:
                raise Unanswered(f"no answer planned here:\n{self.transcript}")
            if waiting and (found := re.search(waiting[0].prompt, self.transcript[unread:])):
                self.asked.append(found.group().strip().splitlines()[-1])
                os.write(self.master, f"{waiting.pop(0).typed}\n".encode())
                unread = len(self.transcript)
        if waiting:
            raise Unanswered(f"never asked {waiting[0].prompt!r}:\n{self.transcript}")

    def _read(self) -> str:
        ready, _, _ = select.select([self.master], [], [], 0.05)
        if not ready:
            return ""
        try:
            return _COLOUR.sub("", os.read(self.master, 65536).decode("utf-8", "replace")).replace(
                "\r\n", "\n"
            )
        except OSError:  # the last holder of the other side has gone
            return ""

    def close(self) -> None:
        """Hang up."""
        os.close(self.master)
        os.close(self.slave)
