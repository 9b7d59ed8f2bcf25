"""Saving a certificate for an operator's own signing request, outside every lineage.

A path that was asked for is made anew or not at all; one that was not gets the first free number:
``0000_cert.pem``, ``0001_cert.pem`` ...
"""

from __future__ import annotations

import os
from typing import Final

from everseal.model.certificate import split_pem
from everseal.model.errors import StoreUnusable
from everseal.model.frozen import dataclass
from everseal.planning.plan import PlannedFile
from everseal.system.files import explained, make_directory, write_file

_MODE: Final = 0o644
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Destination:
    """An absolute path; ``exact`` is False where a number is put before its last part."""

    path: str
    exact: bool


@dataclass(frozen=True, slots=True)
class DeliveredFiles:
    """Where the files are."""

    cert: str
    chain: str
    fullchain: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where the certificate, the chain and both together go."""

    cert: Destination
    chain: Destination
    fullchain: Destination

    def check(self) -> None:
        """Raises StoreUnusable where a file is in the way: better now than with a certificate at hand."""
        for each in (self.cert, self.chain, self.fullchain):
            if each.exact and os.path.lexists(each.path):
                raise _in_the_way(each.path)

    @property
    def planned(self) -> tuple[PlannedFile, ...]:
        """What :meth:`save` would write; where a number is put before a name, ``*`` stands for it."""
        return (
            PlannedFile(_pattern(self.cert), "the certificate alone"),
            PlannedFile(_pattern(self.chain), "the certificates above it"),
            PlannedFile(_pattern(self.fullchain), "certificate and chain"),
        )

    def save(self, fullchain_pem: bytes) -> DeliveredFiles:
        """``fullchain_pem`` is leaf first.  Raises StoreUnusable."""
        leaf, *rest = split_pem(fullchain_pem)
        for each in (self.cert, self.chain, self.fullchain):
            with explained("make the directory", os.path.dirname(each.path)):
                make_directory(os.path.dirname(each.path), 0o755, parents=True)
        return DeliveredFiles(
            cert=_write(self.cert, leaf),
            chain=_write(self.chain, b"".join(rest)),
            fullchain=_write(self.fullchain, leaf + b"".join(rest)),
        )


def _pattern(destination: Destination) -> str:
    folder, name = os.path.split(destination.path)
    return destination.path if destination.exact else os.path.join(folder, f"*_{name}")


def _write(destination: Destination, data: bytes) -> str:
    if destination.exact:
        if not _write_new(destination.path, data):
            raise _in_the_way(destination.path)
        return destination.path
    folder, name = os.path.split(destination.path)
    for number in range(_MOST):
        path = os.path.join(folder, f"{number:04d}_{name}")
        if not os.path.lexists(path) and _write_new(path, data):
            return path
    raise _in_the_way(destination.path)


def _write_new(path: str, data: bytes) -> bool:
    with explained("write", path):
        try:
            write_file(path, data, mode=_MODE, exclusive=True)
        except FileExistsError:
            return False
    return True


def _in_the_way(path: str) -> StoreUnusable:
    return StoreUnusable(
        f"{path} exists already, and is not overwritten", remedy="move it away, or give another path"
    )
