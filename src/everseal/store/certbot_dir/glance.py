"""A lineage at a glance, for scans of ten thousand: plain facts, or None where it takes a closer look.

Only what is wholly as Certbot and Everseal leave it is answered: a renewal file that can be read, four links
to the newest complete version, a certificate that can be parsed.  Whatever is in any way different is left
to :class:`everseal.store.certbot_dir.lineages.LineageReader`, which is right about everything.
"""

from __future__ import annotations

import os

from everseal.model.anatomy import Anatomy, first_certificate, validity
from everseal.model.der import BadDer
from everseal.model.errors import OperatorError
from everseal.settings.renewal_file import RenewalDocument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from everseal.settings.renewal_quoting import Value

_KINDS: Final = ("cert", "privkey", "chain", "fullchain")
_LIMIT: Final = 64 * 1024
_DIGITS: Final = "0123456789"
_LONGEST_NUMBER: Final = 9


class Glance:
    """What was seen.  ``values`` is the renewal file; the moments are in seconds since 1970."""

    __slots__ = ("certificate", "fullchain", "not_after", "not_before", "values")

    def __init__(self, values: Mapping[str, Value], fullchain: str, certificate: Anatomy) -> None:
        """Raises BadDer where the certificate has no dates."""
        self.values = values
        self.fullchain = fullchain
        self.certificate = certificate
        self.not_before, self.not_after = validity(certificate)


def glance(conf_path: str) -> Glance | None:
    """Look at the lineage of a renewal file (absolute path)."""
    try:
        values = RenewalDocument.decode(_read(conf_path), path=conf_path).values
        links = [values[kind] for kind in _KINDS]
        archive = values["archive_dir"]
        if not isinstance(archive, str) or not archive.startswith("/"):
            return None
        number = _newest_complete(archive)
        if number is None or not _all_point_to(number, archive, links):
            return None
        cert_path = f"{archive}/cert{number}.pem"
        if not os.path.samestat(os.stat(str(links[0])), os.stat(cert_path)):
            return None
        certificate = Anatomy(first_certificate(_read(cert_path)))
        return Glance(values, str(links[3]), certificate)
    except (KeyError, OSError, OperatorError, BadDer):
        return None


def _read(path: str) -> bytes:
    """Raises OSError, and BadDer for what is larger than renewal files and certificates are."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        data = os.read(descriptor, _LIMIT)
    finally:
        os.close(descriptor)
    if len(data) == _LIMIT:
        raise BadDer("too large")
    return data


def _newest_complete(archive: str) -> str | None:
    """The highest number of which all four files are there, none of them a link."""
    found: dict[str, int] = {}
    with os.scandir(archive) as entries:
        for entry in entries:
            stem, dot, end = entry.name.rpartition(".")
            kind = stem.rstrip(_DIGITS)
            if end != "pem" or not dot or kind not in _KINDS:
                continue
            number = stem[len(kind) :]
            if not number or number[0] == "0" or len(number) > _LONGEST_NUMBER:
                continue
            if entry.is_symlink():
                return None
            found[number] = found.get(number, 0) + 1
    complete = [number for number, kinds in found.items() if kinds == len(_KINDS)]
    return max(complete, key=int, default=None)


def _all_point_to(number: str, archive: str, links: Sequence[object]) -> bool:
    """Whether the links, all in one directory, name the files of one version in the archive."""
    folder = aim = None
    for kind, link in zip(_KINDS, links, strict=True):
        if not isinstance(link, str) or not link.startswith("/"):
            return False
        place = link[: link.rfind("/")]
        target = os.readlink(link)
        name = f"{kind}{number}.pem"
        if not target.endswith(f"/{name}"):
            return False
        found = target[: -len(name)]
        if folder is None:
            folder, aim = place, found
            if os.path.normpath(os.path.join(place, found)) != os.path.normpath(archive):
                return False
        elif place != folder or found != aim:
            return False
    return True
