"""``reconfigure``: change the settings a certificate is renewed with, after a rehearsal with them."""

from __future__ import annotations

from everseal.cli.commands.install import choose_lineage
from everseal.cli.commands.plan import show
from everseal.cli.installing import demand_known_installer
from everseal.cli.outcomes import finish, hook_failures
from everseal.cli.session import Session
from everseal.cli.strict_hooks import demand_good_hooks
from everseal.engine.outcome import Failed
from everseal.model.errors import LineageMissing, OperatorError
from everseal.settings.values import Settings


class NotThere(OperatorError):
    """No lineage of this name."""

    def __init__(self, name: str, program: str) -> None:
        super().__init__(
            f"An existing certificate with name {name} could not be found. Run `{program} certificates` to "
            "list available certificates",
            remedy="choose one of those with --cert-name",
        )


def run(session: Session) -> int:
    demand_known_installer(session.settings)
    manager = session.manager()
    manager.check_hooks()
    try:
        lineage = choose_lineage(session, manager, "Which certificate would you like to reconfigure?")
    except LineageMissing as error:
        raise NotThere(error.name, session.program) from None
    manager = session.manager(_with_deploy_hooks(session))
    change = manager.plan_reconfiguration(lineage.name)
    if session.settings.flag("plan"):
        return show(session, change.plan)
    report = manager.apply(change.plan)
    for outcome in report.outcomes:
        if isinstance(outcome, Failed):
            raise outcome.error
    demand_good_hooks(session, hook_failures(report))
    saved = manager.keep_reconfiguration(change)
    if saved:
        session.console.notify(
            "\nSuccessfully updated configuration.\nChanges will apply when the certificate renews."
        )
    else:
        session.console.notify("\nNo changes were made to the renewal configuration.")
    return finish(session, report, settings_saved=saved)


def _with_deploy_hooks(session: Session) -> Settings:
    """A new deploy hook may be tried out in the rehearsal, with the certificate that is live."""
    settings = session.settings
    if settings.text("deploy_hook") is None or settings.flag("run_deploy_hooks"):
        return settings
    wanted = session.dialogue.yes_or_no(
        f"You are attempting to set a --deploy-hook. Would you like {session.program.capitalize()} to run "
        "deploy hooks when it performs a dry run with the new settings? This will run all relevant deploy "
        "hooks, including directory hooks, unless --no-directory-hooks is set. This will use the current "
        "active certificate, and not the temporary test certificate acquired during the dry run.",
        unattended=False,
        flag="--run-deploy-hooks",
        yes="Run deploy hooks",
        no="Do not run deploy hooks",
    )
    return settings.with_values({"run_deploy_hooks": True}) if wanted else settings
