"""Splitting a command line, with argparse as the oracle."""

from __future__ import annotations

import argparse
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.errors import UsageError
from everseal.settings.options import CERTBOT_OPTIONS, OWN_OPTIONS
from everseal.settings.tokens import CERTBOT_FLAGS, split_arguments

VALUES = "-c -d -m -a -i -w"
NOTHING = "-v -t -n -q -h"
LONG_VALUES = """
config verbose-level max-log-backups domains domain ip-address eab-kid eab-hmac-key eab-hmac-alg
cert-name required-profile preferred-profile preferred-chain preferred-challenges issuance-timeout
user-agent user-agent-comment account email rsa-key-size key-type elliptic-curve http-01-port
http-01-address https-port cert-path key-path fullchain-path chain-path config-dir work-dir logs-dir
server csr pre-hook post-hook deploy-hook renew-hook reason checkpoints configurator authenticator
installer webroot-path webroot-map manual-auth-hook manual-cleanup-hook nginx-server-root nginx-ctl
nginx-sleep-seconds apache-enmod apache-dismod apache-le-vhost-ext apache-server-root apache-vhost-root
apache-logs-root apache-challenge-location apache-handle-modules apache-handle-sites apache-ctl
apache-bin
"""
LONG_NOTHING = """
help verbose text preconfigured-renewal non-interactive noninteractive force-interactive dry-run
debug-challenges keep-until-expiring keep reinstall expand version force-renewal renew-by-default
renew-with-new-domains reuse-key no-reuse-key new-key allow-subset-of-names agree-tos duplicate quiet
eff-email no-eff-email register-unsafely-without-email must-staple redirect no-redirect hsts no-hsts uir
no-uir staple-ocsp no-staple-ocsp auto-hsts strict-permissions test-cert staging run-deploy-hooks debug
no-verify-ssl break-my-certs disable-hook-validation no-directory-hooks no-random-sleep-on-renew
disable-renew-updates no-autorenew delete-after-revoke no-delete-after-revoke init prepare authenticators
installers apache nginx standalone manual webroot os-packages-only no-self-upgrade no-bootstrap
no-permissions-check dns-route53
"""
DNS = "cloudflare digitalocean dnsimple dnsmadeeasy gehirn google linode luadns nsone ovh rfc2136 sakuracloud"


def certbot_flags() -> dict[str, bool]:
    """Every flag of Certbot's and whether a value follows it, from its documentation."""
    flags = dict.fromkeys(VALUES.split(), True) | dict.fromkeys(NOTHING.split(), False)
    flags |= {f"--{name}": True for name in LONG_VALUES.split()}
    flags |= {f"--{name}": False for name in LONG_NOTHING.split()}
    for name in DNS.split():
        flags[f"--dns-{name}"] = False
        flags[f"--dns-{name}-propagation-seconds"] = True
        flags[f"--dns-{name}-credentials"] = True
    return flags | {"--dns-google-project": True}


class Refused(Exception):
    """What argparse would end the program with."""


