from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk


def keep(desk: Desk, name: str, count: int, days: int = 90) -> None:
    for number in range(count):
        desk.keep(name, new=number == 0, days=days)


def versions(desk: Desk, name: str) -> list[int]:
    numbers = [
        path.stem.removeprefix("privkey") for path in (desk.config / "archive" / name).glob("privkey*")
    ]
    return sorted(map(int, numbers))


@pytest.fixture
def kept(desk: Desk) -> Desk:
    keep(desk, "x.test", 8)
    keep(desk, "y.test", 3)
    (desk.config / "keys").mkdir()
    (desk.config / "keys" / "0000_key-certbot.pem").write_text("")
    return desk


def test_as_certbot_would_and_what_it_left(kept: Desk) -> None:
    done = kept.succeed("prune")
    assert "x.test: remove 2 of 8 versions\n" in done.out
    assert "  version 1 goes: it is not among the newest 5 before the live version\n" in done.out
    assert "  version 8 stays: it is live\n" in done.out
    assert "y.test: nothing to remove (3 versions)" in done.out
    assert "9 files removed." in done.out
    assert (versions(kept, "x.test"), versions(kept, "y.test")) == ([3, 4, 5, 6, 7, 8], [1, 2, 3])
    assert not (kept.config / "keys").exists()
    assert "No file was removed." in kept.succeed("prune").out


def test_the_plan_does_nothing(kept: Desk) -> None:
    before = kept.tree(".")
    shown = kept.succeed("prune", "--plan", "--keep-versions", "0").out
    assert "y.test: remove 2 of 3 versions" in shown
    assert f"{kept.config}/keys/0000_key-certbot.pem" in shown
    assert kept.tree(".") == before


def test_only_those_named(kept: Desk) -> None:
    kept.succeed("prune", "y.test", "--keep-versions", "0")
    assert (versions(kept, "x.test"), versions(kept, "y.test")) == ([1, 2, 3, 4, 5, 6, 7, 8], [3])
    assert (kept.config / "keys").exists()
    assert "keep_versions" not in (kept.config / "renewal/y.test.conf").read_text()


def test_what_is_live_stays_though_it_is_old(kept: Desk) -> None:
    kept.succeed("switch", "y.test", "--to", "2")
    shown = kept.succeed("prune", "y.test", "--keep-versions", "0").out
    assert "version 3 stays: it is newer than the live version" in shown
    assert versions(kept, "y.test") == [2, 3]


def test_an_expired_certificate_goes_when_it_is_named(kept: Desk) -> None:
    keep(kept, "old.test", 2, days=-3)
    kept.succeed("prune", "--keep-versions", "0")
    assert versions(kept, "old.test") == [2]
    shown = kept.succeed("prune", "old.test", "--expired", "--plan").out
    assert shown == "old.test: remove it with all its versions and settings, because it has expired\n"
    kept.succeed("prune", "old.test", "--expired")
    assert not [path for path in kept.tree("live", "archive", "renewal") if "old.test" in path]
    refused = kept.run("prune", "x.test", "--expired")
    assert (refused.status, "is valid until" in refused.err) == (1, True)
    unnamed = kept.run("prune", "--expired")
    assert (unnamed.status, "so name them" in unnamed.err) == (2, True)
    assert versions(kept, "x.test") == [8]


def test_a_damaged_one_is_left_alone_and_told(kept: Desk) -> None:
    (kept.config / "live/x.test/cert.pem").unlink()
    (kept.config / "renewal/y.test.conf").write_text("gibberish")
    done = kept.succeed("prune")
    assert done.err.count("nothing of it is removed; to mend it") == 2
    assert versions(kept, "x.test") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_renewals_keep_what_was_said(desk: Desk) -> None:
    desk.obtain("x.test", keep_versions="1")
    for _ in range(3):
        desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert versions(desk, "x.test") == [3, 4]
    assert "keep_versions = 1" in (desk.config / "renewal/x.test.conf").read_text()
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew", "--keep-days", "3")
    assert versions(desk, "x.test") == [3, 4, 5]
    desk.succeed(
        "renew", "--force-renewal", "--no-random-sleep-on-renew", "--keep-days=0", "--keep-versions=0"
    )
    assert versions(desk, "x.test") == [6]


def test_without_a_word_it_is_as_with_certbot(desk: Desk, tmp_path: Path) -> None:
    desk.register()
    account = desk.account_folders[0].name
    for number in range(7):
        desk.keep("x.test", new=number == 0, account=account)
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert versions(desk, "x.test") == [3, 4, 5, 6, 7, 8]
