"""A scenario as data: where it starts, what is typed, what is changed by hand in between."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.differential.terminal import Answer

# The authority: the newest pebble, Debian 12's, one that demands an external
# account binding, or one with several profiles (of which it draws one where none is asked for).
Authority = Literal["new", "old", "eab", "profiles"]
# The tree both begin with, made by Certbot: nothing; an account; an account and lineages.
Start = Literal["empty", "account", "one", "pair", "webroot"]


@dataclass(frozen=True, slots=True)
class Run:
    """One command for both programs.

    `words` is split as a shell splits it, after `{name}` in it is filled in: `{acme}` the authority with its
    ports, `{here}` the twins' folder, `{www}` a webroot that is served when `served`, `{record LABEL}` a hook
    that notes its environment. The directories are added unless `own_directories`. `status` is what Certbot
    is known to return; `says` are sentences of Certbot's that a script may look for (line breaks count as
    blanks, both streams). With `answers`, or `at_terminal`, a person sits there.
    """

    words: str
    status: int = 0
    says: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    at_terminal: bool = False
    served: bool = False
    own_directories: bool = False
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something done by hand, to both twins: `apply` gets the folder that holds config, home, www."""

    what: str
    apply: Callable[[Path], None]


Step = Run | Change


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens, from a known beginning."""

    name: str
    steps: tuple[Step, ...]
    start: Start = "account"
    authority: Authority = "new"
    looks_everywhere: bool = False  # at the logs and at Everseal's own state too
    prompts: tuple[str, ...] = ()  # those of PROMPTS that it meets, with a person there or with -n