class Oracle(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(message)


def oracle() -> Oracle:
    parser = Oracle(add_help=False)
    for flag, takes_value in certbot_flags().items():
        if takes_value:
            parser.add_argument(flag, dest=flag, action="append")
        else:
            parser.add_argument(flag, dest=flag, action="append_const", const=None)
    return parser


ORACLE = oracle()


def by_oracle(arguments: list[str]) -> dict[str, list[str | None]]:
    return {flag: values for flag, values in vars(ORACLE.parse_args(arguments)).items() if values is not None}


def by_us(arguments: list[str]) -> dict[str, list[str | None]]:
    said, words = split_arguments(arguments, "run")
    if words:
        raise UsageError("words", remedy="none")
    found: dict[str, list[str | None]] = {}
    for each in said:
        found.setdefault(each.flag, []).append(each.text)
    return found


def test_the_table_has_exactly_certbots_flags() -> None:
    expected = certbot_flags()
    assert {flag: option.takes_value for flag, option in CERTBOT_FLAGS.items()} == expected


def test_every_prefix_of_every_option_resolves_as_argparse_does() -> None:
    for flag, takes_value in certbot_flags().items():
        for end in range(3, len(flag) + 1):
            arguments = [flag[:end], "5"] if takes_value else [flag[:end]]
            try:
                expected = by_oracle(arguments)
            except Refused:
                with pytest.raises(UsageError):
                    by_us(arguments)
            else:
                assert by_us(arguments) == expected, arguments


@pytest.mark.parametrize("option", CERTBOT_OPTIONS, ids=lambda option: option.name)
def test_every_option_parses_in_every_spelling(option: object) -> None:
    from everseal.settings.option import Option

    assert isinstance(option, Option)
    for flag in option.flags + option.off_flags:
        if option.takes_value:
            assert by_us([flag, "a b"]) == {flag: ["a b"]}
            assert by_us([f"{flag}=-x"]) == {flag: ["-x"]}
        else:
            assert by_us([flag]) == {flag: [None]}


def test_own_options_are_never_abbreviated() -> None:
    for option in OWN_OPTIONS:
        verb = option.verbs[0] if option.verbs else "run"
        for flag in option.flags:
            assert not any(known.startswith(flag) for known in CERTBOT_FLAGS), flag
            said, _ = split_arguments([flag, "x"] if option.takes_value else [flag], verb)
            assert said[0].option is option
            for end in range(3, len(flag)):
                try:
                    said, _ = split_arguments([flag[:end], "x"], verb)
                except UsageError:
                    continue
                assert not said[0].option.own or said[0].flag == flag[:end]


def test_own_options_of_a_verb_belong_to_it_alone() -> None:
    assert split_arguments(["--listen", "x"], "ca")[0][0].text == "x"
    with pytest.raises(UsageError, match="unrecognized arguments: --listen"):
        split_arguments(["--listen", "x"], "run")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-tvv"],
        ["-nd", "a.com"],
        ["-ndex.com"],
        ["-d=ex.com"],
        ["-qn", "--keep"],
        ["--pre-hook", "--server bar"],
        ["--pre-hook", "-5"],
        ["--pre-hook", "-0.5"],
        ["--pre-hook", "-"],
        ["--pre-hook=-v y"],
        ["--pre-hook="],
        ["--deploy", "x"],
    ],
)
def test_splits_as_argparse_does(arguments: list[str]) -> None:
    assert by_us(arguments) == by_oracle(arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pre-hook", "-v y"], "argument --pre-hook: expected one argument"),
        (["--pre-hook", "--", "x"], "argument --pre-hook: expected one argument"),
        (["--pre-hook"], "argument --pre-hook: expected one argument"),
        (["--quiet=1"], "argument --quiet: ignored explicit argument '1'"),
        (["-v5"], "argument -v: ignored explicit argument '5'"),
        (["--doma", "x"], "ambiguous option: --doma could match --domains, --domain"),
        (["--non"], "ambiguous option: --non could match --non-interactive, --noninteractive"),
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["-x"], "unrecognized arguments: -x"),
        (["--bogus=a b"], "words"),
    ],
)
def test_refuses_what_argparse_refuses(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        by_us(arguments)
    assert caught.value.message == message
    assert caught.value.exit_status == 2
    with pytest.raises(Refused):
        by_oracle(arguments)


def test_a_misspelt_option_is_told_its_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        by_us(["--certname", "x"])
    assert "--cert-name" in caught.value.remedy


def test_after_two_dashes_everything_is_a_word() -> None:
    assert split_arguments(["--", "-v", "x"], "ca") == ([], ["-v", "x"])


PIECES = """
-d -v -tv -nq -dx -x -5 -a -w -w=x --server --serv --keep --kee --pre-hook=x --quiet=1 --dns x --nope
--webroot --webroot-p --domain --no-hsts
"""
ARGUMENTS = st.lists(st.sampled_from([*PIECES.split(), "a b", "-v a"]), max_size=5)


@given(ARGUMENTS)
def test_any_command_line_is_split_or_refused_as_by_argparse(arguments: list[str]) -> None:
    try:
        expected = by_oracle(arguments)
    except Refused:
        with pytest.raises(UsageError):
            by_us(arguments)
    else:
        assert by_us(arguments) == expected
