"""Every verb, once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    Effect = Literal["nothing", "reads", "writes"]


class Verb:
    """A verb with its one line of help.  An ``own`` verb of Everseal counts only as the first word.

    ``operands`` names the words that may stand behind an own verb (``NAME``, ``serve|root``).

    ``effect`` is what a verb does to the directories: *nothing* (neither a log nor a folder is made),
    *reads*, or *writes*.  One that ``mends`` first finishes what an interrupted run left half done.
    """

    __slots__ = ("aliases", "effect", "help", "mends", "name", "operands", "own")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        aliases: tuple[str, ...] = (),
        own: bool = False,
        operands: str = "",
        effect: Effect = "writes",
        mends: bool = False,
    ) -> None:
        self.name = name
        self.help = summary
        self.aliases = aliases
        self.own = own
        self.operands = operands
        self.effect = effect
        self.mends = mends


VERBS: Final = (
    Verb(
        "run", "obtain a certificate and put it to use in the web server", aliases=("everything",), mends=True
    ),
    Verb("certonly", "obtain or renew a certificate, and touch no web server", aliases=("auth",), mends=True),
    Verb("renew", "renew every certificate that is due", mends=True),
    Verb("reconfigure", "change the settings a certificate is renewed with"),
    Verb("certificates", "list the certificates kept here", effect="reads"),
    Verb("delete", "delete a certificate's files"),
    Verb("revoke", "revoke a certificate"),
    Verb("register", "open an account with the authority"),
    Verb("update_account", "change the account's contact"),
    Verb("unregister", "close the account"),
    Verb("show_account", "show the account", effect="reads"),
    Verb("install", "put a certificate that is there to use in the web server"),
    Verb("enhance", "add redirect, HSTS and the like to the web server"),
    Verb("rollback", "take back changes to the web server's configuration"),
    Verb("plugins", "list the plugins", effect="reads"),
    Verb("plan", "show what `renew` would do and why, and do nothing", own=True, effect="nothing"),
    Verb(
        "status",
        "show how certificates stand, and what needs a person",
        own=True,
        operands="[NAME...]",
        effect="nothing",
    ),
    Verb(
        "explain",
        "tell the life of a certificate, and why it is as it is",
        own=True,
        operands="NAME",
        effect="nothing",
    ),
    Verb("names", "show, add or remove names of a certificate", own=True, operands="NAME", mends=True),
    Verb("versions", "list the versions of a certificate", own=True, operands="NAME", effect="reads"),
    Verb(
        "switch",
        "go back or forward to another version of a certificate",
        own=True,
        operands="NAME",
        mends=True,
    ),
    Verb(
        "doctor",
        "say what is wrong here and why, and mend it",
        own=True,
        operands="[NAME...]",
        effect="reads",
    ),
    Verb("limits", "show what is used of each authority's limits", own=True, effect="reads"),
    Verb("rename", "give a certificate another name", own=True, operands="OLD NEW", mends=True),
    Verb("prune", "remove old versions and their keys", own=True, operands="[NAME...]", mends=True),
    Verb("export", "copy a certificate and its key to a directory", own=True, operands="NAME", mends=True),
    Verb(
        "backup",
        "write all that another machine needs to one file",
        own=True,
        operands="FILE [NAME...]",
        mends=True,
    ),
    Verb(
        "restore",
        "bring back what is in a backup",
        own=True,
        operands="FILE [NAME...]",
        mends=True,
    ),
    Verb(
        "schedule",
        "install, show or remove what starts renewals",
        own=True,
        operands="install|show|remove",
    ),
    Verb(
        "ca",
        "known authorities, and a built-in one for tests",
        own=True,
        operands="list|check|serve|root",
        effect="nothing",
    ),
    Verb(
        "completion",
        "print the completion script for a shell",
        own=True,
        operands="bash|zsh|fish",
        effect="nothing",
    ),
    Verb("demo", "watch a whole life of a certificate on this machine", own=True, effect="nothing"),
)

CERTBOT_VERBS: Final = {
    word: verb.name for verb in VERBS if not verb.own for word in (verb.name, *verb.aliases)
}
"""Every word that is a verb of Certbot's, wherever it stands, and the verb it means."""

OWN_VERBS: Final = {verb.name: verb for verb in VERBS if verb.own}
"""The verbs that count only as the first word."""

BY_NAME: Final = {verb.name: verb for verb in VERBS}
