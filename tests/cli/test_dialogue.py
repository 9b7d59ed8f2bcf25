from __future__ import annotations

import io
import os
import pty

import pytest

from everseal.cli.dialogue import Cancelled, Dialogue, NobodyAnswered, Unanswered, line_within
from everseal.model.errors import OperatorError
from everseal.model.names import DnsName
from everseal.reports.frames import RULE

CHOICES = ["one", "two", "three"]


class Talk:
    """A dialogue whose answers are known beforehand."""

    def __init__(self, *answers: str, attended: bool = True, listening: bool = False) -> None:
        self.out = io.StringIO()
        self.warnings: list[str] = []
        self.dialogue = Dialogue(
            io.StringIO("".join(f"{answer}\n" for answer in answers)),
            self.out,
            attended=attended,
            listening=listening,
            warn=self.warnings.append,
        )

    @property
    def shown(self) -> str:
        return self.out.getvalue()


def parsed(text: str) -> DnsName:
    return DnsName.parse(text)


class TestYesOrNo:
    def test_the_words(self) -> None:
        talk = Talk("y")
        assert talk.dialogue.yes_or_no("Sure?", unattended=None)
        assert talk.shown == f"\n{RULE}\nSure?\n{RULE}\n(Y)es/(N)o: "

    @pytest.mark.parametrize(
        ("answer", "agreed"), [("y", True), ("Y", True), ("yes", True), ("n", False), ("No", False)]
    )
    def test_answers(self, answer: str, agreed: bool) -> None:
        assert Talk(answer).dialogue.yes_or_no("Sure?", unattended=None) == agreed

    def test_there_is_no_default_and_the_question_stands(self) -> None:
        talk = Talk("", "what", "n")
        assert not talk.dialogue.yes_or_no("Sure?", unattended=True)
        assert talk.shown.count("(Y)es/(N)o: ") == 3
        assert talk.shown.count("Sure?") == 1

    def test_labels(self) -> None:
        talk = Talk("n", "c")
        assert not talk.dialogue.yes_or_no("Go?", unattended=None, yes="Expand", no="Cancel")
        assert talk.shown.endswith("(E)xpand/(C)ancel: (E)xpand/(C)ancel: ")

    def test_text_is_wrapped_at_80_columns(self) -> None:
        talk = Talk("y")
        talk.dialogue.yes_or_no(f"{'word ' * 30}\n\n{'a-b' * 40}", unattended=None)
        lines = talk.shown.splitlines()
        assert max(map(len, lines[2:4])) <= 80
        assert "a-b" * 40 in lines


class TestMenu:
    def test_the_words(self) -> None:
        talk = Talk("2")
        assert talk.dialogue.menu("Which?", CHOICES, unattended=None) == 1
        assert talk.shown == (
            f"\nWhich?\n{RULE}\n1: one\n2: two\n3: three\n{RULE}\n"
            "Select the appropriate number [1-3] then [enter] (press 'c' to cancel): "
        )

    def test_one_choice_is_confirmed(self) -> None:
        talk = Talk("1")
        assert talk.dialogue.menu("Which?", ["one"], unattended=None) == 0
        assert talk.shown.endswith("Press 1 [enter] to confirm the selection (press 'c' to cancel): ")

    @pytest.mark.parametrize("answer", ["c", "C", "cancel"])
    def test_cancel(self, answer: str) -> None:
        with pytest.raises(Cancelled):
            Talk(answer).dialogue.menu("Which?", CHOICES, unattended=0)

    def test_what_is_no_choice_is_asked_again(self) -> None:
        talk = Talk("", "0", "4", "-1", "x", "9" * 5000, "²", " 3 ")
        assert talk.dialogue.menu("Which?", CHOICES, unattended=None) == 2
        assert talk.shown.count("\n** Invalid input **\n") == 7


class TestChecklist:
    def test_the_words(self) -> None:
        talk = Talk("")
        assert talk.dialogue.checklist("Which?", CHOICES, unattended=None) == (0, 1, 2)
        assert talk.shown == (
            f"\nWhich?\n{RULE}\n1: one\n2: two\n3: three\n{RULE}\n"
            "Select the appropriate numbers separated by commas and/or spaces, or leave input\n"
            "blank to select all options shown (Enter 'c' to cancel): "
        )

    @pytest.mark.parametrize(
        ("answer", "chosen"), [("2", (1,)), ("1,3", (0, 2)), ("3 1", (2, 0)), ("1, 1 2", (0, 1))]
    )
    def test_answers(self, answer: str, chosen: tuple[int, ...]) -> None:
        assert Talk(answer).dialogue.checklist("Which?", CHOICES, unattended=None) == chosen

    def test_a_wrong_selection_shows_the_list_again(self) -> None:
        talk = Talk("1 4", ",", "one", "2")
        assert talk.dialogue.checklist("Which?", CHOICES, unattended=None) == (1,)
        assert talk.shown.count("** Error - Invalid selection **\n\nWhich?\n") == 3

    def test_cancel(self) -> None:
        with pytest.raises(Cancelled):
            Talk("C").dialogue.checklist("Which?", CHOICES, unattended=None)


