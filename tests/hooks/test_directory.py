"""Which files of a hook directory are hooks."""

from __future__ import annotations

from pathlib import Path

from everseal.hooks.directory import HookDirectories, list_directory_hooks


def make_script(path: Path, mode: int = 0o755) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


def test_executable_regular_files_sorted_by_path(tmp_path: Path) -> None:
    later, sooner = make_script(tmp_path / "20-later"), make_script(tmp_path / "10-sooner.sh")
    assert list_directory_hooks(str(tmp_path)) == (sooner, later)


def test_a_link_to_an_executable_counts(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "linked").symlink_to(make_script(tmp_path / "script"))
    (hooks / "dangling").symlink_to(tmp_path / "nothing")
    assert list_directory_hooks(str(hooks)) == (str(hooks / "linked"),)


def test_backups_directories_and_unexecutable_files_are_left_out(tmp_path: Path) -> None:
    make_script(tmp_path / "edited~")
    make_script(tmp_path / "readme", 0o644)
    (tmp_path / "below").mkdir()
    make_script(tmp_path / "below" / "script")
    assert list_directory_hooks(str(tmp_path)) == ()


def test_a_missing_directory_holds_none(tmp_path: Path) -> None:
    assert list_directory_hooks(str(tmp_path / "nothing")) == ()


def test_the_three_directories_have_certbots_names() -> None:
    assert HookDirectories.below("/etc/letsencrypt/renewal-hooks") == HookDirectories(
        pre="/etc/letsencrypt/renewal-hooks/pre",
        deploy="/etc/letsencrypt/renewal-hooks/deploy",
        post="/etc/letsencrypt/renewal-hooks/post",
    )
