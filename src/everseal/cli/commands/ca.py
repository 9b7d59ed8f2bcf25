"""``everseal ca serve`` and ``ca root``: the built-in certificate authority."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.errors import UsageError


def run(session: Session) -> int:
    from everseal.wiring.localca import root_of, serve

    match session.words:
        case ("serve",):
            serve(session.settings, on_ready=session.console.result)
            return 0
        case ("root",):
            session.console.result(root_of(session.settings).decode("ascii").rstrip())
            return 0
        case _:
            raise UsageError(
                "the built-in authority knows `ca serve` and `ca root`",
                remedy="write `everseal ca serve --ca-dir DIR` or `everseal ca root --ca-dir DIR`",
            )
