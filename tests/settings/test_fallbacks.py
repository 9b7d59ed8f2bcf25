from __future__ import annotations

import pytest

from everseal.settings.authorities import LETS_ENCRYPT, directory_of
from everseal.settings.fallbacks import BadFallback, bindings, fallback_on, settle_fallbacks
from everseal.settings.values import Settings, Source

ONE, TWO = "https://one.example/acme", "https://two.example/acme"
SAID = Source("command line")


def settled(**said: object) -> Settings:
    return settle_fallbacks(Settings.defaults().with_values(said, SAID))


def test_names_become_urls_in_their_order() -> None:
    found = settled(fallback_server=(TWO, "zerossl", ONE, TWO), fallback_ca=("google",))
    assert found.items("fallback_server") == (TWO, directory_of("zerossl"), ONE, directory_of("google"))
    assert found.is_explicit("fallback_server")


def test_none_forgets() -> None:
    found = settled(fallback_server=("none",), fallback_ca=("zerossl",))
    assert found.items("fallback_server") == ()
    assert found.is_explicit("fallback_server")


def test_nothing_said_is_nothing_set() -> None:
    assert not settle_fallbacks(Settings.defaults()).is_set("fallback_server")


@pytest.mark.parametrize(
    "said",
    [
        {"fallback_ca": ("nowhere",)},
        {"fallback_server": ("none", ONE)},
        {"fallback_on": "down,luck"},
        {"fallback_server": (ONE, TWO), "fallback_eab_kid": ("kid",)},
        {"fallback_server": (ONE,), "fallback_eab_kid": ("kid",)},
        {"fallback_server": (ONE,), "fallback_eab_hmac_key": ("key",)},
    ],
)
def test_what_makes_no_sense(said: dict[str, object]) -> None:
    with pytest.raises(BadFallback):
        settled(**said)


@pytest.mark.parametrize(
    ("text", "troubles"),
    [
        ("down,limits,refusal", ("down", "limits", "refusal")),
        (" Limits , down ", ("down", "limits")),
        ("", ()),
    ],
)
def test_when_the_next_is_asked(text: str, troubles: tuple[str, ...]) -> None:
    assert fallback_on(settled(fallback_on=text)) == troubles


def test_external_accounts_for_each() -> None:
    only = settled(fallback_server=(ONE,), fallback_eab_kid=("a=b",), fallback_eab_hmac_key=("c==",))
    assert bindings(only) == {ONE: ("a=b", "c==")}
    several = settled(
        fallback_server=(ONE, "zerossl"),
        fallback_eab_kid=("zerossl=kid", f"{ONE}=other"),
        fallback_eab_hmac_key=(f"{ONE}=key1=", "zerossl=key2"),
    )
    assert bindings(several) == {ONE: ("other", "key1="), directory_of("zerossl"): ("kid", "key2")}


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(
        settled(fallback_server=(LETS_ENCRYPT,), fallback_eab_kid=("k",), fallback_eab_hmac_key=("secret",))
    )
