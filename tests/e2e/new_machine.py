"""A machine that has programs and nothing else: where a backup is brought back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.e2e.home import Done, Home, finished
from tests.servers.programs import ROOT

_ENTER = """
set -e
root=$1; shift
for place in usr dev "$@"; do
    test "$place" = -- && break
    mkdir -p "$root/$place"
    mount --rbind "/$place" "$root/$place"
done
while test "$1" != --; do shift; done; shift
exec chroot "$root" "$@"
"""


class NewMachine:
    """An empty root with the programs of this one mounted, where the kernel and the user let that be; else a
    directory of its own.  Certificates are kept in ``config``, which is not there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_root = can_change_root()
        self.config = folder / "etc/letsencrypt"
        self._programs = [str(place).lstrip("/") for place in (ROOT, sys.base_prefix)]
        folder.mkdir()
        for link in ("bin", "sbin", "lib", "lib64"):
            if os.path.islink(f"/{link}"):
                (folder / link).symlink_to(os.readlink(f"/{link}"))
        (folder / "etc").mkdir()
        for name in ("passwd", "group", "hosts"):
            shutil.copy(f"/etc/{name}", folder / "etc" / name)

    def put(self, path: Path) -> None:
        """The file is here under the same path."""
        target = self._folder / str(path).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)

    def run(self, command: Iterable[str | Path], environment: Mapping[str, str]) -> Done:
        """A command with the usual directories, which are this machine's own."""
        words = [str(word) for word in command]
        if not self.is_root:
            places = {"config": "etc", "work": "var/lib", "logs": "var/log"}
            for kind, place in places.items():
                words.append(f"--{kind}-dir={self._folder / place / 'letsencrypt'}")
            return finished(words, environment)
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "sh"]
        return finished([*enter, str(self._folder), *self._programs, "--", *words], environment)

    def home(self, home: Home) -> Home:
        """To look at what is kept here, with the authority of ``home``."""
        here = Home(self._folder, home.ca)
        here.config = self.config
        return here


def can_change_root() -> bool:
    """Whether this user may have a root of its own here."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "chroot"))):
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0
