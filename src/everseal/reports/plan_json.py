"""A plan as JSON: schema ``everseal.plan``, version 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final, assert_never

from everseal.model.epoch import stamp
from everseal.model.errors import OperatorError
from everseal.planning.plan import (
    AccountStep,
    Action,
    Blocked,
    Fallback,
    Issue,
    Leave,
    Plan,
    RegisterAccount,
    Report,
)
from everseal.planning.reasons import Reason
from everseal.planning.refusals import WouldBeRefused
from everseal.reports.fields import request_as_json
from everseal.reports.limits_json import use_as_json
from everseal.reports.members import stamp_if_known

SCHEMA: Final = "everseal.plan"
VERSION: Final = 1

Json = Mapping[str, object]


def plan_as_json(plan: Plan) -> Json:
    """Values that :mod:`json` can write; moments are RFC 3339 in UTC."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "made_at": stamp(plan.made_at),
        "actions": [_action(action) for action in plan.actions],
        "next_due": _next_due(plan),
    }


def reason_as_json(reason: Reason) -> Json:
    """Code, sentence, and the facts of the reason under their own names; spans are in seconds."""
    facts = dict(_named_fact(each.name, getattr(reason, each.name)) for each in fields(reason))
    return {"code": reason.code, "sentence": reason.sentence, **facts}


def _next_due(plan: Plan) -> Json | None:
    first = plan.next_due
    if first is None or first.renew_at is None:
        return None
    return {"name": first.name.value, "at": stamp(first.renew_at)}


def _action(action: Action) -> Json:
    match action:
        case Issue():
            return _issue(action)
        case Leave():
            return {
                "action": "leave",
                "name": action.name.value,
                "identifiers": [each.value for each in action.identifiers],
                "reason": reason_as_json(action.reason),
                "not_after": stamp(action.not_after),
                "renew_at": stamp_if_known(action.renew_at),
                "relink": action.relink,
            }
        case Blocked():
            return {
                "action": "blocked",
                "name": action.name.value,
                "identifiers": [each.value for each in action.identifiers],
                "path": action.conf_path,
                "message": action.error.message,
                "remedy": action.error.remedy,
                "refusal": _refusal(action.error),
            }
        case Report():
            return {
                "action": "report",
                "path": action.conf_path,
                "message": action.message,
                "remedy": action.remedy,
            }
        case _:
            assert_never(action)


def _issue(action: Issue) -> Json:
    options = action.options
    return {
        "action": "rehearse" if action.dry_run else "issue",
        "name": action.name.value,
        "new": action.new,
        "identifiers": [each.value for each in action.identifiers],
        "reason": reason_as_json(action.reason),
        "server": action.server,
        "account": _account(action.account),
        "key": {"kind": str(action.key.kind), "reuse": action.key.reuse},
        "allow_subset_of_names": action.allow_subset,
        "csr": options.csr_der is not None,
        "profile": options.required_profile or options.preferred_profile,
        "profile_required": options.required_profile is not None,
        "preferred_chain": options.preferred_chain,
        "must_staple": options.must_staple,
        "replaces": options.replaces,
        "proofs": [
            {"identifier": each.identifier.value, "type": each.challenge_type, "how": each.how}
            for each in action.proofs
        ],
        "requests": [request_as_json(each) for each in action.requests],
        "fallbacks": [_fallback(each) for each in action.fallbacks],
        "fallback_on": list(action.fallback_on),
        "files": [{"path": each.path, "what": each.what} for each in action.files],
        "hooks": [{"kind": each.kind, "command": each.command} for each in action.hooks],
        "installer": action.installer,
        "limits": [use_as_json(each) for each in action.forecast.uses],
        "last_issued": stamp_if_known(action.forecast.last_issued),
    }


def _refusal(error: OperatorError) -> Json | None:
    """Why the CA would not take the order, where that is what keeps it."""
    if not isinstance(error, WouldBeRefused):
        return None
    return {"code": error.refusal.code, "until": stamp_if_known(error.retry_at)}


def _fallback(fallback: Fallback) -> Json:
    return {
        "server": fallback.server,
        "account": _account(fallback.account),
        "key": {"kind": str(fallback.key.kind), "reuse": fallback.key.reuse},
        "profile": fallback.options.preferred_profile,
        "replaces": fallback.options.replaces,
        "hindrance": fallback.hindrance,
    }


def _account(step: AccountStep) -> Json:
    if isinstance(step, RegisterAccount):
        return {"use": "register", "contacts": list(step.contacts), "eab": step.with_eab}
    return {"use": "existing", "id": step.id, "url": step.url}


def _named_fact(name: str, value: object) -> tuple[str, object]:
    if isinstance(value, timedelta):
        return f"{name}_seconds", int(value.total_seconds())
    return name, _fact(value)


def _fact(value: object) -> object:
    match value:
        case datetime():
            return stamp(value)
        case tuple():
            return [_fact(each) for each in value]
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)
