"""The pages of help and what is on each."""

from __future__ import annotations

from everseal.settings.options import OPTIONS
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.verbs import BY_NAME, CERTBOT_VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from everseal.settings.option import Option

COMMAND_LISTS: Final = frozenset({"command", "commands", "subcommand", "subcommands", "verbs"})
GROUPS: Final = (
    ("automation", "Answers given beforehand, for scripts and timers"),
    ("security", "Keys and what web servers should insist on"),
    ("testing", "Trying things out"),
    ("paths", "Where things are"),
    ("manage", "Choosing among the certificates kept here"),
    ("everseal", "What Certbot does not have; these options are never abbreviated"),
)


def is_topic(word: str) -> bool:
    """Whether there is a page of help of this name."""
    return (
        word == "all"
        or word in COMMAND_LISTS
        or word in BY_NAME
        or word in CERTBOT_VERBS
        or word in PLUGINS
        or any(word == name for name, _ in GROUPS)
    )


def options_of(topic: str) -> tuple[Option, ...]:
    """The options on a page, hidden ones left out; the empty topic has those that belong everywhere."""
    if topic == "":
        return tuple(option for option in OPTIONS if not option.topics and not option.hidden)
    return tuple(option for option in OPTIONS if topic in option.topics and not option.hidden)
