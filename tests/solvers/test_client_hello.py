"""Reading a ClientHello, with the standard library's TLS as the writer of true ones."""

from __future__ import annotations

import contextlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.solvers.client_hello import (
    RECORD_HEADER,
    BadHello,
    ClientHello,
    parse_client_hello,
    record_length,
)

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=2, max_size=4).map(".".join).filter(lambda name: not name[-1].isdigit())
PROTOCOLS = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20), max_size=5
)


def make_hello(name: str | None, protocols: list[str]) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@given(NAME, PROTOCOLS)
def test_what_a_client_asks_for_is_read(name: str, protocols: list[str]) -> None:
    data = make_hello(name, protocols)
    assert record_length(data[:RECORD_HEADER]) == len(data) - RECORD_HEADER
    assert parse_client_hello(data[RECORD_HEADER:]) == ClientHello(name, tuple(protocols))


def test_a_client_may_ask_for_no_name() -> None:
    assert parse_client_hello(make_hello(None, ["h2"])[RECORD_HEADER:]) == ClientHello(None, ("h2",))


@given(st.binary(max_size=400))
def test_rubbish_is_a_bad_hello(data: bytes) -> None:
    for read in (parse_client_hello, record_length):
        with contextlib.suppress(BadHello):
            read(data)


@given(st.data())
def test_a_damaged_hello_is_a_bad_one_or_another(data: st.DataObject) -> None:
    hello = bytearray(make_hello("a.example", ["acme-tls/1"])[RECORD_HEADER:])
    for _ in range(data.draw(st.integers(1, 4))):
        hello[data.draw(st.integers(0, len(hello) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadHello):
        parse_client_hello(bytes(hello[: data.draw(st.integers(0, len(hello)))]))


@pytest.mark.parametrize(
    "header", [b"", b"\x16\x03\x01\x00", b"GET /", b"\x15\x03\x03\x00\x02", b"\x16\x03\x01\xff\xff"]
)
def test_no_handshake_record(header: bytes) -> None:
    with pytest.raises(BadHello):
        record_length(header)
