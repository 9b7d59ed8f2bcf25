"""A plan in words that a newcomer understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, assert_never

from everseal.model.text import printable
from everseal.planning.plan import (
    AccountStep,
    Action,
    Blocked,
    Fallback,
    Issue,
    Leave,
    Plan,
    Proof,
    RegisterAccount,
    Report,
    Trouble,
    UseAccount,
)
from everseal.planning.words import moment, plural
from everseal.reports.fields import WIDE, field, request_lines
from everseal.reports.limits_text import forecast_lines, needless_line

_TROUBLES: Final[Mapping[Trouble, str]] = {"down": "is down", "limits": "limits", "refusal": "refuses"}


def render_plan(plan: Plan) -> str:
    """The whole plan, ending with a newline."""
    lines = [_headline(plan), ""]
    for action in plan.actions:
        lines += [*_action(action), *_needless(action, plan), ""]
    first = plan.next_due
    if first is not None and first.renew_at is not None:
        lines += [
            f"Next: {first.name} is due at {moment(first.renew_at)}, if nothing changes until then.",
            "",
        ]
    return "\n".join(lines)


def _headline(plan: Plan) -> str:
    issues = len(plan.issues)
    left = sum(isinstance(action, Leave) for action in plan.actions)
    blocked, broken = len(plan.blocked), len(plan.reports)
    verb = "rehearse" if all(action.dry_run for action in plan.issues) else "obtain"
    parts = [f"{plural(issues, 'certificate')} to {verb}" if issues else "nothing to do"]
    if left:
        parts.append(f"{left:,} left as {'it is' if left == 1 else 'they are'}")
    if blocked:
        parts.append(f"{blocked:,} that cannot be renewed")
    if broken:
        parts.append(f"{broken:,} that cannot be read")
    return f"Plan made {moment(plan.made_at)}: {', '.join(parts)}."


def _action(action: Action) -> Iterator[str]:
    match action:
        case Issue():
            yield from _issue(action)
        case Leave():
            yield f"{action.name}: leave it" if action.relink is None else f"{action.name}: move its links"
            yield from field("Why", [action.reason.sentence])
            yield from field("Names", [_names(action.identifiers)])
            if action.relink is not None:
                yield from field("Links", [f"to version {action.relink}, which is there but not live yet"])
        case Blocked():
            yield f"{action.name}: cannot be renewed as things stand"
            yield from field("Why", [action.error.message])
            yield from field("To mend it", [action.error.remedy])
            yield from field("Names", [_names(action.identifiers)])
        case Report():
            yield f"{printable(action.conf_path, WIDE)}: cannot be worked on"
            yield from field("Why", [action.message])
            yield from field("To mend it", [action.remedy])
        case _:
            assert_never(action)


def _issue(action: Issue) -> Iterator[str]:
    verb = "rehearse" if action.dry_run else "obtain" if action.new else "renew"
    yield f"{action.name}: {verb}"
    yield from field("Why", [action.reason.sentence])
    yield from field("Names", [_names(action.identifiers)])
    yield from field("CA", [action.server])
    yield from field("Account", [_account(action.account)])
    yield from field("Fallback", [_fallback(each, action) for each in action.fallbacks])
    yield from field("Key", [_key(action)])
    yield from field("Options", list(_options(action)))
    yield from field("Proof", [_proof(each) for each in action.proofs])
    yield from field("Requests", list(request_lines(action.requests)))
    yield from field("Limits", list(forecast_lines(action.forecast)))
    yield from field("Files", [f"{each.path}  ({each.what})" for each in action.files])
    yield from field("Hooks", [f"{each.kind}: {each.command}" for each in action.hooks])
    if action.installer is not None:
        yield from field("Server", [_server(action.installer)])


def _needless(action: Action, plan: Plan) -> Iterator[str]:
    if isinstance(action, Issue) and (line := needless_line(action, plan)) is not None:
        yield from field("Note", [line])


def _proof(proof: Proof) -> str:
    return f"{proof.identifier} by {proof.challenge_type}: {proof.how}"


def _names(identifiers: Sequence[object]) -> str:
    return ", ".join(str(identifier) for identifier in identifiers)


def _account(step: AccountStep) -> str:
    match step:
        case UseAccount():
            return f"the one on disk, {step.url}"
        case RegisterAccount():
            contact = f" with contact {', '.join(step.contacts)}" if step.contacts else " without contact"
            binding = ", bound to your account with the CA" if step.with_eab else ""
            return f"a new one is registered{contact}{binding}"
        case _:
            assert_never(step)


def _fallback(fallback: Fallback, action: Issue) -> str:
    if fallback.hindrance is not None:
        return f"{fallback.server} cannot be used: {fallback.hindrance}"
    if not action.fallback_on:
        return f"{fallback.server} is never asked: --fallback-on names nothing"
    *most, last = [_TROUBLES[each] for each in action.fallback_on]
    when = f"{', '.join(most)} or {last}" if most else last
    key = "" if fallback.key == action.key else f"; a new {fallback.key.kind} key"
    return f"{fallback.server}, if the one before {when}; account: {_account(fallback.account)}{key}"


def _key(action: Issue) -> str:
    if action.options.csr_der is not None:
        return "the one in the certificate signing request"
    return "the present one again" if action.key.reuse else f"a new {action.key.kind} key"


def _server(installer: str) -> str:
    if installer == "null":
        return "the installer null changes no configuration and reloads no server"
    return f"the installer {installer} is not part of Everseal yet: no server is reloaded by it"


def _options(action: Issue) -> Iterator[str]:
    options = action.options
    if options.required_profile:
        yield f"profile {options.required_profile}"
    elif options.preferred_profile:
        yield f"profile {options.preferred_profile}, if the CA offers it"
    if options.preferred_chain:
        yield f"chain issued by {options.preferred_chain}, if the CA offers it"
    if options.must_staple:
        yield "a certificate that demands stapled OCSP answers (must-staple)"
    if options.replaces:
        yield f"says which certificate it replaces ({options.replaces})"
    if action.allow_subset:
        yield "goes on without names that the CA refuses"
