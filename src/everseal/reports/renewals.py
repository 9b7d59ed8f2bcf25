"""The closing words of ``renew``, in the lines that scripts match."""

from __future__ import annotations

from everseal.model.text import printable
from everseal.reports.frames import RULE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

NOT_DUE: Final = "Certificate not yet due for renewal"


class RenewalSummary:
    """The paths of every lineage of a run, by how it fared.

    ``renewed`` and ``failed`` are fullchain paths, ``skipped`` finished clauses (path and expiry),
    ``unreadable`` renewal files.
    """

    __slots__ = ("dry_run", "failed", "hooks_given", "renewed", "skipped", "unreadable")

    def __init__(
        self,
        *,
        renewed: Sequence[str] = (),
        failed: Sequence[str] = (),
        skipped: Sequence[str] = (),
        unreadable: Sequence[str] = (),
        dry_run: bool = False,
        hooks_given: bool = False,
    ) -> None:
        self.renewed = renewed
        self.failed = failed
        self.skipped = skipped
        self.unreadable = unreadable
        self.dry_run = dry_run
        self.hooks_given = hooks_given

    @property
    def verdict(self) -> str | None:
        """The error a run with failures ends with."""
        if not self.failed and not self.unreadable:
            return None
        return f"{len(self.failed)} renew failure(s), {len(self.unreadable)} parse failure(s)"


def to_stdout(summary: RenewalSummary) -> str:
    """The framed summary, ending with a newline."""
    kind = "simulated renewal" if summary.dry_run else "renewal"
    lines = ["", RULE]
    if summary.skipped:
        lines.append("The following certificates are not due for renewal yet:")
        lines += [f"  {clause} (skipped)" for clause in summary.skipped]
    if not summary.renewed and not summary.failed:
        lines.append(f"No {kind}s were attempted.")
        if summary.hooks_given:
            lines.append("No hooks were run.")
    elif summary.renewed and not summary.failed:
        lines.append(f"Congratulations, all {kind}s succeeded: ")
        lines += _paths(summary.renewed, "success")
    elif summary.renewed:
        lines.append(f"The following {kind}s succeeded:")
        lines += [*_paths(summary.renewed, "success"), ""]
    if summary.unreadable:
        lines.append("\nAdditionally, the following renewal configurations were invalid: ")
        lines += _paths(summary.unreadable, "parsefail")
    lines.append(RULE)
    return "\n".join(lines) + "\n"


def to_stderr(summary: RenewalSummary) -> str | None:
    """Which renewals failed, or None."""
    kind = "simulated renewal" if summary.dry_run else "renewal"
    lines = []
    if summary.failed and not summary.renewed:
        lines.append(f"All {kind}s failed. The following certificates could not be renewed:")
        lines += _paths(summary.failed, "failure")
    elif summary.failed:
        lines.append(f"The following {kind}s failed:")
        lines += _paths(summary.failed, "failure")
    return "\n".join(lines) if lines else None


def _paths(paths: Sequence[str], outcome: str) -> list[str]:
    return [f"  {printable(path)} ({outcome})" for path in paths]
