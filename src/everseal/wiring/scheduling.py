"""What starts renewals on this machine: found out, written, looked at, taken away."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from everseal.model.errors import OperatorError
from everseal.planning.scheduling import Cadence, Manner, ScheduleOutline, Times, draw_cadence
from everseal.schedule.installed import WantedFile, is_ours, put, take_away
from everseal.schedule.sandbox import Sandbox, sandbox
from everseal.schedule.units import cron_file, cron_line, service_unit, timer_unit, times_of
from everseal.settings.directories import USUAL
from everseal.system.files import read_file
from everseal.system.process import run_argv
from everseal.system.timers import SchedulePlaces
from everseal.wiring.demand import Demand
from everseal.wiring.house import House
from everseal.wiring.machine import Machine

_STEM: Final = "everseal-renew"
_CRON: Final = "etc/cron.d/everseal-renew"
_PATIENCE: Final = 60.0


class NotOurFile(OperatorError):
    """Somebody else's file has the name that ours would get."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is there, and `schedule install` has not written it", remedy="move it away, or keep it"
        )


class ServiceManagerRefused(OperatorError):
    """systemctl did not do what it was told."""

    def __init__(self, command: Sequence[str], said: str) -> None:
        super().__init__(
            f"`{' '.join(command)}` failed: {said.strip()[-500:] or 'it said nothing'}",
            remedy="run it by hand, and see what it says",
        )


