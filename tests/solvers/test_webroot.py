"""Challenge files below a webroot, and nothing anywhere else."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everseal.acme.challenges import Presentation
from everseal.model.names import DnsName, IpAddress
from everseal.solvers.errors import CannotProve, InTheWay, NoFileName, WebrootMissing, WebrootUnusable
from everseal.solvers.webroot import Made, Webroot
from tests.solvers.contract import SolverContract, run_at_once
from tests.solvers.samples import make_presentation

if TYPE_CHECKING:
    from everseal.ports import Solver

A = DnsName("a.example")


def challenge_file(root: Path, challenge: Presentation) -> Path:
    return root / challenge.http_path.removeprefix("/")


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "www"
    root.mkdir(mode=0o755)
    return root


@pytest.fixture
def challenge() -> Presentation:
    return make_presentation("a.example")


@pytest.fixture
def odd_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


class TestContract(SolverContract):
    @pytest.fixture(autouse=True)
    def _root(self, root: Path) -> None:
        self.root = root

    def make(self) -> Solver:
        return Webroot({}, str(self.root))

    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        file = challenge_file(self.root, challenge)
        return file.is_file() and file.read_bytes() == challenge.key_authorization.encode()


@pytest.mark.parametrize("odd_umask", [0o000, 0o022, 0o077, 0o277], indirect=True)
@pytest.mark.usefixtures("odd_umask")
def test_modes_are_readable_under_any_umask(root: Path, challenge: Presentation) -> None:
    Webroot({}, str(root)).present([challenge])
    file = challenge_file(root, challenge)
    assert file.read_text() == challenge.key_authorization
    assert mode_of(file) == 0o644
    assert mode_of(file.parent) == mode_of(file.parent.parent) == 0o755


def test_owner_and_group_are_those_of_the_root(root: Path, challenge: Presentation) -> None:
    """Who is not root can only keep his own."""
    if os.geteuid() == 0:
        os.chown(root, 12345, 23456)
    wanted = root.stat()
    Webroot({}, str(root)).present([challenge])
    file = challenge_file(root, challenge)
    for made in (file, file.parent, file.parent.parent):
        assert (made.stat().st_uid, made.stat().st_gid) == (wanted.st_uid, wanted.st_gid)


def test_each_name_has_its_own_directory(tmp_path: Path) -> None:
    for name in ("one", "two", "rest"):
        (tmp_path / name).mkdir()
    solver = Webroot({"A.example": f"{tmp_path}/one", "b.example": f"{tmp_path}/two"}, f"{tmp_path}/rest")
    challenges = [make_presentation(f"{letter}.example") for letter in "abc"]
    solver.present(challenges)
    for name, challenge in zip(("one", "two", "rest"), challenges, strict=True):
        assert challenge_file(tmp_path / name, challenge).is_file()
    solver.clean_up(challenges)
    assert tree(tmp_path) == ["one", "rest", "two"]


def test_only_directories_that_were_made_are_removed(root: Path, challenge: Presentation) -> None:
    (root / ".well-known").mkdir(mode=0o750)
    (root / ".well-known" / "security.txt").write_text("Contact: ...\n")
    solver = Webroot({}, str(root))
    solver.present([challenge])
    assert mode_of(root / ".well-known") == 0o750
    solver.clean_up([challenge])
    assert tree(root) == [".well-known", ".well-known/security.txt"]


def test_directories_found_there_stay(root: Path, challenge: Presentation) -> None:
    (root / ".well-known" / "acme-challenge").mkdir(parents=True)
    solver = Webroot({}, str(root))
    solver.present([challenge])
    solver.clean_up([challenge])
    assert tree(root) == [".well-known", ".well-known/acme-challenge"]


def test_directories_with_something_of_others_in_them_stay(root: Path, challenge: Presentation) -> None:
    solver = Webroot({}, str(root))
    solver.present([challenge])
    (challenge_file(root, challenge).parent / "of-another-client").write_text("x")
    solver.clean_up([challenge])
    assert tree(root)[-1] == ".well-known/acme-challenge/of-another-client"


def test_a_fresh_process_removes_the_file_and_leaves_the_directories(
    root: Path, challenge: Presentation
) -> None:
    Webroot({}, str(root)).present([challenge])
    Webroot({}, str(root)).clean_up([challenge])
    assert tree(root) == [".well-known", ".well-known/acme-challenge"]


@pytest.mark.parametrize("left", ["", "the beginning", "all"])
def test_what_a_killed_run_had_written_so_far_is_removed(
    root: Path, challenge: Presentation, left: str
) -> None:
    content = {"": "", "the beginning": challenge.key_authorization[:20], "all": challenge.key_authorization}[
        left
    ]
    file = challenge_file(root, challenge)
    file.parent.mkdir(parents=True)
    file.write_text(content)
    Webroot({}, str(root)).clean_up([challenge])
    assert not file.exists()


def test_a_foreign_file_of_the_same_name_is_not_removed(root: Path, challenge: Presentation) -> None:
    file = challenge_file(root, challenge)
    file.parent.mkdir(parents=True)
    file.write_text("something else")
    Webroot({}, str(root)).clean_up([challenge])
    assert file.read_text() == "something else"


def test_the_same_file_is_kept_and_another_is_replaced(root: Path, challenge: Presentation) -> None:
    file, solver = challenge_file(root, challenge), Webroot({}, str(root))
    solver.present([challenge])
    first = file.stat().st_ino
    solver.present([challenge])
    assert file.stat().st_ino == first
    file.write_text("something else")
    os.link(file, root / "another-name")
    solver.present([challenge])
    assert file.read_text() == challenge.key_authorization
    assert (root / "another-name").read_text() == "something else"
    file.chmod(0o600)
    solver.present([challenge])
    assert mode_of(file) == 0o644


def test_the_root_may_be_reached_through_a_link(tmp_path: Path, root: Path, challenge: Presentation) -> None:
    (tmp_path / "current").symlink_to(root)
    Webroot({}, f"{tmp_path}/current").present([challenge])
    assert challenge_file(root, challenge).is_file()


def test_a_planted_link_is_refused_at_each_step(tmp_path: Path, root: Path, challenge: Presentation) -> None:
    outside = tmp_path / "outside"
    (outside / "acme-challenge").mkdir(parents=True)
    victim = outside / "victim"
    victim.write_text("precious")
    solver = Webroot({}, str(root))
    well_known = root / ".well-known"

    well_known.symlink_to(outside)
    with pytest.raises(InTheWay, match=r"\.well-known is a symbolic link") as caught:
        solver.present([challenge])
    assert f"ls -ld {well_known}" in caught.value.remedy
    solver.clean_up([challenge])
    well_known.unlink()

    well_known.mkdir()
    (well_known / "acme-challenge").symlink_to(outside)
    with pytest.raises(InTheWay, match="acme-challenge is a symbolic link"):
        solver.present([challenge])
    solver.clean_up([challenge])
    (well_known / "acme-challenge").unlink()

    file = challenge_file(root, challenge)
    file.parent.mkdir()
    file.symlink_to(victim)
    with pytest.raises(InTheWay, match="is a symbolic link"):
        solver.present([challenge])
    solver.clean_up([challenge])
    assert file.is_symlink()
    assert tree(outside) == ["acme-challenge", "victim"]
    assert victim.read_text() == "precious"


def test_a_dangling_link_is_not_written_through(tmp_path: Path, root: Path, challenge: Presentation) -> None:
    file = challenge_file(root, challenge)
    file.parent.mkdir(parents=True)
    file.symlink_to(tmp_path / "not-there-yet")
    with pytest.raises(InTheWay):
        Webroot({}, str(root)).present([challenge])
    assert not (tmp_path / "not-there-yet").exists()


def test_a_pipe_or_a_directory_in_the_way_is_told_and_left(root: Path, challenge: Presentation) -> None:
    file, solver = challenge_file(root, challenge), Webroot({}, str(root))
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    with pytest.raises(InTheWay, match="is a pipe where a plain file is needed"):
        solver.present([challenge])
    solver.clean_up([challenge])
    assert file.is_fifo()
    file.unlink()
    file.mkdir()
    with pytest.raises(InTheWay, match="is a directory where a plain file is needed"):
        solver.present([challenge])
    solver.clean_up([challenge])
    assert file.is_dir()


def test_a_file_where_a_directory_is_needed_is_told(root: Path, challenge: Presentation) -> None:
    (root / ".well-known").write_text("x")
    with pytest.raises(InTheWay, match="is a file where a plain directory is needed"):
        Webroot({}, str(root)).present([challenge])


@pytest.mark.parametrize("token", ["../../escaped", "a/b", "..", ".", "", "nul\0"])
def test_a_token_that_leads_elsewhere_is_refused_here_too(
    root: Path, challenge: Presentation, token: str
) -> None:
    hostile = Presentation(challenge.identifier, "http-01", token, "x.y")
    solver = Webroot({}, str(root))
    with pytest.raises(NoFileName) as caught:
        solver.present([hostile])
    assert "certificate authority" in caught.value.remedy
    with pytest.raises(NoFileName):
        solver.clean_up([hostile])
    assert not (root.parent / "escaped").exists()


def test_no_swap_of_a_directory_and_a_link_leads_outside(tmp_path: Path, root: Path) -> None:
    """Somebody with the right to write in the webroot swaps a directory and a link as fast as he can."""
    outside = tmp_path / "outside"
    (outside / "acme-challenge").mkdir(parents=True)
    (outside / "precious").write_text("x")
    well_known = root / ".well-known"
    well_known.mkdir()
    done = threading.Event()
    presented: list[Presentation] = []

    def swap() -> None:
        for number in itertools.count():
            spare = root / f"spare-{number}"
            steps: list[Callable[[], object]] = [
                partial(os.rename, well_known, spare),
                partial(os.symlink, outside, well_known),
                partial(os.unlink, well_known),
                partial(os.rename, spare, well_known),
            ]
            for step in steps:
                with contextlib.suppress(OSError):
                    step()
            if done.is_set():
                return

    def solve() -> None:
        solver = Webroot({}, str(root))
        try:
            for turn in range(200):
                challenge = make_presentation("a.example", seed=turn)
                with contextlib.suppress(InTheWay, WebrootUnusable):
                    solver.present([challenge])
                    presented.append(challenge)
                with contextlib.suppress(WebrootUnusable):
                    solver.clean_up([challenge])
        finally:
            done.set()

    run_at_once([swap, solve])
    assert tree(outside) == ["acme-challenge", "precious"]
    assert (outside / "precious").read_text() == "x"
    assert presented


def test_another_process_may_remove_the_directories_meanwhile(root: Path) -> None:
    """Each try that fails needs a removal, and there are fewer of them than tries."""
    done = threading.Event()

    def tidy() -> None:
        removed = 0
        while removed < 40 and not done.is_set():
            for path in (root / ".well-known" / "acme-challenge", root / ".well-known"):
                with contextlib.suppress(OSError):
                    path.rmdir()
                    removed += 1

    def solve() -> None:
        solver = Webroot({}, str(root))
        try:
            for turn in range(50):
                challenge = make_presentation("a.example", seed=turn)
                solver.present([challenge])
                assert challenge_file(root, challenge).is_file()
                solver.clean_up([challenge])
        finally:
            done.set()

    run_at_once([tidy, solve])


def test_a_missing_webroot_is_told(tmp_path: Path, challenge: Presentation) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "nothing", tmp_path / "file"):
        solver = Webroot({"a.example": str(path)})
        sentence = f"{path} does not exist or is not a directory"
        with pytest.raises(WebrootMissing, match=sentence) as caught:
            solver.check([A])
        assert "-w DIR" in caught.value.remedy
        with pytest.raises(WebrootMissing, match=sentence):
            solver.present([challenge])
        solver.clean_up([challenge])


def test_a_name_without_a_webroot_is_told(root: Path) -> None:
    solver = Webroot({"a.example": str(root)})
    other = make_presentation("b.example")
    assert solver.challenge_types(other.identifier) == ()
    with pytest.raises(WebrootMissing, match="no webroot is given for b"):
        solver.check([A, other.identifier])
    with pytest.raises(WebrootMissing, match="no webroot is given for b"):
        solver.present([other])
    solver.clean_up([other])
    with pytest.raises(WebrootMissing, match="Missing parts of webroot configuration"):
        Webroot({}).check([A])


def test_a_wildcard_is_refused_before_anything_is_ordered(root: Path) -> None:
    solver = Webroot({}, str(root))
    assert solver.challenge_types(DnsName("*.a.example")) == ()
    with pytest.raises(CannotProve):
        solver.check([DnsName("*.a.example")])
    with pytest.raises(CannotProve):
        solver.present([make_presentation("*.a.example")])


def test_what_stands_in_its_way_is_told_and_the_rest_is_cleaned_up(root: Path) -> None:
    first, second = make_presentation("a.example"), make_presentation("b.example")
    solver = Webroot({}, str(root))
    solver.present([second])
    hostile = Presentation(first.identifier, "http-01", "../x", "x.y")
    with pytest.raises(NoFileName):
        solver.clean_up([hostile, second])
    assert tree(root) == []


def test_it_says_where_it_writes_and_what_has_to_be_served(root: Path) -> None:
    solver = Webroot({}, str(root))
    sentence = solver.describe(A, "http-01")
    assert f"{root}/.well-known/acme-challenge" in sentence
    assert "http://a.example/.well-known/acme-challenge/" in sentence
    assert "http://[2001:db8::7]/" in solver.describe(IpAddress("2001:db8::7"), "http-01")
    assert Webroot({}).describe(A, "http-01") == "no webroot is given for a.example"


def test_no_descriptor_is_left_open(root: Path, challenge: Presentation) -> None:
    solver = Webroot({}, str(root))
    before = len(os.listdir("/proc/self/fd"))
    solver.present([challenge])
    solver.clean_up([challenge])
    (root / ".well-known").symlink_to("/nonexistent")
    with pytest.raises(InTheWay):
        solver.present([challenge])
    assert len(os.listdir("/proc/self/fd")) == before


def test_two_paths_to_one_webroot_leave_nothing(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    names = {"a.example": str(root), "b.example": str(tmp_path / "alias")}
    challenges = [make_presentation(name) for name in names]
    solver = Webroot(names)
    solver.present(challenges)
    solver.clean_up(challenges)
    assert tree(root) == []


def test_the_last_of_several_orders_removes_what_the_first_has_made(root: Path) -> None:
    made = Made()
    first, second = (Webroot({}, str(root), made) for _ in range(2))
    one, other = make_presentation("a.example"), make_presentation("b.example")
    first.present([one])
    second.present([other])
    first.clean_up([one])
    assert challenge_file(root, other).is_file()
    second.clean_up([other])
    assert tree(root) == []
