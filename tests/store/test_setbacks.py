from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from everseal.model.names import CertificateName
from everseal.planning.setback import Setback
from everseal.store.certbot_dir.records import BadRecord
from everseal.store.certbot_dir.setbacks import decode_setback, encode_setback
from everseal.store.certbot_dir.state import State
from tests.store.minting import NOW

NAME = CertificateName("a.test")
SETBACK = Setback(failures=3, failed_at=NOW, retry_at=NOW + timedelta(hours=4), serial=1 << 150)


def test_it_is_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    state = State(str(tmp_path / ".everseal"))
    assert state.setback(NAME) is None
    state.note_setback(NAME, SETBACK)
    assert state.setback(NAME) == SETBACK
    [path] = (tmp_path / ".everseal/setbacks").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    state.forget_setback(NAME)
    assert state.setback(NAME) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        encode_setback(SETBACK).replace(b"+00:00", b""),
        encode_setback(SETBACK).replace(b": 3", b": null"),
    ],
)
def test_what_is_not_ours_counts_as_none(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadRecord):
        decode_setback(data)
    state = State(str(tmp_path / ".everseal"))
    state.note_setback(NAME, SETBACK)
    (tmp_path / ".everseal/setbacks/a.test.json").write_bytes(data)
    assert state.setback(NAME) is None
