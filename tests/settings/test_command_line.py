"""Command lines and configuration files together, as Certbot understands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everseal.model.errors import BadName, OperatorError, UsageError
from everseal.settings.authorities import LETS_ENCRYPT, LETS_ENCRYPT_STAGING
from everseal.settings.command_line import Invocation, parse
from everseal.settings.conflicts import OptionConflict
from everseal.settings.gathering import BadValue
from everseal.settings.options import OPTIONS
from everseal.settings.values import Settings
from everseal.settings.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from everseal.settings.option import Option


def files(texts: Mapping[str, str]) -> Callable[[str], str]:
    def read(path: str) -> str:
        if path not in texts:
            raise FileNotFoundError(2, "No such file or directory", path)
        return texts[path]

    return read


def run(
    *arguments: str, inis: Mapping[str, str] | None = None, others: Mapping[str, str] | None = None
) -> Invocation:
    """``inis`` are the usual configuration files in order, ``others`` can be named with ``-c``."""
    inis = inis or {}
    return parse(
        arguments, directory="/cwd", config_files=tuple(inis), read_config=files({**inis, **(others or {})})
    )


def settings(*arguments: str, **texts: Mapping[str, str]) -> Settings:
    return run(*arguments, **texts).settings


# verbs


@pytest.mark.parametrize(
    ("arguments", "verb"),
    [
        ((), "run"),
        (("-q",), "run"),
        (("certonly",), "certonly"),
        (("auth",), "certonly"),
        (("everything",), "run"),
        (("-q", "renew"), "renew"),
        (("--cert-name", "x", "delete"), "delete"),
        (("plan",), "plan"),
        (("ca", "serve"), "ca"),
        (("--version",), "version"),
        (("-q", "--version", "renew"), "version"),
        (("help",), "help"),
        (("--hel",), "help"),
        (("-nh",), "help"),
        (("--versi",), "version"),
    ],
)
def test_the_verb_is_found_wherever_it_stands(arguments: tuple[str, ...], verb: str) -> None:
    assert run(*arguments).verb == verb


def test_a_verb_counts_even_as_the_value_of_an_option() -> None:
    with pytest.raises(UsageError, match="argument --cert-name: expected one argument"):
        run("--cert-name", "install")
    invocation = run("--cert-name", "install", "certonly", "-n", "--pre-hook=renew")
    assert invocation.verb == "install"
    assert invocation.settings.text("certname") == "certonly"


def test_own_verbs_count_only_as_the_first_word() -> None:
    assert settings("certonly", "--cert-name", "plan").text("certname") == "plan"
    with pytest.raises(UsageError, match="unrecognized arguments: plan") as caught:
        run("-q", "plan")
    assert caught.value.remedy == "put plan first"
    invocation = run("ca", "serve", "--listen", "127.0.0.1:0", "install")
    assert invocation.words == ("serve", "install")
    assert invocation.settings.text("ca_listen") == "127.0.0.1:0"


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_can_be_called(verb: str) -> None:
    assert run(verb).verb == verb


def test_words_that_belong_nowhere_are_refused() -> None:
    with pytest.raises(UsageError, match=r"unrecognized arguments: a\.test"):
        run("plan", "a.test")
    with pytest.raises(UsageError, match="unrecognized arguments: foo bar"):
        run("certonly", "foo", "bar")
    with pytest.raises(UsageError) as caught:
        run("renewal")
    assert "did you mean renew?" in caught.value.remedy


# help


@pytest.mark.parametrize(
    ("arguments", "topic"),
    [
        (("help",), None),
        (("-h",), None),
        (("--help", "all"), "all"),
        (("help", "security"), "security"),
        (("help", "certonly"), "certonly"),
        (("--help", "webroot", "--bogus"), "webroot"),
        (("--help", "commands"), "commands"),
        (("certonly", "--help"), "certonly"),
        (("auth", "-d", "x", "-h"), "certonly"),
        (("plan", "-h"), "plan"),
        (("help", "nonsense"), None),
        (("-q", "--help"), None),
    ],
)
def test_help_knows_its_topic(arguments: tuple[str, ...], topic: str | None) -> None:
    invocation = run(*arguments)
    assert invocation.verb == "help"
    assert invocation.topic == topic


def test_help_and_version_read_no_file() -> None:
    def refuse(path: str) -> str:
        raise AssertionError(path)

    for arguments in (["--help"], ["--version"], ["-nh"]):
        parse(arguments, directory="/", config_files=["/etc/letsencrypt/cli.ini"], read_config=refuse)


# values


def sample(option: Option) -> str:
    if option.choices:
        return option.choices[0]
    samples = {
        "int": "7",
        "natural": "7",
        "domains": "a.example",
        "addresses": "192.0.2.7",
        "challenges": "dns",
        "webroot map": '{"a.example": "/w"}',
    }
    picky = {"fallback_server": "https://ca.example/", "fallback_ca": "zerossl", "fallback_on": "down"}
    return picky.get(option.dest) or samples.get(option.kind, "text")


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if option.kind not in {"help", "version"}], ids=lambda o: o.name
)
def test_every_option_takes_effect_from_the_command_line_and_from_a_file(option: Option) -> None:
    verb = option.verbs[0] if option.verbs else "reconfigure" if option.dest == "dry_run" else "certonly"
    for flag in option.flags + option.off_flags:
        value = (sample(option),) if option.takes_value else ()
        others = {"/cwd/text": ""}
        invocation = run(verb, flag, *value, others=others)
        if option.kind == "deprecated":
            assert invocation.warnings == (f"Use of {flag} is deprecated.",)
            continue
        assert invocation.settings.source(option.dest).place == flag
        assert invocation.settings.source(option.dest).kind == "command line"
        if option.dest == "config_file" or not flag.startswith("--"):
            continue
        line = f"{flag[2:]} = {value[0] if value else 'true'}\n"
        by_file = run(verb, inis={"/e/cli.ini": f"\n{line}"}).settings
        assert by_file.get(option.dest) == invocation.settings.get(option.dest)
        assert by_file.source(option.dest).place == "/e/cli.ini, line 2"


def test_the_last_one_wins_and_repeatable_ones_accumulate() -> None:
    found = settings(
        "certonly", "-d", "a.example,B.example.", "--domain=c.example", "-d", "a.example", "--server", "x",
        "--server", "y", "--preferred-challenges", "http,dns-01", "--preferred-challenges", "tls-alpn",
        "--ip-address", "2001:DB8::1", "--ip-address", "192.0.2.1", "-vv", "-v", "--allow-origin", "https://a",
    )  # fmt: skip
    assert found.items("domains") == ("a.example", "b.example", "c.example")
    assert found.items("ip_addresses") == ("2001:db8::1", "192.0.2.1")
    assert found.text("server") == "y"
    assert found.items("pref_challs") == ("http-01", "dns-01", "tls-alpn-01")
    assert found.number("verbose_count") == 3
    assert settings("--redirect", "--no-redirect").choice("redirect") is False
    assert settings("--no-redirect", "--redirect").choice("redirect") is True
    assert settings("plugins", "--installers", "--authenticators").items("ifaces") == (
        "installers",
        "authenticators",
    )


def test_paths_are_made_absolute() -> None:
    found = settings(
        "--cert-path", "x/../c.pem", "--config-dir", "conf", "--dns-ovh-credentials", "~/ovh.ini"
    )
    assert found.text("cert_path") == "/cwd/c.pem"
    assert found.text("config_dir") == "/cwd/conf"
    assert found.text("dns_ovh_credentials") == "/cwd/~/ovh.ini"


def test_names_are_kept_as_they_are_ordered() -> None:
    assert settings("-d", "bücher.example,*.Example.com").items("domains") == (
        "xn--bcher-kva.example",
        "*.example.com",
    )


def test_switches_that_are_only_turned_off() -> None:
    found = settings(
        "--no-autorenew", "--disable-hook-validation", "--no-directory-hooks", "--no-random-sleep-on-renew"
    )
    for dest in ("autorenew", "validate_hooks", "directory_hooks", "random_sleep_on_renew"):
        assert found.choice(dest) is False
        assert Settings.defaults().choice(dest) is True


def test_choices_do_not_depend_on_case() -> None:
    assert settings("revoke", "--reason", "KeyCompromise").text("reason") == "keycompromise"
    assert settings("--key-type", "RSA").text("key_type") == "rsa"


# webroots


def test_each_name_takes_the_webroot_before_it() -> None:
    found = settings(
        "certonly", "-w", "/a", "-d", "a.example", "-d", "b.example", "-w", "b", "-d", "c.example"
    )
    assert found.items("webroot_path") == ("/a", "/cwd/b")
    assert found.mapping("webroot_map") == {"a.example": "/a", "b.example": "/a"}
    assert found.is_explicit("webroot_map")


def test_addresses_take_their_webroot_too() -> None:
    found = settings("certonly", "-w", "/a", "--ip-address", "192.0.2.1", "-w", "/b", "-d", "c.example")
    assert found.mapping("webroot_map") == {"192.0.2.1": "/a"}


def test_one_webroot_after_the_names_serves_all() -> None:
    found = settings("certonly", "-d", "a.example", "-w", "/a")
    assert found.items("webroot_path") == ("/a",)
    with pytest.raises(BadValue, match="one of them must precede"):
        run("certonly", "-d", "a.example", "-w", "/a", "-w", "/b")


def test_the_webroot_map_wins_and_brings_its_names() -> None:
    found = settings(
        "certonly", "--webroot-map", '{"a.example,b.example": "/m"}', "-w", "/a", "-d", "a.example,c.example"
    )
    assert found.items("domains") == ("a.example", "b.example", "c.example")
    assert found.mapping("webroot_map") == {"a.example": "/m", "b.example": "/m"}
    assert found.is_explicit("domains")
    again = settings("-w", "/a", "-d", "a.example", "-w", "/b", "--webroot-map", '{"a.example": "/m"}')
    assert again.mapping("webroot_map") == {"a.example": "/m"}


# configuration files


def test_the_command_line_beats_files_and_later_files_beat_earlier() -> None:
    inis = {
        "/etc/letsencrypt/cli.ini": "email = a@b\nserver = https://one/\nkey-type = rsa\ndomains = x.example",
        "/home/.config/letsencrypt/cli.ini": "server = https://two/\nkey-type = ecdsa\n",
    }
    found = settings(
        "certonly",
        "-d",
        "y.example",
        "-c",
        "more.ini",
        inis=inis,
        others={"/cwd/more.ini": "server=https://three/"},
    )
    assert found.text("email") == "a@b"
    assert found.text("server") == "https://three/"
    assert found.text("key_type") == "ecdsa"
    assert found.items("domains") == ("y.example",)
    assert found.source("server").place == "/cwd/more.ini, line 1"
    assert found.source("domains").kind == "command line"


def test_webroots_of_a_file_serve_names_of_the_command_line() -> None:
    found = settings("certonly", "-d", "a.example", inis={"/e": "webroot-path = /w\n"})
    assert found.items("webroot_path") == ("/w",)


def test_a_switch_left_off_in_a_file_is_set_to_its_default() -> None:
    found = settings(
        "renew", inis={"/e": "reuse-key = false\nno-redirect = no\nverbose = 0\nno-bootstrap = no"}
    )
    assert found.choice("reuse_key") is False
    assert found.is_explicit("reuse_key")
    assert found.choice("redirect") is None
    assert found.number("verbose_count") == 0
    again = settings("certonly", "--reuse-key", inis={"/e": "reuse-key = false"})
    assert again.choice("reuse_key") is True
    both = settings(inis={"/e": "redirect = true\nno-redirect = false"})
    assert both.choice("redirect") is True


def test_missing_usual_files_are_passed_over_but_not_the_named_one() -> None:
    assert parse([], directory="/", config_files=["/none"], read_config=files({})).verb == "run"
    with pytest.raises(UsageError, match=r"Unable to open config file: /none\.ini") as caught:
        run("certonly", "-c", "/none.ini")
    assert caught.value.exit_status == 2


def test_a_file_that_cannot_be_read_is_named() -> None:
    def refuse(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(UsageError, match=r"/etc/cli.ini. Error: Permission denied"):
        parse([], directory="/", config_files=["/etc/cli.ini"], read_config=refuse)


def test_bad_values_in_a_file_are_told_with_their_line() -> None:
    with pytest.raises(UsageError, match="/e, line 2: argument --http-01-port: invalid int value: 'x'"):
        run(inis={"/e": "\nhttp-01-port = x"})
    with pytest.raises(BadValue, match="/e, line 1: '' is empty"):
        run(inis={"/e": "domains = a.example,"})


def test_renew_ignores_names_of_files() -> None:
    assert settings("renew", inis={"/e": "domains = a.example"}).items("domains") == ()
    assert settings("certonly", inis={"/e": "domains = a.example"}).items("domains") == ("a.example",)


def test_deprecated_options_warn_and_do_nothing() -> None:
    invocation = run("--no-bootstrap", inis={"/e": "no-self-upgrade = true"})
    assert invocation.warnings == (
        "Use of --no-self-upgrade is deprecated.",
        "Use of --no-bootstrap is deprecated.",
    )
    assert not invocation.settings.is_set("no_bootstrap")


# refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--key-type dsa", "argument --key-type: invalid choice: 'dsa'"),
        ("--elliptic-curve P-256", "argument --elliptic-curve: invalid choice: 'P-256'"),
        (
            "--preferred-challenges foo,dns,bar",
            "argument --preferred-challenges: Unrecognized challenges: foo, bar",
        ),
        ("--max-log-backups -1", "argument --max-log-backups: value must be non-negative"),
        ("--issuance-timeout=-3", "argument --issuance-timeout: value must be non-negative"),
        ("--http-01-port x", "argument --http-01-port: invalid int value: 'x'"),
        ("--user-agent-comment a(b)", "argument --user-agent-comment: may not contain parentheses"),
        ("--ca nobody", "argument --ca: invalid choice: 'nobody'"),
    ],
)
def test_what_argparse_refuses_is_a_usage_error(arguments: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run("certonly", *arguments.split())
    assert caught.value.message == message
    assert caught.value.exit_status == 2
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("certonly -d a.example,", "is empty"),
        ("certonly -d 192.0.2.1", "is an IP address"),
        ("certonly -d https://a.example", "begins with https://"),
        ("certonly -d a..example", "empty label"),
        ("certonly --ip-address a.example", "is not an IP address"),
        ("certonly --webroot-map nonsense", "is no JSON"),
        ("certonly --webroot-map [1]", "is no JSON object"),
        ("certonly --http-01-port 443", r"on the same port \(443\)"),
        ("run --csr x", "only be specified when obtaining"),
        ("certonly --csr x --allow-subset-of-names", "cannot be used with --csr"),
        ("certonly --allow-subset-of-names -d *.a.example", "with a wildcard domain is not supported"),
        (
            "run --dry-run",
            r"--dry-run currently only works with the 'certonly' or 'renew' subcommands \('run'\)",
        ),
        ("renew --force-interactive", "--force-interactive cannot be used with renew"),
        ("certonly -n --force-interactive", "--force-interactive conflict"),
        ("certonly --staging --server https://x/", "--server value conflicts with --staging"),
        ("certonly --hsts --auto-hsts", "--hsts and --auto-hsts cannot be used simultaneously"),
        ("certonly --ca zerossl --server https://x/", "name different authorities"),
        ("renew -d a.example", "renew verb is capable of"),
        ("renew -w /a -d a.example", "renew verb is capable of"),
        ("renew --ip-address 192.0.2.1", "renew verb is capable of"),
        ("reconfigure -d a.example", "cannot be used to modify the domains"),
    ],
)
def test_values_that_cannot_be_end_with_status_one(arguments: str, message: str) -> None:
    with pytest.raises(OperatorError, match=message) as caught:
        run(*arguments.split())
    assert caught.value.exit_status == 1
    assert isinstance(caught.value, BadName | BadValue | OptionConflict)
    assert caught.value.remedy


# what follows from what


def test_renew_and_quiet_never_ask() -> None:
    assert settings("renew").flag("noninteractive_mode")
    assert settings("-q").flag("noninteractive_mode")
    assert settings("-q", "--force-interactive").flag("noninteractive_mode")
    assert not settings("certonly").flag("noninteractive_mode")


def test_renew_takes_names_that_the_webroot_map_has() -> None:
    assert settings("renew", "--webroot-map", '{"a.example": "/w"}').items("domains") == ("a.example",)


def test_staging_moves_to_the_staging_server() -> None:
    found = settings("certonly", "--staging")
    assert found.text("server") == LETS_ENCRYPT_STAGING
    assert not found.flag("break_my_certs")
    assert not found.is_explicit("server")
    assert settings("--test-cert", "--server", LETS_ENCRYPT_STAGING).text("server") == LETS_ENCRYPT_STAGING


def test_a_dry_run_moves_lets_encrypt_to_staging_and_leaves_other_servers() -> None:
    found = settings("certonly", "--dry-run", "--account", "abc")
    assert found.text("server") == LETS_ENCRYPT_STAGING
    assert found.flag("break_my_certs")
    assert found.flag("staging")
    assert found.text("account") is None
    assert settings("certonly", "--dry-run", "--server", "https://x/").text("server") == "https://x/"
    assert settings("renew", "--dry-run", inis={"/e": "server = https://x/"}).text("server") == "https://x/"


def test_must_staple_staples() -> None:
    assert settings("--must-staple").flag("staple")


def test_an_authority_is_called_by_name() -> None:
    assert settings("--ca", "zerossl").text("server") == "https://acme.zerossl.com/v2/DV90"
    assert settings("--ca", "letsencrypt", "--server", LETS_ENCRYPT).text("server") == LETS_ENCRYPT
    assert settings("--ca", "letsencrypt", "--staging").text("server") == LETS_ENCRYPT_STAGING
    assert settings("--server", "https://x/", inis={"/e": "ca = zerossl"}).text("server") == "https://x/"
    by_line = settings("--ca", "zerossl", inis={"/e": "server = https://x/"})
    assert by_line.text("server") == "https://acme.zerossl.com/v2/DV90"
    assert by_line.is_explicit("server")


def test_defaults_of_the_machine_stand_under_everything() -> None:
    defaults = Settings.defaults(config_dir="/home/a/.config/everseal")
    invocation = parse([], directory="/", read_config=files({}), defaults=defaults)
    assert invocation.settings.text("config_dir") == "/home/a/.config/everseal"
    assert not invocation.settings.is_set("config_dir")
