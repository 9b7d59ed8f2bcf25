"""``everseal ca``: the known authorities, what one of them offers, and the built-in one."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.errors import UsageError


def run(session: Session) -> int:
    match session.words:
        case ("list",):
            return _list(session)
        case ("check", target):
            return _check(session, target)
        case ("serve",):
            return _serve(session)
        case ("root",):
            return _root(session)
        case _:
            raise UsageError(
                "`ca` knows `ca list`, `ca check URL`, `ca serve` and `ca root`",
                remedy="write `everseal ca list`, or `everseal ca serve --ca-dir DIR` for the built-in one",
            )


def _serve(session: Session) -> int:
    """It runs until it is stopped, and has nothing to tell a program."""
    from everseal.wiring.localca import serve

    if session.wants_json:
        raise UsageError("`ca serve` has no JSON", remedy="leave out --json; `ca root --json` has the root")
    if session.settings.flag("plan"):
        raise UsageError(
            "`ca serve` has no plan",
            remedy="leave out --plan: it writes below --ca-dir alone, and serves until it is stopped",
        )
    serve(session.settings, on_ready=session.console.result)
    return 0


def _root(session: Session) -> int:
    from everseal.reports.listings import root_as_json
    from everseal.wiring.localca import root_of

    pem = root_of(session.settings).decode("ascii")
    if session.wants_json:
        session.tell_json(root_as_json(pem))
    else:
        session.console.result(pem.rstrip())
    return 0


def _list(session: Session) -> int:
    from everseal.reports.authorities import authorities_as_json, render_authorities
    from everseal.settings.known_authorities import known_authorities

    known, readings = known_authorities(), session.manager().authority_readings()
    if session.wants_json:
        session.tell_json(authorities_as_json(known, readings))
    else:
        session.console.result(render_authorities(known, readings))
    return 0


def _check(session: Session, target: str) -> int:
    from everseal.reports.authorities import check_as_json, render_check

    found = session.manager().check_authority(target)
    session.show(found, check_as_json, render_check)
    return 0
