"""Options that Certbot does not have.  They are never abbreviated.

What a renewal file keeps of them stands in its section ``[everseal]``, which Certbot leaves alone.
"""

from __future__ import annotations

from everseal.settings.own.backup import BACKUP
from everseal.settings.own.demo import DEMO
from everseal.settings.own.doctor import DOCTOR
from everseal.settings.own.export import EXPORT
from everseal.settings.own.fallbacks import FALLBACKS
from everseal.settings.own.limits import LIMITS
from everseal.settings.own.local_ca import LOCAL_CA
from everseal.settings.own.machine import MACHINE
from everseal.settings.own.names import NAMES
from everseal.settings.own.running import RUNNING
from everseal.settings.own.schedule import SCHEDULE
from everseal.settings.own.status import STATUS
from everseal.settings.own.versions import VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

OWN_OPTIONS: Final = (
    *RUNNING,
    *MACHINE,
    *STATUS,
    *VERSIONS,
    *DOCTOR,
    *EXPORT,
    *BACKUP,
    *SCHEDULE,
    *LIMITS,
    *LOCAL_CA,
    *FALLBACKS,
    *NAMES,
    *DEMO,
)
