import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model import base64url


@given(st.binary(max_size=80))
def test_it_agrees_with_the_standard_library(data: bytes) -> None:
    padded = base64.urlsafe_b64encode(data).decode()
    assert base64url.encode(data) == padded.rstrip("=")
    assert base64url.decode(padded) == base64url.decode(padded.rstrip("=")) == data


@pytest.mark.parametrize("text", ["a+b/", "a b", "a\n", "é", "A", "AA=A", "AA==="])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base64url.decode(text)
