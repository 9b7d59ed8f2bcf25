"""No command leaks what Python would warn of; all that the other tests here run is held to the same."""

from __future__ import annotations

import sys

import pytest

from tests.e2e.home import Home, finished

COMMANDS = [
    ["--version"],
    ["--help"],
    ["help", "certonly"],
    ["completion", "bash"],
    ["certificates", "--json"],
    ["plan", "--json"],
    ["plan", "--standalone", "-d", "two.test"],
    ["show_account", "--json"],
    ["renew"],
    ["ca", "root"],
    ["delete", "--cert-name", "one.test"],
]


@pytest.mark.parametrize("words", [COMMANDS[:4], COMMANDS[4:]], ids=["alone", "with-a-lineage"])
def test_each_command_is_silent(home: Home, words: list[list[str]]) -> None:
    python = [sys.executable, "-W", "error", "-m", "everseal"]
    places = home.words("")[2:] if words != COMMANDS[:4] else []
    if places:
        home.obtain("one.test")
    for command in words:
        done = finished([*python, *command, *places])
        assert done.status == 0, f"{command}: {done.err}"
        assert [line for line in done.err.splitlines() if not line.startswith("Saving debug log")] == []
