"""What its files say about how a certificate stands, as a row of texts that the index can remember."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from everseal.planning.due import RenewalPolicy, Validity
from everseal.planning.own_section import OWN_SECTION
from everseal.planning.renew_interval import parse_renew_before_expiry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everseal.model.lineage import Lineage

_ALONE: Final = 11


class Outline:
    """The texts are read when they are asked for.

    They begin with those that each outline has one of; the last of these counts the texts of our section that
    follow, keys and values in turns, and behind them come the names.
    """

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    @classmethod
    def of(cls, lineage: Lineage) -> Outline:
        """What is decided about it rests on its decisive certificate."""
        from everseal.acme.ari import certificate_id

        certificate, parameters = lineage.certificate, lineage.parameters
        server, autorenew = parameters.get("server"), parameters.get("autorenew")
        before = lineage.header.get("renew_before_expiry")
        own = [
            text
            for key, value in lineage.sections.get(OWN_SECTION, {}).items()
            if isinstance(value, str)
            for text in (key, value)
        ]
        return cls(
            [
                lineage.name.value,
                certificate.issuer_cn or certificate.issuer,
                server if isinstance(server, str) else "",
                str(lineage.live),
                f"{certificate.serial:x}",
                certificate_id(certificate) or "",
                certificate.not_before.isoformat(),
                certificate.not_after.isoformat(),
                "off" if isinstance(autorenew, str) and autorenew.lower() == "false" else "",
                "" if before is None else f"={before}",
                str(len(own)),
                *own,
                *(each.value for each in certificate.identifiers),
                *certificate.odd_names,
            ]
        )

    @property
    def name(self) -> str:
        return self.texts[0]

    @property
    def issuer(self) -> str:
        return self.texts[1]

    @property
    def server(self) -> str | None:
        return self.texts[2] or None

    @property
    def version(self) -> int:
        """The one in use."""
        return int(self.texts[3])

    @property
    def serial(self) -> int:
        return int(self.texts[4], 16)

    @property
    def certificate_id(self) -> str | None:
        """For questions about its renewal (RFC 9773 section 4.1)."""
        return self.texts[5] or None

    @property
    def validity(self) -> Validity:
        return Validity(datetime.fromisoformat(self.texts[6]), datetime.fromisoformat(self.texts[7]))

    @property
    def policy(self) -> RenewalPolicy:
        """What its renewal file says about when.  Raises BadRenewInterval."""
        before = self.texts[9]
        return RenewalPolicy(
            autorenew=not self.texts[8],
            before_expiry=parse_renew_before_expiry(before[1:]) if before else None,
        )

    @property
    def own(self) -> Mapping[str, str]:
        """Our section of its renewal file."""
        end = _ALONE + int(self.texts[_ALONE - 1])
        return dict(zip(self.texts[_ALONE:end:2], self.texts[_ALONE + 1 : end : 2], strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """As the certificate has them, also those that are no proper ones."""
        return tuple(self.texts[_ALONE + int(self.texts[_ALONE - 1]) :])
