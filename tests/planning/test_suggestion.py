from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from everseal.planning.due import SuggestedWindow
from everseal.planning.suggestion import Suggestion, ask_again_at, read_suggestion, suggestion_sections
from tests.planning.samples import NOW

WINDOW = SuggestedWindow(NOW, NOW + timedelta(hours=1, microseconds=7), "https://ca.example/why")


@pytest.mark.parametrize("failures", [0, 3])
@pytest.mark.parametrize("window", [None, WINDOW, SuggestedWindow(NOW, NOW + timedelta(hours=1))])
def test_what_is_written_is_read(window: SuggestedWindow | None, failures: int) -> None:
    suggestion = Suggestion("aki.serial", NOW + timedelta(hours=6), window, failures)
    sections = suggestion_sections(suggestion, {})
    assert read_suggestion(sections["everseal"], "aki.serial") == suggestion
    assert read_suggestion(sections["everseal"], "aki.other") is None


def test_certbot_reads_local_time_without_a_zone() -> None:
    sections = suggestion_sections(Suggestion("x", NOW, None), {})
    text = sections["acme_renewal_info"]["ari_retry_after"]
    assert isinstance(text, str)
    naive = datetime.fromisoformat(text)
    assert naive.tzinfo is None
    assert naive.astimezone() == NOW


def test_other_keys_of_ours_stay_and_old_ones_go() -> None:
    first = suggestion_sections(Suggestion("x", NOW, WINDOW), {"everseal": {"deploy": ("a", "b")}})
    second = suggestion_sections(Suggestion("y", NOW, None), first)
    assert second["everseal"]["deploy"] == ("a", "b")
    assert "ari_window_start" not in second["everseal"]


@pytest.mark.parametrize("value", ["", "soon", "2026-13-01", ("2026-11-24",)])
def test_unreadable_text_counts_as_nothing(value: str | tuple[str, ...]) -> None:
    known = suggestion_sections(Suggestion("x", NOW, WINDOW), {})
    broken = {**known, "everseal": {**known["everseal"], "ari_ask_again": value}}
    assert read_suggestion(broken["everseal"], "x") is None
    windowless = {**known, "everseal": {**known["everseal"], "ari_window_end": value}}
    remembered = read_suggestion(windowless["everseal"], "x")
    assert remembered is not None
    assert remembered.window is None


@pytest.mark.parametrize("value", ["", "-1", "many", "9" * 5000, ("1", "2")])
def test_a_count_that_is_none_counts_as_nought(value: str | tuple[str, ...]) -> None:
    known = suggestion_sections(Suggestion("x", NOW, WINDOW, 3), {})
    broken = {**known, "everseal": {**known["everseal"], "ari_failures": value}}
    assert read_suggestion(broken["everseal"], "x") == Suggestion("x", NOW, WINDOW)


def test_nothing_remembered() -> None:
    assert read_suggestion({}, "x") is None


def test_a_short_lived_certificate_is_asked_about_oftener() -> None:
    hours = timedelta(hours=6)
    assert ask_again_at(NOW, hours, lifetime=timedelta(days=90)) == NOW + hours
    assert ask_again_at(NOW, hours, lifetime=timedelta(minutes=6)) == NOW + timedelta(seconds=18)
    assert ask_again_at(NOW, hours, lifetime=timedelta(0)) == NOW + timedelta(seconds=1)


def test_the_moment_to_ask_again_is_a_whole_second() -> None:
    late = NOW + timedelta(microseconds=1)
    assert ask_again_at(late, timedelta(hours=6), lifetime=timedelta(days=90)) == NOW + timedelta(
        hours=6, seconds=1
    )
