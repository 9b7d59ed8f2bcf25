"""Completing the webroot map when the names are known."""

from __future__ import annotations

from everseal.settings.values import Settings, Source
from everseal.settings.webroots import complete_webroot_map, with_webroots


def test_names_without_a_directory_take_the_last() -> None:
    assert complete_webroot_map({"a": "/a"}, ("/a", "/b"), ("a", "b")) == {"a": "/a", "b": "/b"}
    assert complete_webroot_map({"a": "/a"}, (), ("a", "b")) == {"a": "/a"}


def test_the_completed_map_has_the_source_of_the_directories() -> None:
    source = Source("command line", "-w")
    settings = Settings.defaults().with_values({"webroot_path": ("/w",)}, source)
    completed = with_webroots(settings, ("a.example", "b.example"))
    assert completed.mapping("webroot_map") == {"a.example": "/w", "b.example": "/w"}
    assert completed.source("webroot_map") == source
    assert with_webroots(Settings.defaults(), ("a",)) == Settings.defaults()
