"""The text of systemd units, and of a cron job, and reading when they run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

from everseal.planning.scheduling import Times
from everseal.schedule.sandbox import Directive

MARK: Final = "# Written by `everseal schedule install`; `everseal schedule remove` removes it."
"""The first line of whatever is ours."""

_CALENDAR: Final = re.compile(r"^OnCalendar=\*-\*-\* ([0-9,*]+):([0-9,]+):([0-9]{2})$", re.MULTILINE)
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def service_unit(command: Sequence[str], directives: Sequence[Directive], *, is_root: bool) -> str:
    """The unit that renews once."""
    network = ["Wants=network-online.target", "After=network-online.target"] if is_root else []
    lines = [
        MARK,
        "",
        "[Unit]",
        "Description=Renew the TLS certificates that are due",
        *network,
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(map(_word, command))}",
        "SuccessExitStatus=3 4",
        *(f"{name}={value.replace('%', '%%')}" for name, value in directives),
    ]
    return "\n".join(lines) + "\n"


def timer_unit(times: Times, service: str, *, what: str) -> str:
    """The unit that starts ``service`` at these times, and at once where one was missed."""
    lines = [
        MARK,
        "",
        "[Unit]",
        f"Description={what}",
        "",
        "[Timer]",
        f"OnCalendar={calendar(times)}",
        "RandomizedDelaySec=2min",
        "FixedRandomDelay=yes",
        "AccuracySec=10s",
        "Persistent=yes",
        f"Unit={service}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def calendar(times: Times) -> str:
    """As systemd.time(7) writes it."""
    hours = ",".join(f"{hour:02}" for hour in times.hours) or "*"
    return f"*-*-* {hours}:{','.join(f'{minute:02}' for minute in times.minutes)}:{times.second:02}"


def times_of(timer: str) -> Times | None:
    """The times of a timer that :func:`timer_unit` has written."""
    found = _CALENDAR.search(timer)
    if found is None:
        return None
    hours, minutes, second = found.groups()
    return Times(
        () if hours == "*" else tuple(map(int, hours.split(","))),
        tuple(map(int, minutes.split(","))),
        int(second),
    )


def cron_line(times: Times, command: Sequence[str], *, user: str = "") -> str:
    """One line of a crontab; in a file of ``/etc/cron.d`` with a user."""
    minutes = ",".join(map(str, times.minutes))
    hours = ",".join(map(str, times.hours)) or "*"
    call = " ".join(shlex.quote(word) for word in command).replace("%", r"\%")
    return " ".join(filter(None, (minutes, hours, "* * *", user, call)))


def cron_file(lines: Sequence[str]) -> str:
    """A file of ``/etc/cron.d``."""
    return "\n".join([MARK, f"PATH={_PATH}", *lines]) + "\n"


def _word(word: str) -> str:
    """One word of a command line, as systemd.service(5) reads it."""
    text = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%$+=:,./-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
