"""What the installer would do with a certificate.

The only one yet is ``null``, which changes no server's configuration and reloads none.
"""

from __future__ import annotations

from typing import Literal

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName

InstallVerb = Literal["install", "enhance", "rollback"]


@dataclass(frozen=True, slots=True)
class Installation:
    """One of the verbs for web servers.

    ``name`` is None where files were named, or none are concerned; ``skipped`` are the enhancements that
    were asked for and that the installer does not have.
    """

    verb: InstallVerb
    installer: str | None
    name: CertificateName | None = None
    certificate_path: str | None = None
    key_path: str | None = None
    skipped: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is done, without a final full stop."""
        if self.verb == "rollback":
            return "no web server configuration was changed here: there is nothing to take back"
        return f"the installer {self.installer} changes no configuration and reloads no server"
