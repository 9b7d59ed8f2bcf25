"""What every run prepares and respects before its verb begins."""

from __future__ import annotations

import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from everseal.cli.main import run
from everseal.cli.premises import prepared
from everseal.cli.session import Session
from everseal.settings.command_line import parse
from everseal.settings.values import Settings

KINDS = ("config", "work", "logs")
NOBODY = 65534
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """A run listens to SIGTERM for the rest of its process, which is ours here."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class Place:
    """The three directories below one folder, and commands that use them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def words(self) -> list[str]:
        return [f"--{kind}-dir={self.folder / kind}" for kind in KINDS]

    def run(self, *words: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = run("everseal", [*words, *self.words()])
        return status, out.getvalue(), err.getvalue()

    def modes(self) -> dict[str, int]:
        return {
            str(path.relative_to(self.folder)): stat.S_IMODE(path.lstat().st_mode)
            for path in self.folder.rglob("*")
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@contextmanager
def held_by_certbot(path: Path) -> Iterator[None]:
    """Certbot locks with ``lockf``, alone, and does not wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-I", "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield


def test_while_certbot_is_at_work_only_reading_goes_on(place: Place) -> None:
    with held_by_certbot(place.folder / "config" / ".certbot.lock"):
        for words in (["renew"], ["delete", "-n", "--cert-name", "a.test"], ["register", "-n"]):
            status, _, err = place.run(*words)
            assert status == 1, words
            assert "Another instance of Certbot is already running.\n" in err
        assert place.run("certificates")[0] == 0
        assert place.run("plan")[0] == 0
        assert place.run("renew", "--plan")[0] == 0
    assert place.run("renew")[0] == 0
    assert not (place.folder / "config" / ".certbot.lock").exists()


def test_while_certbot_is_at_its_logs_only_reading_goes_on(place: Place) -> None:
    with held_by_certbot(place.folder / "logs" / ".certbot.lock"):
        status, _, err = place.run("renew")
        assert status == 1
        assert err.startswith("Another instance of Certbot is already running.\n")
        assert place.run("certificates")[0] == 0


def test_the_log_is_named_first_and_at_the_end_of_a_failure(place: Place) -> None:
    log = place.folder / "logs" / "letsencrypt.log"
    status, _, err = place.run("delete", "-n", "--cert-name", "a.test", "--text")
    first, *_, last = err.splitlines()
    assert status == 1
    assert first == f"Saving debug log to {log}"
    assert last.startswith("Ask for help or search for solutions at https://community.letsencrypt.org. ")
    assert f"See the logfile {log} or re-run Everseal with -v for more details." in last
    assert "LineageMissing" in log.read_text()


def test_quiet_says_only_the_error(place: Place) -> None:
    status, out, err = place.run("delete", "-q", "-n", "--cert-name", "a.test")
    assert (status, out) == (1, "")
    assert "No certificate with name a.test found" in err
    assert "debug log" not in err
    assert "Ask for help" not in err
    assert place.run("renew", "-q") == (0, "", "")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_modes_of_what_is_prepared(place: Place, umask: int) -> None:
    before = os.umask(umask)
    try:
        assert place.run("renew")[0] == 0
    finally:
        os.umask(before)
    own = {path: mode for path, mode in place.modes().items() if ".everseal" in path}
    assert {path: mode for path, mode in place.modes().items() if path not in own} == {
        "config": 0o755,
        "config/renewal-hooks": 0o755,
        **{f"config/renewal-hooks/{kind}": 0o755 for kind in ("pre", "deploy", "post")},
        "work": 0o755,
        "logs": 0o700,
        "logs/letsencrypt.log": 0o600,
    }
    assert all(mode & 0o077 == 0 for mode in own.values())


def test_a_plan_prepares_nothing(place: Place) -> None:
    for words in (["plan"], ["renew", "--plan"]):
        assert place.run(*words)[0] == 0
    assert place.modes() == {}


def session(*words: str, **defaults: str) -> Session:
    invocation = parse(
        words,
        directory="/",
        read_config=lambda path: "",
        config_files=(),
        defaults=Settings.defaults(**defaults),
    )
    return Session("everseal", invocation, invocation.settings)


def test_a_user_hears_at_the_first_run_where_things_go(tmp_path: Path) -> None:
    places = {f"{kind}_dir": str(tmp_path / ".local" / kind) for kind in KINDS}

    def told(*words: str) -> list[str]:
        err = io.StringIO()
        with redirect_stderr(err), prepared(session(*words, **places)):
            assert os.path.isdir(places["config_dir"])
        return err.getvalue().splitlines()

    log, home = told("certificates")
    assert log.startswith("Saving debug log to ")
    assert home.endswith(f"are kept in {places['config_dir']}")
    assert len(told("certificates")) == 1


@pytest.fixture
def foreign() -> Iterator[Place]:
    """Directories that belong to root alone, in a place that everybody reaches."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for kind in KINDS:
        (folder / kind).mkdir(mode=0o700 if os.geteuid() == 0 else 0o000)
    yield Place(folder)
    for kind in KINDS:
        (folder / kind).chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may do everything, so give the power away for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


VERBS = [["certificates"], ["renew"], ["plan"], ["delete", "-n", "--cert-name", "a.test"]]


def test_without_root_what_cannot_be_read_is_one_sentence(place: Place, foreign: Place) -> None:
    for words in VERBS:
        place.run(*words)  # loads what another user could perhaps not load
    for words in VERBS:
        with somebody_else():
            status, _, err = foreign.run(*words)
        assert status == 1
        sentence, remedy = err.splitlines()
        assert str(foreign.folder / "config") in sentence
        assert sentence.endswith("permission denied.")
        assert remedy.startswith("To mend it: run as root, or set --config-dir")


def test_without_root_what_may_be_read_is_shown(place: Place, foreign: Place) -> None:
    for kind in KINDS:
        (foreign.folder / kind).chmod(0o555)
    place.run("certificates")
    with somebody_else():
        status, out, err = foreign.run("certificates")
        assert (status, err) == (0, "")
        assert "No certificates found." in out
        assert foreign.run("renew")[0] == 1
    assert list((foreign.folder / "logs").iterdir()) == []
