"""Where words go: notices to standard output, warnings and errors to standard error.

Text that came from outside is escaped before it gets here or here at the latest: a terminal never
sees a control character that we did not write.
"""

from __future__ import annotations

import os
import threading

from everseal.model.errors import OperatorError
from everseal.model.text import printable_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final, TextIO

_RED_BOLD: Final = "\x1b[1m\x1b[31m"
_RESET: Final = "\x1b[0m"
_ERASE_LINE: Final = "\r\x1b[K"
_COLOURS: Final = {"good": "\x1b[32m", "warning": "\x1b[33m", "bad": "\x1b[31m"}


class Console:
    """Two streams and how much is said on them; each text ends with a newline, given or not.

    ``notices_aside`` keeps standard output for documents that programs read.
    """

    def __init__(
        self, stdout: TextIO, stderr: TextIO, *, quiet: bool = False, notices_aside: bool = False
    ) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._notices = stderr if notices_aside else stdout
        self._is_for_programs = notices_aside
        self._quiet = quiet
        self._lock = threading.Lock()
        self._status = ""

    @property
    def is_quiet(self) -> bool:
        """Whether notices go nowhere, so that an error has to say everything itself."""
        return self._quiet

    @property
    def shows_status(self) -> bool:
        """Whether somebody looks on: both streams are a terminal, and neither is for programs."""
        looked_at = self._stdout.isatty() and takes_colour(self._stderr)
        return looked_at and not self._quiet and not self._is_for_programs

    def status(self, text: str) -> None:
        """A line below everything that is said, in the place of the one before; none where it is empty.

        ``text`` is ours, with colours or without, and no wider than the terminal.
        """
        with self._lock:
            self._lift()
            self._status = text if self.shows_status else ""
            self._lower()

    def notify(self, text: str) -> None:
        """A notice for people: silent under ``--quiet``."""
        if not self._quiet:
            self._write(self._notices, text)

    def result(self, text: str) -> None:
        """What the operator asked to see, such as a listing; never silenced."""
        self._write(self._notices, text)

    def document(self, text: str) -> None:
        """What a program reads, on standard output."""
        self._write(self._stdout, text)

    def aside(self, text: str) -> None:
        """A remark on standard error that is no warning; silent under ``--quiet``."""
        if not self._quiet:
            self._write(self._stderr, text)

    def warn(self, text: str) -> None:
        """A warning on standard error, red on a terminal; silent under ``--quiet``."""
        if not self._quiet:
            self._write(self._stderr, text, alarming=True)

    def error(self, text: str) -> None:
        """An error on standard error, red on a terminal; never silenced."""
        self._write(self._stderr, text, alarming=True)

    def fail(self, error: OperatorError) -> None:
        """An error in one sentence, and what to do."""
        self.error(sentence(error.message))
        self._write(self._stderr, f"To mend it: {sentence(error.remedy)}")

    def line(self, text: str) -> None:
        """One line that a program reads while the run goes on; it ends with a newline already."""
        with self._lock:
            self._stdout.write(text)
            self._stdout.flush()

    def paint(self, lines: Iterable[Sequence[tuple[str, str]]]) -> None:
        """What the operator asked to see, in pieces with a tone each: ``good``, ``warning``, ``bad``."""
        stream = self._notices
        colours = _COLOURS if takes_colour(stream) else {}
        shown = [
            "".join(_painted(showable(text, stream), colours.get(tone)) for text, tone in line).rstrip()
            for line in lines
        ]
        with self._lock:
            self._lift()
            stream.write("".join(f"{line}\n" for line in shown))
            stream.flush()
            self._lower()

    def _write(self, stream: TextIO, text: str, *, alarming: bool = False) -> None:
        shown = showable(text, stream).removesuffix("\n")
        if alarming and takes_colour(stream):
            shown = f"{_RED_BOLD}{shown}{_RESET}"
        with self._lock:
            self._lift()
            stream.write(f"{shown}\n")
            stream.flush()
            self._lower()

    def _lift(self) -> None:
        """Take the status line away, so that something can be written in its place."""
        if self._status:
            self._stderr.write(_ERASE_LINE)
            self._stderr.flush()

    def _lower(self) -> None:
        if self._status:
            self._stderr.write(self._status)
            self._stderr.flush()


def takes_colour(stream: TextIO) -> bool:
    """A terminal does, unless NO_COLOR (https://no-color.org) says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _painted(text: str, colour: str | None) -> str:
    return text if colour is None or not text else f"{colour}{text}{_RESET}"


def showable(text: str, stream: TextIO) -> str:
    """``text`` without control characters and with escapes for what ``stream`` cannot encode."""
    shown = printable_block(text)
    encoding = stream.encoding
    return shown.encode(encoding, "backslashreplace").decode(encoding) if encoding else shown


def sentence(text: str) -> str:
    """The text with a full stop, where it has no end of its own."""
    return text if text.endswith((".", "!", "?", ")")) else f"{text}."
