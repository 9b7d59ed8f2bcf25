"""Variables of hooks: exact, cut at whole names, and none that leaks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from everseal.hooks.environment import deploy_variables, hook_environment, join_names, post_variables
from everseal.model.names import DnsName, IpAddress

A, B = DnsName("a.example"), DnsName("*.b.example")
IP = IpAddress("192.0.2.7")


def test_a_deploy_hook_gets_the_live_directory_and_the_names() -> None:
    assert deploy_variables("/etc/letsencrypt/live/a.example", [A, B, IP]) == {
        "RENEWED_LINEAGE": "/etc/letsencrypt/live/a.example",
        "RENEWED_DOMAINS": "a.example *.b.example 192.0.2.7",
    }


def test_a_post_hook_gets_both_lists_each_cut_for_itself() -> None:
    assert post_variables([A, B], [], limit=100) == {
        "RENEWED_DOMAINS": "a.example *.b.example",
        "FAILED_DOMAINS": "",
    }
    assert post_variables([A, B], [B, A], limit=12) == {
        "RENEWED_DOMAINS": "a.example",
        "FAILED_DOMAINS": "*.b.example",
    }


@given(st.lists(st.integers(1, 40), max_size=40), st.integers(0, 200))
def test_names_are_cut_whole_and_as_few_as_need_be(lengths: list[int], limit: int) -> None:
    names = [DnsName("x" * length) for length in lengths]
    kept = join_names(names, limit)
    assert len(kept) <= limit
    words = kept.split()
    assert words == [name.value for name in names[: len(words)]]
    if len(words) < len(names):
        longer = " ".join([*words, names[len(words)].value])
        assert len(longer) > limit


def test_the_callers_environment_is_there_without_our_secrets() -> None:
    base = {"PATH": "/bin", "LANG": "C", "DNS_TOKEN": "canary"}
    assert hook_environment(base, {"RENEWED_DOMAINS": "a"}, command="true", withheld=["DNS_TOKEN"]) == {
        "PATH": "/bin",
        "LANG": "C",
        "RENEWED_DOMAINS": "a",
    }
    assert base["DNS_TOKEN"] == "canary"


def test_variables_of_a_hook_that_we_run_in_ourselves_are_not_handed_on() -> None:
    base = {"PATH": "/bin", "CERTBOT_TOKEN": "old", "FAILED_DOMAINS": "old", "RENEWED_LINEAGE": "old"}
    environment = hook_environment(base, {"CERTBOT_DOMAIN": "a.example"}, command="true")
    assert environment == {"PATH": "/bin", "CERTBOT_DOMAIN": "a.example"}
