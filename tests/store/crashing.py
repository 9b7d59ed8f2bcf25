"""Kills, or fails, a store's work at its k-th change of the file system, for every k; a program of its own.

``python -m tests.store.crashing SCENARIO FAULT FOLDER`` prints what it saw as JSON.  Each attempt runs in a
forked child whose audit hook counts the calls that change something, so nothing of the store is replaced.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from everseal.model.errors import LineageMissing, OperatorError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import OwedHook, PendingOrder
from everseal.store.backup.ownership import Owners
from everseal.store.backup.restoring import Restorer
from everseal.store.backup.sealing import Sealing
from everseal.store.backup.surveying import LineageStep
from everseal.store.backup.taking import take_backup
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.integrity import is_whole
from tests.store.minting import NOW, Minted, StillClock, mint
from tests.store.trees import KINDS, make_tree

NAME = CertificateName("example.org")
NEW_NAME = CertificateName("new.example.org")
HOOK = OwedHook("deploy", "reload", NAME, (DnsName("example.org"),))
CHANGES = frozenset(
    f"os.{call}" for call in ("rename", "mkdir", "rmdir", "remove", "symlink", "link", "chmod", "chown")
) | {"everseal.exchange"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FAULTS = {"kill": 0, "enospc": errno.ENOSPC, "eio": errno.EIO}
SCENARIOS = (
    "first",
    "renew",
    "renew-by-links",
    "switch",
    "prune",
    "rename",
    "delete",
    "restore",
    "restore-older",
)
RESTORES = frozenset({"restore", "restore-older"})
# There is no lineage before.
NEW = frozenset({"first", "restore"})
# The live directory goes, or goes elsewhere: what used it has to be told first.
MOVING = frozenset({"rename", "delete"})
SAMPLE = (("renew", "enospc"), *((scenario, "kill") for scenario in SCENARIOS if scenario != "restore-older"))
# Renaming four links one by one leaves a mixed set between the first and the last.
MIXED_AT_MOST = {"renew-by-links": 3}


def changes_something(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & WRITING)
    return event in CHANGES


class Crash:
    """One scenario: how the directory looks before, what is done, and what must be true in the end."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self.scenario = scenario
        self.before = folder / "before"
        self.config = folder / "letsencrypt"
        self.new: Minted = mint("example.org")
        if scenario in NEW:
            self.before.mkdir()
        else:
            count = {"prune": 4, "restore-older": 1}.get(scenario, 2)
            self.versions = [mint("example.org") for _ in range(count)]
            make_tree(self.before, "example.org", self.versions)
            (self.before / "live" / "example.org" / "combined.pem").write_text("somebody's own")
        if scenario in RESTORES:
            self.backup = self.backed_up(folder / "source")
        if scenario == "renew-by-links":
            (self.before / "live" / "example.org" / "folder").mkdir()

    def backed_up(self, source: Path) -> bytes:
        """A backup of a tree that is one version ahead, with a hook and an order under way."""
        earlier = self.versions if self.scenario == "restore-older" else [mint("example.org")]
        make_tree(source, "example.org", [*earlier, mint("example.org", issued=NOW - timedelta(hours=1))])
        (source / "live" / "example.org" / "combined.pem").write_text("somebody's own")
        (source / "live" / "example.org" / "server.key").symlink_to("privkey.pem")
        (source / "renewal-hooks" / "deploy").mkdir(parents=True)
        (source / "renewal-hooks" / "deploy" / "reload").write_text("#!/bin/sh\n")
        store = CertbotStore(str(source), clock=StillClock())
        store.write_journal(NAME, self.pending())
        taken = str(source.parent / "backup")
        take_backup(taken, store, (), sealing=Sealing(), host="host", now=NOW)
        return Path(taken).read_bytes()

    def restore(self) -> None:
        shutil.rmtree(self.config, ignore_errors=True)
        shutil.copytree(self.before, self.config, symlinks=True)
        conf = self.config / "renewal" / "example.org.conf"
        if conf.exists():
            conf.write_text(conf.read_text().replace(str(self.before), str(self.config)))
        if self.is_issuance or self.scenario == "rename":
            self.store().write_journal(NAME, self.pending())
        if self.scenario == "rename":
            self.store().owe_hook(HOOK)

    @property
    def is_issuance(self) -> bool:
        return self.scenario in {"first", "renew", "renew-by-links"}

    def store(self) -> CertbotStore:
        return CertbotStore(str(self.config), clock=StillClock())

    def pending(self) -> PendingOrder:
        return PendingOrder(
            NAME, "https://ca.test", "https://ca.test/1", None, (), self.new.key_pem, None, (), NOW, "issued"
        )

    def work(self) -> None:
        if self.scenario in RESTORES:
            self.bring_back()
            return
        store = self.store()
        with store.run_lock(), store.lock(NAME, wait=0):
            match self.scenario:
                case "delete":
                    store.delete(NAME)
                case "rename":
                    with store.lock(NEW_NAME, wait=0):
                        store.rename(NAME, NEW_NAME)
                case "prune":
                    store.prune(NAME, (1, 2, 3))
                case "switch":
                    store.relink(NAME, 1, pinned=True, owed=[HOOK])
                case _:
                    version = self.new.version()
                    parameters = {"authenticator": "manual"}
                    new = self.scenario == "first"
                    store.commit(NAME, version, parameters=parameters, sections={}, new=new, owed=[HOOK])

    def bring_back(self) -> None:
        store = self.store()
        with store.run_lock():
            restorer = Restorer(store, Owners.here(), HookUsage(), now=NOW)
            plan = restorer.plan("backup", self.backup, (), encrypted=False, overwrite=False)
            for _, error in restorer.restore(plan).failures:
                raise error

    def work_again(self) -> None:
        """What a run some hours later does: recover, then go on where that leaves off."""
        for path in self.config.rglob(".*.tmp"):
            os.utime(path, (0, 0), follow_symlinks=False)
        store = self.store()
        store.sweep()
        with store.run_lock(), store.lock(NAME, wait=0):
            recovery = store.recover(NAME)
        if self.is_issuance:
            done = recovery.completed is not None or recovery.pending is None
        else:
            done = self.is_done(store)
        if not done:
            self.work()

    def is_done(self, store: CertbotStore) -> bool:
        if self.scenario == "prune":
            return False
        try:
            return store.load(NAME).pinned and self.scenario == "switch"
        except LineageMissing:
            return self.scenario in MOVING

    def is_live_sound(self) -> bool:
        """Whether a server that reads the live directory now gets one whole version, or nothing yet."""
        live = self.config / "live" / "example.org"
        if self.scenario in NEW and not (live / "cert.pem").exists():
            return True
        try:
            numbers = {os.readlink(live / f"{kind}.pem")[-5] for kind in KINDS}
            files = self.store().read_version(NAME, int(numbers.pop()))
        except LineageMissing:
            return self.scenario in NEW
        return not numbers and is_whole(files, now=NOW)

    def complaints(self) -> list[str]:
        """What is not as it should be in the end."""
        store = self.store()
        found = [str(path) for path in self.config.rglob("*") if path.name.endswith((".tmp", ".twin"))]
        special = {
            "rename": self.complaints_about_the_name,
            "restore": self.complaints_about_the_backup,
            "restore-older": self.complaints_about_the_backup,
        }.get(self.scenario)
        if special is not None:
            return found + special(store)
        if store.open_journals():
            found.append("a journal is open")
        if self.scenario == "delete":
            left = {path.relative_to(self.config) for path in self.config.rglob("*example.org*")}
            locks = Path(".everseal", "locks", "example.org.lock")
            return found + [str(path) for path in left - {Path("live", "example.org"), locks}]
        lineage = store.load(NAME)
        wanted = {"first": 1, "switch": 1}.get(self.scenario, lineage.latest)
        if lineage.live != wanted or not self.is_live_sound():
            found.append(f"version {lineage.live} is live")
        if self.scenario != "first" and not (Path(lineage.live_dir) / "combined.pem").exists():
            found.append("a file of somebody else is gone")
        if self.scenario == "prune" and store.inventory(NAME).missing != {4: ()}:
            found.append("an old version is left")
        if self.scenario == "switch" and not (lineage.pinned and store.owed_hooks() == (HOOK,)):
            found.append("the pin or the hook is lost")
        if self.is_issuance:
            if store.read_version(NAME, lineage.live).key_pem != self.new.key_pem:
                found.append("the new certificate is not live")
            if lineage.parameters != {"authenticator": "manual"}:
                found.append("the renewal file is not saved")
            if store.owed_hooks() != (HOOK,):
                found.append("the hook is lost")
        return found

    def complaints_about_the_backup(self, store: CertbotStore) -> list[str]:
        """Everything of the backup is here, and nothing waits to be finished."""
        lineage = store.load(NAME)
        found = [] if self.is_live_sound() else ["the live files are not sound"]
        if (lineage.live, lineage.versions) != (2, (1, 2)):
            found.append(f"version {lineage.live} of {lineage.versions} is live")
        wanted = ("live/example.org/combined.pem", "renewal-hooks/deploy/reload")
        found += [f"{path} is missing" for path in wanted if not (self.config / path).exists()]
        if os.readlink(self.config / "live/example.org/server.key") != "privkey.pem":
            found.append("a link of somebody else's leads elsewhere")
        if store.state.change(NAME) is not None or store.state.restoring() is not None:
            found.append("a journal is open")
        if store.journal(NAME) is None:
            found.append("the order is lost")
        if str(self.config) not in Path(lineage.conf_path).read_text():
            found.append("the renewal file names another directory")
        if store.owed_hooks() != (HOOK,):
            found.append("the hook is lost")
        return found

    def complaints_about_the_name(self, store: CertbotStore) -> list[str]:
        """Everything has gone to the new name, with nothing lost on the way."""
        lineage = store.load(NEW_NAME)
        found = [
            str(path)
            for root in ("live", "archive", "renewal")
            for path in (self.config / root).rglob("*")
            if "/example.org" in str(path)
        ]
        if store.names() != (NEW_NAME,) or (lineage.live, lineage.versions) != (2, (1, 2)):
            found.append("versions are lost")
        if not (Path(lineage.live_dir) / "combined.pem").exists():
            found.append("a file of somebody else is gone")
        if store.open_journals() != (NEW_NAME,) or store.journal(NEW_NAME) is None:
            found.append("the order is lost")
        if store.owed_hooks() != (replace(HOOK, name=NEW_NAME),):
            found.append("the hook is lost")
        return found


