"""The renewal file: fidelity, with ConfigObj (what Certbot reads and writes with) as the oracle."""

from __future__ import annotations

import io
import string
from typing import TYPE_CHECKING, Any

import configobj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from everseal.settings.renewal_file import RenewalDocument, RenewalFileBroken
from everseal.settings.renewal_plain import plain_values
from everseal.settings.renewal_quoting import ValueUnwritable, quote
from everseal.settings.renewal_scan import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping

CERTBOT = """\
# renew_before_expiry = 30 days
version = 5.7.0
archive_dir = /etc/letsencrypt/archive/example.com
cert = /etc/letsencrypt/live/example.com/cert.pem
privkey = /etc/letsencrypt/live/example.com/privkey.pem
chain = /etc/letsencrypt/live/example.com/chain.pem
fullchain = /etc/letsencrypt/live/example.com/fullchain.pem

# Options used in the renewal process
[renewalparams]
account = 1855bac8
server = https://acme-v02.api.letsencrypt.org/directory
authenticator = webroot
webroot_path = /var/www/a,
pref_challs = http-01, dns-01
# reloads the server
renew_hook = systemctl reload nginx # by hand
pre_hook = "echo a, b"
[[webroot_map]]
example.com = /var/www/a
www.example.com = /var/www/a
[acme_renewal_info]
ari_retry_after = 2026-11-23T13:43:16
"""


def parse(text: str) -> RenewalDocument:
    return RenewalDocument.parse(text, path="/c/renewal/x.conf")


def oracle(text: str) -> dict[str, Any]:
    """What ConfigObj reads, with lists as tuples."""
    parsed = configobj.ConfigObj(io.BytesIO(text.encode()), encoding="utf-8", default_encoding="utf-8")
    return as_plain(parsed)


def as_plain(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain_value(section[key]) for key in section}


def plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return as_plain(value)
    return tuple(value) if isinstance(value, list | tuple) else value


def written_by_oracle(content: Mapping[str, Any]) -> str:
    """What ConfigObj writes for header keys and sections."""
    document = configobj.ConfigObj(encoding="utf-8", default_encoding="utf-8", interpolation=False)
    for key, value in content.items():
        document[key] = thaw(value)
    target = io.BytesIO()
    document.write(target)
    return target.getvalue().decode()


def thaw(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: thaw(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def document_of(content: Mapping[str, Any]) -> RenewalDocument:
    document = parse("")
    for key, value in content.items():
        if isinstance(value, dict):
            document = document.replace_section(key, value)
        else:
            document = document.set_header(key, value)
    return document


def test_reads_a_file_as_certbot_writes_it() -> None:
    document = parse(CERTBOT)
    assert document.header("version") == "5.7.0"
    assert document.header("nothing") is None
    assert list(document.headers()) == ["version", "archive_dir", "cert", "privkey", "chain", "fullchain"]
    assert document.sections() == ("renewalparams", "acme_renewal_info")
    parameters = document.section("renewalparams")
    assert parameters["webroot_path"] == ("/var/www/a",)
    assert parameters["pref_challs"] == ("http-01", "dns-01")
    assert parameters["renew_hook"] == "systemctl reload nginx"
    assert parameters["pre_hook"] == "echo a, b"
    assert parameters["webroot_map"] == {"example.com": "/var/www/a", "www.example.com": "/var/www/a"}
    assert document.section("missing") == {}
    assert document.values == oracle(CERTBOT)


@pytest.mark.parametrize(
    "text",
    [
        CERTBOT,
        CERTBOT.replace("\n", "\r\n"),
        CERTBOT.removesuffix("\n"),
        "\ufeff" + CERTBOT,
        "",
        "\n\n# nothing but a comment\n",
        "  a=1\n\tb   =   2  \n[ x ]\n   c =   d\n  [[ 'y z' ]]\n  e = 'f' # g\n",
        'a = """x\ny"""\nb = \'\'\'"z"\'\'\' # c\n',
    ],
)
def test_unchanged_text_renders_byte_for_byte(text: str) -> None:
    assert parse(text).render() == text


@pytest.mark.parametrize(
    "text",
    [
        "a = b # c\nb = 'x # y' # z\nc = \"it's\"\nd = it's fine\n",
        "a = ,\nb = x,\nc = x, y\nd = 'x, y', z,\ne = , # none\nf =\ng = # none\nh = \"\"\n",
        "a = x, # one\n",
        "'key one' = 1\n\"key = two\" = 2\n[a]b = 3\n",
        'a = """one\n two # three\n""" # four\nb = \'\'\'x\'\'\'\nc = """"""\n',
        "a = \"x\"y\"\nb = 'a' 'b'\n",
        "[a]\nx = 1\n[[b]]\ny = 2\n[[[c]]]\nz = 3\n[[d]]\n[e]\n",
        "[ a ] # comment\n['b c']\n[\"d]\"]\n",
        "base = /etc\npath = %(base)s/x\n[s]\nhook = run %(path)s\nlist = %(base)s, b\n[[m]]\nk = %(hook)s\n",
        "a = =\nb = x=y\n",
        "a = x\ty\n\tb\t=\tc\n",
    ],
)
def test_reads_what_configobj_reads(text: str) -> None:
    assert parse(text).values == oracle(text)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a = 1\nnonsense\n", 2, "neither"),
        ("= 1\n", 1, "neither"),
        ("a = 1\na = 2\n", 2, "twice"),
        ("[a]\n[a]\n", 2, "twice"),
        ("a = 1\n[a]\n", 2, "twice"),
        ("[[a]]\n", 1, "more brackets"),
        ("[a]]\n", 1, "closes with 2"),
        ("a = 'x\n", 1, "not closed"),
        ("a = 'x' y\n", 1, "not closed"),
        ("a = x,,y\n", 1, "comma"),
        ("a = ,x\n", 1, "comma"),
        ("b = 1\na = '''x\ny\n", 2, "not closed"),
        ("a = '''x''' y\n", 1, "not closed"),
        ("'a = 1\n", 1, "not closed"),
        ("[\n", 1, "neither"),
        ("['']\n", 1, "neither"),
        ("['x]\n", 1, "neither"),
    ],
)
def test_says_where_a_file_is_broken(text: str, line: int, why: str) -> None:
    with pytest.raises(RenewalFileBroken, match=why) as caught:
        parse(text)
    assert caught.value.line == line
    assert f"/c/renewal/x.conf, line {line}" in caught.value.message
    assert f"line {line}" in caught.value.remedy
    with pytest.raises(configobj.ConfigObjError):
        oracle(text)


