"""What a renewal file keeps of the settings, and how a renewal takes it up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.settings.authorities import LETS_ENCRYPT, LETS_ENCRYPT_STAGING, LETS_ENCRYPT_V01
from everseal.settings.command_line import parse
from everseal.settings.options import OPTIONS
from everseal.settings.renewal_file import RenewalDocument, RenewalFileBroken
from everseal.settings.renewal_params import restore, to_own_section, to_parameters
from everseal.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everseal.settings.renewal_quoting import Value


def said(*arguments: str) -> Settings:
    def read(path: str) -> str:
        raise FileNotFoundError(path)

    return parse(arguments, directory="/cwd", read_config=read).settings


def restored(
    parameters: Mapping[str, Value], *arguments: str, own: Mapping[str, Value] | None = None
) -> Settings:
    complete = {"authenticator": "standalone", **parameters}
    return restore(complete, said(*(arguments or ("renew",))), path="/c/renewal/x.conf", own=own)


# writing


SAID = """
certonly -d a.example -w /a --must-staple --rsa-key-size 4096 --preferred-challenges http -m a@b --hsts
--https-port 8443 --no-autorenew --new-key --issuance-timeout 5 --no-verify-ssl --break-my-certs
--disable-hook-validation --no-directory-hooks --no-random-sleep-on-renew --eab-kid k --eab-hmac-key s
--redirect --uir --staple-ocsp --dns-ovh-credentials ovh.ini --manual-auth-hook h --account abc
--dns-ovh-propagation-seconds 7
"""


def test_only_what_was_set_is_kept_and_always_server_and_key_type() -> None:
    assert to_parameters(Settings.defaults()) == {"server": LETS_ENCRYPT, "key_type": "ecdsa"}
    settings = said(*SAID.split(), "--deploy-hook", "x, y", "--http-01-address", "")
    assert to_parameters(settings) == {
        "account": "abc",
        "server": LETS_ENCRYPT,
        "webroot_path": ("/a",),
        "key_type": "ecdsa",
        "renew_hook": "x, y",
        "must_staple": "True",
        "rsa_key_size": "4096",
        "pref_challs": ("http-01",),
        "autorenew": "False",
        "manual_auth_hook": "h",
        "dns_ovh_credentials": "/cwd/ovh.ini",
        "dns_ovh_propagation_seconds": "7",
        "http01_address": "",
    }
    assert to_own_section(settings) == {}


def test_values_of_the_run_are_kept_none_as_a_word() -> None:
    found: dict[str, object] = {"authenticator": "webroot", "installer": None, "preferred_chain": None}
    parameters = to_parameters(Settings.defaults().with_values(found))
    assert parameters["authenticator"] == "webroot"
    assert "installer" not in parameters
    assert parameters["preferred_chain"] == "None"


def test_webroots_are_kept_as_list_and_section() -> None:
    settings = said("certonly", "-w", "/a", "-d", "a.example", "-w", "/b", "-d", "b.example")
    parameters = to_parameters(settings)
    document = RenewalDocument.parse("", path="x").replace_section("renewalparams", parameters)
    assert "webroot_path = /a, /b\n" in document.render()
    assert document.render().endswith("[[webroot_map]]\na.example = /a\n")


def test_what_certbot_does_not_know_goes_to_a_section_of_its_own() -> None:
    settings = said(
        "certonly", "--strict-hooks", "--preferred-challenges", "tls-alpn,http", "--tls-alpn-01-port", "5001",
        "--ca-bundle", "ca.pem", "--jobs", "3", "--json", "--allow-origin", "https://o",
    )  # fmt: skip
    assert to_parameters(settings) == {
        "server": LETS_ENCRYPT,
        "key_type": "ecdsa",
        "pref_challs": ("http-01",),
    }
    own = to_own_section(settings)
    assert own == {
        "strict_hooks": "True",
        "pref_challs": ("tls-alpn-01", "http-01"),
        "tls_alpn01_port": "5001",
        "ca_bundle": "/cwd/ca.pem",
        "allow_origin": ("https://o",),
    }
    again = restored(to_parameters(settings), own=own)
    for dest in ("strict_hooks", "pref_challs", "tls_alpn01_port", "ca_bundle", "allow_origin"):
        assert again.get(dest) == settings.get(dest)


def test_keys_that_nobody_here_knows_are_kept_and_dead_ones_go() -> None:
    existing: dict[str, Value] = {
        "dns_third_party_credentials": "/x",
        "deploy_hook": "old",
        "renew_hook": "old",
        "manual_public_ip_logging_ok": "True",
        "no_bootstrap": "True",
        "note": ("a", "b"),
    }
    parameters = to_parameters(Settings.defaults(), existing)
    assert parameters["dns_third_party_credentials"] == "/x"
    assert parameters["note"] == ("a", "b")
    assert parameters.keys() == {"server", "key_type", "dns_third_party_credentials", "note"}
    assert to_own_section(Settings.defaults(), {"issuer": "x", "strict_hooks": "True"}) == {"issuer": "x"}


# reading


def test_everything_kept_is_taken_up_again() -> None:
    parameters: dict[str, Value] = {
        "account": "abc",
        "server": "https://ca.example/dir",
        "authenticator": "webroot",
        "installer": "None",
        "webroot_path": ("/a", "/b"),
        "webroot_map": {"a.example": "/a"},
        "key_type": "rsa",
        "rsa_key_size": "4096",
        "must_staple": "true",
        "autorenew": "False",
        "pref_challs": ("http-01",),
        "renew_hook": ("reload", "please"),
        "http01_port": "8080",
    }
    settings = restored(parameters)
    assert settings.text("account") == "abc"
    assert settings.text("server") == "https://ca.example/dir"
    assert settings.text("installer") is None
    assert settings.items("webroot_path") == ("/a", "/b")
    assert settings.mapping("webroot_map") == {"a.example": "/a"}
    assert settings.number("rsa_key_size") == 4096
    assert settings.flag("must_staple") is True
    assert settings.choice("autorenew") is False
    assert settings.items("pref_challs") == ("http-01",)
    assert settings.text("deploy_hook") == "reload, please"
    assert settings.number("http01_port") == 8080
    assert str(settings.source("account")) == "renewal file (/c/renewal/x.conf)"
    del parameters["installer"]
    assert to_parameters(settings, parameters) == {
        **parameters,
        "must_staple": "True",
        "renew_hook": "reload, please",
    }


def test_old_files_are_understood() -> None:
    settings = restored({"server": LETS_ENCRYPT_V01, "deploy_hook": "x", "pref_challs": "http-01"})
    assert settings.text("server") == LETS_ENCRYPT
    assert settings.text("key_type") == "rsa"
    assert settings.text("deploy_hook") == "x"
    assert settings.items("pref_challs") == ("http-01",)
    nothing = restored({"server": "None", "account": "None", "pre_hook": "None", "key_type": "None"})
    assert nothing.text("server") == LETS_ENCRYPT
    assert nothing.text("account") is None
    assert nothing.text("pre_hook") is None
    old = restored({"authenticator": "webroot", "webroot_path": "/a", "os_packages_only": "False"})
    assert old.items("webroot_path") == ("/a",)


def test_what_was_said_for_this_run_wins() -> None:
    settings = restored(
        {"key_type": "rsa", "pre_hook": "old", "reuse_key": "True"},
        "renew",
        "--pre-hook",
        "new",
        "--no-reuse-key",
    )
    assert settings.text("pre_hook") == "new"
    assert settings.choice("reuse_key") is False
    assert settings.text("key_type") == "rsa"
    assert restored({}, "renew", "--key-type", "ecdsa").text("key_type") == "ecdsa"


def test_a_new_webroot_replaces_the_old_map() -> None:
    parameters: dict[str, Value] = {"authenticator": "webroot", "webroot_map": {"a.example": "/old"}}
    assert restored(parameters, "renew", "-w", "/new").mapping("webroot_map") == {}
    assert restored(parameters, "renew").mapping("webroot_map") == {"a.example": "/old"}


def test_only_options_of_the_lineages_own_plugins_are_taken_up() -> None:
    parameters: dict[str, Value] = {
        "authenticator": "dns-ovh",
        "installer": "nginx",
        "dns_ovh_credentials": "/ovh.ini",
        "dns_ovh_propagation_seconds": "5",
        "nginx_ctl": "/sbin/nginx",
        "manual_auth_hook": "stale",
        "webroot_path": "/stale",
    }
    settings = restored(parameters)
    assert settings.text("dns_ovh_credentials") == "/ovh.ini"
    assert settings.number("dns_ovh_propagation_seconds") == 5
    assert settings.text("nginx_ctl") == "/sbin/nginx"
    assert not settings.is_set("manual_auth_hook")
    assert not settings.is_set("webroot_path")
    by_flag = restored(parameters, "renew", "-a", "manual")
    assert by_flag.text("manual_auth_hook") == "stale"
    assert not by_flag.is_set("dns_ovh_credentials")


def test_a_dry_run_tests_lets_encrypt_at_staging_and_others_at_home() -> None:
    at_staging = restored({"server": LETS_ENCRYPT, "account": "abc"}, "renew", "--dry-run")
    assert at_staging.text("server") == LETS_ENCRYPT_STAGING
    assert at_staging.text("account") is None
    assert restored({"server": LETS_ENCRYPT_V01}, "renew", "--dry-run").text("server") == LETS_ENCRYPT_STAGING
    assert restored({}, "renew", "--dry-run").text("server") == LETS_ENCRYPT_STAGING
    at_home = restored({"server": "https://ca.example/dir", "account": "abc"}, "renew", "--dry-run")
    assert at_home.text("server") == "https://ca.example/dir"
    assert at_home.text("account") == "abc"


def test_another_server_means_another_account() -> None:
    parameters: dict[str, Value] = {"server": "https://ca.example/dir", "account": "abc"}
    for arguments in (("--staging",), ("--server", "https://other.example/"), ("--ca", "zerossl")):
        elsewhere = restored(parameters, "renew", *arguments)
        assert elsewhere.text("server") != "https://ca.example/dir"
        assert elsewhere.text("account") is None
    same = restored(parameters, "renew", "--server", "https://ca.example/dir")
    assert same.text("account") == "abc"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"authenticator": {"x": "y"}}, "does not specify an authenticator"),
        ({"must_staple": "perhaps"}, "must_staple: Expected True or False but found perhaps"),
        ({"must_staple": "None"}, "must_staple: Expected True or False but found None"),
        ({"rsa_key_size": "big"}, "rsa_key_size: Expected a numeric value but found big"),
        ({"rsa_key_size": "None"}, "rsa_key_size: Expected a numeric value but found None"),
        ({"pref_challs": ("foo",)}, "pref_challs: Unrecognized challenges: foo"),
        ({"key_type": "dsa"}, "key_type: invalid choice: 'dsa'"),
        ({"authenticator": "webroot", "webroot_map": "x"}, "webroot_map: is no section"),
        ({"server": {"a": "b"}}, "server: is a section"),
        ({"authenticator": "dns-ovh", "dns_ovh_propagation_seconds": "x"}, "numeric value"),
    ],
)
def test_what_makes_no_sense_is_told_with_the_file(parameters: dict[str, Value], message: str) -> None:
    with pytest.raises(RenewalFileBroken, match=message) as caught:
        restored(parameters)
    assert "/c/renewal/x.conf" in caught.value.message
    assert "/c/renewal/x.conf" in caught.value.remedy


def test_a_file_without_parameters_is_broken() -> None:
    with pytest.raises(RenewalFileBroken, match="authenticator"):
        restore({}, Settings.defaults(), path="x.conf")


WORDS = st.sampled_from(
    ["None", "True", "x", "", "7", "-1", "http-01", "rsa", "webroot", "dns-ovh", LETS_ENCRYPT]
)
WRITTEN = WORDS | st.lists(WORDS, max_size=2).map(tuple) | st.dictionaries(WORDS, WORDS, max_size=2)
KEYS = st.sampled_from([option.key or "" for option in OPTIONS] + ["deploy_hook", "unknown", "no_bootstrap"])


@given(
    st.dictionaries(KEYS, WRITTEN, max_size=6), st.sampled_from(["", "--dry-run", "--server=x", "-a=manual"])
)
def test_any_content_is_taken_up_or_refused_with_the_file(found: dict[str, Value], argument: str) -> None:
    try:
        settings = restored(found, "renew", *([argument] if argument else []), own=found)
    except RenewalFileBroken:
        return
    assert settings.required("server")
    assert settings.required("key_type")
    assert settings.number("rsa_key_size") >= 0
    assert isinstance(settings.items("pref_challs"), tuple)
    assert isinstance(settings.mapping("webroot_map"), dict)
    assert isinstance(settings.text("deploy_hook"), str | None)
    to_parameters(settings, found)
    to_own_section(settings, found)


FLAGS = {
    "--reuse-key": None,
    "--must-staple": None,
    "--no-autorenew": None,
    "--allow-subset-of-names": None,
    "--pre-hook": "echo 'a', \"b\" # c",
    "--deploy-hook": "x\ny",
    "--post-hook": "a,",
    "--user-agent": "",
    "--preferred-chain": "ISRG Root X1",
    "--required-profile": "shortlived",
    "--key-type": "rsa",
    "--rsa-key-size": "3072",
    "--elliptic-curve": "secp384r1",
    "--http-01-port": "8080",
    "--preferred-challenges": "http,dns",
    "--manual-auth-hook": "  /bin/x  ",
    "--account": "abc",
    "--server": "https://ca.example/dir",
    "--strict-hooks": None,
    "--tls-alpn-01-port": "5001",
}


@given(st.sets(st.sampled_from(sorted(FLAGS))))
def test_what_is_kept_in_a_file_comes_back_whole(flags: set[str]) -> None:
    arguments = ["certonly", "-a", "manual"]
    for flag in sorted(flags):
        value = FLAGS[flag]
        arguments += [flag] if value is None else [f"{flag}={value}"]
    settings = said(*arguments)
    document = RenewalDocument.parse("", path="x").replace_section("renewalparams", to_parameters(settings))
    document = document.replace_section("everseal", to_own_section(settings))
    read = RenewalDocument.parse(document.render(), path="x")
    again = restore(read.section("renewalparams"), said("renew"), path="x", own=read.section("everseal"))
    assert to_parameters(again) == to_parameters(settings)
    assert to_own_section(again) == to_own_section(settings)
