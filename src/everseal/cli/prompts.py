"""What an issuance still has to know and a person can say: how to prove control, which names, which
directories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from everseal.cli.dialogue import Cancelled, Dialogue
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.errors import BadName, LineageMissing, OperatorError
from everseal.model.names import CertificateName, DnsName, Identifier
from everseal.settings.values import RUN, Settings
from everseal.solvers.errors import NoDirectory

_STANDALONE: Final = (
    "Runs an HTTP server locally which serves the necessary validation files under the "
    "/.well-known/acme-challenge/ request path. Suitable if there is no HTTP server already running. HTTP "
    "challenge only (wildcards not supported)."
)
_WEBROOT: Final = (
    "Saves the necessary validation files to a .well-known/acme-challenge/ directory within the nominated "
    "webroot path. A separate HTTP server must be running and serving files from the webroot path. HTTP "
    "challenge only (wildcards not supported)."
)
AUTHENTICATORS: Final = (("standalone", _STANDALONE), ("webroot", _WEBROOT))
"""The authenticators that menus offer, and what they do, in the words that Certbot has for them."""

_WHICH_NAMES: Final = (
    "Please enter the domain name(s) you would like on your certificate (comma and/or space separated)"
)


class NoAuthenticator(OperatorError):
    """The person cancelled at the menu."""

    def __init__(self) -> None:
        super().__init__(
            "authenticator could not be determined or is not installed",
            remedy="choose one, or give --standalone, --webroot or --manual",
        )


class NoNames(OperatorError):
    """The person gave no names."""

    def __init__(self) -> None:
        super().__init__(
            "Please specify --domains, --ip-address, or --installer that will help in domain names "
            "autodiscovery, or --cert-name for an existing certificate name",
            remedy="give each name with -d, such as `-d example.com -d www.example.com`",
        )


class NoWebroot(OperatorError):
    """The person named no directory."""

    def __init__(self) -> None:
        super().__init__(
            "Every requested identifier must have a webroot when using the webroot plugin",
            remedy="give the directory that your web server serves with -w DIR",
        )


def with_authenticator(session: Session, settings: Settings) -> Settings:
    """Ask how to prove control, unless it was said; a run that may not ask is left as it is.

    Raises NoAuthenticator.
    """
    if settings.text("authenticator") is not None or settings.flag("noninteractive_mode"):
        return settings
    labels = [f"{text} ({name})" for name, text in AUTHENTICATORS]
    try:
        chosen = session.dialogue.menu(
            "How would you like to authenticate with the ACME CA?",
            labels,
            unattended=None,
            flag="--authenticator",
            insist=True,
        )
    except Cancelled:
        raise NoAuthenticator from None
    return settings.with_values({"authenticator": AUTHENTICATORS[chosen][0]}, RUN)


def with_names(session: Session, settings: Settings) -> Settings:
    """Ask for names, unless some were given or the certificate named has some.

    Raises NoNames, Unanswered, LineageBroken.
    """
    if settings.items("domains") or settings.items("ip_addresses"):
        return settings
    if known_names(session.manager(settings), settings):
        return settings
    names = _ask_names(session.dialogue)
    if not names:
        raise NoNames
    return settings.with_values({"domains": names}, RUN)


def known_names(manager: Manager, settings: Settings) -> tuple[str, ...]:
    """The names asked for, or those of the certificate that is meant."""
    given = (*settings.items("domains"), *settings.items("ip_addresses"))
    name = settings.text("certname")
    if given or name is None:
        return given
    try:
        facts = manager.lineage(CertificateName.parse(name)).certificate
    except LineageMissing:
        return ()
    return tuple(each.value for each in facts.identifiers)


def with_webroots(session: Session, settings: Settings, names: Sequence[str]) -> Settings:
    """Ask for the directory of every name that has none.  Raises NoWebroot, Unanswered."""
    found = dict(settings.mapping("webroot_map"))
    recent = list(dict.fromkeys(found.values()))
    for name in names:
        if name not in found:
            root = _ask_webroot(session.dialogue, name, recent)
            recent = [root, *(each for each in recent if each != root)]
            found[name] = root
    return settings.with_values({"webroot_map": found}, RUN)


def _ask_names(dialogue: Dialogue) -> tuple[str, ...]:
    while True:
        try:
            text = dialogue.text(_WHICH_NAMES, unattended=None, flag="--domains", check=str, insist=True)
        except Cancelled:
            return ()
        words = text.replace(",", " ").split()
        wrong = {word: problem for word in words if (problem := _problem(word)) is not None}
        if not wrong:
            return tuple(dict.fromkeys(DnsName.parse(word).value for word in words))
        listed = "\n".join(f"{word}: {problem}" for word, problem in wrong.items())
        again = dialogue.yes_or_no(
            f"One or more of the entered domain names was not valid:\n\n{listed}\n\n"
            "Would you like to re-enter the names?",
            unattended=None,
            insist=True,
        )
        if not again:
            return ()


def _problem(word: str) -> str | None:
    """What is wrong with a name as typed; a single label is more likely a slip than a name."""
    try:
        name: Identifier = DnsName.parse(word)
    except BadName as error:
        return f"{error.message}; {error.remedy}"
    return None if "." in name.value else f"{word} needs at least two labels"


def _ask_webroot(dialogue: Dialogue, name: str, recent: Sequence[str]) -> str:
    if recent:
        try:
            chosen = dialogue.menu(
                f"Select the webroot for {name}:",
                ["Enter a new webroot", *recent],
                unattended=None,
                flag="--webroot-path",
                insist=True,
            )
        except Cancelled:
            raise NoWebroot from None
        if chosen > 0:
            return recent[chosen - 1]
    try:
        return dialogue.text(
            f"Input the webroot for {name}:",
            unattended=None,
            flag="--webroot-path",
            check=_directory,
            insist=True,
        )
    except Cancelled:
        raise NoWebroot from None


def _directory(text: str) -> str:
    import os.path

    path = os.path.abspath(text)
    if not text or not os.path.isdir(path):
        raise NoDirectory(text)
    return path
