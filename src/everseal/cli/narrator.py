"""Tells the operator what a run does, in the sentences that people and scripts know from Certbot."""

from __future__ import annotations

from functools import partial

from everseal.cli.console import Console, sentence
from everseal.cli.failures import gist, verdicts
from everseal.cli.progress import Progress
from everseal.cli.turns import Turns
from everseal.hooks.report import describe
from everseal.model.events import (
    AccountRegistered,
    CertificateIssued,
    ChallengesPresented,
    DeployStarted,
    Event,
    Exchanged,
    HookRan,
    LineageDone,
    LineageExamined,
    LineageFailed,
    LineageSkipped,
    LineageStarted,
    Mended,
    NamesDropped,
    NamesShared,
    OrderPlaced,
    OrderResumed,
    RunEnded,
    RunStarted,
    Warned,
    WentAhead,
    lineage_of,
)
from everseal.planning.words import every, moment, names, plural
from everseal.reports.events import describe_event
from everseal.reports.frames import framed
from everseal.reports.renewals import NOT_DUE
from everseal.system.log_records import INFO, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from everseal.model.names import CertificateName
    from everseal.system.log_records import Log

    Say = Callable[[Callable[[str], None], str], None]

_OPENINGS = {
    (False, False): "Requesting a certificate for",
    (True, False): "Renewing an existing certificate for",
    (False, True): "Simulating a certificate request for",
    (True, True): "Simulating renewal of an existing certificate for",
}


class Narrator:
    """Listens to the engine: tells the person what matters, and the log everything.

    ``hook_output_to_stderr`` keeps standard output for machine output; ``verbosity`` counts ``-v``: with
    one, every request to the CA is told too, with two everything is.  ``each_lineage`` says that many are
    gone through, each under its own heading, and one that fails stops no other.
    """

    def __init__(
        self,
        console: Console,
        log: Log,
        *,
        hook_output_to_stderr: bool = False,
        verbosity: int = 0,
        each_lineage: bool = False,
        program: str = "everseal",
    ) -> None:
        self._each_lineage = each_lineage
        self._program = program
        self._console = console
        self._log = log
        self._say_hook_output = console.aside if hook_output_to_stderr else console.notify
        self._verbosity = verbosity
        self._turns = Turns()
        self._progress = Progress(console)
        self._deploying: CertificateName | None = None

    def __call__(self, event: Event) -> None:
        level = WARNING if isinstance(event, Warned | LineageFailed) else INFO
        self._log.write(level, "everseal.engine", describe_event(event))
        say = partial(self._turns.say, lineage_of(event))
        if self._verbosity:
            self._aside(event, say)
        self._tell(event, say)
        if self._each_lineage:
            self._tell_course(event, say)
            self._progress(event)

    def _tell_course(self, event: Event, say: Say) -> None:
        match event:
            case RunStarted():
                self._turns.expect(event.names)
            case LineageDone():
                self._turns.done(event.name)
            case RunEnded():
                self._turns.end()
            case DeployStarted():
                self._deploying = event.name
            case LineageExamined():
                say(self._console.notify, framed(f"Processing {event.conf_path}"))
            case LineageSkipped():
                say(self._console.notify, NOT_DUE)
            case LineageFailed(error=error):
                told = verdicts(error, program=self._program, authenticator=event.authenticator)
                if told is not None and not self._console.is_quiet:
                    say(self._console.notify, f"\n{told}")
                    error = gist(error)
                told = sentence(error.message)
                say(self._console.error, f"Failed to renew certificate {event.name} with error: {told}")
                say(self._console.error, f"To mend it: {sentence(error.remedy)}")
            case _:
                pass

    def _aside(self, event: Event, say: Say) -> None:
        course = isinstance(event, Exchanged | OrderPlaced | ChallengesPresented | CertificateIssued)
        if course or self._verbosity > 1:
            say(self._console.aside, describe_event(event))

    def _tell(self, event: Event, say: Say) -> None:
        match event:
            case LineageStarted():
                opening = _OPENINGS[(event.renewal, event.dry_run)]
                say(self._console.notify, f"{opening} {names(event.identifiers)}")
            case LineageSkipped() if event.relinked:
                say(self._console.notify, "A newer version that was not live yet is put to use.")
            case WentAhead():
                say(
                    self._console.notify,
                    f"{plural(event.failures, 'earlier order')} for {event.name} failed, and an unattended "
                    f"run would wait until {moment(event.until)}; going ahead because you ask for it.",
                )
            case NamesShared():
                say(self._console.notify, self._shared(event))
            case AccountRegistered():
                say(self._console.notify, "Account registered.")
            case OrderResumed():
                say(self._console.notify, f"Carrying on the order that was interrupted: {event.order_url}")
            case NamesDropped():
                dropped = ", ".join(each.value for each in event.identifiers)
                say(
                    self._console.notify,
                    "Unable to obtain a certificate with every requested domain. "
                    f"Retrying without: {dropped}",
                )
            case HookRan():
                self._hook(event, say)
            case Mended():
                say(self._console.notify, f"Left by an earlier run: {describe_event(event)}.")
            case Warned():
                say(self._console.warn, event.message)
            case _:
                pass

    def _shared(self, event: NamesShared) -> str:
        """What happens beside an existing certificate, and how to change that one instead."""
        told = (
            f"There is a certificate {event.other} for {every(event.shared)} already; it stays as it is, and "
            f"a second one, {event.name}, is made beside it."
        )
        if event.missing:
            added = " ".join(f"--add {each.value}" for each in event.missing)
            return f"{told} To change {event.other} instead: {self._program} names {event.other} {added}"
        return (
            f"{told} It has every name you ask for; to drop others from it instead: "
            f"{self._program} names {event.other} --remove NAME"
        )

    def _hook(self, event: HookRan, say: Say) -> None:
        report = describe(event)
        if event.name == self._deploying is not None and (report.output or report.warnings):
            say(self._console.notify, f"Deploying {event.name}:")
            self._deploying = None
        if report.output:
            say(self._say_hook_output, report.output)
        for warning in report.warnings:
            say(self._console.warn, warning)
