"""What a lineage remembers of the CA's renewal information (RFC 9773).

Certbot keeps the moment before which it does not ask again in ``[acme_renewal_info]``, as local time
without a zone; that is written for Certbot alone.  What is read again, with the answer itself, which
Certbot forgets, stands in ``[everseal]``, and what the CA said later in Everseal's own state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage, ParameterValue
from everseal.planning.due import RenewalFacts, SuggestedWindow, Validity
from everseal.planning.own_section import (
    ARI_KEYS,
    LONGEST_QUIET,
    ORDERED_FOR,
    OWN_SECTION,
    latest_words,
    made_for_window,
    remembered_advice,
)

__all__ = ["CERTBOT_SECTION", "ORDERED_FOR", "OWN_SECTION"]

CERTBOT_SECTION: Final = "acme_renewal_info"
_CERTBOT_FORM: Final = "%Y-%m-%dT%H:%M:%S"
_SHARE: Final = 20
_SHORTEST: Final = timedelta(seconds=1)
_FIRST_BACKOFF: Final = timedelta(minutes=1)
_MOST_DOUBLINGS: Final = 5
_AFTER_FAILURE: Final = timedelta(hours=6)
_DIGITS: Final = 9

if TYPE_CHECKING:
    from everseal.planning.own_section import Kept

Sections = Mapping[str, Mapping[str, ParameterValue]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The CA's last word about one certificate.

    ``certificate_id`` is the ARI identifier it was about, ``ask_again`` the moment before which the
    CA does not want to be asked.  ``window`` is None when the CA had no usable answer yet.
    ``failures`` counts the questions in a row that it did not answer.
    """

    certificate_id: str
    ask_again: datetime
    window: SuggestedWindow | None
    failures: int = 0


def read_suggestion(own: Mapping[str, object], certificate_id: str | None) -> Suggestion | None:
    """What our section remembers, if it is about this certificate; unreadable text counts as nothing."""
    found = remembered_advice(own, certificate_id)
    if found is None or certificate_id is None:
        return None
    ask_again, bounds = found
    explanation = own.get("ari_explanation")
    told = explanation if isinstance(explanation, str) else None
    window = None if bounds is None else SuggestedWindow(*bounds, explanation_url=told)
    return Suggestion(certificate_id, ask_again, window, _count(own.get("ari_failures")))


def last_word(
    own: Mapping[str, object], certificate_id: str | None, kept: Kept, *, now: datetime
) -> Suggestion | None:
    """The later of what our section of the renewal file remembers about this certificate and what Everseal's
    own state has ``kept``."""
    if certificate_id is None:
        return None
    return read_suggestion(latest_words(own, kept(certificate_id), certificate_id, now=now), certificate_id)


def suggestion_texts(suggestion: Suggestion) -> dict[str, str]:
    """As it is kept, by the keys of our section."""
    texts = {
        "ari_certificate": suggestion.certificate_id,
        "ari_ask_again": _text(suggestion.ask_again),
    }
    if suggestion.window is not None:
        texts["ari_window_start"] = _text(suggestion.window.start)
        texts["ari_window_end"] = _text(suggestion.window.end)
        if suggestion.window.explanation_url is not None:
            texts["ari_explanation"] = suggestion.window.explanation_url
    if suggestion.failures:
        texts["ari_failures"] = str(suggestion.failures)
    return texts


def suggestion_sections(suggestion: Suggestion, present: Sections) -> Sections:
    """The two sections as they are to be written; other keys of ours are kept."""
    kept = {key: value for key, value in present.get(OWN_SECTION, {}).items() if not key.startswith(ARI_KEYS)}
    own: dict[str, ParameterValue] = {**kept, **suggestion_texts(suggestion)}
    retry = suggestion.ask_again.astimezone().strftime(_CERTBOT_FORM)
    return {CERTBOT_SECTION: {"ari_retry_after": retry}, OWN_SECTION: own}


def renewal_facts(lineage: Lineage, known: Suggestion | None, secret: bytes) -> RenewalFacts:
    """What a decision rests on; ``known`` is what the CA suggested, ``secret`` this machine's."""
    certificate = lineage.certificate
    validity = Validity(certificate.not_before, certificate.not_after)
    return facts_known(validity, lineage.sections.get(OWN_SECTION, {}), known, secret)


def facts_known(
    validity: Validity, own: Mapping[str, object], known: Suggestion | None, secret: bytes
) -> RenewalFacts:
    """The same of a certificate's dates and ``own``, our section of its renewal file."""
    return RenewalFacts(
        validity=validity,
        window=None if known is None else known.window,
        instant_key=b"" if known is None else secret + known.certificate_id.encode("ascii"),
        made_for_window=made_for_window(own),
    )


def ask_again_at(now: datetime, retry_after: timedelta, *, lifetime: timedelta) -> datetime:
    """``retry_after`` as the CA said, but for short-lived certificates no longer than a share of
    their lifetime, and at least a second; rounded up to whole seconds."""
    moment = now + max(min(retry_after, lifetime / _SHARE), _SHORTEST)
    return moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)


def unanswered(
    before: Suggestion | None,
    certificate_id: str,
    *,
    temporary: bool,
    lifetime: timedelta,
    now: datetime,
    asked: datetime | None = None,
) -> Suggestion:
    """What is known after a question that brought no usable answer; the last window stays.

    A temporary failure (no answer in time, a 5xx) is repeated after a minute, two, four ... and from the
    seventh on like a lasting one: after six hours (RFC 9773 section 4.3.3).  ``asked`` is when the CA
    wants to be asked again, where it said so; more than a day is not believed.
    """
    failures = 1 if before is None else before.failures + 1
    doublings = failures - 1
    wait = _FIRST_BACKOFF * (1 << doublings) if temporary and doublings <= _MOST_DOUBLINGS else _AFTER_FAILURE
    if asked is not None:
        wait = max(wait, min(asked - now, LONGEST_QUIET))
    again = ask_again_at(now, wait, lifetime=lifetime)
    return Suggestion(certificate_id, again, None if before is None else before.window, failures)


def _count(value: object) -> int:
    """Nought for what is no number, or none that anybody would reach."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > _DIGITS:
        return 0
    return int(value)


def _text(moment: datetime) -> str:
    """To the microsecond: the instant in a window is drawn from its exact bounds."""
    return moment.astimezone(UTC).isoformat()
