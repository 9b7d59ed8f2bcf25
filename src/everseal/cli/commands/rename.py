"""``everseal rename OLD NEW``: another name for a certificate, and for its directories."""

from __future__ import annotations

from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.model.errors import UsageError
from everseal.model.names import CertificateName
from everseal.reports.renaming import copy_notice, mention_notice, rename_as_json, render_rename_plan


class TwoNamesWanted(UsageError):
    """Which certificate gets which name was not said."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "rename takes the present name of a certificate and the new one",
            remedy=f"write it as `{program} rename OLD NEW`; `{program} certificates` lists the names",
        )


def run(session: Session) -> int:
    if len(session.words) != 2:
        raise TwoNamesWanted(session.program)
    old, new = (CertificateName.parse(word) for word in session.words)
    manager = session.manager()
    plan = manager.plan_rename(old, new)
    if session.settings.flag("plan"):
        if session.wants_json:
            session.tell_json(rename_as_json(old, new, plan.moves, plan.mentions, plan.copies, done=False))
        else:
            session.console.result(render_rename_plan(old, new, plan.moves, plan.mentions, plan.copies))
        return session.end(CHANGED)
    lineage = manager.rename(old, new)
    session.console.notify(
        f"The certificate {old} is called {new} now. Point your servers at {lineage.live_dir}."
    )
    for notice in (*map(mention_notice, plan.mentions), *map(copy_notice, plan.copies)):
        session.console.warn(notice)
    session.tell_json(rename_as_json(old, new, plan.moves, plan.mentions, plan.copies, done=True))
    return session.end(CHANGED)
