"""Programs run, bounded, and never waited for longer than they live."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from everseal.system.process import KEPT_AT_EACH_END, ProgramUnusable, run_argv, run_shell

ENV = {"PATH": os.environ["PATH"]}


def test_a_command_goes_unchanged_to_the_shell() -> None:
    done = run_shell("""X='a  b'; echo "$X" | tr a-z A-Z; echo no >&2; exit 3""", ENV)
    assert (done.status, done.stdout, done.stderr, done.timed_out) == (3, "A  B\n", "no\n", False)


def test_the_environment_is_exactly_the_given_one() -> None:
    done = run_shell("env | grep -v ^PWD= | grep -v ^_=", {"ONLY": "this one", "PATH": ENV["PATH"]})
    assert sorted(done.stdout.splitlines()) == ["ONLY=this one", f"PATH={ENV['PATH']}"]


def test_an_ended_by_signal_is_a_negative_status() -> None:
    assert run_shell("kill -9 $$", ENV).status == -signal.SIGKILL


def test_newlines_are_normalised_and_bad_utf8_is_replaced() -> None:
    assert run_shell(r"printf 'a\r\nb\rc\377'", ENV).stdout == "a\nb\nc\ufffd"


def test_a_background_process_that_keeps_the_output_does_not_hold_up_the_run(tmp_path: Path) -> None:
    release = tmp_path / "release"
    os.mkfifo(release)
    done = run_shell(
        f"echo before; (read x <{release}; echo after; echo written >{release}.done) & exit 0", ENV
    )
    assert (done.status, done.stdout) == (0, "before\n")
    release.write_text("go\n")
    for _ in range(500):
        if Path(f"{release}.done").exists():
            return
        threading.Event().wait(0.01)
    pytest.fail("the background process could not write on")


def test_of_endless_output_both_ends_are_kept() -> None:
    size = 2 * KEPT_AT_EACH_END
    done = run_shell(f"echo first; head -c {size} /dev/zero | tr '\\0' x; echo; echo last", ENV)
    assert done.stdout.startswith("first\nxxx")
    assert done.stdout.endswith("xxx\nlast\n")
    assert "[... 12 bytes left out ...]" in done.stdout
    assert len(done.stdout) < size + 100


def test_a_limit_ends_the_program_and_its_children() -> None:
    done = run_shell("echo begun; sleep 600 & sleep 600", ENV, limit=0.2)
    assert done.timed_out
    assert (done.status, done.stdout) == (-signal.SIGTERM, "begun\n")


class StopNow(Exception):
    """What a handler of SIGUSR1 raises in this test."""


def test_an_interruption_lets_the_program_tidy_up_and_goes_on(tmp_path: Path) -> None:
    """As Ctrl-C does, the signal reaches the program and us."""
    pid_file = tmp_path / "pid"

    def interrupt(_number: int, _frame: object) -> None:
        raise StopNow

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(StopNow):
            run_shell(
                f"trap 'echo tidy >{tmp_path}/tidied; exit 0' INT; echo $$ >{pid_file}; "
                f"kill -USR1 {os.getpid()}; kill -INT $$; sleep 600",
                ENV,
            )
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (tmp_path / "tidied").read_text() == "tidy\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_an_interruption_ends_a_program_that_goes_on(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def interrupt(_number: int, _frame: object) -> None:
        raise StopNow

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(StopNow):
            run_shell(f"echo $$ >{pid_file}; kill -USR1 {os.getpid()}; exec sleep 600", ENV)
    finally:
        signal.signal(signal.SIGUSR1, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_an_argument_vector_meets_no_shell() -> None:
    done = run_argv(["cat", "-"], ENV, stdin=b"$(touch x); `id`")
    assert done.stdout == "$(touch x); `id`"
    assert run_argv(["printf", "%s", "$HOME"], ENV).stdout == "$HOME"


def test_the_input_of_an_argument_vector_ends() -> None:
    assert run_argv(["cat"], ENV).stdout == ""


def test_many_may_run_at_once() -> None:
    outputs: list[str] = []
    threads = [
        threading.Thread(target=lambda n=number: outputs.append(run_shell(f"echo {n}", ENV).stdout))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outputs) == [f"{number}\n" for number in range(8)]


@pytest.mark.parametrize(
    ("argv", "sentence", "remedy"),
    [
        (["/nonexistent/program"], "there is no such program", "whole path"),
        (["/etc/passwd"], "may not be executed", "chmod"),
        (["echo", "x" * 3_000_000], "too long", "shorten"),
        (["echo", "a\0b"], "null byte", "NUL"),
    ],
)
def test_what_cannot_start_is_told(argv: list[str], sentence: str, remedy: str) -> None:
    with pytest.raises(ProgramUnusable, match=sentence) as caught:
        run_argv(argv, ENV)
    assert remedy in caught.value.remedy


def test_no_descriptor_is_left_open() -> None:
    run_shell("true", ENV)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run_shell("echo x; echo y >&2", ENV)
        with pytest.raises(ProgramUnusable):
            run_argv(["/nonexistent/program"], ENV)
    for thread in threading.enumerate():
        if thread.name == "output":
            thread.join()
    assert len(os.listdir("/proc/self/fd")) <= before
