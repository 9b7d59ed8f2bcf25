"""A ``renew`` with nothing due, told in the words that people and scripts know, at next to no cost."""

from __future__ import annotations

import os

from everseal.cli.endings import NOTHING
from everseal.cli.premises import writes
from everseal.hooks.validation import validate_hook
from everseal.reports.frames import framed
from everseal.reports.renewals import NOT_DUE, RenewalSummary, to_stdout
from everseal.settings.options import BY_DEST
from everseal.system.clock import SystemClock
from everseal.system.log_records import INFO
from everseal.wiring.rollcall import FULLCHAIN, NOT_AFTER, SENTENCE, call_roll, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from everseal.cli.session import Session
    from everseal.settings.values import Settings
    from everseal.wiring.rollcall import RollCall

_TOLD_AT_ONCE: Final = 500
_HOOKS: Final = ("pre", "post", "deploy")
# With one of these another rule decides, or only one lineage is meant.
_DECISIVE: Final = ("dry_run", "renew_by_default", "certname")
# What a run may be told, beside what renewal files keep, that leaves it nothing more to say.
_BORNE: Final = frozenset(
    {
        "agree_dev_preview",
        "config_dir",
        "config_file",
        "detailed_exit_codes",
        "directory_hooks",
        "jobs",
        "logs_dir",
        "max_log_backups",
        "noninteractive_mode",
        "quiet",
        "random_sleep_on_renew",
        "tos",
        "validate_hooks",
        "work_dir",
    }
)


def roll_called(session: Session) -> RollCall | None:
    """All lineages; None where this run's options decide by other rules.  Raises StoreUnusable."""
    settings = session.settings
    if any(settings.is_set(dest) for dest in _DECISIVE) or settings.is_explicit("autorenew"):
        return None
    config_dir = os.path.abspath(settings.required("config_dir"))
    return call_roll(config_dir, now=SystemClock().now(), keeps=writes(session))


def rest(session: Session, found: RollCall) -> int | None:
    """Tell that nothing is due; gives the exit status, None where the options ask for more than that.

    Raises HookCommandMissing.
    """
    settings = session.settings
    if not all(dest in _BORNE or BY_DEST[dest].key is not None for dest in settings.said()):
        return None
    if settings.flag("validate_hooks"):
        for kind in _HOOKS:
            validate_hook(settings.text(f"{kind}_hook"), kind, os.environ)
    skipped: list[str] = []
    for at in range(0, len(found.names), _TOLD_AT_ONCE):
        _tell(session, found, found.names[at : at + _TOLD_AT_ONCE], skipped)
    summary = RenewalSummary(skipped=skipped, hooks_given=hooks_given(settings))
    session.console.notify(to_stdout(summary))
    return session.end(NOTHING)


def _tell(session: Session, found: RollCall, names: Sequence[str], skipped: list[str]) -> None:
    """What is told while lineages are gone through; their clauses for the summary go to ``skipped``."""
    course, records = [], []
    for name in names:
        entry = fields(found.resting[name])
        course.append(f"{framed(f'Processing {found.conf_path(name)}')}{NOT_DUE}")
        records.append(f"{name}: left as it is: {entry[SENTENCE]}")
        skipped.append(f"{entry[FULLCHAIN]} expires on {entry[NOT_AFTER][:10]}")
    session.log.write_each(INFO, "everseal.engine", records)
    session.console.notify("\n".join(course))


def hooks_given(settings: Settings) -> bool:
    """Whether this run was told of hooks of its own."""
    return any(settings.text(f"{kind}_hook") for kind in _HOOKS)
