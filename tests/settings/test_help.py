"""The pages of help."""

from __future__ import annotations

import pytest

from everseal.settings.help import render_help, spelled, usage
from everseal.settings.options import OPTIONS
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.topics import GROUPS, is_topic
from everseal.settings.verbs import CERTBOT_VERBS, VERBS


def test_the_short_page_is_short_and_begins_with_what_people_need() -> None:
    page = render_help(None, program="everseal")
    assert len(page.splitlines()) <= 40
    for command in ("certonly --standalone", "certonly --webroot", "plan", "renew", "certificates"):
        assert f"\n  everseal {command}" in page
    assert "everseal help all" in page


def test_the_program_is_called_by_the_name_it_was_called_by() -> None:
    page = render_help(None, program="certbot")
    assert "certbot certonly" in page
    assert "everseal certonly" not in page
    assert usage("certbot").startswith("usage: certbot ")


def test_the_page_of_everything_shows_every_option_once_and_no_hidden_one() -> None:
    lines = render_help("all", program="everseal").splitlines()
    heads = [line for line in lines if line.startswith("  -")]
    for option in OPTIONS:
        shown = [
            line
            for line in heads
            if line.strip() == spelled(option) or line.startswith(f"  {spelled(option)}  ")
        ]
        assert len(shown) == (0 if option.hidden else 1), option.name


def test_every_verb_is_on_the_page_of_commands() -> None:
    page = render_help("commands", program="everseal")
    for verb in VERBS:
        assert f"\n  {verb.name} " in page
    assert page == render_help("subcommands", program="everseal")


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_has_a_page_that_shows_its_options(verb: str) -> None:
    page = render_help(verb, program="everseal")
    assert page.startswith(f"usage: everseal {verb}")
    assert "--verbose" in page
    for option in OPTIONS:
        if verb in option.topics and not option.hidden:
            assert f"  {spelled(option)}" in page


@pytest.mark.parametrize("topic", [*(name for name, _ in GROUPS), *PLUGINS])
def test_every_topic_has_a_page(topic: str) -> None:
    assert is_topic(topic)
    page = render_help(topic, program="everseal")
    assert page != render_help(None, program="everseal")
    for option in OPTIONS:
        if topic in option.topics and not option.hidden:
            assert f"  {spelled(option)}" in page


def test_aliases_of_verbs_have_the_same_page() -> None:
    for word, verb in CERTBOT_VERBS.items():
        assert render_help(word, program="everseal") == render_help(verb, program="everseal")


def test_unknown_topics_have_the_short_page() -> None:
    assert not is_topic("nonsense")
    assert render_help("nonsense", program="everseal") == render_help(None, program="everseal")


@pytest.mark.parametrize("topic", [None, "all", "commands", "certonly", "security", "webroot"])
def test_pages_fit_a_terminal(topic: str | None) -> None:
    for line in render_help(topic, program="everseal").splitlines():
        assert len(line) <= 80 or line.lstrip().startswith(("--", "-")), line


def test_every_option_that_is_not_hidden_is_on_some_page_and_says_something() -> None:
    known = {"", *(name for name, _ in GROUPS), *(verb.name for verb in VERBS), *PLUGINS}
    for option in OPTIONS:
        assert option.help
        assert option.help[0] == option.help[0].lower() or option.help.startswith(
            ("HMAC", "Google", "Apache")
        )
        assert not option.help.endswith(".")
        assert set(option.topics) <= known, option.name
        if option.takes_value and not option.hidden:
            assert option.metavar or option.choices, option.name
