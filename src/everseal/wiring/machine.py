"""The machine as far as it matters to what starts renewals."""

from __future__ import annotations

import os
import sys
from typing import Final

from everseal.model.errors import StoreUnusable
from everseal.model.frozen import dataclass
from everseal.system.files import read_file
from everseal.wiring.house import House

_SMALL: Final = 64


@dataclass(frozen=True, slots=True)
class Machine:
    """Who runs this, and where: ``root`` is where the machine's files are, ``program`` the words that start
    this program, ``own_units`` a user's directory of units."""

    is_root: bool
    user: str
    own_units: str
    root: str
    program: tuple[str, ...]
    homes_of_program: tuple[str, ...]
    namespaces: bool

    @classmethod
    def of(cls, house: House) -> Machine:
        """This one, or the image below ``--root``."""
        import pwd

        account = pwd.getpwuid(os.geteuid())
        environment = house.surroundings.environment
        own = environment.get("XDG_CONFIG_HOME") or os.path.join(account.pw_dir, ".config")
        return cls(
            is_root=os.geteuid() == 0,
            user=account.pw_name,
            own_units=os.path.join(own, "systemd/user"),
            root=house.settings.text("root") or "/",
            program=_program(),
            homes_of_program=_homes_of_program(),
            namespaces=_users_have_namespaces(),
        )

    def path(self, path: str) -> str:
        return os.path.join(self.root, path.lstrip("/"))


def _program() -> tuple[str, ...]:
    """How this program was started, or how it can be."""
    path = os.path.abspath(sys.argv[0])
    if os.path.isfile(path) and os.access(path, os.X_OK) and not path.endswith(".py"):
        return (path,)
    return sys.executable, "-m", "everseal"


def _homes_of_program() -> tuple[str, ...]:
    return tuple(dict.fromkeys((sys.prefix, sys.base_prefix, os.path.dirname(os.path.dirname(__file__)))))


def _users_have_namespaces() -> bool:
    for path, off in (
        ("/proc/sys/user/max_user_namespaces", "0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    ):
        try:
            if read_file(path, limit=_SMALL).strip() == off.encode():
                return False
        except (FileNotFoundError, StoreUnusable):
            continue
    return True
