"""Putting certificates to use in a web server: no plug-in for that is here yet but the one that does
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from everseal.cli.endings import NOTHING
from everseal.cli.session import Session
from everseal.model.errors import OperatorError
from everseal.planning.installation import Installation
from everseal.reports.installing import installation_as_json, render_installation_plan
from everseal.settings.values import Settings
from everseal.wiring.solvers import AVAILABLE

NULL: Final = "null"
_ENHANCEMENTS: Final = ("hsts", "redirect", "staple", "uir")


class InstallerUnknown(OperatorError):
    """A plug-in that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The requested {name} plugin does not appear to be installed: it is not part of Everseal yet",
            remedy="use `certonly` without it, and reload the web server with --deploy-hook COMMAND",
        )


class InstallerMissing(OperatorError):
    """Nobody said what puts the certificate to use, and nobody can be asked."""

    def __init__(self) -> None:
        super().__init__(
            "Missing command line flags. For non-interactive execution, you will need to specify a plugin "
            "on the command line.  Run with '--help plugins' to see a list of options",
            remedy="use `certonly`, which needs no installer, or give --installer null",
        )


class NoInstaller(OperatorError):
    """Nobody said what puts the certificate to use, and nothing here can."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program.capitalize()} doesn't know how to automatically configure the web server on this "
            "system. However, it can still get a certificate for you. Please run "
            f'"{program} certonly" to do so. You\'ll need to manually configure your web server to use the '
            "resulting certificate",
            remedy=f"run `{program} certonly`, which asks what it needs; see `{program} --help`",
        )


class OnlyAuthenticates(OperatorError):
    """``run`` with a plug-in that proves control and nothing more."""

    def __init__(self, program: str, name: str) -> None:
        super().__init__(
            f'With the {name} plugin, you probably want to use the "certonly" command, eg:\n\n'
            f"    {program} certonly --{name}\n\n"
            '(Alternatively, add a --installer flag. See "--help plugins" for more information.)',
            remedy=f"use `{program} certonly --{name}`",
        )


class NotForAddresses(OperatorError):
    """A web server's configuration knows certificates for names."""

    def __init__(self) -> None:
        super().__init__(
            "installation of IP address certificate not supported",
            remedy="obtain it with `certonly`, and configure the server yourself",
        )


def demand_known_installer(settings: Settings) -> None:
    """Raises InstallerUnknown."""
    name = settings.text("installer")
    if name not in {None, NULL}:
        raise InstallerUnknown(str(name))


def demand_installer(session: Session) -> None:
    """Raises InstallerUnknown, NoInstaller, OnlyAuthenticates, InstallerMissing."""
    settings = session.settings
    demand_known_installer(settings)
    if settings.text("installer") is not None:
        return
    authenticator = settings.text("authenticator")
    if session.verb == "run" and authenticator is not None:
        if authenticator in AVAILABLE or authenticator.startswith("dns-"):
            raise OnlyAuthenticates(session.program, authenticator)
        raise InstallerUnknown(authenticator)
    if settings.flag("noninteractive_mode"):
        raise InstallerMissing
    raise NoInstaller(session.program)


def install(session: Session, plan: Installation) -> int:
    """Carry the plan out, or show it; programs hear what it came to.  Gives the exit status."""
    planned = session.settings.flag("plan")
    if session.wants_json:
        session.tell_json(installation_as_json(plan, done=not planned))
    elif planned:
        session.console.result(render_installation_plan(plan))
    if not planned:
        put_to_use(session, plan)
    return session.end(NOTHING)


def put_to_use(session: Session, plan: Installation) -> None:
    """What the installer that does nothing does: it has no enhancement to offer."""
    if plan.verb == "install":
        session.console.notify("Deploying certificate")
    for option in plan.skipped:
        session.console.error(
            f"Option {option} is not supported by the selected installer. Skipping enhancement."
        )


def requested_enhancements(settings: Settings) -> tuple[str, ...]:
    return tuple(option for option in _ENHANCEMENTS if settings.flag(option))


def https_names(names: Sequence[str]) -> str:
    """``https://a``, ``https://a and https://b``, ``https://a, https://b, and https://c``."""
    listed = [f"https://{name}" for name in names]
    if len(listed) < 3:
        return " and ".join(listed)
    return f"{', '.join(listed[:-1])}, and {listed[-1]}"
