"""The questions that planning leaves to a person, in Certbot's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, assert_never

from everseal.cli.dialogue import Dialogue
from everseal.model.names import Identifier
from everseal.planning.choose import Answer, Question

_KEEP: Final[Mapping[str, str]] = {
    "certonly": "Keep the existing certificate for now",
    "run": "Attempt to reinstall this existing certificate",
}


def ask(question: Question, dialogue: Dialogue, *, verb: Literal["certonly", "run"]) -> Answer:
    """The person's answer, or the default where nobody is there.

    Raises Unanswered where there is no default, Cancelled.
    """
    match question.kind:
        case "expand":
            return _ask_expand(question, dialogue)
        case "identical":
            return _ask_identical(question, dialogue, _KEEP[verb])
        case "update-names":
            return _ask_update_names(question, dialogue)
        case "key-type":
            return _ask_key_type(question, dialogue)
        case _:
            assert_never(question.kind)


def _ask_expand(question: Question, dialogue: Dialogue) -> Answer:
    lineage = question.lineage
    text = (
        "You have an existing certificate that contains a portion of the domains you requested "
        f"(ref: {lineage.conf_path})\n\n"
        f"It contains these names: {_joined(lineage.certificate.identifiers)}\n\n"
        f"You requested these names for the new certificate: {_joined(question.wanted)}.\n\n"
        "Do you want to expand and replace this existing certificate with the new certificate?"
    )
    agreed = dialogue.yes_or_no(
        text, unattended=None, flag=question.flag, yes="Expand", no="Cancel", insist=True
    )
    return "yes" if agreed else "no"


def _ask_identical(question: Question, dialogue: Dialogue, keep: str) -> Answer:
    text = (
        "You have an existing certificate that has exactly the same domains or certificate name you "
        f"requested and isn't close to expiry.\n(ref: {question.lineage.conf_path})\n\n"
        "What would you like to do?"
    )
    choices = (keep, "Renew & replace the certificate (may be subject to CA rate limits)")
    chosen = dialogue.menu(text, choices, unattended=0, flag=question.flag, insist=True)
    return "keep" if chosen == 0 else "renew"


def _ask_update_names(question: Question, dialogue: Dialogue) -> Answer:
    text = (
        f"You are updating certificate {question.lineage.name} to include new domain(s): "
        f"{_listed('+', question.added)}\n\n"
        f"You are also removing previously included domain(s): {_listed('-', question.removed)}\n\n"
        "Did you intend to make this change?"
    )
    agreed = dialogue.yes_or_no(
        text, unattended=True, flag=question.flag, yes="Update certificate", no="Cancel"
    )
    return "yes" if agreed else "no"


def _ask_key_type(question: Question, dialogue: Dialogue) -> Answer:
    change = question.key_change
    if change is None:
        return "no"
    text = (
        f"An {change.old} certificate named {question.lineage.name} already exists. Do you want to "
        f"update its key type to {change.new}?"
    )
    agreed = dialogue.yes_or_no(
        text, unattended=False, flag=question.flag, yes="Update key type", no="Keep existing key type"
    )
    return "yes" if agreed else "no"


def _joined(identifiers: Iterable[Identifier]) -> str:
    return ", ".join(each.value for each in identifiers)


def _listed(mark: str, identifiers: Iterable[Identifier]) -> str:
    names = sorted(each.value for each in identifiers)
    return "".join(f"\n{mark} {name}" for name in names) if names else "\n(None)"
