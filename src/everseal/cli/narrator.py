"""Tells the operator what a run does, in the sentences that people and scripts know from Certbot."""

from __future__ import annotations

from everseal.cli.console import Console
from everseal.engine.outcome import Saved
from everseal.hooks.report import describe
from everseal.model.events import (
    AccountRegistered,
    CertificateIssued,
    ChallengesPresented,
    Event,
    Exchanged,
    HookRan,
    LineageFailed,
    LineageStarted,
    NamesDropped,
    OrderPlaced,
    OrderResumed,
    Warned,
)
from everseal.planning.words import names
from everseal.reports.events import describe_event
from everseal.system.log_records import INFO, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.system.log_records import Log

_OPENINGS = {
    (False, False): "Requesting a certificate for",
    (True, False): "Renewing an existing certificate for",
    (False, True): "Simulating a certificate request for",
    (True, True): "Simulating renewal of an existing certificate for",
}


class Narrator:
    """Listens to the engine: tells the person what matters, and the log everything.

    ``hook_output_to_stderr`` keeps standard output for machine output; ``verbosity`` counts ``-v``: with
    one, every request to the CA is told too.
    """

    def __init__(
        self, console: Console, log: Log, *, hook_output_to_stderr: bool = False, verbosity: int = 0
    ) -> None:
        self._console = console
        self._log = log
        self._say_hook_output = console.aside if hook_output_to_stderr else console.notify
        self._verbosity = verbosity

    def __call__(self, event: Event) -> None:
        level = WARNING if isinstance(event, Warned | LineageFailed) else INFO
        self._log.write(level, "everseal.engine", describe_event(event))
        if self._verbosity:
            self._aside(event)
        self._tell(event)

    def _aside(self, event: Event) -> None:
        if isinstance(event, Exchanged | OrderPlaced | ChallengesPresented | CertificateIssued):
            self._console.aside(describe_event(event))

    def _tell(self, event: Event) -> None:
        match event:
            case LineageStarted():
                opening = _OPENINGS[(event.renewal, event.dry_run)]
                self._console.notify(f"{opening} {names(event.identifiers)}")
            case AccountRegistered():
                self._console.notify("Account registered.")
            case OrderResumed():
                self._console.notify(f"Carrying on the order that was interrupted: {event.order_url}")
            case NamesDropped():
                dropped = ", ".join(each.value for each in event.identifiers)
                self._console.notify(
                    f"Unable to obtain a certificate with every requested domain. Retrying without: {dropped}"
                )
            case HookRan():
                self._hook(event)
            case Warned():
                self._console.warn(event.message)
            case _:
                pass

    def _hook(self, event: HookRan) -> None:
        report = describe(event)
        if report.output:
            self._say_hook_output(report.output)
        for warning in report.warnings:
            self._console.warn(warning)


def saved_notice(saved: Saved) -> str:
    """What follows a certificate that is on disk."""
    lineage = saved.lineage
    return (
        "\nSuccessfully received certificate.\n"
        f"Certificate is saved at: {lineage.fullchain_path}\n"
        f"Key is saved at:         {lineage.privkey_path}\n"
        f"This certificate expires on {lineage.certificate.not_after:%Y-%m-%d}.\n"
        "These files will be updated when the certificate renews."
    )
