"""The words behind an own verb that say which certificates it is about."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.errors import UsageError
from everseal.model.names import CertificateName


class OneNameWanted(UsageError):
    """The certificate was not named, or more than one was."""

    def __init__(self, program: str, usage: str) -> None:
        super().__init__(
            f"{usage.split(maxsplit=1)[0]} takes the name of one certificate",
            remedy=f"write it as `{program} {usage}`; `{program} certificates` lists the names",
        )


def only_name(session: Session, usage: str) -> CertificateName:
    """The one certificate named, as a word or with ``--cert-name``; ``usage`` shows how it is written.

    Raises OneNameWanted, BadName.
    """
    words = _words(session, session.words)
    if len(words) != 1:
        raise OneNameWanted(session.program, usage)
    return CertificateName.parse(words[0])


def all_names(session: Session, *, after: int = 0) -> list[CertificateName]:
    """The certificates named, each once; the first ``after`` words are about something else.

    Raises BadName.
    """
    words = _words(session, session.words[after:])
    return [CertificateName.parse(word) for word in dict.fromkeys(words)]


def _words(session: Session, words: tuple[str, ...]) -> tuple[str, ...]:
    """``--cert-name`` says the same as a word."""
    given = session.settings.text("certname")
    return words if given is None else (*words, given)
