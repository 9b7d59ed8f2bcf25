"""Asking a person: yes or no, a choice, several choices, a text.

The wording of the choices is Certbot's, for people who know it and scripts that answer it.
Whoever asks says what an unattended run does instead: a default, or an error that names the flag.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Final, TextIO, TypeVar

from everseal.cli.console import showable
from everseal.model.errors import OperatorError
from everseal.model.text import printable_block
from everseal.reports.frames import RULE, framed

T = TypeVar("T")
PATIENCE_SECONDS: Final = 36_000.0
_WIDTH: Final = 80
_SKIPPED: Final = (
    "Skipped user interaction because Certbot doesn't appear to be running in a terminal. "
    "You should probably include --non-interactive or --force-interactive on the command line."
)


class Unanswered(OperatorError):
    """A question came up and nobody is there to answer it."""

    def __init__(self, question: str, flag: str) -> None:
        hint = f"\n\n(You can set this with the {flag} flag)" if flag else ""
        super().__init__(
            f"Missing command line flag or config entry for this setting:\n{question}{hint}",
            remedy=f"give {flag}, or run the command in a terminal" if flag else "run it in a terminal",
        )


class NobodyAnswered(OperatorError):
    """The input ended, or nobody answered in time."""

    def __init__(self, prompt: str, why: str) -> None:
        super().__init__(f"{why} '{prompt.strip()}'", remedy="run the command again, and answer it")


class Cancelled(OperatorError):
    """The person chose to cancel."""

    def __init__(self) -> None:
        super().__init__(
            "User chose to cancel the operation and may reinvoke the client",
            remedy="nothing was changed; run the command again when you are ready",
        )


class Dialogue:
    """Puts questions on ``stdout`` and reads answers from ``stdin``, if ``attended``.

    Without a terminal and without ``--non-interactive`` a run is not attended but ``listening``: only
    questions that ``insist`` read standard input then, and the first other one is passed over with a
    word to ``warn``.  ``ready`` waits for a line and says whether one came.
    """

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        *,
        attended: bool,
        listening: bool = False,
        warn: Callable[[str], None] | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self.attended = attended
        self._listening = listening
        self._warn = warn
        self._ready = ready

    def yes_or_no(
        self,
        question: str,
        *,
        unattended: bool | None,
        flag: str = "",
        yes: str = "Yes",
        no: str = "No",
        insist: bool = False,
    ) -> bool:
        """``unattended`` is the answer when nobody is there; None makes that an error.

        ``yes`` and ``no`` are labels that begin with different letters, which are what is typed.
        """
        if not self._can_ask(insist):
            return _without_asking(unattended, question, flag)
        self._say(f"\n{RULE}\n{_wrap(question)}\n{RULE}")
        while True:
            answer = self._read(f"{_keyed(yes)}/{_keyed(no)}: ")[:1].lower()
            if answer in {yes[0].lower(), no[0].lower()}:
                return answer == yes[0].lower()

    def menu(
        self,
        question: str,
        choices: Sequence[str],
        *,
        unattended: int | None,
        flag: str = "",
        insist: bool = False,
    ) -> int:
        """The index of the choice.  Raises Cancelled."""
        if not self._can_ask(insist):
            return _without_asking(unattended, f"{question}\nChoices: {list(choices)!r}", flag)
        count = len(choices)
        prompt = "Press 1 [enter] to confirm the selection (press 'c' to cancel): "
        if count > 1:
            prompt = f"Select the appropriate number [1-{count}] then [enter] (press 'c' to cancel): "
        self._list(question, choices)
        while True:
            answer = self._read(prompt)
            if answer[:1].lower() == "c":
                raise Cancelled
            if _is_number(answer, count):
                return int(answer) - 1
            self._say("\n** Invalid input **")

    def checklist(
        self,
        question: str,
        choices: Sequence[str],
        *,
        unattended: Sequence[int] | None,
        flag: str = "",
        insist: bool = False,
    ) -> tuple[int, ...]:
        """The indices chosen: numbers with commas or blanks between; an empty answer chooses all.

        Raises Cancelled.
        """
        if not self._can_ask(insist):
            asked = "".join(f"{choice}? " for choice in choices).rstrip()
            return tuple(_without_asking(unattended, f"{question}\n{asked}", flag))
        prompt = _input_prompt(
            "Select the appropriate numbers separated by commas and/or spaces, or leave input blank "
            "to select all options shown"
        )
        while True:
            self._list(question, choices)
            answer = self._read(prompt)
            if answer.lower() == "c":
                raise Cancelled
            chosen = _numbers(answer, len(choices))
            if chosen is not None:
                return chosen
            self._say("** Error - Invalid selection **")

    def text(
        self,
        question: str,
        *,
        unattended: str | None,
        flag: str = "",
        check: Callable[[str], T],
        insist: bool = False,
    ) -> T:
        """A line, until ``check`` accepts it; what ``check`` raises is shown and asked again.

        Raises Cancelled.
        """
        if not self._can_ask(insist):
            return check(_without_asking(unattended, question, flag))
        while True:
            answer = self._read(_input_prompt(question))
            if answer.lower() == "c":
                raise Cancelled
            try:
                return check(answer)
            except OperatorError as error:
                self._say(framed(_wrap(f"{error.message}; {error.remedy}.")).removesuffix("\n"))

    def instruct(self, text: str) -> None:
        """Show instructions and wait until the person has followed them."""
        if not self._can_ask(insist=True):
            raise Unanswered(text, "--manual-auth-hook")
        self._say(framed(text).removesuffix("\n"))
        self._read("Press Enter to Continue")

    def _can_ask(self, insist: bool) -> bool:
        if self.attended or (insist and self._listening):
            return True
        if self._listening and self._warn is not None:
            self._warn(_SKIPPED)
            self._warn = None
        return False

    def _list(self, question: str, choices: Sequence[str]) -> None:
        lines = "\n".join(_wrap(f"{number}: {choice}") for number, choice in enumerate(choices, 1))
        self._say(f"\n{printable_block(question)}\n{RULE}\n{lines}\n{RULE}")

    def _say(self, text: str) -> None:
        self._stdout.write(f"{showable(text, self._stdout)}\n")
        self._stdout.flush()

    def _read(self, prompt: str) -> str:
        self._stdout.write(showable(prompt, self._stdout))
        self._stdout.flush()
        if self._ready is not None and not self._ready():
            raise NobodyAnswered(prompt, "Timed out waiting for answer to prompt")
        line = self._stdin.readline()
        if not line:
            raise NobodyAnswered(prompt, "The input ended at the prompt")
        return line.strip()


def line_within(stdin: TextIO, seconds: float) -> Callable[[], bool]:
    """For ``ready``: waits until a terminal has a line, at most ``seconds``; anything else is not
    waited for, since what it sent earlier may be read already."""

    def ready() -> bool:
        import select

        return not stdin.isatty() or bool(select.select([stdin], [], [], seconds)[0])

    return ready


def _without_asking(value: T | None, question: str, flag: str) -> T:
    if value is None:
        raise Unanswered(question, flag)
    return value


def _input_prompt(question: str) -> str:
    return _wrap(f"{question} (Enter 'c' to cancel):") + " "


def _keyed(word: str) -> str:
    return f"({word[0]}){word[1:]}"


def _is_number(answer: str, count: int) -> bool:
    return answer.isascii() and answer.isdigit() and len(answer) < 10 and 1 <= int(answer) <= count


def _numbers(answer: str, count: int) -> tuple[int, ...] | None:
    if not answer:
        return tuple(range(count))
    words = answer.replace(",", " ").split()
    if not words or not all(_is_number(word, count) for word in words):
        return None
    return tuple(dict.fromkeys(int(word) - 1 for word in words))


def _wrap(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in printable_block(text).split("\n")
    )
