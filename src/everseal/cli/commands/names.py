"""``everseal names NAME``: show, add and remove names of a certificate, and change nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from everseal.cli.commands.plan import show
from everseal.cli.endings import NOTHING
from everseal.cli.operands import only_name
from everseal.cli.outcomes import close
from everseal.cli.session import Session
from everseal.model.names import CertificateName, Identifier, parse_identifier
from everseal.reports.listings import names_as_json


def run(session: Session) -> int:
    settings = session.settings
    name = only_name(session, "names NAME --add DOMAIN --remove DOMAIN")
    add, remove = _identifiers(settings.items("names_add")), _identifiers(settings.items("names_remove"))
    manager = session.manager()
    if not add and not remove:
        _show(session, name, manager.lineage(name).certificate.identifiers)
        return session.end(NOTHING)
    plan = manager.plan_names(name, add=add, remove=remove)
    if settings.flag("plan"):
        return show(session, plan)
    report = manager.apply(plan)
    return close(session, report, settings)


def _show(session: Session, name: CertificateName, identifiers: Iterable[Identifier]) -> None:
    if session.wants_json:
        session.tell_json(names_as_json(name, identifiers))
    else:
        session.console.result("\n".join(each.value for each in identifiers))


def _identifiers(texts: tuple[str, ...]) -> tuple[Identifier, ...]:
    """Names between commas, or in several options.  Raises BadName."""
    return tuple(parse_identifier(part.strip()) for text in texts for part in text.split(","))
