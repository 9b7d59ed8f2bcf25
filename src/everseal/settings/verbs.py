"""Every verb, once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Verb:
    """A verb with its one line of help.  An ``own`` verb of Everseal counts only as the first word.

    ``operands`` names the words that may stand behind an own verb (``NAME``, ``serve|root``).
    """

    __slots__ = ("aliases", "help", "name", "operands", "own")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        aliases: tuple[str, ...] = (),
        own: bool = False,
        operands: str = "",
    ) -> None:
        self.name = name
        self.help = summary
        self.aliases = aliases
        self.own = own
        self.operands = operands


VERBS: Final = (
    Verb("run", "obtain a certificate and put it to use in the web server", aliases=("everything",)),
    Verb("certonly", "obtain or renew a certificate, and touch no web server", aliases=("auth",)),
    Verb("renew", "renew every certificate that is due"),
    Verb("reconfigure", "change the settings a certificate is renewed with"),
    Verb("certificates", "list the certificates kept here"),
    Verb("delete", "delete a certificate's files"),
    Verb("revoke", "revoke a certificate"),
    Verb("register", "open an account with the authority"),
    Verb("update_account", "change the account's contact"),
    Verb("unregister", "close the account"),
    Verb("show_account", "show the account"),
    Verb("install", "put a certificate that is there to use in the web server"),
    Verb("enhance", "add redirect, HSTS and the like to the web server"),
    Verb("rollback", "take back changes to the web server's configuration"),
    Verb("plugins", "list the plugins"),
    Verb("plan", "show what `renew` would do and why, and do nothing", own=True),
    Verb("names", "show, add or remove names of a certificate", own=True, operands="NAME"),
    Verb("versions", "list the versions of a certificate", own=True, operands="NAME"),
    Verb("switch", "go back or forward to another version of a certificate", own=True, operands="NAME"),
    Verb("doctor", "say what is wrong here and why, and mend it", own=True, operands="[NAME...]"),
    Verb("rename", "give a certificate another name", own=True, operands="OLD NEW"),
    Verb("prune", "remove old versions and their keys", own=True, operands="[NAME...]"),
    Verb("export", "copy a certificate and its key to a directory", own=True, operands="NAME"),
    Verb("backup", "write all that another machine needs to one file", own=True, operands="FILE [NAME...]"),
    Verb("ca", "run the built-in certificate authority for tests", own=True, operands="serve|root"),
    Verb("completion", "print the completion script for a shell", own=True, operands="bash|zsh|fish"),
    Verb("demo", "watch a whole life of a certificate on this machine", own=True),
)

CERTBOT_VERBS: Final = {
    word: verb.name for verb in VERBS if not verb.own for word in (verb.name, *verb.aliases)
}
"""Every word that is a verb of Certbot's, wherever it stands, and the verb it means."""

OWN_VERBS: Final = {verb.name: verb for verb in VERBS if verb.own}
"""The verbs that count only as the first word."""

BY_NAME: Final = {verb.name: verb for verb in VERBS}
