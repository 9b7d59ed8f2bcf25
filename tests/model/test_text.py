import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.text import printable, printable_block


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode, 漢字, 🙂", "plain text, ünïcode, 漢字, 🙂"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("two\nlines\r\nthree", "two lines three"),
        ("a\rb\tc\0", r"a\rb\tc\x00"),
        ("\x7f\x80\x9b\x9f", r"\x7f\x80\x9b\x9f"),
        ("\u202eevil\u2066\u200f", r"\u202eevil\u2066\u200f"),
        ("\u2028\u2029\ufeff\u200b", r"\u2028\u2029\ufeff\u200b"),
        ("\ud800\udfff", r"\ud800\udfff"),
        ("\U000e0041", r"\U000e0041"),
        ("", ""),
    ],
)
def test_what_cannot_be_shown_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_is_bounded() -> None:
    assert printable("x" * 500) == "x" * 500
    assert printable("x" * 501) == "x" * 497 + "..."
    assert printable("\x1b" * 100, 20) == r"\x1b\x1b\x1b\x1b\..."
    assert printable("a\r\n" * 5, 10).endswith("...")


@given(st.text(max_size=60), st.integers(3, 60))
def test_any_text_becomes_one_short_line(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert bool(shown) == bool(text)


@given(st.text(max_size=60))
def test_a_block_keeps_its_lines(text: str) -> None:
    shown = printable_block(text)
    assert all(line.replace("\t", "").isprintable() for line in shown.split("\n"))


def test_a_block_keeps_tabs_and_line_ends() -> None:
    assert printable_block("a\tb\r\nc\x1b\n") == "a\tb\nc\\x1b\n"
