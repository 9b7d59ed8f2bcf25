"""Runs the hooks of one run of the program: which, once, one after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from everseal.hooks.directory import HookDirectories, list_directory_hooks
from everseal.hooks.environment import (
    LONGEST_NAMES,
    deploy_variables,
    hook_environment,
    post_variables,
)
from everseal.hooks.validation import validate_hook
from everseal.model.events import HookRan
from everseal.model.frozen import dataclass
from everseal.system.process import ShellRunner, run_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from everseal.model.events import Emit, HookKind
    from everseal.model.names import Identifier

    Ended = Callable[[HookRan], None]


@dataclass(frozen=True, slots=True)
class HookCommands:
    """The commands configured for one lineage, each handed to ``/bin/sh -c`` as it is."""

    pre: str | None = None
    deploy: str | None = None
    post: str | None = None


def _unheard(_result: HookRan) -> None:
    """Nobody listens."""


class HookRunner:
    """Runs one hook command in the environment that hooks get, and tells how it ended.

    ``base`` is the caller's environment, ``withheld`` the names of variables that hold our secrets.
    A hook is run to its end, without a time limit; only one runs at a time.
    """

    def __init__(
        self,
        base: Mapping[str, str],
        *,
        withheld: Collection[str] = (),
        emit: Emit,
        run: ShellRunner = run_shell,
    ) -> None:
        self._base = base
        self._withheld = withheld
        self._emit = emit
        self._run = run
        self._lock = threading.RLock()

    def validate(self, command: str | None, kind: HookKind) -> None:
        """Raises HookCommandMissing when the command's first word cannot be found or executed."""
        validate_hook(command, kind, self._base)

    def run(
        self, kind: HookKind, command: str, variables: Mapping[str, str], *, subject: str | None = None
    ) -> HookRan:
        """Raises ProgramUnusable when not even the shell can be started."""
        environment = hook_environment(self._base, variables, command=command, withheld=self._withheld)
        with self._lock:
            completed = self._run(command, environment)
            result = HookRan(kind, command, completed.status, completed.stdout, completed.stderr, subject)
            self._emit(result)
        return result


class Hooks:
    """The hooks of one run over any number of lineages.

    For each lineage: ``pre`` and ``owe_post`` before the first attempt, ``deploy`` after the live
    links point to the new version.  ``post`` once at the end.  A failing hook is told and changes
    nothing else here; whether it fails the run is for the caller, who gets every result.
    Several lineages may be worked on at the same time.  ``directories`` None: no directory hooks.
    """

    def __init__(self, runner: HookRunner, directories: HookDirectories | None) -> None:
        self._runner = runner
        self._directories = directories or HookDirectories()
        self._pre_done: set[str] = set()
        self._post_owed: list[str] = []
        self._lock = threading.RLock()

    def validate(self, commands: HookCommands) -> None:
        """Raises HookCommandMissing; for commands given now (those of a renewal file were once there)."""
        self._runner.validate(commands.pre, "pre")
        self._runner.validate(commands.post, "post")
        self._runner.validate(commands.deploy, "deploy")

    def pre_commands(self, commands: HookCommands) -> tuple[str, ...]:
        """What ``pre`` would still run for a lineage: directory hooks first, each command once."""
        listed = self._all(self._directories.pre, commands.pre)
        with self._lock:
            return tuple(command for command in listed if command not in self._pre_done)

    def deploy_commands(self, commands: HookCommands) -> tuple[str, ...]:
        return self._all(self._directories.deploy, commands.deploy)

    def post_commands(self, commands: HookCommands) -> tuple[str, ...]:
        return self._all(self._directories.post, commands.post)

    @property
    def owed_post_commands(self) -> tuple[str, ...]:
        """What ``post`` would run now."""
        with self._lock:
            return tuple(self._post_owed)

    def pre(self, commands: HookCommands) -> tuple[HookRan, ...]:
        """Run what this run has not run yet; another lineage's ``pre`` waits until it is done."""
        results = []
        with self._lock:
            for command in self.pre_commands(commands):
                results.append(self._runner.run("pre", command, {}))
                self._pre_done.add(command)
        return tuple(results)

    def deploy(
        self,
        commands: HookCommands,
        live_dir: str,
        identifiers: Sequence[Identifier],
        *,
        wanted: Callable[[str], bool] = bool,
        ended: Ended = _unheard,
    ) -> tuple[HookRan, ...]:
        """``identifiers`` are those of the new certificate, in its order; a command that is not ``wanted``
        when its turn comes is left out, and ``ended`` hears of each hook before the next one starts."""
        results = []
        for command in self.deploy_commands(commands):
            if wanted(command):
                results.append(self.deploy_again(command, live_dir, identifiers))
                ended(results[-1])
        return tuple(results)

    def deploy_again(self, command: str, live_dir: str, identifiers: Sequence[Identifier]) -> HookRan:
        """One command, which an earlier run did not bring to a good end."""
        return self._runner.run("deploy", command, deploy_variables(live_dir, identifiers))

    def post_again(self, command: str) -> HookRan:
        """One command, owed by a run of which nobody knows any more what it renewed."""
        return self._runner.run("post", command, post_variables((), (), limit=LONGEST_NAMES))

    def owe_post(self, commands: HookCommands) -> tuple[str, ...]:
        """Note what has to run at the end; the commands that were not owed before."""
        with self._lock:
            added = [command for command in self.post_commands(commands) if command not in self._post_owed]
            self._post_owed.extend(added)
        return tuple(added)

    def post(
        self,
        *,
        renewed: Sequence[Identifier],
        failed: Sequence[Identifier],
        limit: int = LONGEST_NAMES,
        ended: Ended = _unheard,
    ) -> tuple[HookRan, ...]:
        """Run what is owed, in the order in which it was first owed; afterwards nothing is.

        ``ended`` hears of each hook before the next one starts.

        ``limit`` (characters for each list of names) is ``LONGEST_NAMES_OF_A_RENEW`` under ``renew``.
        """
        variables = post_variables(renewed, failed, limit=limit)
        results = []
        with self._lock:
            while self._post_owed:
                command = self._post_owed[0]
                results.append(self._runner.run("post", command, variables))
                self._post_owed.remove(command)
                ended(results[-1])
        return tuple(results)

    @staticmethod
    def _all(directory: str | None, command: str | None) -> tuple[str, ...]:
        """A configured command that is also the path of a directory hook counts once."""
        listed = list_directory_hooks(directory) if directory else ()
        configured = (command,) if command and command.strip() else ()
        return tuple(dict.fromkeys((*listed, *configured)))
