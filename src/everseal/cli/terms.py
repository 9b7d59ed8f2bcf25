"""What a person says while an account is opened: to the CA's terms, and a contact."""

from __future__ import annotations

from everseal.cli.dialogue import Cancelled, Dialogue
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

_ADDRESS = "Enter email address or hit Enter to skip.\n"


class NoAddress(OperatorError):
    """The person cancelled at the question for an address."""

    def __init__(self) -> None:
        super().__init__(
            "Error getting email address", remedy="hit Enter to go without one, or give it with -m ADDRESS"
        )


@dataclass(frozen=True, slots=True)
class TermsConsent:
    """``agreed`` is ``--agree-tos``; without it a person is asked."""

    dialogue: Dialogue
    agreed: bool

    def agrees(self, server: str, terms_url: str) -> bool:
        if self.agreed:
            return True
        return self.dialogue.yes_or_no(
            f"Please read the Terms of Service at: {terms_url}\n"
            "You must agree in order to register with the ACME server. Do you agree?",
            unattended=None,
            flag="--agree-tos",
            insist=True,
        )


def ask_address(dialogue: Dialogue, *, refused: bool = False) -> str:
    """Addresses separated by commas, or nothing; ``refused`` says that the CA did not take the last."""
    opening = "The server reported a problem with your email address. " if refused else ""
    try:
        return dialogue.text(f"{opening}{_ADDRESS}", unattended="", check=_checked)
    except Cancelled:
        raise NoAddress from None


def _checked(text: str) -> str:
    from everseal.wiring.wishes import parse_contacts

    parse_contacts(text)
    return text
