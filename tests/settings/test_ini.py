"""The configuration file, with ConfigArgParse (what Certbot reads it with) as the oracle."""

from __future__ import annotations

import io

import configargparse
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.errors import UsageError
from everseal.settings.ini import KEYS, read_ini, said_by
from everseal.settings.tokens import NOT_GIVEN

LINES = [
    "key = value",
    "key: value",
    "key value",
    "key",
    "key =",
    "key = 'a b'",
    'key = "a # b" # c',
    "key = a # c",
    "key = a#c ; d",
    "key = a;c",
    "key = 'a",
    "key = a'",
    "key = 'a' b",
    "key = a = b",
    "  key   \t  v  ",
    "key=:v",
    "key :=v",
    "key = ''",
    'key = "it\'s"',
    "key = # c",
    "key ;c",
    'key = {"a.example": "/b"}',
    "# comment",
    "; comment",
    "[section]",
    "---",
    "",
]


def by_oracle(text: str) -> dict[str, str]:
    return dict(configargparse.DefaultConfigFileParser().parse(io.StringIO(text)))


def by_us(text: str) -> dict[str, str]:
    return {entry.key: "true" if entry.value is None else entry.value for entry in read_ini(text, "cli.ini")}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_as_certbot_reads_it(line: str) -> None:
    assert by_us(line) == by_oracle(line)


@given(st.text(st.sampled_from("ab =:;#'\""), max_size=14))
def test_any_line_is_read_or_refused_as_by_the_oracle(line: str) -> None:
    try:
        expected = by_oracle(line)
    except configargparse.ConfigFileParserException:
        with pytest.raises(UsageError):
            by_us(line)
    else:
        assert by_us(line) == expected


@given(
    st.dictionaries(
        st.sampled_from(sorted(KEYS)), st.text(st.sampled_from("abc-./ "), min_size=1, max_size=9)
    )
)
def test_what_is_written_is_read(settings: dict[str, str]) -> None:
    text = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    assert by_us(text) == settings


def test_the_last_of_two_lines_counts_and_line_numbers_are_kept() -> None:
    (entry,) = read_ini("\n# x\nserver = a\nserver = b\n", "/etc/letsencrypt/cli.ini")
    assert (entry.key, entry.value, entry.line) == ("server", "b", 4)
    assert entry.place == "/etc/letsencrypt/cli.ini, line 4"


def test_a_line_that_makes_no_sense_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"cli\.ini, line 2"):
        read_ini("quiet\n= x\n", "cli.ini")


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("quiet = TRUE", ["--quiet"]),
        ("quiet: on", ["--quiet"]),
        ("quiet 1", ["--quiet"]),
        ("quiet", ["--quiet"]),
        ("no-redirect = yes", ["--no-redirect"]),
        ("verbose = 3", ["--verbose"] * 3),
        ("verbose = true", ["--verbose"]),
        ("no-self-upgrade = true", ["--no-self-upgrade"]),
        ("keep = true", ["--keep"]),
        ("strict-hooks = true", ["--strict-hooks"]),
        ("server = https://a/b", ["--server"]),
        ("http-01-address = [::1]", ["--http-01-address"]),
    ],
)
def test_a_setting_says_what_the_flag_would(line: str, flags: list[str]) -> None:
    said = said_by(read_ini(line, "cli.ini"))
    assert [each.flag for each, _ in said] == flags
    assert all(source.kind == "configuration file" for _, source in said)


@pytest.mark.parametrize("line", ["quiet = no", "no-redirect = off", "verbose = 0", "reuse-key = FALSE"])
def test_a_switch_left_off_is_said_all_the_same(line: str) -> None:
    ((said, _),) = said_by(read_ini(line, "cli.ini"))
    assert said.text == NOT_GIVEN


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ("key_type = rsa", "key_type is no option", "did you mean key-type?"),
        ("--server = x", "--server is no option", "did you mean server?"),
        ("emial = a@b", "emial is no option", "did you mean email?"),
        ("zzzzz = 1", "zzzzz is no option", "--help all"),
        ("config = x", "config is no option", ""),
        ("quiet = perhaps", "unexpected value for quiet: 'perhaps'", "true, yes"),
        ("verbose = many", "unexpected value for verbose: 'many'", "true, yes"),
        ("domains = [a, b]", "takes no list in brackets", "domains = a, b"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(line: str, message: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        said_by(read_ini(f"# top\n{line}\n", "/x/cli.ini"))
    assert message in caught.value.message
    assert caught.value.message.startswith("/x/cli.ini, line 2: ")
    assert remedy in caught.value.remedy