class TestText:
    def test_the_words(self) -> None:
        talk = Talk("a.example")
        assert talk.dialogue.text("Your name", unattended=None, check=parsed) == DnsName("a.example")
        assert talk.shown == "Your name (Enter 'c' to cancel): "

    def test_what_is_refused_is_explained_and_asked_again(self) -> None:
        talk = Talk("a..example", "a.example")
        talk.dialogue.text("Your name", unattended=None, check=parsed)
        assert (
            f"\n{RULE}\n'a..example' has an empty label; remove the doubled or leading dot.\n" in talk.shown
        )
        assert talk.shown.count("(Enter 'c' to cancel): ") == 2

    def test_cancel(self) -> None:
        with pytest.raises(Cancelled):
            Talk("c").dialogue.text("Your name", unattended=None, check=parsed)

    def test_an_empty_answer_is_one(self) -> None:
        assert Talk("").dialogue.text("Mail", unattended=None, check=str) == ""


class TestNobodyThere:
    def test_defaults_are_taken_silently(self) -> None:
        talk = Talk(attended=False)
        dialogue = talk.dialogue
        assert dialogue.yes_or_no("Sure?", unattended=True)
        assert not dialogue.yes_or_no("Sure?", unattended=False)
        assert dialogue.menu("Which?", CHOICES, unattended=0) == 0
        assert dialogue.checklist("Which?", CHOICES, unattended=(0, 2)) == (0, 2)
        assert dialogue.text("Mail", unattended="", check=str) == ""
        assert (talk.shown, talk.warnings) == ("", [])

    def test_without_a_default_the_flag_is_named(self) -> None:
        with pytest.raises(Unanswered) as caught:
            Talk(attended=False).dialogue.yes_or_no("Expand it?", unattended=None, flag="--expand")
        assert caught.value.message == (
            "Missing command line flag or config entry for this setting:\n"
            "Expand it?\n\n(You can set this with the --expand flag)"
        )
        assert "--expand" in caught.value.remedy

    def test_choices_are_listed(self) -> None:
        dialogue = Talk(attended=False).dialogue
        with pytest.raises(Unanswered, match=r"Choices: \['one', 'two', 'three'\]"):
            dialogue.menu("Which?", CHOICES, unattended=None)
        with pytest.raises(Unanswered, match=r"one\? two\? three\?$"):
            dialogue.checklist("Which?", CHOICES, unattended=None)
        with pytest.raises(Unanswered, match="Your name"):
            dialogue.text("Your name", unattended=None, check=str)

    def test_a_wrong_default_is_an_error(self) -> None:
        with pytest.raises(OperatorError):
            Talk(attended=False).dialogue.text("Your name", unattended="..", check=parsed)

    def test_instructions_need_somebody(self) -> None:
        with pytest.raises(Unanswered, match="--manual-auth-hook"):
            Talk(attended=False).dialogue.instruct("Create a file")


class TestNoTerminal:
    def test_what_must_be_answered_reads_standard_input(self) -> None:
        talk = Talk("y", attended=False, listening=True)
        assert talk.dialogue.yes_or_no("Expand?", unattended=None, insist=True)

    def test_the_rest_is_passed_over_with_one_warning(self) -> None:
        talk = Talk("n", "n", attended=False, listening=True)
        assert talk.dialogue.yes_or_no("Sure?", unattended=True)
        assert talk.dialogue.yes_or_no("Really sure?", unattended=True)
        (warning,) = talk.warnings
        assert warning == (
            "Skipped user interaction because Certbot doesn't appear to be running in a terminal. You "
            "should probably include --non-interactive or --force-interactive on the command line."
        )


def test_instructions_wait_for_enter() -> None:
    talk = Talk("")
    talk.dialogue.instruct("Create a file\nwith this in it")
    assert talk.shown == f"\n{RULE}\nCreate a file\nwith this in it\n{RULE}\nPress Enter to Continue"


def test_the_end_of_input_is_an_error_and_no_answer() -> None:
    with pytest.raises(NobodyAnswered, match="The input ended at the prompt"):
        Talk().dialogue.yes_or_no("Sure?", unattended=True)


def test_patience_ends() -> None:
    dialogue = Dialogue(io.StringIO("y\n"), io.StringIO(), attended=True, ready=lambda: False)
    with pytest.raises(NobodyAnswered, match=r"Timed out waiting for answer to prompt '\(Y\)es/\(N\)o:'"):
        dialogue.yes_or_no("Sure?", unattended=True)


def test_names_from_outside_are_shown_safely() -> None:
    talk = Talk("1")
    talk.dialogue.menu("Which \x1b[2J?", ["x\x9b"], unattended=None)
    assert "Which \\x1b[2J?" in talk.shown
    assert "1: x\\x9b" in talk.shown


def test_a_terminal_is_waited_for_and_nothing_else() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keyboard, os.fdopen(theirs, "r") as terminal:
        assert not line_within(terminal, 0.0)()
        keyboard.write(b"y\n")
        assert line_within(terminal, 10.0)()
    assert line_within(io.StringIO(), 0.0)()
