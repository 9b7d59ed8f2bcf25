from __future__ import annotations

from pathlib import Path

import pytest

from everseal.planning.scheduling import Times
from everseal.schedule.hooks import only_asks_systemd
from everseal.schedule.units import MARK, cron_file, cron_line, service_unit, timer_unit, times_of

TIMES = Times((3, 15), (17,), 42)
OFTEN = Times((), (2, 7, 12), 5)


@pytest.mark.parametrize("times", [TIMES, OFTEN])
def test_a_timer_says_when_it_runs(times: Times) -> None:
    text = timer_unit(times, "x.service", what="Renew")
    assert text.startswith(f"{MARK}\n")
    assert times_of(text) == times


def test_a_timer_of_others_says_nothing() -> None:
    assert times_of("[Timer]\nOnCalendar=daily\n") is None


def test_words_are_quoted_as_each_program_reads_them() -> None:
    command = ["/opt/every seal", "renew", "--config-dir=/srv/100%", "$x", 'a"b']
    unit = service_unit(command, [("UMask", "0077")], is_root=True)
    assert 'ExecStart="/opt/every seal" renew --config-dir=/srv/100%% $$x "a\\"b"\n' in unit
    assert "\nUMask=0077\n" in unit
    line = cron_line(TIMES, command, user="root")
    assert line.startswith("17 3,15 * * * root '/opt/every seal' renew")
    assert r"/srv/100\%" in line
    assert cron_line(OFTEN, ["x"]) == "2,7,12 * * * * x"
    assert cron_file([line]).endswith(f"{line}\n")


@pytest.mark.parametrize(
    "command",
    [
        "systemctl reload nginx",
        "/usr/bin/systemctl --quiet reload-or-restart postfix dovecot.service",
        "systemctl reload nginx || true",
        "systemctl stop a && systemctl start a",
        "systemctl try-restart foo@bar",
    ],
)
def test_hooks_that_only_ask_systemd(command: str) -> None:
    assert only_asks_systemd(command)


@pytest.mark.parametrize(
    "command",
    [
        "nginx -s reload",
        "sudo systemctl reload nginx",
        "systemctl reload nginx; cp a b",
        "systemctl reload $(cat x)",
        "systemctl reload nginx > /x",
        "systemctl edit nginx",
        "",
        "true",
    ],
)
def test_other_hooks_may_need_anything(command: str) -> None:
    assert not only_asks_systemd(command)


def test_scripts_are_read(tmp_path: Path) -> None:
    script = tmp_path / "reload"
    script.write_text("#!/bin/sh\n# why\nset -e\n\nsystemctl reload nginx\nexit 0\n")
    assert only_asks_systemd(str(script))
    script.write_text("#!/bin/sh\nsystemctl reload nginx\ncp x y\n")
    assert not only_asks_systemd(str(script))
    script.write_bytes(b"\x7fELF\xff")
    assert not only_asks_systemd(str(script))
    assert not only_asks_systemd(str(tmp_path / "none"))