class HookUsage:
    """Owes one hook to whatever goes live, and leaves it to later runs."""

    def planned(self, step: LineageStep) -> LineageStep:
        return step

    def owed(self, step: LineageStep) -> Sequence[OwedHook]:
        return [HOOK] if step.outcome.moves else []

    def run(self, step: LineageStep, lineage: Lineage) -> Sequence[str]:
        return ()


def attempt(work: Callable[[], None], fault: int, place: int) -> bool:
    """Run ``work`` in a child that is struck at its ``place``-th change; says whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def strike(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if not changes_something(event, arguments):
                return
            count += 1
            if count == place and not fault:
                os.kill(os.getpid(), signal.SIGKILL)
            if count == place or (count > place and fault == errno.ENOSPC and event == "open"):
                raise OSError(fault, os.strerror(fault))

        sys.addaudithook(strike)
        try:
            work()
        except OperatorError:
            os._exit(1)
        except BaseException as error:
            os.write(2, f"{place}: {error!r}\n".encode())
            os._exit(2)
        os._exit(0 if count < place else 1)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 2:
        raise SystemExit("an error that no operator understands")
    return status != 0


def run_and_judge(scenario: str, fault: str) -> int:
    """Run this program, demand that nothing was lost, and give the number of points tried.

    The folder is in memory where there is such a place: thousands of flushes to a busy disk take minutes.
    """
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        command = [sys.executable, "-m", "tests.store.crashing", scenario, fault, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["complaints"] == {}
    assert len(report["broken"]) <= MIXED_AT_MOST.get(scenario, 0)
    points: int = report["points"]
    return points


def main(scenario: str, fault: str, folder: str) -> None:
    sys.dont_write_bytecode = True
    crash = Crash(Path(folder), scenario)
    crash.restore()
    crash.work()
    broken: list[int] = []
    complaints: dict[int, list[str]] = {}
    place = 0
    while True:
        place += 1
        crash.restore()
        if not attempt(crash.work, FAULTS[fault], place):
            break
        if scenario not in MOVING and not crash.is_live_sound():
            broken.append(place)
        try:
            crash.work_again()
            found = crash.complaints()
        except OperatorError as error:
            found = [str(error)]
        if found:
            complaints[place] = found
    json.dump({"points": place - 1, "broken": broken, "complaints": complaints}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
