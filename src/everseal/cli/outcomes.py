"""How the outcome for one certificate is told, and how the run ends."""

from __future__ import annotations

from collections.abc import Iterator

from everseal.cli.endings import (
    CHANGED,
    FAILED,
    HOOKS_FAILED,
    INTERRUPTED,
    NOTHING,
    SOME_FAILED,
    WAITING,
    Ending,
)
from everseal.cli.run_document import tell_run
from everseal.cli.session import Session
from everseal.cli.strict_hooks import demand_good_hooks
from everseal.engine.delivery import DeliveredFiles
from everseal.engine.outcome import (
    Delivered,
    Failed,
    Left,
    Outcome,
    Overtaken,
    Rehearsed,
    Reported,
    RunReport,
    Saved,
    Stopped,
)
from everseal.model.errors import Interrupted, OperatorError
from everseal.reports.frames import framed
from everseal.settings.values import Settings


def close(session: Session, report: RunReport, settings: Settings) -> int:
    """Tell every outcome and what is left to do; gives the status.  Raises what made it fail."""
    for outcome in report.outcomes:
        tell(session, outcome, settings)
    if report.saved:
        tell_next_steps(session, next_steps(session, settings))
    return finish(session, report)


def tell(session: Session, outcome: Outcome, settings: Settings) -> None:
    """The closing words.  Raises what made it fail."""
    console = session.console
    match outcome:
        case Saved():
            console.notify(_saved_notice(session, outcome, settings))
        case Rehearsed():
            console.notify("The dry run was successful.")
        case Left():
            console.notify(framed("Certificate not yet due for renewal; no action taken."))
        case Overtaken():
            console.notify(f"Another run has just renewed {outcome.action.name}; nothing was done.")
        case Failed():
            raise outcome.error
        case Reported():
            raise OperatorError(outcome.action.message, remedy=outcome.action.remedy)
        case Stopped():
            raise Interrupted
        case Delivered():
            console.notify("\nSuccessfully received certificate.")


def finish(
    session: Session,
    report: RunReport,
    *,
    delivered: DeliveredFiles | None = None,
    settings_saved: bool | None = None,
) -> int:
    """Programs hear what the run came to; gives the exit status.  Raises as :func:`demand_good_hooks`."""
    ended = ending(report)
    if settings_saved and ended is NOTHING:
        ended = CHANGED
    tell_run(session, report, ended, delivered=delivered, settings_saved=settings_saved)
    demand_good_hooks(session, hook_failures(report))
    return session.end(ended)


def hook_failures(report: RunReport) -> Iterator[str]:
    """A clause for each hook that ended with an error."""
    yield from report.hook_failures
    for outcome in report.outcomes:
        if isinstance(outcome, Saved | Rehearsed):
            yield from outcome.hook_failures


def ending(report: RunReport) -> Ending:
    """The worst of what happened, and else the most."""
    outcomes = report.outcomes
    if report.stopped:
        return INTERRUPTED
    done = any(isinstance(each, Saved | Delivered | Rehearsed | Overtaken) for each in outcomes)
    if any(isinstance(each, Failed | Reported) for each in outcomes):
        return SOME_FAILED if done else FAILED
    if any(hook_failures(report)):
        return HOOKS_FAILED
    left = [each.action for each in outcomes if isinstance(each, Left)]
    if any(each.is_put_off for each in left):
        return WAITING
    changed = any(isinstance(each, Saved | Delivered | Overtaken) for each in outcomes)
    return CHANGED if changed or any(each.relink is not None for each in left) else NOTHING


def next_steps(session: Session, settings: Settings) -> Iterator[str]:
    """What is left to the operator after a certificate has come."""
    name = session.program.capitalize()
    if settings.text("csr") is not None:
        yield (
            f"Certificates created using --csr will not be renewed automatically by {name}. You will need "
            f"to renew the certificate before it expires, by running the same {name} command again."
        )
    elif is_only_by_hand(settings):
        yield (
            "This certificate will not be renewed automatically. Autorenewal of --manual certificates "
            "requires the use of an authentication hook script (--manual-auth-hook) but one was not "
            f"provided. To renew this certificate, repeat this same {session.program} command before the "
            "certificate's expiry date."
        )
    elif not settings.flag("preconfigured_renewal"):
        yield (
            f"The certificate will need to be renewed before it expires. {name} can automatically renew the "
            "certificate in the background, but you may need to take steps to enable that functionality. "
            f"`{session.program} schedule install` has `{session.program} renew` started twice a day."
        )


def tell_next_steps(session: Session, steps: Iterator[str]) -> None:
    listed = "\n".join(f"- {step}" for step in steps)
    if listed:
        session.console.notify(f"\nNEXT STEPS:\n{listed}")


def is_only_by_hand(settings: Settings) -> bool:
    """``--manual`` without a hook needs a person each time."""
    return settings.text("authenticator") == "manual" and settings.text("manual_auth_hook") is None


def _saved_notice(session: Session, saved: Saved, settings: Settings) -> str:
    lineage = saved.lineage
    lines = [
        "\nSuccessfully received certificate.",
        f"Certificate is saved at: {lineage.fullchain_path}",
        f"Key is saved at:         {lineage.privkey_path}",
        f"This certificate expires on {lineage.certificate.not_after:%Y-%m-%d}.",
        "These files will be updated when the certificate renews.",
    ]
    if settings.flag("preconfigured_renewal") and not is_only_by_hand(settings):
        lines.append(
            f"{session.program.capitalize()} has set up a scheduled task to automatically renew this "
            "certificate in the background."
        )
    return "\n".join(lines)
