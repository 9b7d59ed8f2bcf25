"""Identifiers in requests: read strictly, and held against the root's name constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from everseal.localca.refusal import Refusal, subproblem
from everseal.model.errors import BadName
from everseal.model.names import DnsName, Identifier, IpAddress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.localca.constraints import NameConstraints

_MOST: Final = 200


def parse_identifiers(value: object) -> list[Identifier]:
    """The identifiers of an order, without repetitions; raises Refusal."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        raise Refusal("malformed", f"identifiers is not a list of one to {_MOST}")
    return list(dict.fromkeys(_parse(item) for item in value))


def check_permitted(identifiers: Sequence[Identifier], constraints: NameConstraints) -> None:
    """Raises Refusal with a subproblem for every identifier that the root may not be used for."""
    refused = [one for one in identifiers if not constraints.permit(one)]
    if not refused:
        return
    domains = ", ".join(constraints.domains)
    why = Refusal("rejectedIdentifier", "it is outside this CA's name constraints").document()
    parts = [subproblem(one, why) for one in refused]
    names = ", ".join(one.value for one in refused)
    raise Refusal(
        "rejectedIdentifier",
        f"this CA does not issue for {names}; it is limited to {domains} and private addresses",
        subproblems=parts,
    )


def _parse(item: object) -> Identifier:
    kind = item.get("type") if isinstance(item, dict) else None
    text = item.get("value") if isinstance(item, dict) else None
    if not isinstance(kind, str) or not isinstance(text, str):
        raise Refusal("malformed", "an identifier needs a type and a value, both text")
    try:
        match kind:
            case "dns" if text.isascii() and text == text.strip() and not text.endswith("."):
                return DnsName.parse(text)
            case "dns":
                raise Refusal("malformed", f"{text!r} is not a DNS name in A-labels without a final dot")
            case "ip":
                return _canonical(text)
            case _:
                raise Refusal("unsupportedIdentifier", f"identifiers of type {kind!r} are not supported")
    except BadName as error:
        raise Refusal("malformed", error.message) from None


def _canonical(text: str) -> IpAddress:
    """Addresses must be in the text form of RFC 8738 section 3."""
    address = IpAddress.parse(text)
    if address.value != text:
        raise Refusal("malformed", f"the address {text!r} is not in its canonical form, {address}")
    return address