def test_bytes_that_are_no_utf8_are_told_with_their_line() -> None:
    with pytest.raises(RenewalFileBroken, match="UTF-8") as caught:
        RenewalDocument.decode(b"a = 1\nb = \xff\n", path="x.conf")
    assert caught.value.line == 2
    assert RenewalDocument.decode("a = ä\n".encode(), path="x.conf").header("a") == "ä"


def test_a_reference_that_leads_nowhere_stays_as_written() -> None:
    document = parse("a = %(b)s\nb = %(a)s\nc = date +%(missing)s\n[s]\nd = %(s)s\n")
    assert document.header("c") == "date +%(missing)s"
    assert document.header("a") == "%(a)s"
    assert document.section("s") == {"d": "%(s)s"}


def test_changed_keys_keep_place_indentation_and_comments() -> None:
    text = "# first\n  a = 1   # why\nb = 'x'\n\n[s]\n  # about c\n  c = 1, 2 # list\n  d = 2\n# end\n[t]\n"
    document = parse(text).set_header("a", "x, y").replace_section("s", {"e": "9", "c": ("1",)})
    assert document.render() == (
        "# first\n  a = \"x, y\" # why\nb = 'x'\n\n[s]\n  # about c\n  c = 1, # list\n  e = 9\n# end\n[t]\n"
    )


def test_equal_values_are_not_rewritten() -> None:
    document = parse(CERTBOT)
    same = document.replace_section("renewalparams", document.section("renewalparams"))
    assert same.render() == CERTBOT
    assert document.set_header("version", "5.7.0").render() == CERTBOT


def test_a_key_in_triple_quotes_is_replaced_whole() -> None:
    document = parse('[s]\na = """1\n2\n""" # note\nb = 3\n')
    assert document.replace_section("s", {"a": "4", "b": "3"}).render() == "[s]\na = 4\nb = 3\n"
    assert parse("a = '''1''' # note\n").set_header("a", "2").render() == "a = 2 # note\n"
    assert parse("'a' = \"1\" # note\n").set_header("a", "2").render() == "a = 2 # note\n"


def test_subsections_are_changed_added_and_dropped() -> None:
    document = parse(CERTBOT)
    parameters: dict[str, Any] = {
        "server": "s",
        "webroot_map": {"b.example": "/b", "example.com": "/a"},
        "other": {"x": "1"},
    }
    changed = document.replace_section("renewalparams", parameters)
    assert changed.section("renewalparams") == parameters
    assert changed.render().endswith(
        "[[webroot_map]]\nexample.com = /a\nb.example = /b\n[[other]]\nx = 1\n"
        "[acme_renewal_info]\nari_retry_after = 2026-11-23T13:43:16\n"
    )
    without = changed.replace_section("renewalparams", {"server": "s"})
    assert without.section("renewalparams") == {"server": "s"}
    assert "webroot_map" not in without.render()
    assert without.section("acme_renewal_info") == document.section("acme_renewal_info")


def test_new_sections_come_last_and_headers_before_the_first_section() -> None:
    document = parse("# note\n[a]\nx = 1\n# end\n").replace_section(
        "everseal", {"k": "v", "m": {"n": ("1",)}}
    )
    assert document.render() == "# note\n[a]\nx = 1\n[everseal]\nk = v\n[[m]]\nn = 1,\n# end\n"
    assert document.set_header("version", "1").render().startswith("# note\nversion = 1\n[a]\n")
    assert parse("[a]\n").set_header("v", "1").render() == "v = 1\n[a]\n"
    assert parse("a = 1").set_header("b", "2").render() == "a = 1\nb = 2\n"
    assert parse("").set_header("b", "2").render() == "b = 2\n"


