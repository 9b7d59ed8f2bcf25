"""What a command works with: its settings, two streams, a person perhaps, and a manager."""

from __future__ import annotations

import os
import sys
from functools import cached_property

from everseal.cli.console import Console
from everseal.cli.endings import Ending, ending_of
from everseal.cli.failures import gist, verdicts
from everseal.model.errors import OperatorError, PortBusy
from everseal.settings.command_line import Invocation
from everseal.settings.values import Settings
from everseal.system.log_records import DEBUG, ERROR, NoLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from everseal.cli.dialogue import Dialogue
    from everseal.cli.event_stream import EventStream
    from everseal.cli.narrator import Narrator
    from everseal.manager import Manager
    from everseal.model.clock import Clock
    from everseal.model.events import Emit, Event
    from everseal.system.log_records import Log
    from everseal.system.stopping import StopSwitch

    T = TypeVar("T")


class Session:
    """One run of one verb."""

    def __init__(self, program: str, invocation: Invocation, settings: Settings) -> None:
        self.program = program
        self.verb = invocation.verb
        self.topic = invocation.topic
        self.words = invocation.words
        self.warnings = invocation.warnings
        self.settings = settings
        self.log: Log = NoLog()
        self.failed = False
        self.answered = False
        self.events: EventStream | None = None
        self.ending: Ending | None = None
        self.error: OperatorError | None = None

    @cached_property
    def console(self) -> Console:
        quiet = self.settings.flag("quiet")
        return Console(sys.stdout, sys.stderr, quiet=quiet, notices_aside=self.is_for_programs)

    @cached_property
    def dialogue(self) -> Dialogue:
        from everseal.cli.dialogue import PATIENCE_SECONDS, Dialogue, line_within

        willing = not (self.settings.flag("noninteractive_mode") or self.settings.flag("quiet"))
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        return Dialogue(
            sys.stdin,
            sys.stderr if self.is_for_programs else sys.stdout,
            attended=willing and (terminal or self.settings.flag("force_interactive")),
            listening=willing,
            warn=self.console.warn,
            ready=line_within(sys.stdin, PATIENCE_SECONDS),
        )

    def fail(self, error: OperatorError) -> int:
        """Tell an error, here and in the log; :mod:`everseal.cli.main` ends the run with where to look.

        Gives the exit status.
        """
        self.failed = True
        told = verdicts(error, program=self.program, authenticator=self.settings.text("authenticator"))
        if told is not None and not self.console.is_quiet:
            self.console.notify(f"\n{told}")
            self._note(error)
            self._complain(gist(error))
        else:
            self._complain(error)
        return self.end_with(error)

    def refuse(self, error: OperatorError) -> int:
        """Tell why the verb does nothing, where the log has no more to say; gives the exit status."""
        self._complain(error)
        return self.end_with(error)

    def _complain(self, error: OperatorError) -> None:
        self.console.fail(error)
        self._note(error)

    def _note(self, error: OperatorError) -> None:
        self.log.write(ERROR, "everseal.cli", f"{type(error).__name__}: {error.message}; {error.remedy}")

    def end(self, ending: Ending) -> int:
        """The exit status that says how the verb ended."""
        self.ending = ending
        return ending.detailed if self.settings.flag("detailed_exit_codes") else ending.status

    def end_with(self, error: OperatorError) -> int:
        """The exit status after an error that was told; programs hear of it unless they have their
        document already."""
        self.error = error
        status = self.end(ending_of(error))
        if self.wants_json and not self.answered:
            from everseal.reports.errors import error_document

            self.tell_json(error_document(error, exit_status=status))
        return status

    def tell_json(self, value: Mapping[str, object]) -> None:
        """The verb's result for programs, where that was asked for: one document, once."""
        if self.wants_json:
            import json

            self.answered = True
            lines = self.settings.flag("events")
            self.console.document(json.dumps(value, indent=None if lines else 2))

    def show(
        self, value: T, as_json: Callable[[T], Mapping[str, object]], as_text: Callable[[T], str]
    ) -> None:
        """The verb's result: its document where that was asked for, else its text."""
        if self.wants_json:
            self.tell_json(as_json(value))
        else:
            self.console.result(as_text(value))

    @property
    def is_for_programs(self) -> bool:
        """Whether standard output is for what programs read, and nothing else."""
        return self.wants_json or self.settings.flag("events")

    @property
    def wants_json(self) -> bool:
        return self.settings.flag("json")

    def manager(self, settings: Settings | None = None, *, stop: StopSwitch | None = None) -> Manager:
        """The library, told what this process may see of the world; ``stop`` ends its waits."""
        import socket

        from everseal.cli.narrator import Narrator
        from everseal.cli.terms import TermsConsent
        from everseal.manager import Manager
        from everseal.system.clock import SystemClock, SystemRandom
        from everseal.wiring.surroundings import Surroundings

        chosen = settings or self.settings
        clock: Clock = SystemClock()
        if stop is not None:
            from everseal.system.stopping import ListeningClock

            clock = ListeningClock(clock, stop)
        surroundings = Surroundings(
            clock=clock,
            random=SystemRandom(),
            host=socket.gethostname(),
            environment=os.environ,
            emit=self._listener(
                Narrator(
                    self.console,
                    self.log,
                    hook_output_to_stderr=self.is_for_programs,
                    verbosity=self.settings.number("verbose_count"),
                    each_lineage=self.verb == "renew",
                    program=self.program,
                )
            ),
            tell=self._tell if self.settings.number("verbose_count") > 1 else None,
            consent=TermsConsent(self.dialogue, agreed=chosen.flag("tos")),
            prompter=self.dialogue if self.dialogue.attended else None,
            pause=self._pause,
            other_contacts=self._other_contacts if self.dialogue.attended else None,
            program=self.program,
            unattended=not sys.stdin.isatty(),
            free_port=self._free_port if self.dialogue.attended else None,
            stop=stop,
        )
        return Manager(chosen, surroundings)

    def _listener(self, narrator: Narrator) -> Emit:
        """People hear of what happens, and programs where they asked for it."""
        events = self.events
        if events is None:
            return narrator

        def listen(event: Event) -> None:
            events(event)
            narrator(event)

        return listen

    def _tell(self, text: str) -> None:
        self.log.write(DEBUG, "everseal.http", text)
        self.console.aside(text)

    def _other_contacts(self) -> tuple[str, ...]:
        from everseal.cli.terms import ask_address
        from everseal.wiring.wishes import parse_contacts

        return parse_contacts(ask_address(self.dialogue, refused=True))

    def _free_port(self, error: PortBusy) -> bool:
        self.console.status("")
        return self.dialogue.yes_or_no(
            f"Could not bind TCP port {error.port} because it is already in use by another process on this "
            "system (such as a web server). Please stop the program in question and then try again.",
            unattended=False,
            yes="Retry",
            no="Cancel",
        )

    def _pause(self) -> None:
        if self.dialogue.attended:
            self.dialogue.instruct("Challenges loaded. Press continue to submit to CA.")
