"""The restrictions of each kind of service, and what systemd itself says of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from everseal.planning.scheduling import Times
from everseal.schedule.sandbox import Needs, sandbox
from everseal.schedule.units import service_unit, timer_unit

STATE = ("/etc/letsencrypt", "/var/lib/letsencrypt", "/var/log/letsencrypt")
ROOT = Needs(STATE, programs=("/usr/lib/everseal",))
USER = Needs(("/home/u/.config/everseal",), programs=("/usr/lib/everseal",), is_root=False)
HOOKS = ("/root/reload-everything",)


def directives(needs: Needs) -> dict[str, str]:
    return dict(sandbox(needs).directives)


def test_root_keeps_what_it_needs_and_no_more() -> None:
    found = directives(ROOT)
    assert found["ProtectSystem"] == "strict"
    assert found["ReadWritePaths"] == " ".join(STATE)
    assert found["ProtectHome"] == "yes"
    assert "CAP_NET_BIND_SERVICE" in found["CapabilityBoundingSet"]
    assert "CAP_SYS_ADMIN" not in found["CapabilityBoundingSet"]
    assert sandbox(ROOT).relaxations == ()


def test_places_that_are_written_are_open() -> None:
    places = (("/var/www", "a webroot of x"), ("/home/web/site", "a webroot of y"))
    box = sandbox(replace(ROOT, places=places))
    found = dict(box.directives)
    assert found["ReadWritePaths"].endswith(" -/var/www -/home/web/site")
    assert found["ProtectHome"] == "read-only"
    [relaxation] = box.relaxations
    assert relaxation.why == "/home/web/site is a webroot of y"


def test_a_place_with_blanks_is_one_place() -> None:
    found = directives(replace(ROOT, places=(("/srv/a b", "a webroot"), ('/srv/"', "a webroot"))))
    assert found["ReadWritePaths"].endswith(r' "-/srv/a b" "-/srv/\""')


@pytest.mark.parametrize("place", ["/tmp/x", "/var/tmp/x"])
def test_a_place_among_temporary_files_is_seen(place: str) -> None:
    box = sandbox(replace(ROOT, places=((place, "where x is exported to"),)))
    assert "PrivateTmp" not in dict(box.directives)
    assert "PrivateTmp" in box.relaxations[0].what


def test_a_program_in_a_home_can_be_started() -> None:
    box = sandbox(replace(ROOT, programs=("/root/venv",)))
    assert dict(box.directives)["ProtectHome"] == "read-only"
    assert box.relaxations[0].why == "/root/venv is where the program is"


def test_hooks_get_what_they_may_need_and_it_is_told() -> None:
    box = sandbox(replace(ROOT, hooks=HOOKS))
    found = dict(box.directives)
    assert (found["ProtectSystem"], found["KillMode"]) == ("yes", "process")
    assert not found.keys() & {"ProtectHome", "MemoryDenyWriteExecute", "UMask", "TasksMax", "ReadWritePaths"}
    assert HOOKS[0] in box.relaxations[0].why


def test_a_user_has_only_what_a_user_s_manager_knows() -> None:
    found = directives(USER)
    assert not found.keys() & {"DevicePolicy", "RemoveIPC", "ProtectProc", "ProcSubset"}
    assert (found["PrivateUsers"], found["ProtectHome"]) == ("yes", "read-only")
    assert "@privileged" in found["SystemCallFilter"]
    bare = sandbox(replace(USER, namespaces=False))
    assert not dict(bare.directives).keys() & {"PrivateUsers", "ProtectSystem", "PrivateTmp"}
    assert "namespaces" in bare.relaxations[0].why
    hooked = directives(replace(USER, hooks=HOOKS))
    assert "NoNewPrivileges" not in hooked


def write(folder: Path, needs: Needs) -> Path:
    command = [shutil.which("true") or "/bin/true"]
    unit = folder / "everseal-renew.service"
    unit.write_text(service_unit(command, sandbox(needs).directives, is_root=needs.is_root))
    timer = timer_unit(Times((3, 15), (17,), 42), unit.name, what="Renew")
    (folder / "everseal-renew.timer").write_text(timer)
    return unit


def analyze(folder: Path, needs: Needs, *words: str) -> str:
    """What systemd's own analyser says; it needs no running systemd."""
    mode = [] if needs.is_root else ["--user"]
    done = subprocess.run(
        ["systemd-analyze", *mode, *words],
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if str(folder) in line]
    assert (done.returncode, complaints) == (0, []), done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("needs", "most"),
    [
        (ROOT, 3.0),
        (replace(ROOT, places=(("/home/w", "a webroot"), ("/srv/a b", "a webroot"))), 3.0),
        (USER, 2.0),
        (replace(ROOT, hooks=HOOKS), 4.5),
        (replace(USER, namespaces=False), 6.5),
    ],
)
def test_systemd_finds_it_sound_and_little_exposed(tmp_path: Path, needs: Needs, most: float) -> None:
    unit = write(tmp_path, needs)
    analyze(tmp_path, needs, "verify", str(unit), str(tmp_path / "everseal-renew.timer"))
    said = analyze(tmp_path, needs, "security", "--offline=true", str(unit))
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure is not None
    assert float(exposure[1]) <= most
