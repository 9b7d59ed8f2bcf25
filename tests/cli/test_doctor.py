from __future__ import annotations

import os
import shutil

import pytest

from everseal.system.clock import SystemClock
from everseal.system.locks import lock_file
from tests.cli.desk import Desk
from tests.documents import check


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Two sound certificates."""
    desk.keep("a.test")
    desk.keep("b.test")
    desk.succeed("certificates")
    return desk


def doctor(desk: Desk, *words: str, status: int = 0) -> str:
    done = desk.run_as_given("doctor", *desk.words(*words))
    assert done.status == status, f"{done.out}\n{done.err}"
    assert "Traceback" not in done.err
    return done.out


def test_nothing_is_wrong(kept: Desk) -> None:
    out = doctor(kept)
    assert out == (
        f"2 certificates examined in {kept.config}: nothing is wrong; "
        "names were not looked up (--network does).\n"
    )


def test_looking_makes_nothing(desk: Desk) -> None:
    desk.keep("a.test")
    before = sorted(desk.config.rglob("*"))
    doctor(desk)
    assert sorted(desk.config.rglob("*")) == before
    assert not (desk.folder / "work").exists()


def test_a_directory_that_is_not_there(desk: Desk) -> None:
    assert doctor(desk).startswith(f"0 certificates examined in {desk.config}: nothing is wrong")
    assert not desk.config.exists()


def test_a_finding_says_what_why_and_what_to_do(kept: Desk) -> None:
    link = kept.config / "live" / "a.test" / "cert.pem"
    link.unlink()
    out = doctor(kept, status=1)
    assert f"damage: a.test: {link} is missing [link-missing]\n  Cause:       " in out
    assert "  To mend it:  `everseal doctor a.test --fix`.\n" in out
    assert "2 certificates examined in" in out
    assert "`everseal doctor --fix` can mend 1 thing; it asks first." in out
    assert not link.exists()


def test_only_one_certificate(kept: Desk) -> None:
    (kept.config / "live" / "a.test" / "cert.pem").unlink()
    assert doctor(kept, "b.test").startswith("1 certificate examined")
    assert doctor(kept, "--cert-name", "a.test", status=1)


def test_an_unknown_certificate(kept: Desk) -> None:
    done = kept.run_as_given("doctor", *kept.words("c.test"))
    assert done.status == 1
    assert "No certificate with name c.test found" in done.err


def test_warnings_alone_are_no_failure(kept: Desk) -> None:
    (kept.config / "archive" / "a.test" / "privkey1.pem").chmod(0o644)
    assert "warning: a.test: " in doctor(kept)


def test_fix_shows_asks_mends_and_looks_again(kept: Desk) -> None:
    link = kept.config / "live" / "a.test" / "cert.pem"
    link.unlink()
    words = kept.words("--fix", "--force-interactive")
    refused = kept.run_as_given("doctor", *words, typed="n\n")
    assert refused.status == 1
    assert "This would be done:\n  * set the links of a.test to its version 1\n" in refused.out
    assert not link.exists()
    done = kept.run_as_given("doctor", *words, typed="y\n")
    assert done.status == 0
    assert "  done: set the links of a.test to its version 1\n" in done.out
    assert "No hooks were run: reload the servers that use a.test." in done.out
    assert "Looked again:\n2 certificates examined" in done.out
    assert os.readlink(link) == "../../archive/a.test/cert1.pem"


def test_fix_goes_on_with_what_a_mending_uncovers(kept: Desk) -> None:
    conf = kept.config / "renewal" / "a.test.conf"
    conf.write_text(conf.read_text().replace(str(kept.config), "/gone"))
    for path in (kept.config / "live" / "a.test").glob("*.pem"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    doctor(kept, "--fix", "-n")
    assert doctor(kept).startswith("2 certificates examined")


def test_unattended_only_what_is_safe(kept: Desk) -> None:
    other = kept.folder / "other"
    kept.config.rename(other)
    copied = kept.folder / "config"
    shutil.copytree(other, copied, symlinks=True)
    for conf in copied.glob("renewal/*.conf"):
        conf.write_text(conf.read_text().replace(str(copied), str(other)))
    (copied / "live" / "a.test" / "cert.pem").unlink()
    out = doctor(kept, "--fix", "-n")
    assert "(only if you agree)" in out
    assert "[conf-other-tree]" in out.split("Looked again:")[-1]


def test_nobody_is_there_to_agree(kept: Desk) -> None:
    (kept.config / "live" / "a.test" / "cert.pem").unlink()
    done = kept.run_as_given("doctor", *kept.words("--fix"))
    assert done.status == 1
    assert "(You can set this with the --non-interactive flag)" in done.err


def test_a_plan_of_the_mending(kept: Desk) -> None:
    link = kept.config / "live" / "a.test" / "cert.pem"
    link.unlink()
    assert "This would be done:" in doctor(kept, "--fix", "--plan", status=1)
    assert not link.exists()


def test_as_json(kept: Desk) -> None:
    (kept.config / "live" / "a.test" / "cert.pem").unlink()
    done = kept.run_as_given("doctor", *kept.words("--json"))
    assert done.status == 1
    check(done.json, "everseal.doctor")
    assert done.json["counts"] == {"damage": 1, "warning": 0, "note": 0}
    [found] = done.json["findings"]
    assert (found["code"], found["severity"], found["name"]) == ("link-missing", "damage", "a.test")
    assert found["fix"]["kind"] == "Relink"
    assert found["fix"]["safe"] is True

    mended = kept.run_as_given("doctor", *kept.words("--json", "--fix", "-n"))
    assert mended.status == 0
    check(mended.json, "everseal.doctor")
    assert mended.json["findings"] == []
    assert [each["done"] for each in mended.json["mended"]] == [True]


def test_certbot_at_work_is_not_disturbed(kept: Desk) -> None:
    (kept.config / "live" / "a.test" / "cert.pem").unlink()
    with lock_file(str(kept.config / ".certbot.lock"), clock=SystemClock()):
        doctor(kept, status=1)
        done = kept.run_as_given("doctor", *kept.words("--fix", "-n"))
    assert "Another instance of Certbot is already running" in done.err
