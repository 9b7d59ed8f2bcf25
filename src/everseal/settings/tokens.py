"""Splitting a command line into options and words, as argparse does it, which Certbot's users know.

Unique beginnings of Certbot's long options stand for them; Everseal's own are written out.  A value may
follow after ``=`` or as the next argument; short options may be bundled (``-tvv``, ``-dexample.com``).
"""

from __future__ import annotations

from everseal.model.errors import UsageError
from everseal.settings.options import CERTBOT_OPTIONS, OWN_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from everseal.settings.option import Option

CERTBOT_FLAGS: Final = {
    flag: option for option in CERTBOT_OPTIONS for flag in option.flags + option.off_flags
}

NOT_GIVEN: Final = "false"
"""The text of a switch that a configuration file leaves off: its default, but said."""

_SEE_HELP: Final = "see the options with `--help all`"


class Said:
    """An option as it was said once: on or off for a switch, with its text for the others."""

    __slots__ = ("flag", "option", "text")

    def __init__(self, option: Option, flag: str, text: str | None) -> None:
        self.option = option
        self.flag = flag
        self.text = text

    @property
    def is_on(self) -> bool:
        return self.flag not in self.option.off_flags


def own_flags(verb: str) -> dict[str, Option]:
    """Everseal's own flags that are valid with this verb."""
    return {
        flag: option
        for option in OWN_OPTIONS
        if not option.verbs or verb in option.verbs
        for flag in option.flags + option.off_flags
    }


def split_arguments(arguments: Sequence[str], verb: str) -> tuple[list[Said], list[str]]:
    """What was said, in order, and the words that belong to no option.  Raises UsageError."""
    return _Splitter(arguments, own_flags(verb)).split()


class _Splitter:
    __slots__ = ("_arguments", "_at", "_own", "_said", "_words")

    def __init__(self, arguments: Sequence[str], own: Mapping[str, Option]) -> None:
        self._arguments = arguments
        self._own = own
        self._at = 0
        self._said: list[Said] = []
        self._words: list[str] = []

    def split(self) -> tuple[list[Said], list[str]]:
        while self._at < len(self._arguments):
            argument = self._arguments[self._at]
            self._at += 1
            if argument == "--":
                self._words += self._arguments[self._at :]
                break
            found = self._recognize(argument)
            if found is None:
                self._words.append(argument)
            else:
                self._take(*found)
        return self._said, self._words

    def _recognize(self, argument: str) -> tuple[Option, str, str | None] | None:
        """The option, its flag and the value joined to it; None for a word.  Raises UsageError."""
        if argument[:1] != "-" or argument == "-":
            return None
        exact = self._exact(argument)
        if exact is not None:
            return exact, argument, None
        flag, sign, text = argument.partition("=")
        exact = self._exact(flag) if sign else None
        if exact is not None:
            return exact, flag, text
        found = self._abbreviated(flag, text if sign else None, argument)
        if found is None and not _looks_like_a_value(argument):
            self._refuse_unknown(argument)
        return found

    def _exact(self, flag: str) -> Option | None:
        return CERTBOT_FLAGS.get(flag) or self._own.get(flag)

    def _abbreviated(
        self, flag: str, text: str | None, argument: str
    ) -> tuple[Option, str, str | None] | None:
        if not flag.startswith("--"):
            option = CERTBOT_FLAGS.get(argument[:2])
            return None if option is None else (option, argument[:2], argument[2:])
        matching = [known for known in CERTBOT_FLAGS if known.startswith(flag)]
        if len(matching) > 1:
            raise UsageError(
                f"ambiguous option: {flag} could match {', '.join(matching)}", remedy="write the option out"
            )
        return (CERTBOT_FLAGS[matching[0]], matching[0], text) if matching else None

    def _take(self, option: Option, flag: str, joined: str | None) -> None:
        if option.takes_value:
            text = self._next_value(flag) if joined is None else joined
            self._said.append(Said(option, flag, text))
            return
        self._said.append(Said(option, flag, None))
        if joined is None:
            return
        following = None if flag.startswith("--") or not joined else CERTBOT_FLAGS.get(f"-{joined[0]}")
        if following is None:
            raise UsageError(
                f"argument {flag}: ignored explicit argument {joined!r}",
                remedy=f"give {flag} without a value",
            )
        rest = joined[1:]
        if following.takes_value:
            rest = rest.removeprefix("=")
        self._take(following, f"-{joined[0]}", rest or None)

    def _next_value(self, flag: str) -> str:
        if self._at < len(self._arguments):
            argument = self._arguments[self._at]
            if argument != "--" and self._is_value(argument):
                self._at += 1
                return argument
        raise UsageError(f"argument {flag}: expected one argument", remedy=_how_to_give(flag))

    def _is_value(self, argument: str) -> bool:
        if argument[:1] != "-" or argument == "-":
            return True
        flag, sign, _ = argument.partition("=")
        if self._exact(argument) or (sign and self._exact(flag)) or self._begins_an_option(flag, argument):
            return False
        return _looks_like_a_value(argument)

    def _begins_an_option(self, flag: str, argument: str) -> bool:
        if not flag.startswith("--"):
            return argument[:2] in CERTBOT_FLAGS
        return any(known.startswith(flag) for known in CERTBOT_FLAGS)

    def _refuse_unknown(self, argument: str) -> None:
        import difflib

        flag = argument.partition("=")[0]
        near = difflib.get_close_matches(flag, [*CERTBOT_FLAGS, *self._own], n=1, cutoff=0.75)
        remedy = f"did you mean {near[0]}? {_SEE_HELP}" if near else _SEE_HELP
        raise UsageError(f"unrecognized arguments: {argument}", remedy=remedy)


def _looks_like_a_value(argument: str) -> bool:
    """A negative number or several words: argparse takes these for values though they begin with a dash."""
    whole, _, fraction = argument[1:].partition(".")
    if (whole + fraction).isdigit() and not argument.endswith("."):
        return True
    return " " in argument


def _how_to_give(flag: str) -> str:
    if flag.startswith("--"):
        return f"give the value behind it: {flag} VALUE, or {flag}=VALUE where it begins with a dash"
    return f"give the value behind it: {flag} VALUE"
