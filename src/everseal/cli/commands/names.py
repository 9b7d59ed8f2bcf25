"""``everseal names NAME``: show, add and remove names of a certificate, and change nothing else."""

from __future__ import annotations

from everseal.cli.commands.plan import show
from everseal.cli.outcomes import close
from everseal.cli.session import Session
from everseal.model.errors import UsageError
from everseal.model.names import CertificateName, Identifier, parse_identifier


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
        for identifier in manager.lineage(name).certificate.identifiers:
            session.console.result(identifier.value)
        return 0
    plan = manager.plan_names(name, add=add, remove=remove)
    if settings.flag("plan"):
        show(session, plan)
        return 0
    report = manager.apply(plan)
    return close(session, report, settings)


def _name(session: Session) -> CertificateName:
    given = session.settings.text("certname")
    words = (*session.words, *([] if given is None else [given]))
    if len(words) != 1:
        raise WhichCertificate(session.program)
    return CertificateName.parse(words[0])


def _identifiers(texts: tuple[str, ...]) -> tuple[Identifier, ...]:
    """Names between commas, or in several options.  Raises BadName."""
    return tuple(parse_identifier(part.strip()) for text in texts for part in text.split(","))
