"""How everything that is kept stands: read from disk alone, without what talks to a CA.

A monitoring program may ask every minute, and there may be ten thousand certificates: what their files say is
remembered in the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from everseal.model.errors import LineageBroken, LineageMissing, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Damaged
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.due import usable_window
from everseal.planning.setback import Setback
from everseal.planning.standing import (
    Broken,
    Concern,
    Kept,
    Lost,
    NoTimer,
    Survey,
    concerns_of,
    hook_concerns,
    verdict,
)
from everseal.planning.suggestion import facts_known, last_word
from everseal.settings.directories import CONFIG_DIR
from everseal.store.answers import Answers
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.recollections import Recollections, stamp_of_files
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.timers import SchedulePlaces
from everseal.wiring.outline import Outline


@dataclass(frozen=True, slots=True)
class _Records:
    """What Everseal's own state says, read once for all."""

    setbacks: Mapping[CertificateName, Setback]
    owed: Sequence[OwedHook]
    secret: bytes
    answers: Answers


def survey(
    store: CertbotStore,
    *,
    now: datetime,
    names: Collection[CertificateName] = (),
    schedules: SchedulePlaces | None = None,
) -> Survey:
    """Every certificate, or those called ``names``.

    ``schedules`` is where timers are looked for; None for the usual places where this is the usual
    directory.  Raises LineageMissing for a name that is not there, StoreUnusable.
    """
    state = store.state
    records = _Records(state.setbacks(), state.owed_hooks(), state.known_secret(), store.answers)
    chosen = [_look(store, name) for name in names] if names else _look_at_all(store, now)
    if schedules is None and store.layout.config_dir == CONFIG_DIR:
        schedules = SchedulePlaces.usual()
    shared = hook_concerns(tuple(each for each in records.owed if each.name is None))
    timers = () if schedules is None or not chosen else tuple(_missing_timer(schedules))
    return Survey(
        now, tuple(_standing(each, records, store.layout, now) for each in chosen), (*shared, *timers)
    )


def _look_at_all(store: CertbotStore, now: datetime) -> list[Outline | Damaged]:
    memory = Recollections(store.layout.config_dir, "standing", now=now)
    found = [_remembered(store, name, memory) for name in memory.names]
    memory.keep()
    return [each for each in found if each is not None]


def _remembered(store: CertbotStore, text: str, memory: Recollections) -> Outline | Damaged | None:
    """None for what has gone meanwhile."""
    texts = memory.recall(text)
    if texts is not None:
        return Outline(texts)
    name = CertificateName(text)
    try:
        lineage = store.load(name)
    except LineageMissing:
        return None
    except OperatorError as error:
        return Damaged(name, store.layout.conf(name), error)
    outline = Outline.of(lineage)
    memory.remember(lineage, stamp_of_files(lineage), outline.texts)
    return outline


def _look(store: CertbotStore, name: CertificateName) -> Outline | Damaged:
    """Raises LineageMissing, StoreUnusable."""
    try:
        return Outline.of(store.load(name))
    except LineageBroken as error:
        return Damaged(name, store.layout.conf(name), error)


def _standing(each: Outline | Damaged, records: _Records, layout: Layout, now: datetime) -> Kept | Lost:
    if isinstance(each, Damaged):
        return _lost(each.name, each.conf_path, each.error)
    name = CertificateName(each.name)
    try:
        return _kept(name, each, records, now)
    except OperatorError as error:
        return _lost(name, layout.conf(name), error)


def _kept(name: CertificateName, outline: Outline, records: _Records, now: datetime) -> Kept:
    policy, validity, own = outline.policy, outline.validity, outline.own
    known = last_word(own, outline.certificate_id, records.answers.of, now=now)
    facts = facts_known(validity, own, known, records.secret)
    setback = records.setbacks.get(name)
    if setback is not None and not setback.holds(outline.serial, now=now):
        setback = None
    if setback is not None:
        facts = replace(facts, retry_at=setback.retry_at, failures=setback.failures)
    reason, renew_at = verdict(facts, policy, now=now)
    window = usable_window(facts.window, validity)
    owed = tuple(hook for hook in records.owed if hook.name == name)
    return Kept(
        name=name,
        names=outline.names,
        issuer=outline.issuer,
        server=outline.server,
        version=outline.version,
        issued=validity.not_before,
        not_after=validity.not_after,
        reason=reason,
        renew_at=renew_at,
        window=None if window is None else (window.start, window.end),
        setback=setback,
        concerns=concerns_of(facts, policy, setback, owed, now=now),
    )


def _lost(name: CertificateName, conf_path: str, error: OperatorError) -> Lost:
    return Lost(name, conf_path, (Broken(error.message, error.remedy),))


def _missing_timer(schedules: SchedulePlaces) -> Iterator[Concern]:
    from everseal.store.doctor.machine import schedule_findings

    for finding in schedule_findings(schedules):
        if finding.code == "timer-missing":
            yield NoTimer(finding.what, finding.remedy)
