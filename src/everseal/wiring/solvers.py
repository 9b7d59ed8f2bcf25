"""From ``--webroot``, ``-a standalone`` and the like to the solver they mean."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final

from everseal.hooks.runner import HookRunner
from everseal.model.errors import Busy, OperatorError
from everseal.ports import Solver
from everseal.settings.values import Settings
from everseal.solvers.webroot import Made, Webroot
from everseal.system.locks import lock_file
from everseal.wiring.surroundings import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.solvers.standalone import Standalone
    from everseal.solvers.tls_alpn import TlsAlpn

_TURN_WAIT: Final = 300.0
AVAILABLE: Final = ("standalone", "webroot", "manual")


class AuthenticatorMissing(OperatorError):
    """Nobody said how control of the names is to be proved."""

    def __init__(self) -> None:
        super().__init__(
            "Missing command line flags. For non-interactive execution, you will need to specify a plugin "
            "on the command line.  Run with '--help plugins' to see a list of options",
            remedy="say how to prove control of the names: --standalone, --webroot -w DIR or --manual",
        )


class AuthenticatorUnknown(OperatorError):
    """A plugin that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The requested {name} plugin does not appear to be installed: it is not part of Everseal yet",
            remedy=f"use one of {', '.join(AVAILABLE)}; what a renewal file says of {name} is kept as it is",
        )


class SolverBench:
    """Makes solvers; those that listen are shared by every order of the run, and so is what is made below
    webroots.

    ``port_lock_path`` gives the file with which runs at the same time take turns on a port.
    """

    def __init__(
        self, surroundings: Surroundings, runner: HookRunner, port_lock_path: Callable[[int], str]
    ) -> None:
        self._surroundings = surroundings
        self._runner = runner
        self._lock = threading.Lock()
        self._made = Made()
        self._port_lock_path = port_lock_path
        self._listening: dict[tuple[str, int, str], Standalone | TlsAlpn] = {}

    def solver(self, settings: Settings) -> Solver:
        """Raises AuthenticatorMissing, AuthenticatorUnknown."""
        solver = self._plain(settings)
        preferred = settings.items("pref_challs")
        if not preferred:
            return solver
        from everseal.solvers.preferring import Preferring

        return Preferring(solver, preferred)

    def _plain(self, settings: Settings) -> Solver:
        match settings.text("authenticator"):
            case None:
                raise AuthenticatorMissing
            case "standalone":
                return self._patient(settings)
            case "webroot":
                directories = settings.items("webroot_path")
                default = directories[-1] if directories else None
                return Webroot(settings.mapping("webroot_map"), default, self._made)
            case "manual":
                return self._manual(settings)
            case other:
                raise AuthenticatorUnknown(other)

    def _manual(self, settings: Settings) -> Solver:
        from everseal.solvers.manual import Manual

        return Manual(
            self._runner,
            auth_hook=settings.text("manual_auth_hook"),
            cleanup_hook=settings.text("manual_cleanup_hook"),
            prompter=self._surroundings.prompter,
            strict=settings.flag("strict_hooks"),
            validate=settings.flag("validate_hooks"),
        )

    def _patient(self, settings: Settings) -> Solver:
        from everseal.solvers.patient import Patient

        standalone, free_port = self._standalone(settings), self._surroundings.free_port
        return standalone if free_port is None else Patient(standalone, free_port)

    def _standalone(self, settings: Settings) -> Standalone | TlsAlpn:
        kind = _standalone_challenge(settings)
        if kind == "tls-alpn-01":
            port, address = settings.number("tls_alpn01_port"), settings.text("tls_alpn01_address") or ""
        else:
            port, address = settings.number("http01_port"), settings.text("http01_address") or ""
        key = (kind, port, address)
        with self._lock:
            if key not in self._listening:
                self._listening[key] = self._listener(kind, port, address)
            return self._listening[key]

    def _listener(self, kind: str, port: int, address: str) -> Standalone | TlsAlpn:
        turn = partial(self._take_turn, port)
        if kind == "tls-alpn-01":
            from everseal.solvers.tls_alpn import TlsAlpn

            return TlsAlpn(clock=self._surroundings.clock, port=port, address=address, turn=turn)
        from everseal.solvers.standalone import Standalone

        return Standalone(port=port, address=address, turn=turn)

    def _take_turn(self, port: int) -> AbstractContextManager[object]:
        """Another run of ours, which looks after the same directory, may have the port just now."""
        if port == 0:
            return nullcontext()
        busy = Busy(
            f"another run has been listening on port {port} for {_TURN_WAIT / 60:.0f} minutes",
            remedy="wait until it has ended, or stop it, and run the command again",
        )
        path = self._port_lock_path(port)
        return lock_file(path, clock=self._surroundings.clock, wait=_TURN_WAIT, busy=busy)


def _standalone_challenge(settings: Settings) -> str:
    """``--standalone-challenge``, or else the first that ``--preferred-challenges`` names of the two."""
    if not settings.is_set("standalone_challenge"):
        for kind in settings.items("pref_challs"):
            if kind in {"http-01", "tls-alpn-01"}:
                return kind
    return settings.required("standalone_challenge")
