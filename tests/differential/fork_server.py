"""A program loaded once and forked for each command: `fork_server.py NAME`, by the program's own Python.

Reads one JSON request per line: arguments, environment, directory, and the files that become stdout and
stderr (or one terminal for all three streams). Answers each with `{"status": N}`. For either program loading
takes longer than most of its commands do, and so does taking the interpreter down; neither is done here.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import sys
import termios
from collections.abc import Callable
from typing import Any


def load_certbot() -> Callable[[], object]:
    """Certbot's `main`, with nothing changed but its pauses.

    It polls by the second, stops its web server by the half second and sleeps up to eight minutes before an
    unattended renewal.
    """
    import socketserver
    import time

    certbot = importlib.import_module("certbot.main")
    certbot_util = importlib.import_module("certbot.util")
    sleep, longest = time.sleep, 0.05
    vars(time)["sleep"] = lambda seconds: sleep(min(seconds, longest))
    vars(socketserver.BaseServer)["serve_forever"].__defaults__ = (longest,)

    def run() -> object:
        vars(certbot_util)["_INITIAL_PID"] = (
            os.getpid()
        )  # else it takes itself for a hook and leaves its locks
        return certbot.main()

    return run


def load_everseal() -> Callable[[], object]:
    """Everseal's `main`, with every module of it loaded already."""
    package = importlib.import_module("everseal")
    for module in pkgutil.walk_packages(package.__path__, "everseal."):
        importlib.import_module(module.name)
    from everseal.__main__ import main

    return main


def open_streams(request: dict[str, Any]) -> None:
    """Put the request's files, or its terminal, in the place of the three streams."""
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


def carry_out(program: str, main: Callable[[], object], request: dict[str, Any]) -> None:
    """The command; ends the process."""
    os.umask(0o022)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    open_streams(request)
    sys.argv = [program, *request["arguments"]]
    status = exit_status(main)
    vars(atexit)["_run_exitfuncs"]()
    sys.stdout.flush()
    os._exit(status)


def exit_status(main: Callable[[], object]) -> int:
    """What the process would end with: as the interpreter does it, with the program's own hook for errors."""
    try:
        ending = main()
    except SystemExit as leaving:
        ending = leaving.code
    except BaseException:
        ending = 1
        try:
            sys.excepthook(*sys.exc_info())
        except SystemExit as leaving:
            ending = leaving.code
    if isinstance(ending, str):
        sys.stderr.write(f"{ending}\n")
        return 1
    return ending if isinstance(ending, int) else 0


def serve(program: str, main: Callable[[], object]) -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    gc.freeze()
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            carry_out(program, main, json.loads(line))
        _, result = os.waitpid(child, 0)
        answers.write(json.dumps({"status": os.waitstatus_to_exitcode(result)}) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1], {"certbot": load_certbot, "everseal": load_everseal}[sys.argv[1]]())
