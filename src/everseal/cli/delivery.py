"""``certonly --csr``: a certificate for an operator's own signing request, saved where it was asked for."""

from __future__ import annotations

import os

from everseal.cli.commands.plan import show
from everseal.cli.consent import ask_contact
from everseal.cli.outcomes import finish, next_steps, tell, tell_next_steps
from everseal.cli.prompts import with_authenticator
from everseal.cli.session import Session
from everseal.engine.delivery import Destination, Destinations
from everseal.engine.outcome import Delivered
from everseal.model.errors import OperatorError, UsageError
from everseal.settings.values import Settings
from everseal.system.files import read_file


class CsrUnreadable(UsageError):
    """The file given with ``--csr`` cannot be read."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the certificate request {path} cannot be read: {why}", remedy="check --csr FILE")


class NotInCsr(OperatorError):
    """The names given are not those of the signing request."""

    def __init__(self, requested: tuple[str, ...], given: tuple[str, ...]) -> None:
        super().__init__(
            f"Inconsistent requests:\nFrom the CSR: {', '.join(requested)}\n"
            f"From command line/config: {', '.join(given)}",
            remedy="leave out -d: the names are taken from the request",
        )


def deliver(session: Session) -> int:
    """No lineage is made, no hook runs."""
    settings = with_authenticator(session, session.settings)
    csr = _read(settings.required("csr"))
    destinations = _destinations(settings, os.getcwd())
    if not settings.flag("dry_run"):
        destinations.check()
    if settings.text("authenticator") is not None and not settings.flag("plan"):
        settings = ask_contact(session, settings)
    manager = session.manager(settings)
    plan = manager.plan_csr(csr, destinations.planned)
    _demand_same_names(settings, tuple(each.value for each in plan.issues[0].identifiers))
    if settings.flag("plan"):
        return show(session, plan)
    report = manager.apply(plan)
    saved = None
    for outcome in report.outcomes:
        if not isinstance(outcome, Delivered):
            tell(session, outcome, settings)
            continue
        saved = destinations.save(outcome.fullchain_pem)
        session.console.notify(
            "\nSuccessfully received certificate.\n"
            f"Certificate is saved at:            {saved.cert}\n"
            f"Intermediate CA chain is saved at:  {saved.chain}\n"
            f"Full certificate chain is saved at: {saved.fullchain}\n"
            f"This certificate expires on {outcome.facts.not_after:%Y-%m-%d}."
        )
        tell_next_steps(session, next_steps(session, settings))
    return finish(session, report, delivered=saved)


def _read(path: str) -> bytes:
    try:
        return read_file(path, streams=True)
    except OSError as error:
        raise CsrUnreadable(path, error.strerror or str(error)) from None


def _demand_same_names(settings: Settings, requested: tuple[str, ...]) -> None:
    given = (*settings.items("domains"), *settings.items("ip_addresses"))
    if given and set(given) != set(requested):
        raise NotInCsr(requested, given)


def _destinations(settings: Settings, directory: str) -> Destinations:
    """Where nothing is said, the chain and the full chain share a name and get their own numbers."""

    def destination(dest: str, usual: str) -> Destination:
        given = settings.text(dest)
        if given is not None:
            return Destination(given, exact=True)
        return Destination(os.path.join(directory, usual), exact=False)

    return Destinations(
        cert=destination("cert_path", "cert.pem"),
        chain=destination("chain_path", "chain.pem"),
        fullchain=destination("fullchain_path", "chain.pem"),
    )
