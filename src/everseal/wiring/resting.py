"""Whether a lineage rests, judged by a glance at its files and the rules of planning, without any values."""

from __future__ import annotations

from datetime import datetime, timedelta

from everseal.model.anatomy import alternative_names, authority_key_id, name_text, ocsp_urls
from everseal.model.base64url import encode
from everseal.model.epoch import EPOCH
from everseal.model.errors import OperatorError
from everseal.planning.own_section import (
    OWN_SECTION,
    issuing_server,
    latest_words,
    made_for_window,
    remembered_advice,
    wants_quiet,
)
from everseal.planning.renew_interval import parse_renew_before_expiry
from everseal.settings.renewal_params import Reading
from everseal.store.certbot_dir.glance import glance
from everseal.wiring.candidate import Candidate, Heard, Rest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from everseal.model.anatomy import Anatomy
    from everseal.planning.own_section import Kept
    from everseal.settings.renewal_quoting import Value
    from everseal.store.certbot_dir.glance import Glance

# A lineage whose file has one of these is decided about by other rules.
_OTHER_RULES: Final = "autorenew"
_PINNED: Final = "pinned_version"
# What decides in our section how its CA is reached.
_REACH: Final = ("ca_bundle", "allow_http", "allow_origin")


class Judge:
    """Judges many lineages at one moment, ``now``.

    ``secret`` is this machine's; ``kept`` knows what CAs said, beside what renewal files have; ``lacks_ari``
    says of a CA that it is known to have no renewal information.
    """

    def __init__(self, secret: bytes, kept: Kept, *, now: datetime, lacks_ari: Callable[[str], bool]) -> None:
        self._secret = secret
        self._kept = kept
        self._now = now
        self._lacks_ari = lacks_ari
        self._reading = Reading()

    def look(self, conf_path: str) -> Rest | Candidate | None:
        """Whether a lineage rests; a candidate does or not by what its CA says, which wants to be asked.

        None where the lineage does not rest, or where that takes a closer look.
        """
        seen = glance(conf_path)
        if seen is None:
            return None
        parameters, own = _section(seen, "renewalparams"), _section(seen, OWN_SECTION)
        if parameters is None or own is None or _OTHER_RULES in parameters or _PINNED in own:
            return None
        if ocsp_urls(seen.certificate) or not self._reading.goes_well(parameters, own):
            return None
        candidate = self._candidate(seen, parameters, own)
        return None if candidate is None else self._judge(candidate)

    def _judge(self, candidate: Candidate) -> Rest | Candidate | None:
        server, identifier = candidate.server, candidate.identifier
        if server is None or identifier is None:
            return candidate.rests(Heard(), self._secret, now=self._now)
        heard = heard_of(candidate)
        if heard is not None and heard.ask_again is not None and wants_quiet(heard.ask_again, now=self._now):
            return candidate.rests(heard, self._secret, now=self._now)
        if self._lacks_ari(server):
            return candidate.rests(Heard(), self._secret, now=self._now, without_ari=server)
        return candidate

    def _candidate(
        self, seen: Glance, parameters: Mapping[str, Value], own: Mapping[str, Value]
    ) -> Candidate | None:
        """None where its file or certificate says something odd."""
        written = seen.values.get("renew_before_expiry")
        names = _names(seen.certificate)
        try:
            before = parse_renew_before_expiry(written) if isinstance(written, str) else None
            begin, end = _moment(seen.not_before), _moment(seen.not_after)
        except (OperatorError, OverflowError):
            return None
        if names is None or (written is not None and before is None):
            return None
        identifier = _ari_identifier(seen.certificate)
        kept = None if identifier is None else self._kept(identifier)
        words = latest_words(own, kept, identifier, now=self._now)
        return Candidate(
            begin=begin,
            end=end,
            before_expiry=before,
            made_for_window=made_for_window(own),
            fullchain=seen.fullchain,
            names=names,
            server=issuing_server(own, parameters, _serial(seen.certificate)),
            identifier=identifier,
            reach=repr([own.get(key) for key in _REACH]),
            words=words,
            by_answer=words is not own,
        )


def heard_of(candidate: Candidate) -> Heard | None:
    """What the CA said the last time it was asked about a candidate."""
    advice = remembered_advice(candidate.words, candidate.identifier)
    if advice is None:
        return None
    ask_again, bounds = advice
    page = candidate.words.get("ari_explanation")
    told = page if isinstance(page, str) else None
    return Heard(bounds, told, ask_again, by_answer=candidate.by_answer)


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
