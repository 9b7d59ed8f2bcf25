"""What is where below the configuration directory."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.run_lock import run_lock_path

Kind = Literal["privkey", "cert", "chain", "fullchain"]
KINDS: Final[tuple[Kind, ...]] = ("privkey", "cert", "chain", "fullchain")
HEADER_KINDS: Final[tuple[Kind, ...]] = ("cert", "privkey", "chain", "fullchain")
"""The kinds in the order in which a renewal file names them."""

_NUMBERED: Final = re.compile(r"(privkey|cert|chain|fullchain)([1-9][0-9]{0,8})\.pem\Z")

ROOT_README: Final = """This directory contains your keys and certificates.

Each folder here belongs to one certificate and holds four links:

`privkey.pem`  : the private key of the certificate
`fullchain.pem`: the certificate with its chain, which most server software wants
`chain.pem`    : the chain alone, for OCSP stapling in Nginx >=1.3.7
`cert.pem`     : the certificate alone, which breaks many servers when used by itself

Point your servers at the links.  A link is moved to the newest files at each renewal, so leave the
folders, the links and the files that they point to in their place: moving or renaming them ends renewal.
"""

LINEAGE_README: Final = """This directory contains your keys and certificates.

`privkey.pem`  : the private key of the certificate
`fullchain.pem`: the certificate with its chain, which most server software wants
`chain.pem`    : the chain alone, for OCSP stapling in Nginx >=1.3.7
`cert.pem`     : the certificate alone, which breaks many servers when used by itself

Point your servers at these links and leave them where they are: a renewal moves all four to the new files.
To remove the certificate, use the command `delete` instead of removing files.
"""


@dataclass(frozen=True, slots=True)
class LineagePaths:
    """Where one lineage lives, as its renewal file says.

    ``links`` are the four live links by kind; all paths are absolute.
    """

    name: CertificateName
    conf: str
    live_dir: str
    archive_dir: str
    links: Mapping[Kind, str]

    def archived(self, kind: Kind, number: int) -> str:
        """The file of one kind and version."""
        return os.path.join(self.archive_dir, f"{kind}{number}.pem")

    @property
    def readme(self) -> str:
        return os.path.join(self.live_dir, "README")

    @property
    def links_share_a_directory(self) -> bool:
        """Whether the links are ``cert.pem`` and so on in ``live_dir``, as Certbot makes them."""
        return all(path == os.path.join(self.live_dir, f"{kind}.pem") for kind, path in self.links.items())


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one configuration directory (absolute)."""

    config_dir: str

    @property
    def renewal_dir(self) -> str:
        return os.path.join(self.config_dir, "renewal")

    @property
    def archive_root(self) -> str:
        return os.path.join(self.config_dir, "archive")

    @property
    def live_root(self) -> str:
        return os.path.join(self.config_dir, "live")

    @property
    def roots(self) -> tuple[str, str]:
        """The directories that all versions and links are in."""
        return self.archive_root, self.live_root

    @property
    def accounts_root(self) -> str:
        return os.path.join(self.config_dir, "accounts")

    @property
    def state_dir(self) -> str:
        """Everseal's own state: journals, pending keys, owed hooks, lock files."""
        return os.path.join(self.config_dir, ".everseal")

    @property
    def run_lock(self) -> str:
        return run_lock_path(self.config_dir)

    def conf(self, name: CertificateName) -> str:
        return os.path.join(self.renewal_dir, f"{name}.conf")

    def paths_at(
        self, name: CertificateName, live_dir: str, archive_dir: str, links: Sequence[str]
    ) -> LineagePaths:
        """Where a lineage lives by its journal; ``links`` are in the order of :data:`HEADER_KINDS`."""
        by_kind = dict(zip(HEADER_KINDS, links, strict=True))
        return LineagePaths(name, self.conf(name), live_dir, archive_dir, by_kind)

    def default_paths(self, name: CertificateName) -> LineagePaths:
        """Where a new lineage is made."""
        live_dir = os.path.join(self.live_root, name.value)
        return LineagePaths(
            name=name,
            conf=self.conf(name),
            live_dir=live_dir,
            archive_dir=os.path.join(self.archive_root, name.value),
            links={kind: os.path.join(live_dir, f"{kind}.pem") for kind in KINDS},
        )


def numbered(entry: str) -> tuple[Kind, int] | None:
    """Kind and version of a file in an archive directory, None for anything else."""
    found = _NUMBERED.match(entry)
    if found is None:
        return None
    kind = next(kind for kind in KINDS if kind == found[1])
    return kind, int(found[2])
