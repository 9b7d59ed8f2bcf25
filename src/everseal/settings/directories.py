"""Where configuration, work and logs are on this machine."""

from __future__ import annotations

import os

from everseal.settings.values import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

CONFIG_DIR: Final = "/etc/letsencrypt"
WORK_DIR: Final = "/var/lib/letsencrypt"
LOGS_DIR: Final = "/var/log/letsencrypt"


class Directories:
    """The three directories, absolute.  ``private`` are a user's own below the home directory."""

    __slots__ = ("config", "logs", "private", "work")

    def __init__(self, config: str, work: str, logs: str, *, private: bool = False) -> None:
        self.config = config
        self.work = work
        self.logs = logs
        self.private = private


USUAL: Final = Directories(CONFIG_DIR, WORK_DIR, LOGS_DIR)


def choose_directories(
    environment: Mapping[str, str],
    *,
    program: str,
    is_root: bool,
    exists: Callable[[str], bool],
) -> Directories:
    """The usual directories, or a user's own.

    A user has directories of their own (XDG) only where the usual configuration directory does not exist,
    and never when the program is called ``certbot``.
    """
    if is_root or program == "certbot" or exists(CONFIG_DIR):
        return USUAL
    return _private_directories(environment) or USUAL


def default_settings(environment: Mapping[str, str], *, program: str, is_root: bool) -> Settings:
    """Every option's default on this machine."""
    found = choose_directories(environment, program=program, is_root=is_root, exists=_exists)
    return Settings.defaults(config_dir=found.config, work_dir=found.work, logs_dir=found.logs)


def configuration_files(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The ``cli.ini`` files that are there to be read, later ones winning."""
    home = _config_home(environment)
    own = (f"{home}/letsencrypt/cli.ini", f"{home}/everseal/cli.ini") if home else ()
    return tuple(path for path in (f"{CONFIG_DIR}/cli.ini", *own) if os.path.exists(path))


def _private_directories(environment: Mapping[str, str]) -> Directories | None:
    config = _config_home(environment)
    state = _base(environment, "XDG_STATE_HOME", ".local/state")
    if config is None or state is None:
        return None
    return Directories(f"{config}/everseal", f"{state}/everseal/work", f"{state}/everseal/logs", private=True)


def _config_home(environment: Mapping[str, str]) -> str | None:
    return _base(environment, "XDG_CONFIG_HOME", ".config")


def _base(environment: Mapping[str, str], variable: str, below_home: str) -> str | None:
    """A base directory of the XDG specification; relative ones are to be ignored."""
    named = environment.get(variable, "")
    if named.startswith("/"):
        return named.rstrip("/") or "/"
    home = environment.get("HOME", "")
    return os.path.join(home, below_home) if home.startswith("/") else None


def _exists(path: str) -> bool:
    """Whether it is there, be it closed to this user."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
