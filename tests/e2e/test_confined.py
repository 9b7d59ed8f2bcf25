"""A renewal does nothing that the service of `schedule install` may not do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from everseal.schedule.sandbox import Needs, sandbox
from tests.e2e.home import Home
from tests.e2e.new_machine import can_change_root
from tests.servers.built_in import BuiltIn
from tests.servers.programs import requires
from tests.servers.webroot import serving

NAME = "confined.test"
CALL = re.compile(r"^\d+ +(?:<\.\.\. )?([a-z_0-9]+)", re.MULTILINE)


def system_calls() -> dict[str, set[str]]:
    """What each of systemd's names for system calls stands for."""
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True
    )
    sets: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        word = line.strip()
        if line.startswith("@"):
            current = sets.setdefault(word, set())
        elif word and not word.startswith("#"):
            current.add(word)
    return sets


def expanded(word: str, sets: dict[str, set[str]]) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return {call for inner in sets[word] for call in expanded(inner, sets)}


def allowed(needs: Needs) -> set[str]:
    """What the service's filters leave."""
    sets = system_calls()
    calls: set[str] = set()
    for name, value in sandbox(needs).directives:
        if name == "SystemCallFilter":
            words = {call for word in value.lstrip("~").split() for call in expanded(word, sets)}
            calls = calls - words if value.startswith("~") else calls | words
    return calls


@pytest.mark.parametrize("is_root", [True, False])
def test_it_calls_nothing_of_the_kernel_that_is_forbidden(
    home: Home, ca: BuiltIn, tmp_path: Path, is_root: bool
) -> None:
    root, trace = tmp_path / "www", tmp_path / "trace"
    with serving(root, ca.http_port):
        home.obtain(NAME, solving=("--webroot", "-w", str(root)))
        strace = [str(requires("strace").path), "-f", "-qq", "-s", "0", "-o", str(trace)]
        done = home.run("renew", "--force-renewal", prefix=strace)
    assert (done.status, home.version(NAME)) == (0, 2)
    traced = trace.read_text(errors="replace")
    needs = Needs(state=(str(home.config),), is_root=is_root)
    # A user's file is given to nobody else, so nothing is lost where that is forbidden.
    harmless = set() if is_root else {"chown", "fchown", "lchown", "fchownat"}
    calls = set(CALL.findall(traced))
    assert calls >= {"renameat2", "fsync", "connect", "openat"}
    assert calls - allowed(needs) - harmless == set()
    assert "PROT_WRITE|PROT_EXEC" not in traced
    families = set(re.findall(r"socket\((AF_[A-Z0-9]+)", traced))
    assert families <= {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"}


CONFINED = """
set -e
for place in "$1" "$2"; do mount --bind "$place" "$place"; done
mount -o remount,bind,ro /
capabilities=$3; shift 3
exec setpriv --no-new-privs --inh-caps=-all --bounding-set="$capabilities" "$@"
"""


def test_its_capabilities_and_places_are_enough(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    """As far as that can be tried without systemd, and by root: elsewhere it is renewed all the same."""
    webroot, outside = tmp_path / "www", tmp_path / "outside"
    needs = Needs(state=(str(home.folder),), places=((str(webroot), "a webroot"),))
    kept = dict(sandbox(needs).directives)["CapabilityBoundingSet"].split()
    capabilities = ",".join(["-all", *(f"+{each.removeprefix('CAP_').lower()}" for each in kept)])
    hook = f"touch {outside} || echo refused"
    prefix: list[str] = []
    if can_change_root():
        confine = ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONFINED, "sh"]
        prefix = [*confine, str(home.folder), str(webroot), capabilities]
    with serving(webroot, ca.http_port):
        home.obtain(NAME, solving=("--webroot", "-w", str(webroot)))
        (home.folder / "tmp").mkdir()
        words = ("renew", "--force-renewal", "--deploy-hook", hook)
        done = home.run(*words, prefix=["env", f"TMPDIR={home.folder / 'tmp'}", *prefix])
    assert (done.status, home.version(NAME)) == (0, 2), done.err
    assert ("refused" in done.out) != outside.exists()
    assert outside.exists() == (not prefix)
