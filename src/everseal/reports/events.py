"""Events as one line each, for logs and for people who want to know more."""

from __future__ import annotations

from typing import assert_never

from everseal.model.events import (
    AccountRegistered,
    AuthorizationReused,
    CertificateIssued,
    ChallengesCleaned,
    ChallengesPresented,
    DeployStarted,
    Event,
    Exchanged,
    Exported,
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
    VersionSaved,
    Warned,
    WentAhead,
    lineage_of,
)
from everseal.planning.words import every, moment, plural


def describe_event(event: Event) -> str:  # noqa: C901 - one line for each kind of event
    """The whole event in a sentence, without a final full stop."""
    match event:
        case RunStarted():
            return (
                f"a run over {plural(len(event.names), 'lineage')}, {plural(event.orders, 'order')} to place"
            )
        case RunEnded():
            return "every lineage has had its turn"
        case LineageDone():
            return f"{event.name}: done"
        case LineageExamined():
            return f"looking at {event.conf_path}"
        case LineageStarted():
            names = ", ".join(each.value for each in event.identifiers)
            what = "rehearsing" if event.dry_run else "renewing" if event.renewal else "obtaining"
            return f"{event.name}: {what} a certificate for {names}"
        case AccountRegistered():
            return f"{_about(event)}registered the account {event.url} at {event.server}"
        case OrderResumed():
            return f"{event.name}: carrying on the order {event.order_url}"
        case OrderPlaced():
            replaced = f", replacing {event.replaces}" if event.replaces else ""
            return f"{event.name}: order {event.order_url}{replaced}"
        case AuthorizationReused():
            return f"{event.name}: the CA remembers a proof for {event.identifier}"
        case ChallengesPresented():
            pairs = zip(event.identifiers, event.challenge_types, strict=True)
            shown = ", ".join(f"{name} ({kind})" for name, kind in pairs)
            return f"{event.name}: in place for {shown}"
        case ChallengesCleaned():
            return f"{event.name}: what was put in place is removed"
        case NamesDropped():
            return f"{event.name}: going on without {', '.join(each.value for each in event.identifiers)}"
        case CertificateIssued():
            return f"{event.name}: certificate {event.serial:x}, valid until {moment(event.not_after)}"
        case VersionSaved():
            return f"{event.name}: version {event.version} is live at {event.fullchain_path}"
        case Exported():
            return f"{event.name}: version {event.version} is exported to {', '.join(event.paths)}"
        case DeployStarted():
            return f"{event.name}: its deploy hooks run now"
        case HookRan():
            return (
                f"{_about(event)}{event.kind} hook {event.command!r} ended with status {event.status}; "
                f"output {event.stdout!r}; error output {event.stderr!r}"
            )
        case LineageFailed():
            return f"{event.name}: failed: {event.error.message}; to mend it: {event.error.remedy}"
        case LineageSkipped():
            return f"{event.name}: left as it is: {event.reason}"
        case WentAhead():
            return (
                f"{event.name}: going ahead after {plural(event.failures, 'failure')}, although an "
                f"unattended run would wait until {moment(event.until)}"
            )
        case NamesShared():
            return f"{event.name}: a second certificate for {every(event.shared)}, beside {event.other}"
        case Mended():
            return event.what if event.name is None else f"{event.name}: {event.what}"
        case Warned():
            told = event.message
            return told if told.startswith(_about(event)) else f"{_about(event)}{told}"
        case Exchanged():
            kind = " (poll)" if event.poll else " (again)" if event.retry else ""
            told = f"{event.method} {event.url} {event.status} {event.resource}{kind} {event.seconds:.3f} s"
            return f"{_about(event)}{told}"
        case _:
            assert_never(event)


def _about(event: Event) -> str:
    name = lineage_of(event)
    return "" if name is None else f"{name}: "
