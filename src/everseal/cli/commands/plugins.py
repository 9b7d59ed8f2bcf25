"""``plugins``: what can prove control of names here, and what can put certificates to use."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from everseal.cli.prompts import AUTHENTICATORS
from everseal.cli.session import Session
from everseal.reports.frames import framed
from everseal.reports.listings import plugins_as_json

_WIDTH: Final = 80
_CLASSES: Final = {"standalone": "Standalone", "webroot": "Webroot"}


def run(session: Session) -> int:
    settings = session.settings
    shown = () if "installers" in settings.items("ifaces") else AUTHENTICATORS
    if session.wants_json:
        session.tell_json(plugins_as_json(shown))
        return 0
    blocks = [
        "\n".join(_block(name, text, initialized=_is_made(session), prepared=settings.flag("prepare")))
        for name, text in shown
    ]
    session.console.notify(framed("\n\n".join(blocks) or "No plugins"))
    return 0


def _is_made(session: Session) -> bool:
    return session.settings.flag("init") or session.settings.flag("prepare")


def _block(name: str, text: str, *, initialized: bool, prepared: bool) -> Iterator[str]:
    place = f"everseal.solvers.{name}:{_CLASSES[name]}"
    yield f"* {name}"
    yield _filled(f"Description: {text}")
    yield "Interfaces: Authenticator, Plugin"
    yield _filled(f"Entry point: EntryPoint(name='{name}', value='{place}', group='certbot.plugins')")
    if initialized:
        yield _filled(f"Initialized: {place}")
    if prepared:
        yield "Prep: True"


def _filled(line: str) -> str:
    return textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
