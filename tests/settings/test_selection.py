"""Choosing plugins by options."""

from __future__ import annotations

import pytest

from everseal.settings.command_line import parse
from everseal.settings.selection import ContradictingSelection, Selection, selected_plugins


def selected(arguments: str) -> Selection:
    def read(path: str) -> str:
        raise FileNotFoundError(path)

    return selected_plugins(parse(arguments.split(), directory="/", read_config=read).settings)


@pytest.mark.parametrize(
    ("arguments", "authenticator", "installer"),
    [
        ("certonly", None, None),
        ("certonly --standalone", "standalone", None),
        ("certonly --webroot -a webroot", "webroot", None),
        ("run --nginx", "nginx", "nginx"),
        ("run --apache", "apache", "apache"),
        ("run --configurator nginx", "nginx", "nginx"),
        ("run -a webroot -i nginx", "webroot", "nginx"),
        ("certonly --dns-rfc2136", "dns-rfc2136", None),
        ("certonly -a dns-third-party", "dns-third-party", None),
        ("certonly --manual -i null", "manual", "null"),
    ],
)
def test_options_choose(arguments: str, authenticator: str | None, installer: str | None) -> None:
    found = selected(arguments)
    assert (found.authenticator, found.installer) == (authenticator, installer)
    assert repr(found) == f"Selection({authenticator!r}, {installer!r})"


@pytest.mark.parametrize(
    "arguments", ["--webroot --standalone", "--nginx --apache", "-a webroot --nginx", "--nginx -i apache"]
)
def test_contradictions_are_refused(arguments: str) -> None:
    with pytest.raises(ContradictingSelection, match="Too many flags setting configurators") as caught:
        selected(f"certonly {arguments}")
    assert caught.value.exit_status == 1
