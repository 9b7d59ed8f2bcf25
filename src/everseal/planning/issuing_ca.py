"""Which CA a lineage's certificate came from, where that is not the one it is ordered from first.

``server`` and ``account`` in ``[renewalparams]`` stay those of the first CA, so that Certbot goes on with
it.  What a fallback issued is noted in ``[everseal]`` together with the certificate's serial number: when
anybody has replaced that certificate, the note means nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage, ParameterValue
from everseal.planning.own_section import ISSUED_BY, ISSUED_SERIAL, OWN_SECTION, noted_issuer, serial_text

_ACCOUNT: Final = "issued_by_account"


@dataclass(frozen=True, slots=True)
class IssuingCa:
    """A CA by its directory URL, and the account there by its id, where it is known."""

    server: str
    account: str | None = None


def issuing_ca(lineage: Lineage) -> IssuingCa | None:
    """The CA that issued the lineage's certificate; None where the renewal file names none."""
    own = lineage.sections.get(OWN_SECTION, {})
    noted = noted_issuer(own, lineage.certificate.serial)
    if noted:
        return IssuingCa(noted, _text(own.get(_ACCOUNT)))
    first = _text(lineage.parameters.get("server"))
    return None if first is None else IssuingCa(first, _text(lineage.parameters.get("account")))


def issuer_note(ca: IssuingCa, serial: int) -> Mapping[str, ParameterValue]:
    """What ``[everseal]`` holds of a certificate that another CA than the first one issued."""
    note: dict[str, ParameterValue] = {ISSUED_BY: ca.server, ISSUED_SERIAL: serial_text(serial)}
    if ca.account is not None:
        note[_ACCOUNT] = ca.account
    return note


def _text(value: ParameterValue | None) -> str | None:
    return value if isinstance(value, str) and value else None
