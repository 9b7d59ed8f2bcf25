"""What the scenarios touch: verbs, options, questions."""

import shlex
from collections.abc import Iterator

from everseal.settings.option import Option
from everseal.settings.options import CERTBOT_OPTIONS
from everseal.settings.verbs import CERTBOT_VERBS
from tests.differential.scenario import Run, Scenario

# The questions that Certbot asks. Those of its web servers' plugins about virtual hosts are not among them:
# they are asked only where such a plugin is.
PROMPTS = frozenset(
    {
        "how to prove",
        "how to install",
        "email",
        "terms",
        "share email",
        "several accounts",
        "names",
        "webroot",
        "subset",
        "identical",
        "key type",
        "names differ",
        "delete",
        "revoke delete",
        "unregister",
        "run deploy hooks",
        "port busy",
        "which certificate",
    }
)

# Given to every command, apart from the scenario's own words.
_ALWAYS = ("--config-dir", "--work-dir", "--logs-dir")


def words_of(scenarios: tuple[Scenario, ...]) -> set[str]:
    """Every word typed; of `--option=value` the option, of `-tvv` each letter."""
    return {part for words in _commands(scenarios) for word in words for part in _parts(word)} | {*_ALWAYS}


def _commands(scenarios: tuple[Scenario, ...]) -> Iterator[list[str]]:
    for scenario in scenarios:
        for step in scenario.steps:
            if isinstance(step, Run):
                words = step.words.replace(
                    "{acme}", "--server {server} --http-01-port {port} --no-random-sleep-on-renew"
                )
                yield shlex.split(words)


def _parts(word: str) -> list[str]:
    if word.startswith("--"):
        return [word.split("=", 1)[0]]
    if word.startswith("-"):
        return [word, *(f"-{letter}" for letter in word[1:])]
    return [word]


def verbs_missing(scenarios: tuple[Scenario, ...]) -> list[str]:
    """Verbs and their other names that no scenario uses."""
    words = words_of(scenarios)
    return sorted(verb for verb in CERTBOT_VERBS if verb not in words)


def options_missing(scenarios: tuple[Scenario, ...]) -> list[str]:
    """Spellings of Certbot's options, the negative ones too, that no scenario uses."""
    words = words_of(scenarios)
    return [flag for option in CERTBOT_OPTIONS for flag in _flags(option) if flag not in words]


def _flags(option: Option) -> tuple[str, ...]:
    return option.flags + option.off_flags


def prompts_missing(scenarios: tuple[Scenario, ...]) -> list[str]:
    """Questions that no scenario meets."""
    return sorted(PROMPTS.difference(*(scenario.prompts for scenario in scenarios)))
