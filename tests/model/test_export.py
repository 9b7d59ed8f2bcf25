from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.errors import OperatorError
from everseal.model.export import FORMATS, BadExport, ExportTarget, parse_mode

texts = st.text(min_size=1).filter(lambda text: text.isprintable())
targets = st.builds(
    ExportTarget,
    directory=texts.map(lambda text: f"/{text}"),
    format=st.sampled_from(FORMATS),
    mode=st.none() | st.sampled_from([0o600, 0o640, 0o400]),
    owner=st.none() | texts,
    password_file=st.none() | texts,
)


@given(targets)
def test_what_is_kept_reads_back(target: ExportTarget) -> None:
    text = target.encode()
    assert ExportTarget.decode(text) == target
    assert "," not in text
    assert '"' not in text


def test_how_it_looks() -> None:
    target = ExportTarget("/etc/haproxy/certs", "combined", 0o640, "root:haproxy")
    assert target.encode() == "to=/etc/haproxy/certs format=combined mode=0640 owner=root:haproxy"


@pytest.mark.parametrize(
    "text", ["", "format=pem", "to=here", "to=/x format=jks", "to=/x mode=rw", "to=/x mode=0666"]
)
def test_what_makes_no_sense(text: str) -> None:
    with pytest.raises(BadExport):
        ExportTarget.decode(text)


@pytest.mark.parametrize("digits", ["", "rw", "-1", "1777", "0644", "0641", "0240", "999"])
def test_modes_that_are_refused(digits: str) -> None:
    with pytest.raises(OperatorError):
        parse_mode(digits)


def test_modes_that_are_taken() -> None:
    assert [parse_mode(digits) for digits in ("0600", "640", "0o440")] == [0o600, 0o640, 0o440]


def test_one_place_and_form_is_written_once() -> None:
    here = ExportTarget("/x", "pkcs12")
    assert here.goes_where(ExportTarget("/x", "pkcs12-legacy", mode=0o640))
    assert not here.goes_where(ExportTarget("/x", "pem"))
    assert not here.goes_where(ExportTarget("/y", "pkcs12"))
