"""Writing a copy of a certificate into a directory of the operator's, each file whole or not at all."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Sequence
from typing import Final

from everseal.deploy.formats import render
from everseal.model.errors import OperatorError, StoreUnusable
from everseal.model.export import ExportTarget
from everseal.model.lineage import VersionFiles
from everseal.system.files import explained, make_directory, read_file, sweep_beside, write_file

_KEY_MODE: Final = 0o600
_PUBLIC_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_PASSWORD_LIMIT: Final = 4096


class NoSuchOwner(OperatorError):
    """A user or group that this machine does not know."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"there is no {kind} {name!r} on this machine",
            remedy="write --owner USER:GROUP as `id` shows them",
        )


class PasswordMissing(OperatorError):
    """A PKCS#12 file without a password is read by few programs, and by Java not at all."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"a PKCS#12 file needs a password, but {why}",
            remedy="write it into a file that only you may read, and give --password-file FILE",
        )


class OwnerRefused(StoreUnusable):
    """The system did not let us give the files away."""

    def __init__(self, path: str, owner: str) -> None:
        super().__init__(f"{path} cannot be given to {owner}", remedy="run as root, or leave out --owner")


class InsideTheStore(OperatorError):
    """The copies would take the place of the links and versions that they are made of."""

    def __init__(self, directory: str, kept: str) -> None:
        super().__init__(
            f"{directory} lies in {kept}, where certificates are kept, not copied to",
            remedy="give a directory outside of it",
        )


def check(target: ExportTarget, *, kept: Sequence[str] = ()) -> None:
    """Raises OperatorError where an export could not succeed: better before a certificate is ordered.

    ``kept`` are the directories that certificates are kept in.
    """
    place = os.path.realpath(target.directory)
    for each in kept:
        if f"{place}/".startswith(f"{os.path.realpath(each)}/"):
            raise InsideTheStore(target.directory, each)
    _owner(target)
    if target.format.startswith("pkcs12"):
        _password(target)
    if os.path.lexists(target.directory) and not os.path.isdir(target.directory):
        raise StoreUnusable(
            f"{target.directory} is not a directory", remedy="give the directory that the files go to"
        )


def export(target: ExportTarget, name: str, files: VersionFiles) -> tuple[str, ...]:
    """Write the files, the one with the key last; gives their paths.

    Raises NoSuchOwner, PasswordMissing, OwnerRefused, StoreUnusable, BadCertificate, BadKey.
    """
    owner = _owner(target)
    password = _password(target) if target.format.startswith("pkcs12") else None
    rendered = render(target.format, name, files, password=password)
    make_directory(target.directory, _FOLDER_MODE, parents=True)
    written = []
    for file in rendered:
        path = os.path.join(target.directory, file.name)
        mode = target.mode if target.mode is not None else _KEY_MODE if file.is_secret else _PUBLIC_MODE
        _demand_no_directory(path)
        sweep_beside(path)
        write_file(path, file.data, mode=mode, owner=owner)
        if owner is not None:
            _demand_owner(path, owner, target.owner or "")
        written.append(path)
    return tuple(written)


def _demand_no_directory(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        raise StoreUnusable(f"{path} is a directory", remedy=f"move {path} away, or give another directory")


def _demand_owner(path: str, owner: tuple[int, int], wanted: str) -> None:
    with explained("read", path):
        found = os.stat(path)
    if any(want not in (-1, have) for want, have in zip(owner, (found.st_uid, found.st_gid), strict=True)):
        raise OwnerRefused(path, wanted)


def _owner(target: ExportTarget) -> tuple[int, int] | None:
    """User and group as numbers, -1 for the one that is not said."""
    if target.owner is None:
        return None
    user, _, group = target.owner.partition(":")
    return _user(user), _group(group)


def _user(name: str) -> int:
    if name == "" or name.isdecimal():
        return int(name or -1)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        raise NoSuchOwner("user", name) from None


def _group(name: str) -> int:
    if name == "" or name.isdecimal():
        return int(name or -1)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise NoSuchOwner("group", name) from None


def _password(target: ExportTarget) -> bytes:
    if target.password_file is None:
        raise PasswordMissing("none is given")
    try:
        text = read_file(target.password_file, limit=_PASSWORD_LIMIT, streams=True)
    except FileNotFoundError:
        raise PasswordMissing(f"{target.password_file} is not there") from None
    first = text.split(b"\n", 1)[0].rstrip(b"\r")
    if not first:
        raise PasswordMissing(f"the first line of {target.password_file} is empty")
    return first
