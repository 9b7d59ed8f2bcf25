"""``everseal names NAME``: show, add and remove names of a certificate, and change nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from everseal.cli.commands.plan import show
from everseal.cli.endings import NOTHING
from everseal.cli.outcomes import close
from everseal.cli.session import Session
from everseal.model.errors import UsageError
from everseal.model.names import CertificateName, Identifier, parse_identifier
from everseal.reports.listings import names_as_json


class WhichCertificate(UsageError):
    """The certificate was not named, or more than one was."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "names takes the name of one certificate",
            remedy=f"write it as `{program} names NAME --add DOMAIN --remove DOMAIN`; "
            f"`{program} certificates` lists the names",
        )


def run(session: Session) -> int:
    settings = session.settings
    name = _name(session)
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


def _name(session: Session) -> CertificateName:
    given = session.settings.text("certname")
    words = (*session.words, *([] if given is None else [given]))
    if len(words) != 1:
        raise WhichCertificate(session.program)
    return CertificateName.parse(words[0])


def _identifiers(texts: tuple[str, ...]) -> tuple[Identifier, ...]:
    """Names between commas, or in several options.  Raises BadName."""
    return tuple(parse_identifier(part.strip()) for text in texts for part in text.split(","))
