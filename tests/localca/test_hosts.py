from __future__ import annotations

import pytest

from everseal.localca.hosts import BadHost, HostTable


def test_exact_names_before_suffixes_and_long_suffixes_before_short_ones() -> None:
    table = HostTable.parse(["demo.test=127.0.0.1", "*.test=127.0.0.2", "*.demo.test=127.0.0.3"])
    assert table.addresses("demo.test") == ("127.0.0.1",)
    assert table.addresses("DEMO.test.") == ("127.0.0.1",)
    assert table.addresses("www.demo.test") == ("127.0.0.3",)
    assert table.addresses("a.b.demo.test") == ("127.0.0.3",)
    assert table.addresses("other.test") == ("127.0.0.2",)
    assert table.addresses("test") is None
    assert table.addresses("demo.example") is None


def test_several_addresses_ipv6_first() -> None:
    table = HostTable.parse(["a.test=127.0.0.1", "a.test=::1"])
    assert table.addresses("a.test") == ("::1", "127.0.0.1")


@pytest.mark.parametrize("text", ["a.test", "a.test=", "a.test=localhost", "=127.0.0.1", "a b=::1", "*=::1"])
def test_what_is_no_entry_is_said(text: str) -> None:
    with pytest.raises(BadHost) as caught:
        HostTable.parse([text])
    assert "demo.test=127.0.0.1" in caught.value.remedy
