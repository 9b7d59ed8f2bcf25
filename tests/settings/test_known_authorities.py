"""The data about public authorities, and the table of names that options are made of."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from everseal.settings.authorities import CLOSED, KNOWN, is_test_server
from everseal.settings.known_authorities import known_authorities


def test_every_name_of_the_options_is_in_the_data_and_the_other_way_about() -> None:
    known = known_authorities()
    assert {each.name: each.directory for each in known.authorities if each.directory} == dict(KNOWN)
    assert {each.name: each.closed for each in known.authorities if each.closed} == dict(CLOSED)
    date.fromisoformat(known.date)
    assert known.source


def test_each_is_whole() -> None:
    known = known_authorities()
    for each in known.authorities:
        assert (each.directory is None) == (each.closed is not None)
        for url in filter(None, (each.directory, each.website)):
            assert urlsplit(url).scheme == "https"
        assert each.key_type in {None, "rsa", "ecdsa"}
        trial = None if each.staging is None else known.named(each.staging)
        assert each.staging is None or (trial is not None and trial.test)


def test_directories_for_trials() -> None:
    known = known_authorities()
    urls = dict(KNOWN)
    assert known.staging_of(urls["letsencrypt"]) == urls["letsencrypt-staging"]
    assert known.staging_of(urls["google-staging"]) == urls["google-staging"]
    assert known.staging_of(urls["zerossl"]) is None
    assert known.staging_of("https://elsewhere.example/") is None
    assert is_test_server(urls["letsencrypt-staging"])
