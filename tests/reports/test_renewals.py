from __future__ import annotations

from everseal.reports.frames import RULE
from everseal.reports.renewals import RenewalSummary, to_stderr, to_stdout

A, B = "/etc/le/live/a/fullchain.pem", "/etc/le/live/b/fullchain.pem"


def test_nothing_due() -> None:
    summary = RenewalSummary(skipped=[f"{A} expires on 2026-12-19"], hooks_given=True)
    assert (
        to_stdout(summary)
        == f"""
{RULE}
The following certificates are not due for renewal yet:
  {A} expires on 2026-12-19 (skipped)
No renewals were attempted.
No hooks were run.
{RULE}
"""
    )
    assert (to_stderr(summary), summary.verdict) == (None, None)


def test_all_well() -> None:
    assert to_stdout(RenewalSummary(renewed=[A, B])).splitlines() == [
        "",
        RULE,
        "Congratulations, all renewals succeeded: ",
        f"  {A} (success)",
        f"  {B} (success)",
        RULE,
    ]


def test_mixed_with_unreadable_ones() -> None:
    summary = RenewalSummary(renewed=[A], failed=[B], unreadable=["/etc/le/renewal/x.conf"])
    assert to_stdout(summary).splitlines() == [
        "",
        RULE,
        "The following renewals succeeded:",
        f"  {A} (success)",
        "",
        "",
        "Additionally, the following renewal configurations were invalid: ",
        "  /etc/le/renewal/x.conf (parsefail)",
        RULE,
    ]
    assert to_stderr(summary) == f"The following renewals failed:\n  {B} (failure)"
    assert summary.verdict == "1 renew failure(s), 1 parse failure(s)"


def test_all_failed() -> None:
    summary = RenewalSummary(failed=[A], dry_run=True)
    assert to_stdout(summary) == f"\n{RULE}\n{RULE}\n"
    assert to_stderr(summary) == (
        f"All simulated renewals failed. The following certificates could not be renewed:\n  {A} (failure)"
    )
    assert summary.verdict == "1 renew failure(s), 0 parse failure(s)"


def test_dry_run_and_parse_failures_only() -> None:
    summary = RenewalSummary(unreadable=["x.conf"], dry_run=True)
    assert "No simulated renewals were attempted.\n" in to_stdout(summary)
    assert "No hooks were run." not in to_stdout(summary)
    assert (to_stderr(summary), summary.verdict) == (None, "0 renew failure(s), 1 parse failure(s)")
