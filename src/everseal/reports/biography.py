"""The life of one certificate, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from everseal.model.epoch import stamp
from everseal.model.history import ExaminedVersion
from everseal.model.text import printable
from everseal.planning.biography import Biography, Setting
from everseal.planning.due import Validity, usable_window
from everseal.planning.reasons import DueReason
from everseal.planning.retention import Verdict
from everseal.planning.words import moment, plural
from everseal.reports.fields import field
from everseal.reports.members import exports_as_json, setback_as_json, stamp_if_known
from everseal.reports.plan_json import reason_as_json
from everseal.reports.status import concerns_as_json

SCHEMA: Final = "everseal.explain"
VERSION: Final = 1


def render_biography(life: Biography) -> str:
    """All of it, ending with a newline."""
    lines = [printable(life.kept.name.value)]
    lines += _certificate(life)
    lines += _renewal(life)
    lines += _files(life)
    lines += field("Settings", [_setting(each) for each in life.settings])
    return "\n".join(lines) + "\n"


def biography_as_json(life: Biography) -> Mapping[str, object]:
    """Schema ``everseal.explain``, version 1."""
    kept, pending = life.kept, life.pending
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "told_at": stamp(life.told_at),
        "name": kept.name.value,
        "identifiers": list(kept.names),
        "serial": f"{life.certificate.serial:x}",
        "issuer": life.certificate.issuer,
        "issued": stamp(kept.issued),
        "not_after": stamp(kept.not_after),
        "server": life.server,
        "issued_by": life.issued_by,
        "account": None if life.account is None else {"id": life.account, "url": life.account_url},
        "ordered_for": life.ordered_for,
        "due": kept.is_due,
        "reason": reason_as_json(kept.reason),
        "renew_at": stamp_if_known(kept.renew_at),
        "advice": _advice_as_json(life),
        "last_failure": setback_as_json(kept.setback),
        "concerns": concerns_as_json(kept.concerns),
        "renewal_file": life.conf_path,
        "live_dir": life.live_dir,
        "archive_dir": life.archive_dir,
        "live": life.history.live,
        "pinned": life.history.pinned,
        "versions": [_version_as_json(life, each, verdict) for each, verdict in _versions(life)],
        "open_order": None
        if pending is None
        else {"stage": pending.stage, "url": pending.order_url, "since": stamp(pending.created)},
        "unfinished_change": life.unfinished,
        "owed": [
            {
                "kind": each.kind,
                "command": each.command,
                "attempts": each.attempts,
                "not_before": stamp_if_known(each.not_before),
            }
            for each in life.owed
        ],
        "exports": exports_as_json(life.exports),
        "settings": [
            {"option": each.option, "value": each.value, "source": each.source, "place": each.place or None}
            for each in life.settings
        ],
    }


def _certificate(life: Biography) -> Iterator[str]:
    kept = life.kept
    yield from field("Names", [", ".join(kept.names)])
    yield from field("Valid", [f"from {moment(kept.issued)} to {moment(kept.not_after)}"])
    yield from field("Issuer", [life.certificate.issuer])
    if life.server is not None:
        yield from field("CA", [life.server])
    if life.issued_by is not None and life.issued_by != life.server:
        yield from field("Issued by", [f"{life.issued_by}, because the first one did not"])
    yield from field("Account", [_account(life)])
    why = life.why_ordered or "that was not noted (Certbot ordered it, or an older Everseal)"
    yield from field("Ordered", [f"the last time because {why}" if life.why_ordered else why])


def _account(life: Biography) -> str:
    if life.account is None:
        return "none is kept with it: the only one at the CA is used"
    return f"{life.account}, {life.account_url or 'which is not on disk'}"


def _renewal(life: Biography) -> Iterator[str]:
    kept = life.kept
    verb = "now, because " if isinstance(kept.reason, DueReason) else ""
    yield from field("Renewed", [f"{verb}{kept.reason.sentence}"])
    yield from field("Window", list(_window(life)))
    if kept.setback is not None:
        setback = kept.setback
        told = f": {setback.message}" if setback.message else ""
        last = f"{plural(setback.failures, 'order')} in a row failed, the last at {moment(setback.failed_at)}"
        yield from field("Last try", [f"{last}{told}"])
    if life.pending is not None:
        begun = f"begun at {moment(life.pending.created)}, {life.pending.stage}"
        yield from field("Order", [f"{begun}; the next run carries it on: {life.pending.order_url}"])
    yield from field("Attention", [each.sentence for each in kept.concerns])


def _window(life: Biography) -> Iterator[str]:
    advice = life.advice
    if advice is None:
        yield "nothing is known of what the CA suggests (ARI)"
        return
    kept = life.kept
    window = usable_window(advice.window, Validity(kept.issued, kept.not_after))
    if window is None:
        yield "the CA has suggested none (ARI)"
    else:
        yield f"the CA suggests {moment(window.start)} to {moment(window.end)} (ARI)"
        if window.explanation_url is not None:
            yield f"it explains that at {window.explanation_url}"
    failed = (
        f", after {plural(advice.failures, 'answer')} that did not come or cannot be used"
        if advice.failures
        else ""
    )
    yield f"it is asked again after {moment(advice.ask_again)}{failed}"


def _files(life: Biography) -> Iterator[str]:
    yield from field("File", [life.conf_path])
    yield from field("Live", [life.live_dir])
    yield from field("Versions", [_version(life, each, verdict) for each, verdict in _versions(life)])
    yield from field("Archive", [life.archive_dir])
    if life.history.pinned is not None:
        pinned = f"somebody switched to version {life.history.pinned}; it stays until the next"
        yield from field("Pinned", [pinned])
    if life.unfinished is not None:
        yield from field("Unfinished", [f"a {life.unfinished} was interrupted; the next run finishes it"])
    yield from field("Exports", [f"{each.directory} as {each.format}" for each in life.exports])
    yield from field(
        "Owed", [f"{each.kind}: {each.command} ({plural(each.attempts, 'attempt')})" for each in life.owed]
    )


def _versions(life: Biography) -> Iterator[tuple[ExaminedVersion, Verdict | None]]:
    """The newest first, each with what retention says of it."""
    said = {each.number: each for each in life.verdicts}
    for each in reversed(life.history.versions):
        yield each, said.get(each.number)


def _version(life: Biography, each: ExaminedVersion, verdict: Verdict | None) -> str:
    live = " live" if each.number == life.history.live else ""
    facts = each.certificate
    dates = "" if facts is None else f", {facts.not_before:%Y-%m-%d} to {facts.not_after:%Y-%m-%d}"
    flaws = f", not sound: {'; '.join(each.flaws)}" if each.flaws else ""
    stays = "" if verdict is None else f"; {'stays' if verdict.keep else 'goes'}: {verdict.reason.sentence}"
    return f"{each.number}{live}{dates}{flaws}{stays}"


def _setting(each: Setting) -> str:
    """The renewal file's own path stands above."""
    known = each.source in {"renewal file", "default"} or not each.place
    return f"{each.option} = {each.value}  ({each.source if known else f'{each.source}, {each.place}'})"


def _version_as_json(life: Biography, each: ExaminedVersion, verdict: Verdict | None) -> Mapping[str, object]:
    facts = each.certificate
    return {
        "version": each.number,
        "live": each.number == life.history.live,
        "sound": each.is_sound,
        "flaws": list(each.flaws),
        "serial": None if facts is None else f"{facts.serial:x}",
        "not_before": None if facts is None else stamp(facts.not_before),
        "not_after": None if facts is None else stamp(facts.not_after),
        "keep": None if verdict is None else verdict.keep,
        "why": None if verdict is None else verdict.reason.sentence,
    }


def _advice_as_json(life: Biography) -> Mapping[str, object] | None:
    advice = life.advice
    if advice is None:
        return None
    window = advice.window
    return {
        "window": None if window is None else [stamp(window.start), stamp(window.end)],
        "explanation_url": None if window is None else window.explanation_url,
        "ask_again": stamp(advice.ask_again),
        "failures": advice.failures,
    }
