"""A hook's first word has to be a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal.hooks.validation import HookCommandMissing, path_to_reach, validate_hook


@pytest.mark.parametrize(
    "command", [None, "", "   ", "true", "  true with words", "/bin/true x", "sh -c 'no such'"]
)
def test_what_can_be_found_is_fine(command: str | None) -> None:
    validate_hook(command, "pre", {"PATH": "/usr/bin:/bin"})


def test_a_missing_command_is_named_with_its_hook() -> None:
    with pytest.raises(HookCommandMissing) as caught:
        validate_hook("no-such-program --now", "pre", {"PATH": "/usr/bin:/bin"})
    assert str(caught.value).startswith("Unable to find pre-hook command no-such-program in the PATH.")
    assert "/usr/bin:/bin" in str(caught.value)
    assert "--disable-hook-validation" in caught.value.remedy


def test_a_file_that_is_not_executable_is_said_to_be_so(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(
        HookCommandMissing, match=f"deploy-hook command {script} exists, but is not executable"
    ):
        validate_hook(f"{script} x", "deploy", {"PATH": "/bin"})


def test_a_path_that_will_do_is_left_alone() -> None:
    assert path_to_reach("true", "/usr/bin:/bin") == "/usr/bin:/bin"


def test_the_systems_directories_are_added_where_they_help(tmp_path: Path) -> None:
    program = tmp_path / "reload-it"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    added = ("/usr/sbin", str(tmp_path))
    assert path_to_reach("nobody", "/bin", system_directories=added) is None
    for given in ("/nowhere", "/nowhere:/usr/sbin"):
        longer = path_to_reach("reload-it now", given, system_directories=added)
        assert longer == f"/nowhere:/usr/sbin:{tmp_path}"


def test_programs_in_sbin_are_found_under_cron() -> None:
    validate_hook("nologin --version", "post", {"PATH": "/usr/bin:/bin"})


def test_without_a_path_the_systems_own_holds() -> None:
    validate_hook("true", "pre", {})
