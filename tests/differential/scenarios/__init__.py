"""The scenarios, and all of them together."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.accounts import ACCOUNTS
from tests.differential.scenarios.asking import ASKING
from tests.differential.scenarios.configuration import CONFIGURATION
from tests.differential.scenarios.grammar import GRAMMAR
from tests.differential.scenarios.hooks import HOOKS
from tests.differential.scenarios.keys import KEYS
from tests.differential.scenarios.lineages import LINEAGES
from tests.differential.scenarios.obtaining import OBTAINING
from tests.differential.scenarios.reconfiguring import RECONFIGURING
from tests.differential.scenarios.removing import REMOVING
from tests.differential.scenarios.renewing import RENEWING
from tests.differential.scenarios.requests import REQUESTS
from tests.differential.scenarios.webservers import WEBSERVERS

SCENARIOS: tuple[Scenario, ...] = (
    *OBTAINING,
    *LINEAGES,
    *KEYS,
    *RENEWING,
    *HOOKS,
    *RECONFIGURING,
    *REMOVING,
    *REQUESTS,
    *ACCOUNTS,
    *ASKING,
    *CONFIGURATION,
    *GRAMMAR,
    *WEBSERVERS,
)
