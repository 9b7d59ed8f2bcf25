"""Every option of the command line and of cli.ini, once.

Parsing, help pages, the configuration file, shell completion, the reference page and the renewal file
all come from these tables.
"""

from __future__ import annotations

from everseal.settings.certificate_options import HOOKS_AND_RENEWAL, ORDERING, SECURITY
from everseal.settings.own_options import OWN_OPTIONS
from everseal.settings.place_options import PATHS, SELECTION, VERB_OPTIONS
from everseal.settings.plugin_options import PLUGIN_OPTIONS
from everseal.settings.run_options import AUTOMATION, GENERAL, TESTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["BY_DEST", "CERTBOT_OPTIONS", "OPTIONS", "OWN_OPTIONS"]

CERTBOT_OPTIONS: Final = (
    *GENERAL,
    *AUTOMATION,
    *TESTING,
    *SECURITY,
    *ORDERING,
    *HOOKS_AND_RENEWAL,
    *VERB_OPTIONS,
    *PATHS,
    *SELECTION,
    *PLUGIN_OPTIONS,
)

OPTIONS: Final = (*CERTBOT_OPTIONS, *OWN_OPTIONS)

BY_DEST: Final = {option.dest: option for option in OPTIONS}
