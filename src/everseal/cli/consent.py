"""Agreeing to a CA's terms of service, by option or by a person."""

from __future__ import annotations

from dataclasses import dataclass

from everseal.cli.dialogue import Dialogue


@dataclass(frozen=True, slots=True)
class TermsConsent:
    """``agreed`` is ``--agree-tos``; without it a person is asked."""

    dialogue: Dialogue
    agreed: bool

    def agrees(self, server: str, terms_url: str) -> bool:
        if self.agreed:
            return True
        return self.dialogue.yes_or_no(
            f"Please read the Terms of Service at:\n{terms_url}\n"
            "You must agree in order to register with the ACME server. Do you agree?",
            unattended=None,
            flag="--agree-tos",
            insist=True,
        )
