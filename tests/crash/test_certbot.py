"""The same faults on Certbot: the harness finds what is known to fail there."""

from __future__ import annotations

from typing import Final

import pytest

from tests.crash.conftest import Strike

# Operation, fault: points, sets broken right after, points not recovered by one more run.  At each of them,
# under umask 0, files are left that everybody may write.
KNOWN: Final = {
    ("renew", "kill"): (32, 7, 20),
    ("renew", "torn"): (6, 0, 2),
    ("renew", "full"): (20, 4, 11),
    ("renew", "eio"): (32, 0, 20),
}


@pytest.mark.parametrize(("operation", "mode"), KNOWN)
def test_its_known_failures_are_found(strike: Strike, operation: str, mode: str) -> None:
    findings = strike("certbot", operation, mode)
    found = (findings.points, len(findings.broken), len(findings.unrecovered))
    assert found == KNOWN[operation, mode]
    assert len(findings.wide) == findings.points
