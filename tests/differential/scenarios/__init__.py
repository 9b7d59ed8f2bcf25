"""The scenarios, and all of them together."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.hooks import HOOKS
from tests.differential.scenarios.keys import KEYS
from tests.differential.scenarios.lineages import LINEAGES
from tests.differential.scenarios.obtaining import OBTAINING
from tests.differential.scenarios.renewing import RENEWING

SCENARIOS: tuple[Scenario, ...] = (*OBTAINING, *LINEAGES, *KEYS, *RENEWING, *HOOKS)
