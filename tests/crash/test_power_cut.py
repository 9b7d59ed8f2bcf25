"""Power cuts that are real: after a command has ended well its file system is shut down without its log.

Takes root, for the file systems are mounted from images.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.home import Home
from tests.servers.built_in import CaMaker
from tests.servers.programs import requires

NAME: Final = "cut.test"
OTHER: Final = "renamed.test"
IMAGE_BYTES: Final = 512 * 1024 * 1024
# _IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN; 2 leaves the log where it is.
SHUTDOWN: Final = 0x8004587D
WITHOUT_LOG: Final = struct.pack("I", 2)
SYSTEMS: Final = ("ext4", "xfs")
SECONDS: Final = (0, 1, 5, 20, 45)


class Disk:
    """A file system of its own, whose power can be cut."""

    def __init__(self, system: str, folder: Path) -> None:
        self.place = folder / "disk"
        self._image = folder / "image"
        self.place.mkdir()
        with self._image.open("wb") as image:
            image.truncate(IMAGE_BYTES)
        subprocess.run([requires(f"mkfs.{system}").path, "-q", self._image], check=True, capture_output=True)
        self._mount()

    def cut(self) -> None:
        """What is not on the disk by now is lost; then the power comes back."""
        descriptor = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, WITHOUT_LOG)
        finally:
            os.close(descriptor)
        self.unmount()
        self._mount()

    def unmount(self) -> None:
        subprocess.run(["umount", self.place], check=True)

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self.place], check=True)


@pytest.fixture(params=SYSTEMS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.fail("only root may mount a file system: run `make crash` as root", pytrace=False)
    disk = Disk(request.param, tmp_path)
    yield disk
    disk.unmount()


def look(home: Home, name: str, version: int) -> None:
    """What was reported done is there, and nothing else is left."""
    assert home.version(name) == version
    assert version in home.versions(name)
    assert home.journals() == []
    home.succeed("renew")
    assert home.version(name) == version
    home.succeed("doctor", name)


def test_what_was_not_flushed_is_gone(disk: Disk) -> None:
    """So it is a power cut."""
    (disk.place / "written").write_text("not flushed")
    disk.cut()
    assert not (disk.place / "written").exists()


@pytest.mark.parametrize("seconds", SECONDS)
def test_what_was_reported_done_outlives_a_power_cut(
    seconds: int,
    disk: Disk,
    make_ca: CaMaker,
) -> None:
    home = Home(disk.place, make_ca())

    def cut(name: str, version: int) -> None:
        time.sleep(seconds)
        disk.cut()
        look(home, name, version)

    home.obtain(NAME)
    cut(NAME, 1)
    home.succeed("renew", "--force-renewal")
    cut(NAME, 2)
    home.succeed("switch", NAME, "--to", "1")
    cut(NAME, 1)
    home.succeed("rename", NAME, OTHER)
    cut(OTHER, 1)
    home.succeed("delete", "--cert-name", OTHER)
    time.sleep(seconds)
    disk.cut()
    assert not home.live(OTHER).exists()
    assert "No certificates found" in home.succeed("certificates")
