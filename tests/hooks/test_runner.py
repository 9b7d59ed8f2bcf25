"""Which hooks run, how often, in which order, with which environment."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from everseal.hooks.directory import HookDirectories
from everseal.hooks.environment import LONGEST_NAMES_OF_A_RENEW
from everseal.hooks.runner import HookCommands, HookRunner, Hooks
from everseal.hooks.validation import HookCommandMissing
from everseal.model.events import Event, HookRan
from everseal.model.names import DnsName
from everseal.system.process import Completed

A, B = DnsName("a.example"), DnsName("b.example")
BASE = {"PATH": os.environ["PATH"], "LANG": "C"}


class FakeShell:
    """Remembers what it was asked to run."""

    def __init__(self, status: int = 0) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.status = status

    def __call__(self, command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        assert limit is None
        self.calls.append((command, {name: value for name, value in env.items() if name not in BASE}))
        return Completed(self.status, f"out of {command}\n", "")

    @property
    def commands(self) -> list[str]:
        return [command for command, _ in self.calls]


def make_hooks(
    shell: FakeShell, directories: HookDirectories | None = None, emit: list[Event] | None = None
) -> Hooks:
    seen: list[Event] = [] if emit is None else emit
    return Hooks(HookRunner(BASE, emit=seen.append, run=shell), directories or HookDirectories())


@pytest.fixture
def directories(tmp_path: Path) -> HookDirectories:
    for kind in ("pre", "deploy", "post"):
        (tmp_path / kind).mkdir()
        for name in ("b", "a"):
            script = tmp_path / kind / name
            script.write_text("#!/bin/sh\n")
            script.chmod(0o755)
    return HookDirectories.below(str(tmp_path))


def test_directory_hooks_come_first(directories: HookDirectories) -> None:
    shell = FakeShell()
    hooks = make_hooks(shell, directories)
    commands = HookCommands(pre="stop", deploy="copy", post="start")
    hooks.pre(commands)
    hooks.deploy(commands, "/live/a", [A])
    hooks.owe_post(commands)
    hooks.post(renewed=[A], failed=[])
    root = os.path.dirname(directories.pre or "")
    assert shell.commands == [
        *(f"{root}/pre/a", f"{root}/pre/b", "stop"),
        *(f"{root}/deploy/a", f"{root}/deploy/b", "copy"),
        *(f"{root}/post/a", f"{root}/post/b", "start"),
    ]


def test_a_configured_command_that_is_a_directory_hook_runs_once(directories: HookDirectories) -> None:
    shell = FakeShell()
    hooks = make_hooks(shell, directories)
    commands = HookCommands(
        pre=f"{directories.pre}/a", deploy=f"{directories.deploy}/b", post=f"{directories.post}/a"
    )
    hooks.pre(commands)
    hooks.deploy(commands, "/live/a", [A])
    hooks.owe_post(commands)
    hooks.post(renewed=[], failed=[A])
    assert len(shell.commands) == len(set(shell.commands)) == 6


def test_a_pre_hook_runs_once_for_all_lineages_by_its_exact_string() -> None:
    shell = FakeShell()
    hooks = make_hooks(shell)
    hooks.pre(HookCommands(pre="stop"))
    hooks.pre(HookCommands(pre="stop"))
    hooks.pre(HookCommands(pre="stop "))
    hooks.pre(HookCommands())
    assert shell.commands == ["stop", "stop "]


def test_a_failing_pre_hook_is_not_run_again() -> None:
    shell = FakeShell(status=1)
    hooks = make_hooks(shell)
    (result,) = hooks.pre(HookCommands(pre="stop"))
    assert result.status == 1
    assert hooks.pre(HookCommands(pre="stop")) == ()


def test_a_deploy_hook_runs_for_each_lineage_with_its_own_variables() -> None:
    shell = FakeShell()
    hooks = make_hooks(shell)
    hooks.deploy(HookCommands(deploy="copy"), "/live/a", [A, B])
    hooks.deploy(HookCommands(deploy="copy"), "/live/b", [B])
    assert shell.calls == [
        ("copy", {"RENEWED_LINEAGE": "/live/a", "RENEWED_DOMAINS": "a.example b.example"}),
        ("copy", {"RENEWED_LINEAGE": "/live/b", "RENEWED_DOMAINS": "b.example"}),
    ]


def test_post_hooks_are_collected_and_run_once_at_the_end() -> None:
    shell = FakeShell()
    hooks = make_hooks(shell)
    assert hooks.owe_post(HookCommands(post="start")) == ("start",)
    assert hooks.owe_post(HookCommands(post="mail")) == ("mail",)
    assert hooks.owe_post(HookCommands(post="start")) == ()
    assert list(hooks.owed_post_commands) == ["start", "mail"]
    hooks.post(renewed=[A], failed=[B], limit=LONGEST_NAMES_OF_A_RENEW)
    variables = {"RENEWED_DOMAINS": "a.example", "FAILED_DOMAINS": "b.example"}
    assert shell.calls == [("start", variables), ("mail", variables)]
    assert not hooks.owed_post_commands
    assert hooks.post(renewed=[A], failed=[B]) == ()


def test_no_variable_leaks_from_hook_to_hook() -> None:
    shell = FakeShell()
    hooks = make_hooks(shell)
    hooks.deploy(HookCommands(deploy="copy"), "/live/a", [A])
    hooks.pre(HookCommands(pre="stop"))
    assert shell.calls[-1] == ("stop", {})


def test_every_end_is_returned_and_emitted() -> None:
    shell, events = FakeShell(status=7), list[Event]()
    hooks = make_hooks(shell, emit=events)
    results = hooks.pre(HookCommands(pre="stop"))
    assert list(results) == events == [HookRan("pre", "stop", 7, "out of stop\n", "")]


def test_what_would_run_can_be_listed_without_running(directories: HookDirectories) -> None:
    shell = FakeShell()
    hooks = make_hooks(shell, directories)
    commands = HookCommands(pre="stop", deploy="copy", post="start")
    assert hooks.pre_commands(commands) == (f"{directories.pre}/a", f"{directories.pre}/b", "stop")
    assert hooks.deploy_commands(commands)[-1] == "copy"
    assert hooks.post_commands(HookCommands(post=" ")) == (f"{directories.post}/a", f"{directories.post}/b")
    assert shell.calls == []
    hooks.pre(commands)
    assert hooks.pre_commands(commands) == ()


def test_a_second_lineage_waits_for_the_pre_hook_of_the_first() -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slow_shell(command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        begun.set()
        go_on.wait(10)
        order.append("stopped")
        return Completed(0, "", "")

    hooks = Hooks(HookRunner(BASE, emit=lambda _event: None, run=slow_shell), HookDirectories())

    def work(name: str) -> None:
        hooks.pre(HookCommands(pre="stop"))
        order.append(name)

    first = threading.Thread(target=work, args=("worked",))
    first.start()
    begun.wait(10)
    second = threading.Thread(target=work, args=("worked",))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert order == ["stopped", "worked", "worked"]


def test_an_interrupted_post_hook_stays_owed() -> None:
    def interrupted(command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        raise KeyboardInterrupt

    hooks = Hooks(HookRunner(BASE, emit=lambda _event: None, run=interrupted), HookDirectories())
    hooks.owe_post(HookCommands(post="start"))
    with pytest.raises(KeyboardInterrupt):
        hooks.post(renewed=[], failed=[])
    assert hooks.owed_post_commands == ("start",)


def test_a_hook_gets_its_environment_for_real(tmp_path: Path) -> None:
    hooks = Hooks(
        HookRunner({**BASE, "SECRET": "canary"}, withheld=["SECRET"], emit=lambda _event: None),
        HookDirectories(),
    )
    said = "$RENEWED_DOMAINS|$RENEWED_LINEAGE|$LANG|${SECRET-unset}"
    command = f'echo "{said}" > {tmp_path}/out; touch "{tmp_path}/a b"'
    (result,) = hooks.deploy(HookCommands(deploy=command), "/live/$(touch x)", [A, B])
    assert result.status == 0
    assert (tmp_path / "out").read_text() == "a.example b.example|/live/$(touch x)|C|unset\n"
    assert (tmp_path / "a b").exists()


@pytest.mark.parametrize("kind", ["pre", "post", "deploy"])
def test_commands_given_now_are_looked_for(kind: str) -> None:
    hooks = make_hooks(FakeShell())
    hooks.validate(HookCommands(pre="true", deploy="sh -c 'exit'"))
    with pytest.raises(HookCommandMissing, match=f"Unable to find {kind}-hook command no-such in the PATH"):
        hooks.validate(HookCommands(**{kind: "no-such x"}))
