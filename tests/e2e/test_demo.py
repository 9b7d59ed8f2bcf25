"""The demo: what a newcomer sees in the first ten seconds."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.home import COMMAND, finished, photograph

TOLD_IN_ORDER = [
    "$ everseal certonly --standalone",
    "Plan made",
    "1 certificate to obtain",
    "newAccount",
    "Requesting a certificate for demo.test and www.demo.test",
    "Account registered.",
    "reloading the web server for demo.test www.demo.test",
    "Successfully received certificate.",
    "live/demo.test/fullchain.pem -> ../../archive/demo.test/fullchain1.pem",
    "Certificate Name: demo.test",
    "nothing to do, 1 left as it is",
    "$ everseal renew --force-renewal",
    "reloading the web server for demo.test www.demo.test",
    "Congratulations, all renewals succeeded",
    "archive/demo.test/privkey1.pem",
    "live/demo.test/fullchain.pem -> ../../archive/demo.test/fullchain2.pem",
]


def in_order(shown: str, *wanted: str) -> None:
    """Each text is found after the one before it."""
    place = 0
    for text in wanted:
        found = shown.find(text, place)
        assert found >= 0, f"{text!r} is not shown after what came before it:\n{shown}"
        place = found + len(text)


def test_it_plays_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = finished([COMMAND, "demo"], {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)})
    assert done.status == 0, done.err
    in_order(done.out, *TOLD_IN_ORDER)
    assert photograph(tmp_path) == {}


def test_without_its_responder_the_ca_refuses(tmp_path: Path) -> None:
    done = finished(
        [COMMAND, "demo", "--without-responder"], {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    )
    assert done.status == 0, done.err
    assert all(word in done.out + done.err for word in ("demo.test", "connection", "Connection refused"))
    assert "Successfully received certificate." not in done.out
    assert "live/" not in done.out
    assert photograph(tmp_path) == {}
