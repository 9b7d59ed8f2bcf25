"""``everseal completion SHELL``: the completion script, on standard output."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.errors import UsageError
from everseal.settings.completion import render_completion


def run(session: Session) -> int:
    if len(session.words) != 1:
        raise UsageError(
            "completion is for one shell", remedy="write `everseal completion bash`, or zsh, or fish"
        )
    session.console.result(render_completion(session.words[0], program=session.program).rstrip("\n"))
    return 0
