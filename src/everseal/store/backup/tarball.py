"""The form of a backup: a gzip-compressed tar file, its manifest first.

Written as two gzip members, so that the hashes in the manifest are known before it is written while only
compressed content is held.  Reading trusts nothing: it stops at the first thing that the manifest does not
say, and never holds or unpacks more than the manifest announces.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from everseal.model.backup import BadBackup, Entry, Manifest
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from typing import IO

MANIFEST_NAME: Final = "manifest.json"
_PREFIX: Final = "config/"
_LARGEST_MANIFEST: Final = 512 * 1024 * 1024
_HEADERS_PER_ENTRY: Final = 16 * 1024
_TRAILER: Final = 64 * 1024
_LEVEL: Final = 6
_TYPES: Final = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}
_KINDS: Final = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "link",
}


class TarBody:
    """Takes the entries one by one; compressed as they come."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._gzip = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=_LEVEL, mtime=0)

    def add(self, entry: Entry, data: bytes = b"") -> None:
        """The next entry; ``data`` is a file's content."""
        info = tarfile.TarInfo(_PREFIX + entry.path)
        info.type = _TYPES[entry.kind]
        info.mode, info.mtime, info.size = entry.mode, entry.modified, entry.size
        info.uid, info.gid, info.uname, info.gname = entry.uid, entry.gid, entry.user, entry.group
        info.linkname = entry.target
        self._gzip.write(_member(info, data))

    def close(self, manifest: Manifest) -> bytes:
        """The whole file, with ``manifest`` in front."""
        self._gzip.write(bytes(2 * tarfile.BLOCKSIZE))
        self._gzip.close()
        data = manifest.encode()
        info = tarfile.TarInfo(MANIFEST_NAME)
        info.mode, info.size = 0o600, len(data)
        return gzip.compress(_member(info, data), _LEVEL, mtime=0) + self._buffer.getvalue()


def digest(data: bytes) -> str:
    """The SHA-256 by which a manifest knows a file's content."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Content:
    """An entry with what a file holds (empty for others), checked against the manifest."""

    entry: Entry
    data: bytes


def read_manifest(data: bytes) -> Manifest:
    """Only the first member.  Raises BadBackup."""
    with _explained(), tarfile.open(fileobj=_Bounded(data), mode="r|") as archive:
        return _manifest(archive)


def read_contents(data: bytes) -> Iterator[Content]:
    """Every entry of the manifest, in its order.  Raises BadBackup where the file holds anything else."""
    bounded = _Bounded(data)
    with _explained(), tarfile.open(fileobj=bounded, mode="r|") as archive:
        manifest = _manifest(archive)
        bounded.allow(manifest.total + _HEADERS_PER_ENTRY * len(manifest.entries) + _TRAILER)
        for entry in manifest.entries:
            info = archive.next()
            if info is None:
                raise BadBackup(f"{entry.path!r} is missing, as after a transfer that was cut off")
            yield Content(entry, _checked(archive, info, entry))
        surplus = archive.next()
        if surplus is not None:
            raise BadBackup(f"{surplus.name[:200]!r} is not in its manifest")
        if bounded.rest_is_content():
            raise BadBackup("something follows behind its end")


def _member(info: tarfile.TarInfo, data: bytes) -> bytes:
    padding = -len(data) % tarfile.BLOCKSIZE
    head = info.tobuf(format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape")
    return head + data + bytes(padding)


def _manifest(archive: tarfile.TarFile) -> Manifest:
    info = archive.next()
    if info is None or info.name != MANIFEST_NAME or info.type != tarfile.REGTYPE:
        raise BadBackup(f"it does not begin with {MANIFEST_NAME}")
    if info.size > _LARGEST_MANIFEST:
        raise BadBackup("its manifest is too large")
    return Manifest.decode(_read(archive, info))


def _checked(archive: tarfile.TarFile, info: tarfile.TarInfo, entry: Entry) -> bytes:
    kind = _KINDS.get(info.type)
    if info.name != _PREFIX + entry.path or kind != entry.kind or info.sparse is not None:
        raise BadBackup(f"{info.name[:200]!r} is not what its manifest says should come there")
    if info.mode != entry.mode or info.linkname != entry.target or info.size != entry.size:
        raise BadBackup(f"mode, size or target of {entry.path!r} are not those of its manifest")
    if entry.kind != "file":
        return b""
    data = _read(archive, info)
    if digest(data) != entry.sha256:
        raise BadBackup(f"the content of {entry.path!r} is not that of its manifest")
    return data


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file: IO[bytes] | None = archive.extractfile(info)
    return b"" if file is None else file.read()


class _Bounded(io.RawIOBase):
    """The decompressed bytes, no more of them than allowed so far."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._gzip = gzip.GzipFile(fileobj=io.BytesIO(data), mode="rb")
        self._left = _LARGEST_MANIFEST + _TRAILER

    def allow(self, octets: int) -> None:
        self._left = octets

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self._left:
            size = self._left + 1
        data = self._gzip.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise BadBackup("it unpacks to more than its manifest announces")
        return data

    def rest_is_content(self) -> bool:
        """Whether anything but zeros is left."""
        while block := self.read(_TRAILER):
            if block.strip(b"\0"):
                return True
        return False


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise BadBackup(f"it cannot be read ({error})") from None