def test_sections_can_go() -> None:
    document = parse(CERTBOT)
    gone = document.without_section("acme_renewal_info").without_section("renewalparams")
    assert gone.sections() == ()
    assert gone.render().startswith("# renew_before_expiry = 30 days\nversion = ")
    assert document.without_section("nothing").render() == CERTBOT


def test_line_ends_of_the_file_are_kept() -> None:
    document = parse("a = 1\r\n[s]\r\nb = 2\r\n").set_header("c", "3").replace_section("s", {"b": "x"})
    assert document.render() == "a = 1\r\nc = 3\r\n[s]\r\nb = x\r\n"


def test_a_header_key_in_the_place_of_a_section_is_refused() -> None:
    with pytest.raises(RenewalFileBroken, match="not a section"):
        parse("renewalparams = 1\n").replace_section("renewalparams", {"a": "b"})


def test_a_list_in_the_header_reads_as_text() -> None:
    document = parse("archive_dir = /a, b\n")
    assert document.header("archive_dir") == "/a, b"
    assert document.headers() == {"archive_dir": "/a, b"}


@pytest.mark.parametrize("value", ["a\rb", "a\0b", "'''\n\"\"\"", ("'\"",), ("a\nb",), "a\x85b"])
def test_what_the_format_cannot_hold_is_refused(value: str | tuple[str, ...]) -> None:
    with pytest.raises(ValueUnwritable, match="cannot be kept"):
        quote(value)


TEXT = st.text(st.sampled_from(string.ascii_lowercase + " \n\t,#'\"=[]%$;\\/.-_äß"), max_size=12)
LINE = st.text(st.sampled_from(string.ascii_lowercase + " \t,#'\"=[];\\/.-_ä"), max_size=12)
KEY = st.text(st.sampled_from(string.ascii_lowercase + "0123456789_.-:*"), min_size=1, max_size=8)
VALUE = TEXT | st.lists(LINE, max_size=3).map(tuple)
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "version": VALUE,
        "cert": VALUE,
        "renewalparams": st.dictionaries(KEY, VALUE | st.dictionaries(KEY, VALUE, max_size=3), max_size=5),
        "everseal": st.dictionaries(KEY, VALUE, max_size=3),
    },
)


def writable(content: Mapping[str, Any]) -> bool:
    try:
        document_of(content)
    except ValueUnwritable:
        return False
    return True


@given(CONTENT)
def test_what_is_written_is_read_again_by_both(content: dict[str, Any]) -> None:
    assume(writable(content))
    document = document_of(content)
    assert document.values == content
    again = parse(document.render())
    assert again.values == content
    assert again.render() == document.render()
    assert oracle(document.render()) == content


SIMPLE = st.text(st.sampled_from(string.ascii_letters + " ,#'=/.-_"), max_size=12)


@given(
    st.dictionaries(KEY, SIMPLE | st.lists(SIMPLE, max_size=3).map(tuple), max_size=5),
    st.dictionaries(KEY, SIMPLE, max_size=3),
)
def test_new_files_are_what_configobj_would_write(keys: dict[str, Any], inner: dict[str, str]) -> None:
    assume("webroot_map" not in keys)
    content = {"version": "5.8.0", "renewalparams": {**keys, "webroot_map": inner}}
    assert document_of(content).render() == written_by_oracle(content)


@given(st.lists(TEXT, max_size=6).map("\n".join))
def test_any_text_is_read_or_refused_and_never_changed(text: str) -> None:
    try:
        document = parse(text)
    except RenewalFileBroken:
        return
    assert document.render() == text
    assert document.values == oracle(text)


@given(CONTENT, CONTENT)
def test_edits_lead_to_exactly_what_was_asked(old: dict[str, Any], new: dict[str, Any]) -> None:
    assume(writable(old) and writable(new))
    document = document_of(old)
    for name, value in new.items():
        if isinstance(value, dict):
            assume(not isinstance(old.get(name), str | tuple))
            document = document.replace_section(name, value)
            assert document.section(name) == value
        else:
            document = document.set_header(name, value)
    assert document.values == {**old, **new}
    assert oracle(document.render()) == {**old, **new}


LINES = (
    *CERTBOT.splitlines(),
    "key=no blanks",
    "key\t= tab",
    "key = \ttab",
    "key =  two",
    "key =",
    "'quoted' = a",
    "key = a = b, c",
    "key = 'a, b' # c",
    'key = "open',
    "key = '''three",
    "three'''",
    "key = %(version)s",
    "  indented = x\r",
    "[ spaced ]",
    "[a] # comment",
    "[[deep]]",
    "[[[deeper]]]",
    "['quoted']",
    "[[uneven]",
    "[]",
    "\ufeffversion = 1",
)


@given(st.lists(st.sampled_from(LINES), max_size=25).map("\n".join))
def test_what_is_read_at_little_cost_is_read_right(text: str) -> None:
    plain = plain_values(text)
    if plain is not None:
        assert plain == Scan("x.conf", text).root


def test_what_certbot_writes_is_read_at_little_cost() -> None:
    assert plain_values(CERTBOT) == oracle(CERTBOT)
