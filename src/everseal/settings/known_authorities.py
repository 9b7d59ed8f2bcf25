"""What is known of the public authorities: data with its source and date, read when somebody asks.

A directory tells better than this what its CA offers, and is asked first; here stands what no directory
says: how external account binding is had, which kind of key a directory is for, what to beware of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from everseal.model.frozen import dataclass

_FILE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "authorities.json")


@dataclass(frozen=True, slots=True)
class KnownAuthority:
    """One directory of an authority.

    ``directory`` is None, and ``closed`` the day of its last certificate, for one that has ended.  ``eab``
    is how external account binding is had, None where none is needed.  ``key_type`` is the kind of key the
    directory is for, None where both do.  ``wildcards`` and ``addresses`` say whether it issues for such,
    None where it is not known; ``address_profile`` is the profile that IP addresses need.  ``staging`` names
    the directory for trials.
    """

    name: str
    title: str
    website: str
    directory: str | None
    staging: str | None = None
    test: bool = False
    eab: str | None = None
    key_type: str | None = None
    contact: bool = False
    wildcards: bool | None = None
    addresses: bool | None = None
    address_profile: str | None = None
    profiles: tuple[str, ...] = ()
    closed: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAuthorities:
    """Every one that is known, where that was read and when (ISO 8601)."""

    authorities: tuple[KnownAuthority, ...]
    source: str
    date: str

    def named(self, name: str) -> KnownAuthority | None:
        return next((each for each in self.authorities if each.name == name), None)

    def at(self, directory: str) -> KnownAuthority | None:
        """The one with this directory URL."""
        return next((each for each in self.authorities if each.directory == directory), None)

    def staging_of(self, directory: str) -> str | None:
        """The directory for trials that belongs to one for real certificates; a trial one is its own."""
        known = self.at(directory)
        if known is None:
            return None
        if known.test:
            return known.directory
        trial = None if known.staging is None else self.named(known.staging)
        return None if trial is None else trial.directory


@cache
def known_authorities() -> KnownAuthorities:
    """The data that comes with Everseal."""
    with open(_FILE, encoding="utf-8") as file:
        value: Mapping[str, Any] = json.load(file)
    return KnownAuthorities(
        tuple(_authority(each) for each in value["authorities"]), value["source"], value["date"]
    )


def _authority(members: Mapping[str, Any]) -> KnownAuthority:
    lists = {name: tuple(members[name]) for name in ("profiles", "notes") if name in members}
    return KnownAuthority(**{"directory": None, **members, **lists})
