"""A thousand certificates due at once, from pebble as it is by default: it refuses 5 % of the nonces, sleeps
before it validates, and reuses half of the authorizations. Twenty cannot be had; all others come.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.servers.pebble import Pebble
from tests.servers.ports import Ports
from tests.soak.estate import Estate
from tests.soak.test_issuances import UNKIND

LINEAGES = int(os.environ.get("EVERSEAL_SOAK_BATCH", "1000"))
DOOMED_OF_EACH = 50
MOST_MIB = 160


def test_all_are_renewed_but_those_that_cannot_be(
    tmp_path: Path, ports: Ports, capsys: pytest.CaptureFixture[str]
) -> None:
    pebble = Pebble("new", tmp_path / "pebble", ports, UNKIND)
    try:
        doomed = LINEAGES // DOOMED_OF_EACH
        estate = Estate(tmp_path / "estate", pebble, sound=LINEAGES - doomed, doomed=doomed)
        renewed = estate.renew()
        with capsys.disabled():
            sys.stdout.write(f"\n{LINEAGES} due: {renewed}\n")
        check(estate, renewed.status, renewed.out, renewed.err)
        assert renewed.left_open == []
        assert renewed.peak_mib < MOST_MIB
    finally:
        pebble.stop()


def check(estate: Estate, status: int, out: str, err: str) -> None:
    """Everything that could be had is there, everything else was told, and nothing lies about."""
    assert status == 1, err
    assert f"{len(estate.doomed)} renew failure(s), 0 parse failure(s)" in err
    assert estate.complaints() == []
    assert estate.versions(estate.sound) == {2}
    assert estate.versions(estate.doomed) == {1}
    for name in estate.doomed:
        assert f"Failed to renew certificate {name} with error: " in err
    assert out.count("Processing ") == len(estate.doomed) + len(estate.sound)
    assert estate.leftovers() == []
