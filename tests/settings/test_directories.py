"""Where things are on a machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from everseal.settings.directories import (
    CONFIG_DIR,
    Directories,
    choose_directories,
    configuration_files,
    default_settings,
)


def chosen(
    environment: dict[str, str], *, program: str = "everseal", is_root: bool = False, there: bool = False
) -> Directories:
    return choose_directories(environment, program=program, is_root=is_root, exists=lambda _: there)


def test_a_user_has_directories_of_their_own() -> None:
    found = chosen({"HOME": "/home/a"})
    assert (found.config, found.work, found.logs, found.private) == (
        "/home/a/.config/everseal",
        "/home/a/.local/state/everseal/work",
        "/home/a/.local/state/everseal/logs",
        True,
    )
    xdg = chosen({"HOME": "/home/a", "XDG_CONFIG_HOME": "/x/", "XDG_STATE_HOME": "relative"})
    assert xdg.config == "/x/everseal"
    assert xdg.logs == "/home/a/.local/state/everseal/logs"


def test_the_usual_directories_for_root_for_certbot_where_they_exist_and_without_a_home() -> None:
    home = {"HOME": "/home/a"}
    for found in (
        chosen(home, is_root=True),
        chosen(home, program="certbot"),
        chosen(home, there=True),
        chosen({}),
    ):
        assert found.config == "/etc/letsencrypt"
        assert found.work == "/var/lib/letsencrypt"
        assert found.logs == "/var/log/letsencrypt"
        assert not found.private


def test_the_defaults_carry_the_directories_and_count_as_unset() -> None:
    settings = default_settings({"HOME": "/home/a"}, program="certbot", is_root=False)
    assert settings.text("config_dir") == CONFIG_DIR
    assert not settings.is_set("config_dir")
    here = default_settings({"HOME": "/home/a"}, program="everseal", is_root=False)
    assert here.text("config_dir") in {CONFIG_DIR, "/home/a/.config/everseal"}


def test_a_configuration_directory_that_is_there_stays_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "stat", closed)
    settings = default_settings({"HOME": "/home/a"}, program="everseal", is_root=False)
    assert settings.text("config_dir") == CONFIG_DIR


def test_configuration_files_are_those_that_are_there(tmp_path: Path) -> None:
    own = [tmp_path / name / "cli.ini" for name in ("letsencrypt", "everseal")]
    for path in own:
        path.parent.mkdir()
        path.write_text("")
    found = configuration_files({"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/nowhere"})
    assert [path for path in found if path != f"{CONFIG_DIR}/cli.ini"] == [str(path) for path in own]
    own[0].unlink()
    assert configuration_files({"XDG_CONFIG_HOME": str(tmp_path)})[-1] == str(own[1])


@pytest.mark.parametrize("environment", [{}, {"HOME": "relative"}])
def test_without_a_home_only_the_machines_file_counts(environment: dict[str, str]) -> None:
    assert set(configuration_files(environment)) <= {f"{CONFIG_DIR}/cli.ini"}
