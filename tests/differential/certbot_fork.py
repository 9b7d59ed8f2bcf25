"""Real Certbot, loaded once and forked for each command; run by the Python of Certbot's own environment.

Reads one JSON request per line: arguments, environment, directory, and the files that become stdout and
stderr (or one terminal for all three streams). Answers each with `{"status": N}`. Loading Certbot takes
longer than most of its commands do, and its fixed pauses (it polls by the second, and sleeps up to eight
minutes before an unattended renewal) longer than both, so those are cut; nothing else is touched.
"""

import fcntl
import json
import os
import socketserver
import sys
import termios
import time
from typing import Any

from certbot import main as certbot_main  # type: ignore[import-not-found,unused-ignore]
from certbot import util as certbot_util  # type: ignore[import-not-found,unused-ignore]

LONGEST_PAUSE_SECONDS = 0.05

_sleep = time.sleep


def _pause(seconds: float, /) -> None:
    _sleep(min(seconds, LONGEST_PAUSE_SECONDS))


def _open_streams(request: dict[str, Any]) -> None:
    if request["terminal"]:
        os.setsid()
        terminal = os.open(request["terminal"], os.O_RDWR)
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        opened = [terminal] * 3
    else:
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = [os.open("/dev/null", os.O_RDONLY)]
        opened += [os.open(request[name], write, 0o600) for name in ("stdout", "stderr")]
    for number, descriptor in enumerate(opened):
        os.dup2(descriptor, number)
    for descriptor in set(opened):
        os.close(descriptor)
    # New objects, for the old ones remember whether they were terminals.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False, buffering=1)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)


def _become_certbot(request: dict[str, Any]) -> None:
    os.umask(0o022)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _open_streams(request)
    setattr(time, "sleep", _pause)  # noqa: B010
    socketserver.BaseServer.serve_forever.__defaults__ = (LONGEST_PAUSE_SECONDS,)
    certbot_util._INITIAL_PID = (
        os.getpid()
    )  # or it takes itself for a hook's fork and leaves its locks behind
    sys.argv = ["certbot", *request["arguments"]]
    sys.exit(certbot_main.main())


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            _become_certbot(json.loads(line))
        _, result = os.waitpid(child, 0)
        answers.write(json.dumps({"status": os.waitstatus_to_exitcode(result)}) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
