"""``everseal schedule``: what it writes below another root, shows, and takes away."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from everseal.manager import Manager
from everseal.planning.scheduling import ScheduleOutline
from everseal.store.doctor.machine import schedule_findings
from everseal.system.timers import SchedulePlaces
from everseal.wiring.machine import Machine
from everseal.wiring.scheduling import NotOurFile, Scheduler
from tests.cli.desk import Desk, Done
from tests.documents import check


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Where a machine's files are, which has nothing yet."""
    return tmp_path / "image"


@pytest.fixture
def units(image: Path) -> Path:
    return image / "etc/systemd/system"


def schedule(desk: Desk, image: Path, action: str, *words: str, answers: list[str] | None = None) -> Done:
    return desk.succeed("schedule", action, "--root", str(image), *words, answers=answers)


def text(folder: Path, suffix: str) -> str:
    [path] = folder.glob(f"everseal-renew-????????{suffix}")
    return path.read_text()


def test_the_plan_shows_every_file_and_writes_none(desk: Desk, image: Path) -> None:
    shown = schedule(desk, image, "install", "--plan").out
    assert shown.startswith("Renewals start every day at ")
    assert "    ProtectSystem=strict\n" in shown
    assert "Note:  the minute is drawn when it is installed" in shown
    assert not image.exists()
    assert not desk.config.exists()


def test_installed_it_is_enabled_and_calls_this_program(desk: Desk, image: Path, units: Path) -> None:
    assert "\nInstalled.\n" in schedule(desk, image, "install").out
    service = text(units, ".service")
    for kind in ("config", "work", "logs"):
        assert f" --{kind}-dir={desk.folder / kind}" in service
    assert " renew --quiet --no-random-sleep-on-renew " in service
    [link] = (units / "timers.target.wants").iterdir()
    assert os.readlink(link) == f"/etc/systemd/system/{link.name}"
    assert (units / link.name).is_file()
    assert SchedulePlaces.usual(str(image)).timers("everseal") == [link.name]
    assert list(schedule_findings(SchedulePlaces.usual(str(image)))) == []


def test_a_second_time_there_is_nothing_to_do(desk: Desk, image: Path) -> None:
    schedule(desk, image, "install")
    assert schedule(desk, image, "install").out.endswith("It is installed already; nothing to do.\n")
    again = schedule(desk, image, "install", "--json").json
    check(again, "everseal.schedule")
    assert (again["installed"], again["differs"], again["done"]) == (True, False, False)


def test_a_person_is_asked(desk: Desk, image: Path) -> None:
    schedule(desk, image, "install", answers=["n"])
    assert not image.exists()
    schedule(desk, image, "install", answers=["y"])
    assert image.exists()


def test_show_says_when_it_runs_next_and_what_differs(desk: Desk, image: Path, units: Path) -> None:
    assert "Nothing is installed" in schedule(desk, image, "show").out
    schedule(desk, image, "install")
    shown = schedule(desk, image, "show", "--json").json
    check(shown, "everseal.schedule")
    [next_run] = (datetime.fromisoformat(each) for each in shown["next_runs"])
    assert 0 < (next_run - datetime.now(UTC)).total_seconds() <= 12 * 3600
    [service] = units.glob("*.service")
    service.write_text(f"{service.read_text()}# mine\n")
    assert f"{service}: differs from what would be written now" in schedule(desk, image, "show").out
    schedule(desk, image, "install")
    assert "# mine" not in service.read_text()


def test_remove_takes_only_what_is_ours(desk: Desk, image: Path, units: Path) -> None:
    schedule(desk, image, "install")
    (units / "other.service").write_text("[Service]\n")
    assert "remove " in schedule(desk, image, "remove", "--plan").out
    assert len(list(units.iterdir())) == 4
    told = schedule(desk, image, "remove", "--json").json
    check(told, "everseal.schedule")
    assert len(told["changed"]) == 3
    left = {path.name for path in image.rglob("*") if not path.is_dir()}
    assert left == {"other.service"}
    assert "Nothing of ours is installed." in schedule(desk, image, "remove").out


def test_a_file_of_somebody_else_s_stays(desk: Desk, image: Path, units: Path) -> None:
    schedule(desk, image, "install")
    [service] = units.glob("*.service")
    service.write_text("[Service]\nExecStart=/mine\n")
    [timer] = units.glob("*.timer")
    timer.unlink()
    done = desk.run("schedule", "install", "--root", str(image))
    assert done.status == 1
    assert "`schedule install` has not written it" in done.err
    schedule(desk, image, "remove")
    assert service.read_text() == "[Service]\nExecStart=/mine\n"


def test_a_timer_of_somebody_else_s_stays_enabled(desk: Desk, image: Path, units: Path) -> None:
    schedule(desk, image, "install")
    [link] = (units / "timers.target.wants").iterdir()
    (units / link.name).write_text("[Timer]\nOnCalendar=daily\n")
    assert f"{link} -> {os.readlink(link)}: not written by everseal" in schedule(desk, image, "show").out
    [service] = units.glob("*.service")
    assert schedule(desk, image, "remove", "--json").json["changed"] == [str(service)]
    assert link.is_symlink()


