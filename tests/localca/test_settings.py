from __future__ import annotations

import pytest

from everseal.localca.settings import BadExternalKey, parse_external_key


@pytest.mark.parametrize(
    "text",
    ["kid-1:MDEyMzQ1Njc4OWFiY2RlZg", "kid-1:MDEyMzQ1Njc4OWFiY2RlZg==", "kid-1: MDEyMzQ1Njc4OWFiY2RlZg "],
)
def test_external_keys_padded_or_not(text: str) -> None:
    assert parse_external_key(text) == ("kid-1", b"0123456789abcdef")


def test_both_alphabets() -> None:
    assert parse_external_key("k:" + "-_" * 16) == parse_external_key("k:" + "+/" * 16)


@pytest.mark.parametrize("text", ["", "kid", ":MDEyMzQ1Njc4OWFiY2RlZg", "kid:short", "kid:!!!!"])
def test_what_is_no_key_is_said_without_showing_it(text: str) -> None:
    with pytest.raises(BadExternalKey) as caught:
        parse_external_key(text)
    assert text.partition(":")[2] not in caught.value.message or not text.partition(":")[2]
