"""A fixed sample of the batch in `make soak`: forty certificates due at once, two of which cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.servers.pebble import Pebble
from tests.servers.ports import Ports
from tests.soak.estate import Estate
from tests.soak.test_batch import check
from tests.soak.test_issuances import UNKIND


def test_all_are_renewed_but_two(tmp_path: Path, ports: Ports) -> None:
    pebble = Pebble("new", tmp_path / "pebble", ports, replace(UNKIND, sleep_up_to_seconds=2))
    try:
        estate = Estate(tmp_path / "estate", pebble, sound=38, doomed=2)
        renewed = estate.renew()
        check(estate, renewed.status, renewed.out, renewed.err)
        assert renewed.left_open == []
        again = estate.renew()
        assert again.status == 0, again.err
        assert "No renewals were attempted." in again.out
    finally:
        pebble.stop()