def test_a_link_that_leads_elsewhere_stays(desk: Desk, image: Path, units: Path) -> None:
    schedule(desk, image, "install")
    [link] = (units / "timers.target.wants").iterdir()
    link.unlink()
    link.symlink_to(f"../{link.name}")
    assert schedule(desk, image, "show", "--json").json["differs"] is False
    link.unlink()
    link.symlink_to(f"/usr/lib/systemd/system/{link.name}")
    done = desk.run("schedule", "install", "--root", str(image))
    assert f"{link} is there, and `schedule install` has not written it" in done.err
    schedule(desk, image, "remove")
    assert [path.name for path in units.rglob("everseal*")] == [link.name]


def test_cron_takes_the_place_of_a_timer_and_back(desk: Desk, image: Path, units: Path) -> None:
    schedule(desk, image, "install")
    schedule(desk, image, "install", "--cron")
    assert not list(units.rglob("everseal*"))
    [job] = (image / "etc/cron.d").iterdir()
    assert list(schedule_findings(SchedulePlaces.usual(str(image)))) == []
    line = job.read_text().splitlines()[-1]
    minute, hours = line.split()[:2]
    assert 3 <= int(minute) <= 56
    assert len(hours.split(",")) == 2
    assert " * * * root " in line
    schedule(desk, image, "install")
    assert not job.exists()
    assert list(units.glob("*.timer"))


def test_short_lived_certificates_get_a_timer_of_their_own(desk: Desk, image: Path, units: Path) -> None:
    desk.keep("short.test", days=6)
    told = schedule(desk, image, "install")
    assert "and every 6 hours, for a short-lived certificate" in told.out
    short = text(units, "-short.timer")
    assert len(short.partition("*-*-* ")[2].partition(":")[0].split(",")) == 4
    assert "Unit=everseal-renew-" in short
    assert len(schedule(desk, image, "show", "--json").json["next_runs"]) == 2
    desk.succeed("delete", "--cert-name", "short.test")
    schedule(desk, image, "install")
    assert not list(units.glob("*-short.timer"))


def test_what_the_lineages_need_is_open_and_told(
    desk: Desk, image: Path, units: Path, tmp_path: Path
) -> None:
    desk.keep("x.test")
    conf = desk.config / "renewal/x.test.conf"
    settings = conf.read_text().replace("authenticator = standalone", "authenticator = webroot")
    conf.write_text(f"{settings}webroot_path = /srv/www,\ndeploy_hook = systemctl reload nginx\n")
    schedule(desk, image, "install")
    assert " -/srv/www" in text(units, ".service")
    conf.write_text(f"{settings}webroot_path = /srv/www,\ndeploy_hook = rsync a b\n")
    desk.keep("odd.test")
    odd = desk.config / "renewal/odd.test.conf"
    odd.write_text(odd.read_text().replace("authenticator = standalone", "rsa_key_size = many"))
    shown = schedule(desk, image, "install")
    assert "the hook 'rsync a b' does more than" in shown.out
    assert "ProtectSystem=yes\n" in text(units, ".service")


def test_certbot_s_own_timers_are_noticed(desk: Desk, image: Path, units: Path) -> None:
    wants = units / "timers.target.wants"
    wants.mkdir(parents=True)
    for timer in ("certbot.timer", "snap.certbot.renew.timer"):
        (wants / timer).symlink_to(f"/lib/systemd/system/{timer}")
    (image / "etc/cron.d").mkdir()
    (image / "etc/cron.d/certbot").write_text("0 */12 * * * root certbot -q renew\n")
    shown = schedule(desk, image, "install", "--plan").out
    assert "`systemctl disable --now certbot.timer`" in shown
    assert "`systemctl disable --now snap.certbot.renew.timer`" in shown
    assert f"{image}/etc/cron.d/certbot calls Certbot too" in shown


@pytest.mark.parametrize("words", [[], ["start"], ["install", "now"]])
def test_what_to_do_is_said(desk: Desk, words: list[str]) -> None:
    assert desk.run("schedule", *words).status == 2


class Visitor:
    """A user without privileges, with a home of their own."""

    def __init__(self, desk: Desk, folder: Path, **settings: Any) -> None:
        places: dict[str, Any] = {
            f"{kind}_dir": str(desk.folder / kind) for kind in ("config", "work", "logs")
        }
        house = Manager.open(**places, **settings).house
        machine = replace(
            Machine.of(house), is_root=False, user="nobody", own_units=str(folder / "systemd/user"), root="/"
        )
        self.scheduler = Scheduler(house, machine)

    def outline(self) -> ScheduleOutline:
        return self.scheduler.outline()


def test_a_user_without_systemd_gets_a_line_to_add(desk: Desk, tmp_path: Path) -> None:
    desk.keep("x.test")
    outline = Visitor(desk, tmp_path, cron=True).outline()
    assert (outline.manner, outline.files) == ("crontab", ())
    [line] = outline.crontab
    assert " * * * /" in line
    assert "x.test is proved on port 80, which is closed to users" in " ".join(outline.notes)


def test_a_user_with_systemd_gets_units_of_their_own(desk: Desk, tmp_path: Path) -> None:
    user = Visitor(desk, tmp_path, root=str(tmp_path))
    outline = user.outline()
    assert outline.manner == "systemd-user"
    assert "loginctl enable-linger nobody" in outline.notes[-1]
    assert len(user.scheduler.install()) == 3
    assert (tmp_path / "systemd/user/everseal-renew.timer").exists()
    assert user.outline().is_installed
    foreign = tmp_path / "systemd/user/everseal-renew.service"
    foreign.write_text("mine")
    with pytest.raises(NotOurFile):
        user.scheduler.install()
    assert len(user.scheduler.remove()) == 2
