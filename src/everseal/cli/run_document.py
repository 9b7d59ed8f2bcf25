"""What a run came to, as JSON: schema ``everseal.run``, version 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from everseal.cli.endings import Ending
from everseal.cli.session import Session
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
from everseal.model.certificate import CertificateFacts
from everseal.model.epoch import stamp
from everseal.model.lineage import Lineage
from everseal.planning.plan import Leave
from everseal.reports.errors import error_as_json
from everseal.reports.members import exports_as_json, stamp_if_known
from everseal.reports.plan_json import reason_as_json

SCHEMA: Final = "everseal.run"
VERSION: Final = 1

Json = Mapping[str, object]


def tell_run(
    session: Session,
    report: RunReport,
    ending: Ending,
    *,
    delivered: DeliveredFiles | None = None,
    settings_saved: bool | None = None,
) -> None:
    """The document of a run, where it is asked for.

    ``delivered`` says where a certificate for an operator's own request is; ``settings_saved`` is for
    ``reconfigure``.
    """
    if not session.wants_json:
        return
    session.tell_json(
        {
            "schema": SCHEMA,
            "schema_version": VERSION,
            "verb": session.verb,
            "dry_run": session.settings.flag("dry_run") or settings_saved is not None,
            "ending": ending.name,
            "outcomes": [_outcome(each, delivered) for each in report.outcomes],
            "hook_failures": list(report.hook_failures),
            "settings_saved": settings_saved,
        }
    )


def outcome_name(outcome: Outcome) -> str:
    """How programs call it, here and in metrics."""
    return "unreadable" if isinstance(outcome, Reported) else type(outcome).__name__.lower()


def _outcome(outcome: Outcome, delivered: DeliveredFiles | None) -> Json:
    return {"outcome": outcome_name(outcome), **_subject(outcome), **_facts(outcome, delivered)}


def _subject(outcome: Outcome) -> Json:
    """Which certificate it is about, and for which names; a file that cannot be read does not say."""
    match outcome:
        case Reported(action=broken):
            return {"path": broken.conf_path}
        case Saved() | Rehearsed():
            identifiers = outcome.identifiers
        case Overtaken(lineage=lineage):
            identifiers = lineage.certificate.identifiers
        case _:
            identifiers = outcome.action.identifiers
    return {"name": outcome.action.name.value, "identifiers": [each.value for each in identifiers]}


def _facts(outcome: Outcome, delivered: DeliveredFiles | None) -> Json:
    """What only outcomes of its kind have to say."""
    match outcome:
        case Saved():
            return _saved(outcome)
        case Rehearsed(action=action):
            return {
                "reason": reason_as_json(action.reason),
                "server": action.server,
                "hook_failures": list(outcome.hook_failures),
            }
        case Delivered():
            return _delivered(outcome, delivered)
        case Failed(action=failed):
            return {"path": failed.conf_path, "error": error_as_json(outcome.error)}
        case Left():
            return _left(outcome.action)
        case Overtaken(lineage=lineage):
            return _version(lineage)
        case Stopped():
            return {"begun": outcome.begun}
        case Reported(action=broken):
            return {"message": broken.message, "remedy": broken.remedy}
        case _:
            assert_never(outcome)


def _saved(outcome: Saved) -> Json:
    action = outcome.action
    return {
        "reason": reason_as_json(action.reason),
        "new": action.new,
        "server": action.server,
        **_version(outcome.lineage),
        "exports": exports_as_json(action.exports),
        "installer": action.installer,
        "hook_failures": list(outcome.hook_failures),
    }


def _delivered(outcome: Delivered, files: DeliveredFiles | None) -> Json:
    return {
        "server": outcome.action.server,
        **_certificate(outcome.facts),
        "cert_path": None if files is None else files.cert,
        "chain_path": None if files is None else files.chain,
        "fullchain_path": None if files is None else files.fullchain,
    }


def _left(action: Leave) -> Json:
    return {
        "reason": reason_as_json(action.reason),
        "not_after": stamp(action.not_after),
        "renew_at": stamp_if_known(action.renew_at),
        "relinked": action.relink,
        "fullchain_path": action.fullchain_path,
    }


def _version(lineage: Lineage) -> Json:
    return {
        "version": lineage.live,
        **_certificate(lineage.certificate),
        "fullchain_path": lineage.fullchain_path,
        "privkey_path": lineage.privkey_path,
    }


def _certificate(facts: CertificateFacts) -> Json:
    return {
        "serial": f"{facts.serial:x}",
        "issuer": facts.issuer,
        "not_before": stamp(facts.not_before),
        "not_after": stamp(facts.not_after),
    }
