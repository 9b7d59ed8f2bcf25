"""``revoke``: tell the CA that a certificate must not be trusted any more."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.engine.revoke import Reason
from everseal.manager import Manager
from everseal.model.errors import UsageError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.settings.values import Settings
from everseal.system.files import read_file

_EXACTLY_ONE = "Error! Exactly one of --cert-path or --cert-name must be specified!"


class ExactlyOne(UsageError):
    """Which certificate is meant has to be said once."""

    exit_status = 1

    def __init__(self) -> None:
        super().__init__(_EXACTLY_ONE, remedy="see the names with `certificates`")


def run(session: Session) -> int:
    settings = session.settings
    name, path = settings.text("certname"), settings.text("cert_path")
    if (name is None) == (path is None):
        raise ExactlyOne
    manager = session.manager()
    lineage = _lineage(manager, name, path)
    if lineage is not None and name is not None:
        manager = session.manager(_at_its_ca(settings, lineage))
    source = path if path is not None else _required(lineage).cert_path
    key_path = settings.text("key_path")
    manager.revoke(
        read_file(source),
        reason=Reason[settings.required("reason").upper()],
        key_pem=None if key_path is None else read_file(key_path),
    )
    session.console.notify(
        f"Congratulations! You have successfully revoked the certificate that was located at {source}."
    )
    _delete_too(session, manager, lineage)
    return 0


def _lineage(manager: Manager, name: str | None, path: str | None) -> Lineage | None:
    """The lineage that is named, or the one the path belongs to, if any."""
    if name is not None:
        return manager.lineage(CertificateName.parse(name))
    for each in manager.lineages():
        if isinstance(each, Lineage) and path in {each.cert_path, each.fullchain_path}:
            return each
    return None


def _at_its_ca(settings: Settings, lineage: Lineage) -> Settings:
    """The saved CA and account, unless another CA was named for this run."""
    if settings.is_explicit("server"):
        return settings
    saved = {
        key: value
        for key in ("server", "account")
        if isinstance(value := lineage.parameters.get(key), str) and value != "None"
    }
    return settings.with_values(saved)


def _delete_too(session: Session, manager: Manager, lineage: Lineage | None) -> None:
    if lineage is None:
        return
    wanted = session.settings.choice("delete_after_revoke")
    if wanted is None:
        wanted = session.dialogue.yes_or_no(
            "Would you like to delete the certificate(s) you just revoked, along with all earlier and later "
            "versions of the certificate?",
            unattended=True,
            yes="Yes (recommended)",
        )
    if not wanted:
        session.console.notify("Not deleting revoked certificates.")
        return
    manager.delete([lineage.name])
    session.console.notify(f"Deleted all files relating to certificate {lineage.name}.")


def _required(lineage: Lineage | None) -> Lineage:
    if lineage is None:
        raise ExactlyOne
    return lineage
