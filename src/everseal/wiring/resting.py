"""Whether a lineage rests, judged by a glance at its files and the rules of planning, without any values."""

from __future__ import annotations

from datetime import datetime, timedelta

from everseal.model.anatomy import alternative_names, authority_key_id, name_text, ocsp_urls
from everseal.model.base64url import encode
from everseal.model.epoch import EPOCH, microseconds
from everseal.model.errors import OperatorError
from everseal.planning.moments import first_due, makes_sense, not_yet_due
from everseal.planning.own_section import (
    OWN_SECTION,
    issuing_server,
    made_for_window,
    remembered_advice,
    wants_quiet,
)
from everseal.planning.renew_interval import parse_renew_before_expiry
from everseal.settings.renewal_params import Reading
from everseal.store.certbot_dir.glance import glance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from everseal.model.anatomy import Anatomy
    from everseal.planning.own_section import Bounds
    from everseal.settings.renewal_quoting import Value
    from everseal.store.certbot_dir.glance import Glance

# A lineage whose file has one of these is decided about by other rules.
_OTHER_RULES: Final = "autorenew"
_PINNED: Final = "pinned_version"


class Judge:
    """Judges many lineages at one moment, ``now``.

    ``secret`` is this machine's; ``lacks_ari`` says of a CA that it is known to have no renewal information.
    """

    def __init__(self, secret: bytes, *, now: datetime, lacks_ari: Callable[[str], bool]) -> None:
        self._secret = secret
        self._now = now
        self._lacks_ari = lacks_ari
        self._reading = Reading()

    def look(self, conf_path: str) -> list[str] | None:
        """The entry of :mod:`everseal.wiring.rollcall` from ``WAKES`` on.

        None where the lineage does not rest, or where that takes a closer look.
        """
        seen = glance(conf_path)
        if seen is None:
            return None
        parameters, own = _section(seen, "renewalparams"), _section(seen, OWN_SECTION)
        if parameters is None or own is None or _OTHER_RULES in parameters or _PINNED in own:
            return None
        if ocsp_urls(seen.certificate):
            return None
        if not self._reading.goes_well(parameters, own):
            return None
        names = _names(seen.certificate)
        return None if names is None else self._judge(seen, parameters, own, names)

    def _judge(
        self, seen: Glance, parameters: Mapping[str, Value], own: Mapping[str, Value], names: str
    ) -> list[str] | None:
        server = issuing_server(own, parameters, _serial(seen.certificate))
        identifier = _ari_identifier(seen.certificate)
        ask_again, bounds, without_ari = None, None, ""
        if server is not None and identifier is not None:
            advice = remembered_advice(own, identifier)
            if advice is not None and wants_quiet(advice[0], now=self._now):
                ask_again, bounds = advice
            elif self._lacks_ari(server):
                without_ari = server
            else:
                return None
        if bounds is not None and not self._secret:
            return None
        wakes = self._wakes(seen, own, bounds, identifier or "")
        if wakes is None:
            return None
        until = wakes.renew_at if ask_again is None else min(wakes.renew_at, ask_again)
        return [str(microseconds(until)), without_ari, seen.fullchain, *wakes.fields, names]

    def _wakes(
        self, seen: Glance, own: Mapping[str, Value], bounds: Bounds | None, identifier: str
    ) -> _Rest | None:
        """When it becomes due; None where it is, or where its file says something odd about that."""
        written = seen.values.get("renew_before_expiry")
        try:
            before = parse_renew_before_expiry(written) if isinstance(written, str) else None
            begin, end = _moment(seen.not_before), _moment(seen.not_after)
        except (OperatorError, OverflowError):
            return None
        if written is not None and before is None:
            return None
        window = bounds if bounds is not None and makes_sense(*bounds, not_after=end) else None
        renew_at, rule = first_due(
            begin,
            end,
            window=window,
            key=self._secret + identifier.encode("ascii"),
            before_expiry=before,
            made_for_window=made_for_window(own),
        )
        if self._now >= renew_at or self._now >= end:
            return None
        explanation = None if window is None else own.get("ari_explanation")
        page = explanation if isinstance(explanation, str) else None
        told = [not_yet_due(renew_at, rule, end, page), end.isoformat(), renew_at.isoformat(), rule]
        told += ["", ""] if window is None else [moment.isoformat() for moment in window]
        told.append(page or "")
        return _Rest(renew_at, told)


class _Rest:
    """Until when, and the fields of the entry that tell of it."""

    __slots__ = ("fields", "renew_at")

    def __init__(self, renew_at: datetime, fields: list[str]) -> None:
        self.renew_at = renew_at
        self.fields = fields


def _section(seen: Glance, name: str) -> Mapping[str, Value] | None:
    """Empty where it is not there; None where something else has its name."""
    found = seen.values.get(name)
    if found is None:
        return {}
    return None if isinstance(found, str | tuple) else found


def _ari_identifier(certificate: Anatomy) -> str | None:
    """RFC 9773 section 4.1."""
    key_id = authority_key_id(certificate)
    if not key_id:
        return None
    return f"{encode(key_id)}.{encode(certificate.octets(certificate.serial))}"


def _serial(certificate: Anatomy) -> int:
    return int.from_bytes(certificate.octets(certificate.serial), "big", signed=True)


def _names(certificate: Anatomy) -> str | None:
    """The field ``IDENTIFIERS``; None where there are none, or some that do not look like names."""
    found = []
    for kind, octets in alternative_names(certificate):
        text = name_text(kind, octets)
        if not text.isprintable() or " " in text:
            return None
        found.append(kind[0] + text)
    return " ".join(found) or None


def _moment(seconds: int) -> datetime:
    """Raises OverflowError beyond the year 9999."""
    return EPOCH + timedelta(seconds=seconds)
