"""How long it takes to say the version and the help."""

from __future__ import annotations

import sys

from bench.clients import EVERSEAL, program
from bench.measuring import Contender, always, compare

TURNS = 15


def version() -> None:
    bare = Contender("bare interpreter", always(sys.executable, "-I", "-c", "pass"), {})
    others = [
        Contender(name.removesuffix("-new"), always(program(name), "--version"), {})
        for name in ("certbot", "dehydrated", "lego-new")  # uacme shows it, but with status 2
    ]
    compare("`--version`", [bare, *others, _everseal("--version")], turns=TURNS)


def help_page() -> None:
    bare = Contender("bare interpreter", always(sys.executable, "-I", "-c", "pass"), {})
    certbot = Contender("certbot", always(program("certbot"), "--help"), {})
    compare("`--help`", [bare, certbot, _everseal("--help")], turns=TURNS)


def _everseal(flag: str) -> Contender:
    return Contender("everseal", always(EVERSEAL, flag), {})
