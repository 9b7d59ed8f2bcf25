"""Values and where they come from."""

from __future__ import annotations

import pytest

from everseal.settings.values import DEFAULT, RUN, Settings, Source


def test_defaults_are_not_set() -> None:
    settings = Settings.defaults()
    assert settings.text("server") == "https://acme-v02.api.letsencrypt.org/directory"
    assert settings.source("server") == DEFAULT
    assert not settings.is_set("server")
    assert Settings.defaults(config_dir="/home/a").required("config_dir") == "/home/a"


def test_changes_make_new_settings_with_their_source() -> None:
    old = Settings.defaults()
    new = old.with_values({"authenticator": "webroot"})
    assert old.text("authenticator") is None
    assert new.text("authenticator") == "webroot"
    assert new.source("authenticator") is RUN
    assert new.is_set("authenticator")
    assert not new.is_explicit("authenticator")
    assert new.without("authenticator") == old
    assert new != old
    assert len({old, new, new.without("authenticator")}) == 2


def test_what_the_operator_said_is_explicit() -> None:
    settings = Settings.defaults()
    assert Source("command line").is_explicit
    assert not Source("renewal file").is_explicit
    said = settings.with_values({"quiet": True}, Source("configuration file", "/c/cli.ini, line 3"))
    assert said.is_explicit("quiet")
    assert str(said.source("quiet")) == "configuration file (/c/cli.ini, line 3)"
    assert str(DEFAULT) == "default"
    assert repr(DEFAULT) == "Source('default', '')"
    assert len({DEFAULT, Source("default"), RUN}) == 2


def test_values_are_read_by_their_type() -> None:
    settings = Settings.defaults().with_values({"domains": ("a.example",), "redirect": False})
    assert settings.items("domains") == ("a.example",)
    assert settings.number("http01_port") == 80
    assert settings.flag("hsts") is False
    assert settings.choice("hsts") is None
    assert settings.choice("redirect") is False
    assert settings.mapping("webroot_map") == {}
    assert settings.get("domains") == ("a.example",)
    for read, dest in (
        (settings.text, "domains"),
        (settings.required, "email"),
        (settings.flag, "server"),
        (settings.number, "quiet"),
        (settings.items, "server"),
        (settings.mapping, "server"),
    ):
        with pytest.raises(TypeError):
            read(dest)


def test_unknown_options_are_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        Settings.defaults().with_values({"nonsense": 1})
    with pytest.raises(KeyError):
        Settings.defaults(nonsense=1)
    with pytest.raises(KeyError):
        Settings.defaults().get("nonsense")


def test_secrets_stay_out_of_repr() -> None:
    settings = Settings.defaults().with_values({"eab_hmac_key": "c2VjcmV0", "eab_kid": "kid"})
    assert "c2VjcmV0" not in repr(settings)
    assert "kid" in repr(settings)
