"""What an operator is told to put in place by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.acme.challenges import Presentation


def render_instructions(challenges: Sequence[Presentation]) -> str:
    """Everything that one order needs, files first; all of it has to be there at the same time."""
    files = [each for each in challenges if each.type == "http-01"]
    records: dict[str, list[Presentation]] = {}
    for each in challenges:
        if each.type == "dns-01":
            records.setdefault(each.dns_name, []).append(each)
    parts = [_render_file(each) for each in files]
    parts.extend(_render_record(name, each) for name, each in records.items())
    if len(challenges) > 1:
        parts.append("All of this has to be in place at the same time, so remove nothing yet.\n")
    if records:
        parts.append(_how_to_look(list(records)))
    return "\n".join(parts)


def _render_file(challenge: Presentation) -> str:
    identifier = challenge.identifier.value
    host = f"[{identifier}]" if ":" in identifier else identifier
    return (
        "Create a file containing just this data:\n\n"
        f"{challenge.key_authorization}\n\n"
        "And make it available on your web server at this URL:\n\n"
        f"http://{host}{challenge.http_path}\n"
    )


def _render_record(name: str, challenges: Sequence[Presentation]) -> str:
    """The full stop belongs to the name: without it many zone editors append the zone once more."""
    values = "\n".join(each.dns_value for each in challenges)
    if len(challenges) == 1:
        return (
            "Please deploy a DNS TXT record under the name:\n\n"
            f"{name}.\n\nwith the following value:\n\n{values}\n"
        )
    return (
        f"Please deploy {len(challenges)} DNS TXT records under the same name:\n\n{name}.\n\n"
        f"with the following values, one record each:\n\n{values}\n\n"
        "The name itself and its wildcard are proved separately, but below one name: add the second "
        "record\nbeside the first one, do not replace it.\n"
    )


def _how_to_look(names: Sequence[str]) -> str:
    looks = "\n".join(f"  dig +short TXT {name}." for name in names)
    return (
        "Before you go on, see that the records have arrived at your name servers; that may take "
        f"minutes:\n\n{looks}\n"
    )
