from __future__ import annotations

import io

import pytest

from everseal.cli.dialogue import Cancelled, Dialogue, Unanswered
from everseal.cli.questions import ask
from everseal.planning.choose import Answer, Question
from everseal.planning.reasons import KeyKindChanged
from everseal.reports.frames import RULE
from tests.planning.samples import make_lineage, names

BOTH = make_lineage("both", "a.example", "b.example")
EXPAND = Question(
    "expand", BOTH, names("c.example"), flag="--expand", wanted=names("a.example", "b.example", "c.example")
)
IDENTICAL = Question("identical", BOTH, default="keep", flag="--force-renewal")
UPDATE = Question("update-names", BOTH, names("d.example", "c.example"), (), default="yes")
KEY_TYPE = Question("key-type", BOTH, default="no", key_change=KeyKindChanged("ECDSA", "RSA"))

SAME = (
    "You have an existing certificate that has exactly the same domains or certificate name you "
    "requested and isn't close to expiry."
)


def answer_to(question: Question, *typed: str, attended: bool = True) -> tuple[Answer, str]:
    out = io.StringIO()
    stdin = io.StringIO("".join(f"{each}\n" for each in typed))
    dialogue = Dialogue(stdin, out, attended=attended)
    return ask(question, dialogue, verb="certonly"), out.getvalue()


def test_expand() -> None:
    answer, shown = answer_to(EXPAND, "e")
    assert answer == "yes"
    assert (
        shown
        == f"""
{RULE}
You have an existing certificate that contains a portion of the domains you
requested (ref: /etc/le/renewal/both.conf)

It contains these names: a.example, b.example

You requested these names for the new certificate: a.example, b.example,
c.example.

Do you want to expand and replace this existing certificate with the new
certificate?
{RULE}
(E)xpand/(C)ancel: """
    )
    assert answer_to(EXPAND, "c")[0] == "no"


def test_identical() -> None:
    answer, shown = answer_to(IDENTICAL, "2")
    assert answer == "renew"
    assert shown.splitlines() == [
        "",
        SAME,
        "(ref: /etc/le/renewal/both.conf)",
        "",
        "What would you like to do?",
        RULE,
        "1: Keep the existing certificate for now",
        "2: Renew & replace the certificate (may be subject to CA rate limits)",
        RULE,
        "Select the appropriate number [1-2] then [enter] (press 'c' to cancel): ",
    ]
    assert answer_to(IDENTICAL, "1")[0] == "keep"
    with pytest.raises(Cancelled):
        answer_to(IDENTICAL, "c")


def test_update_names() -> None:
    answer, shown = answer_to(UPDATE, "u")
    assert answer == "yes"
    assert (
        shown
        == f"""
{RULE}
You are updating certificate both to include new domain(s):
+ c.example
+ d.example

You are also removing previously included domain(s):
(None)

Did you intend to make this change?
{RULE}
(U)pdate certificate/(C)ancel: """
    )
    assert answer_to(UPDATE, "c")[0] == "no"


def test_key_type() -> None:
    answer, shown = answer_to(KEY_TYPE, "U")
    assert answer == "yes"
    assert "An ECDSA certificate named both already exists. Do you want to update its key" in shown
    assert shown.endswith("\n(U)pdate key type/(K)eep existing key type: ")
    assert answer_to(KEY_TYPE, "k")[0] == "no"


def test_where_nobody_is_there() -> None:
    assert answer_to(IDENTICAL, attended=False) == ("keep", "")
    assert answer_to(UPDATE, attended=False) == ("yes", "")
    assert answer_to(KEY_TYPE, attended=False) == ("no", "")
    with pytest.raises(Unanswered, match="You can set this with the --expand flag"):
        answer_to(EXPAND, attended=False)
