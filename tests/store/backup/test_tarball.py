"""What a backup's reader takes, and all that it does not."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from everseal.model.backup import LARGEST_FILE, BadBackup, Entry, Manifest
from everseal.store.backup.tarball import TarBody, digest, read_contents, read_manifest

DATA = b"content\n"
FILE = Entry(
    "archive/x/cert1.pem", "file", 0o644, 0, 0, "root", "", 1700000000, size=len(DATA), sha256=digest(DATA)
)
FOLDER = Entry("live/x", "directory", 0o755, 0, 0, "", "", 1700000000)
LINK = Entry("live/x/cert.pem", "link", 0o777, 0, 0, "", "", 1700000000, target="../../archive/x/cert1.pem")
ENTRIES = (FILE, FOLDER, LINK)
Twist = Callable[[list[tarfile.TarInfo]], object]


def manifest(*entries: Entry) -> Manifest:
    return Manifest("1", "host", "2026-01-01T00:00:00+00:00", "/etc/letsencrypt", {"x": 1}, entries)


def packed(*entries: Entry) -> bytes:
    body = TarBody()
    for entry in entries:
        body.add(entry, DATA if entry.kind == "file" else b"")
    return body.close(manifest(*entries))


def twisted(twist: Twist, listed: Sequence[Entry] = ENTRIES, data: bytes = DATA) -> bytes:
    """A backup whose members are not what its manifest says."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(packed(*ENTRIES)), mode="r:gz") as sound:
        members = sound.getmembers()[1:]
    twist(members)
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        head = tarfile.TarInfo("manifest.json")
        encoded = manifest(*listed).encode()
        head.size = len(encoded)
        archive.addfile(head, io.BytesIO(encoded))
        for member in members:
            archive.addfile(member, io.BytesIO(data * (member.size // len(data) + 1)))
    return buffer.getvalue()


def change(number: int, **attributes: object) -> Twist:
    def twist(members: list[tarfile.TarInfo]) -> None:
        for name, value in attributes.items():
            setattr(members[number], name, value)

    return twist


def read(data: bytes) -> list[tuple[Entry, bytes]]:
    return [(each.entry, each.data) for each in read_contents(data)]


def test_what_is_written_is_read() -> None:
    data = packed(*ENTRIES)
    assert read(data) == [(FILE, DATA), (FOLDER, b""), (LINK, b"")]
    assert read_manifest(data) == manifest(*ENTRIES)


def test_tar_itself_can_read_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(packed(*ENTRIES)), mode="r:gz") as archive:
        assert archive.getnames() == ["manifest.json", *(f"config/{each.path}" for each in ENTRIES)]


def test_long_names_and_odd_bytes_come_back() -> None:
    long = replace(FILE, path="renewal-hooks/" + "ü" * 127 + "/x\udcff")
    assert read(packed(long)) == [(long, DATA)]


HOSTILE_MEMBERS: dict[str, Twist] = {
    "absolute path": change(0, name="/etc/passwd"),
    "upward path": change(0, name="config/../../etc/passwd"),
    "link elsewhere": change(2, linkname="/etc/passwd"),
    "hard link": change(2, type=tarfile.LNKTYPE),
    "device": change(0, type=tarfile.CHRTYPE, size=0),
    "named pipe": change(0, type=tarfile.FIFOTYPE, size=0),
    "setuid": change(0, mode=0o4755),
    "twice": lambda members: members.insert(0, members[0]),
    "not in the manifest": lambda members: members.append(tarfile.TarInfo("config/more")),
    "missing": lambda members: members.pop(),
    "larger than announced": change(0, size=1024),
    "another order": lambda members: members.reverse(),
}


@pytest.mark.parametrize("twist", HOSTILE_MEMBERS.values(), ids=HOSTILE_MEMBERS)
def test_hostile_members(twist: Twist) -> None:
    with pytest.raises(BadBackup):
        read(twisted(twist))


def test_a_twist_that_does_nothing_is_read() -> None:
    assert len(read(twisted(lambda members: None))) == 3


def test_other_content() -> None:
    with pytest.raises(BadBackup, match="the content of"):
        read(twisted(lambda members: None, data=b"CONTENT\n"))


HOSTILE_ENTRIES = {
    "absolute path": (replace(FILE, path="/etc/passwd"),),
    "upward path": (replace(FILE, path="a/../../b"),),
    "empty part": (replace(FILE, path="a//b"),),
    "a name that no directory holds": (replace(FILE, path="a/" + "x" * 256),),
    "null byte": (replace(FILE, path="a\0b"),),
    "link upward": (replace(LINK, target="../../../etc/passwd"),),
    "absolute link": (replace(LINK, target="/etc/passwd"),),
    "link of a link": (LINK, replace(FILE, path=LINK.path + "/below")),
    "below a file": (FILE, replace(FILE, path=FILE.path + "/below")),
    "twice": (FILE, FILE),
    "setuid": (replace(FILE, mode=0o4755),),
    "no user": (replace(FILE, uid=2**32 - 1),),
    "no group": (replace(FILE, gid=2**40),),
    "too large a file": (replace(FILE, size=LARGEST_FILE + 1),),
    "too much in all": tuple(replace(FILE, path=f"f{number}", size=LARGEST_FILE) for number in range(513)),
}


@pytest.mark.parametrize("entries", HOSTILE_ENTRIES.values(), ids=HOSTILE_ENTRIES)
def test_hostile_manifests(entries: Sequence[Entry]) -> None:
    with pytest.raises(BadBackup):
        Manifest.decode(manifest(*entries).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x1f\x8b", b"text", gzip.compress(b"text" * 1000), gzip.compress(b""), b"{}"],
    ids=["empty", "magic", "text", "compressed text", "compressed nothing", "json"],
)
def test_what_is_no_backup(data: bytes) -> None:
    with pytest.raises(BadBackup):
        read_manifest(data)


def test_every_cut_and_every_changed_octet_is_found() -> None:
    sound = packed(*ENTRIES)
    for place in range(0, len(sound), 3):
        with pytest.raises(BadBackup):
            read(sound[:place])
    for place in range(12, len(sound), 7):
        damaged = bytearray(sound)
        damaged[place] ^= 0x55
        try:
            assert len(read(bytes(damaged))) == 3
        except BadBackup:
            continue


def test_a_bomb_behind_the_end_is_not_unpacked() -> None:
    with pytest.raises(BadBackup, match="more than its manifest"):
        read(packed(*ENTRIES) + gzip.compress(bytes(50_000_000), 1))


def test_something_behind_the_end() -> None:
    with pytest.raises(BadBackup, match="behind its end"):
        read(packed(*ENTRIES) + gzip.compress(bytes(20480) + b"more"))


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 5000, '{"schema": "everseal.backup/1"}'])
def test_manifests_that_are_none(text: str) -> None:
    with pytest.raises(BadBackup):
        Manifest.decode(text.encode())