class Scheduler:
    """Knows what should start the renewals of a house, and sees to it."""

    def __init__(self, house: House, machine: Machine | None = None) -> None:
        self._house = house
        self._machine = machine or Machine.of(house)
        self._places = SchedulePlaces.usual(self._machine.root)
        self._is_image = house.settings.text("root") is not None
        self._demand = Demand(house, self._machine)

    def outline(self) -> ScheduleOutline:
        """What is wanted, beside what is there.  Raises StoreUnusable."""
        manner = self._manner()
        cadence = self._cadence()
        box = sandbox(self._demand.needs())
        wanted = self._files(manner, cadence, box)
        restrictions = manner in {"systemd", "systemd-user"}
        return ScheduleOutline(
            manner=manner,
            cadence=cadence,
            files=tuple(each.looked_at() for each in wanted),
            obsolete=tuple(self._obsolete(wanted)),
            commands=self._commands(manner, wanted),
            crontab=tuple(self._cron_lines(cadence, user="")) if manner == "crontab" else (),
            relaxations=tuple((each.what, each.why) for each in box.relaxations) if restrictions else (),
            notes=tuple(self._notes(manner)),
            next_runs=tuple(self._next_runs(wanted)),
        )

    def install(self) -> tuple[str, ...]:
        """Write what is missing or differs, and tell the service manager; gives the paths.

        Raises NotOurFile, StoreUnusable, ServiceManagerRefused.
        """
        outline = self.outline()
        for each in outline.files:
            if each.state == "foreign":
                raise NotOurFile(each.path)
        files = [WantedFile(each.path, each.text, each.target) for each in outline.files]
        gone = [each for each in self._all_files() if each.path in outline.obsolete]
        self._stop(gone)
        changed = (*take_away(gone), *put(files))
        for command in outline.commands if changed else ():
            self._tell(command)
        return changed

    def remove(self) -> tuple[str, ...]:
        """Take away what is ours; gives the paths.  Raises StoreUnusable, ServiceManagerRefused."""
        there = self._all_files()
        self._stop(there)
        gone = take_away(there)
        if gone and self._tells_systemd():
            self._tell((*self._systemctl(), "daemon-reload"))
        return gone

    def _stop(self, files: Sequence[WantedFile]) -> None:
        """The timers among these that are enabled."""
        timers = [os.path.basename(each.path) for each in files if each.target and is_ours(each)]
        if timers and self._tells_systemd():
            self._tell((*self._systemctl(), "stop", *timers))

    def _manner(self) -> Manner:
        is_root = self._machine.is_root
        if not self._house.settings.flag("cron") and (self._is_image or self._places.has_systemd):
            return "systemd" if is_root else "systemd-user"
        return "cron" if is_root else "crontab"

    def _cadence(self) -> Cadence:
        secret = self._house.machine_secret()
        return draw_cadence(secret, self._house.store.layout.config_dir, self._demand.shortest_lifetime())

    def _files(self, manner: Manner, cadence: Cadence, box: Sandbox) -> list[WantedFile]:
        match manner:
            case "systemd" | "systemd-user":
                return self._units(cadence, box)
            case "cron":
                return [
                    WantedFile(self._cron_path(), cron_file(list(self._cron_lines(cadence, user="root"))))
                ]
            case "crontab":
                return []

    def _units(self, cadence: Cadence, box: Sandbox) -> list[WantedFile]:
        service = f"{self._stem()}.service"
        files = [
            WantedFile(
                self._unit(service),
                service_unit(self._renew(), box.directives, is_root=self._machine.is_root),
            )
        ]
        for suffix, times, what in _timers(cadence):
            name = f"{self._stem()}{suffix}.timer"
            files.append(WantedFile(self._unit(name), timer_unit(times, service, what=what)))
            files.append(self._enabling(name))
        return files

    def _all_files(self) -> list[WantedFile]:
        """Whatever of ours may be here, in the order in which it goes."""
        timers = [f"{self._stem()}{suffix}.timer" for suffix in ("", "-short")]
        units = [*(self._unit(name) for name in timers), self._unit(f"{self._stem()}.service")]
        cron = [self._cron_path()] if self._machine.is_root else []
        return [*map(self._enabling, timers), *(WantedFile(path) for path in (*units, *cron))]

    def _obsolete(self, wanted: Sequence[WantedFile]) -> Iterator[str]:
        paths = {each.path for each in wanted}
        for each in self._all_files():
            if each.path not in paths and is_ours(each):
                yield each.path

    def _enabling(self, timer: str) -> WantedFile:
        """The link by which systemd knows that a timer is enabled; it names the place on the machine."""
        target = self._unit(timer)
        if self._is_image:
            target = f"/{os.path.relpath(target, self._machine.root)}"
        return WantedFile(self._unit(f"timers.target.wants/{timer}"), target=target)

    def _unit(self, name: str) -> str:
        folder = "etc/systemd/system" if self._machine.is_root else self._machine.own_units
        return os.path.join(self._machine.path(folder), name)

    def _cron_path(self) -> str:
        return self._machine.path(_CRON) + self._stem().removeprefix(_STEM)

    def _stem(self) -> str:
        """One schedule for each configuration directory."""
        config_dir = self._house.store.layout.config_dir
        if config_dir == USUAL.config or not self._machine.is_root:
            return _STEM
        return f"{_STEM}-{sha256(os.fsencode(config_dir)).hexdigest()[:8]}"

    def _renew(self) -> list[str]:
        settings = self._house.settings
        usual = {"config_dir": USUAL.config, "work_dir": USUAL.work, "logs_dir": USUAL.logs}
        places = [
            f"--{dest.replace('_', '-')}={os.path.abspath(settings.required(dest))}"
            for dest, path in usual.items()
            if settings.required(dest) != path
        ]
        return [*self._machine.program, "renew", "--quiet", "--no-random-sleep-on-renew", *places]

    def _cron_lines(self, cadence: Cadence, *, user: str) -> Iterator[str]:
        return (cron_line(times, self._renew(), user=user) for _, times, _ in _timers(cadence))

    def _tells_systemd(self) -> bool:
        return self._places.has_systemd and not self._is_image

    def _systemctl(self) -> tuple[str, ...]:
        return ("systemctl",) if self._machine.is_root else ("systemctl", "--user")

    def _commands(self, manner: Manner, wanted: Sequence[WantedFile]) -> tuple[tuple[str, ...], ...]:
        if manner not in {"systemd", "systemd-user"} or not self._tells_systemd():
            return ()
        timers = [os.path.basename(each.path) for each in wanted if each.target]
        return (*self._systemctl(), "daemon-reload"), (*self._systemctl(), "restart", *timers)

    def _tell(self, command: Sequence[str]) -> None:
        done = run_argv(command, self._house.surroundings.environment, limit=_PATIENCE)
        if done.status != 0:
            raise ServiceManagerRefused(command, done.stderr)

    def _next_runs(self, wanted: Sequence[WantedFile]) -> Iterator[datetime]:
        now = self._house.surroundings.clock.now().astimezone()
        for each in wanted:
            if each.path.endswith(".timer") and not each.target and is_ours(each):
                times = times_of(read_file(each.path).decode("utf-8", "replace"))
                if times is not None:
                    yield times.after(now)

    def _notes(self, manner: Manner) -> Iterator[str]:
        if not self._house.machine_secret():
            yield "the minute is drawn when it is installed"
        if self._machine.is_root:
            for timer in self._places.timers("certbot"):
                yield (
                    f"Certbot's {timer} is enabled too and renews the same directory; "
                    f"switch it off: `systemctl disable --now {timer}`"
                )
            for job in self._places.jobs("certbot"):
                yield f"{job} calls Certbot too; comment its line out"
        elif manner == "systemd-user" and not os.path.exists(f"/var/lib/systemd/linger/{self._machine.user}"):
            yield (
                "a user's timers run only while the user is logged in; "
                f"`loginctl enable-linger {self._machine.user}` lets them run always"
            )
        if not self._machine.is_root:
            yield from self._demand.closed_ports()


def _timers(cadence: Cadence) -> Iterator[tuple[str, Times, str]]:
    """The suffix of each timer's name, its times, and what it is for."""
    yield "", cadence.usual, "Renew TLS certificates, twice a day"
    if cadence.frequent is not None:
        yield "-short", cadence.frequent, "Renew short-lived TLS certificates"
