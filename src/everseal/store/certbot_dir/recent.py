"""Certificates that lie in the archive since a short time, whoever obtained them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final

from everseal.model.certificate import CertificateFacts, read_certificate
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.layout import numbered
from everseal.store.certbot_dir.stamps import stamp
from everseal.system.files import read_file

if TYPE_CHECKING:
    from everseal.store.certbot_dir.layout import Layout

_LIMIT: Final = 1024 * 1024
_COMMON_NAME: Final = re.compile(r"(?:^|,)CN=(?:\\.|[^,\\])*")


@dataclass(frozen=True, slots=True)
class RecentCertificate:
    """``account`` is the id of the account.

    ``previous`` is when the version before it began, where that is for the same identifiers.
    """

    server: str
    account: str
    facts: CertificateFacts
    previous: datetime | None


@dataclass(frozen=True, slots=True)
class RecentFolder:
    """A lineage's archive by the name of its directory; ``stamp`` changes whenever a file comes or goes."""

    name: bytes
    stamp: bytes
    certificates: tuple[RecentCertificate, ...]


def recent_folders(
    layout: Layout, since: datetime, *, known: Mapping[bytes, bytes]
) -> Iterator[RecentFolder]:
    """What was written and begins after ``since``, but for directories whose stamp is ``known``.

    Server and account are those of the renewal file, which were there when its last version was obtained:
    a version that another issuer made is left out, and so is everything without a readable renewal file.
    """
    for folder, mark in _changed(layout.archive_root, since.timestamp()):
        name = os.path.basename(folder)
        if known.get(os.fsencode(name)) != mark:
            with suppress(OperatorError, OSError):
                found = _certificates(folder, since.timestamp())
                server, account = _renewed_at(layout, CertificateName.parse(name)) if found else ("", "")
                found = [each for each in found if _organisation(each) == _organisation(found[-1])]
                recent = tuple(
                    RecentCertificate(server, account, facts, _previous(before, facts))
                    for before, facts in zip([None, *found], found, strict=False)
                    if server and facts.not_before >= since
                )
                yield RecentFolder(os.fsencode(name), mark, recent)


def _changed(root: str, since: float) -> Iterator[tuple[str, bytes]]:
    """The folders in which something was made or removed, and their stamps."""
    with suppress(OSError), os.scandir(root) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir() and (seen := entry.stat()).st_mtime >= since:
                    yield entry.path, stamp(seen)


def _certificates(folder: str, since: float) -> Sequence[CertificateFacts]:
    """In the order of their versions, with the last one before them."""
    versions = []
    with os.scandir(folder) as entries:
        for entry in entries:
            known = numbered(entry.name)
            if known is not None and known[0] == "cert":
                versions.append((known[1], entry.path, entry.stat().st_mtime >= since))
    versions.sort()
    first = next((at for at, (_, _, is_recent) in enumerate(versions) if is_recent), len(versions))
    wanted = versions[max(0, first - 1) :] if first < len(versions) else []
    return [read_certificate(read_file(path, limit=_LIMIT)) for _, path, _ in wanted]


def _previous(before: CertificateFacts | None, facts: CertificateFacts) -> datetime | None:
    if before is None or set(before.identifiers) != set(facts.identifiers):
        return None
    return before.not_before


def _renewed_at(layout: Layout, name: CertificateName) -> tuple[str, str]:
    from everseal.settings.renewal_file import RenewalDocument

    path = layout.conf(name)
    text = read_file(path, limit=_LIMIT).decode("utf-8", "surrogateescape")
    parameters = RenewalDocument.parse(text, path=path).section("renewalparams")
    server, account = parameters.get("server"), parameters.get("account")
    return server if isinstance(server, str) else "", account if isinstance(account, str) else ""


def _organisation(facts: CertificateFacts) -> str:
    """The issuer without its common name: a CA's intermediates change, whose they are does not."""
    return _COMMON_NAME.sub("", facts.issuer)
