"""What happens, as lines of JSON while it happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from everseal.cli.event_stream import EventStream
from everseal.model.events import Warned
from everseal.system.masking import Mask
from tests.cli.desk import Desk
from tests.documents import check

NAME = "a.test"
OBTAIN = ("--standalone", "--agree-tos", "-d", NAME)


def lines_of(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines()]
    for each in lines:
        if each["schema"] == "everseal.event":
            check(each, "everseal.event")
    return lines


def test_a_run_from_its_first_line_to_its_last(desk: Desk) -> None:
    done = desk.succeed("certonly", *OBTAIN, "--events", "--deploy-hook", "echo the hook speaks")
    lines = lines_of(done.out)
    names = [each["event"] for each in lines]
    assert (names[0], names[-1]) == ("command-started", "command-ended")
    assert {"account-registered", "order-placed", "certificate-issued", "version-saved", "hook-ran"} < set(
        names
    )
    assert (lines[0]["verb"], lines[-1]["exit_status"], lines[-1]["ending"]) == ("certonly", 0, "changed")
    assert [each["stdout"] for each in lines if each["event"] == "hook-ran"] == ["the hook speaks\n"]
    assert "Successfully received certificate." in done.err
    assert [each["at"] for each in lines] == sorted(each["at"] for each in lines)


def test_the_document_is_one_more_line(desk: Desk) -> None:
    desk.keep(NAME)
    lines = lines_of(desk.succeed("renew", "--events", "--json").out)
    assert [each["schema"] for each in lines[-2:]] == ["everseal.run", "everseal.event"]


def test_an_error_ends_it(desk: Desk) -> None:
    done = desk.run("certonly", "--standalone", "--agree-tos", "-d", "nowhere.example", "--events")
    last = lines_of(done.out)[-1]
    assert (last["event"], last["exit_status"], last["ending"]) == ("command-ended", 1, "failed")
    assert last["error"]["problem"]["subproblems"][0]["identifier"] == "nowhere.example"


def test_what_was_put_in_place_is_gone_also_when_the_proof_failed(desk: Desk, tmp_path: Path) -> None:
    words = ("--webroot", "-w", str(tmp_path), "--agree-tos", "-d", NAME)
    names = [each["event"] for each in lines_of(desk.run("certonly", *words, "--events").out)]
    assert names.index("challenges-presented") < names.index("challenges-cleaned")


def test_a_file_grows_and_standard_output_stays(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for _ in range(2):
        done = desk.succeed("certonly", *OBTAIN, "--events-to", str(path))
    assert "Certificate not yet due for renewal" in done.out
    names = [each["event"] for each in lines_of(path.read_text())]
    assert (names.count("command-started"), names.count("command-ended")) == (2, 2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_descriptor(desk: Desk) -> None:
    desk.keep(NAME)
    reading, writing = os.pipe()
    script = [sys.executable, "-m", "everseal", "renew", "-n", *desk.words("--events-to", f"fd:{writing}")]
    subprocess.run(script, pass_fds=[writing], check=True, capture_output=True)
    os.close(writing)
    with open(reading) as pipe:
        assert lines_of(pipe.read())[-1]["event"] == "command-ended"


def test_places_that_cannot_be_written_to(desk: Desk, tmp_path: Path) -> None:
    desk.keep(NAME)
    os.mkfifo(tmp_path / "pipe")
    for place in ("fd:999", str(tmp_path / "no/where"), str(tmp_path), str(tmp_path / "pipe")):
        done = desk.run("renew", "--events-to", place)
        assert (done.status, f"events cannot be written to {place}" in done.err) == (1, True)


def test_where_nothing_happens_there_are_no_events(desk: Desk) -> None:
    assert desk.run("certonly", *OBTAIN, "--plan", "--events").status == 1
    assert desk.run("certificates", "--events").status == 2
    assert not (desk.folder / "logs").exists()


def test_secrets_are_hidden() -> None:
    written: list[str] = []
    stream = EventStream([written.append], Mask(["open sesame"]), warn=written.append)
    stream(Warned("open sesame\n-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"))
    stream(Warned("x" * 200_000))
    assert json.loads(written[0])["message"] == "********\n********"
    assert len(json.loads(written[1])["message"]) == 100_000


def test_a_reader_that_has_gone_stops_nothing() -> None:
    warnings: list[str] = []
    kept: list[str] = []

    def gone(_text: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    stream = EventStream([gone, kept.append], Mask([]), warn=warnings.append)
    stream(Warned("one"))
    stream(Warned("two"))
    assert (warnings, len(kept)) == (["no more events are written: Broken pipe"], 2)
