"""How everything that is kept stands: read from disk alone, without what talks to a CA.

A monitoring program may ask every minute, and there may be ten thousand certificates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from everseal.acme.ari import certificate_id
from everseal.model.certificate import CertificateFacts
from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.due import RenewalPolicy, usable_window
from everseal.planning.renew_interval import parse_renew_before_expiry
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
from everseal.planning.suggestion import read_suggestion, renewal_facts
from everseal.settings.directories import CONFIG_DIR
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.doctor.machine import schedule_findings
from everseal.system.timers import SchedulePlaces


@dataclass(frozen=True, slots=True)
class _Records:
    """What Everseal's own state says, read once for all."""

    setbacks: Mapping[CertificateName, Setback]
    owed: Sequence[OwedHook]
    secret: bytes


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
    records = _Records(state.setbacks(), state.owed_hooks(), state.known_secret())
    chosen = [_load(store, name) for name in names] if names else store.load_all()
    if schedules is None and store.layout.config_dir == CONFIG_DIR:
        schedules = SchedulePlaces.usual()
    shared = hook_concerns(tuple(each for each in records.owed if each.name is None))
    timers = () if schedules is None or not chosen else tuple(_missing_timer(schedules))
    return Survey(now, tuple(_standing(each, records, now) for each in chosen), (*shared, *timers))


def renewal_policy(lineage: Lineage) -> RenewalPolicy:
    """What its renewal file says about when.  Raises BadRenewInterval."""
    before = lineage.header.get("renew_before_expiry")
    autorenew = lineage.parameters.get("autorenew")
    return RenewalPolicy(
        autorenew=not (isinstance(autorenew, str) and autorenew.lower() == "false"),
        before_expiry=None if before is None else parse_renew_before_expiry(before),
    )


def _standing(each: Lineage | Damaged, records: _Records, now: datetime) -> Kept | Lost:
    if isinstance(each, Damaged):
        return _lost(each.name, each.conf_path, each.error)
    try:
        return _kept(each, renewal_policy(each), records, now)
    except OperatorError as error:
        return _lost(each.name, each.conf_path, error)


def _kept(lineage: Lineage, policy: RenewalPolicy, records: _Records, now: datetime) -> Kept:
    certificate = lineage.certificate
    known = read_suggestion(lineage.sections, certificate_id(certificate))
    facts = renewal_facts(lineage, known, records.secret)
    setback = records.setbacks.get(lineage.name)
    if setback is not None and not setback.holds(certificate.serial, now=now):
        setback = None
    if setback is not None:
        facts = replace(facts, retry_at=setback.retry_at, failures=setback.failures)
    reason, renew_at = verdict(facts, policy, now=now)
    window = usable_window(facts.window, facts.validity)
    owed = tuple(hook for hook in records.owed if hook.name == lineage.name)
    server = lineage.parameters.get("server")
    return Kept(
        name=lineage.name,
        names=tuple(_names(certificate)),
        issuer=certificate.issuer_cn or certificate.issuer,
        server=server if isinstance(server, str) else None,
        version=lineage.live,
        issued=certificate.not_before,
        not_after=certificate.not_after,
        reason=reason,
        renew_at=renew_at,
        window=None if window is None else (window.start, window.end),
        setback=setback,
        concerns=concerns_of(facts, policy, setback, owed, now=now),
    )


def _lost(name: CertificateName, conf_path: str, error: OperatorError) -> Lost:
    return Lost(name, conf_path, (Broken(error.message, error.remedy),))


def _load(store: CertbotStore, name: CertificateName) -> Lineage | Damaged:
    try:
        return store.load(name)
    except LineageBroken as error:
        return Damaged(name, store.layout.conf(name), error)


def _names(certificate: CertificateFacts) -> Iterator[str]:
    yield from (each.value for each in certificate.identifiers)
    yield from certificate.odd_names


def _missing_timer(schedules: SchedulePlaces) -> Iterator[Concern]:
    for finding in schedule_findings(schedules):
        if finding.code == "timer-missing":
            yield NoTimer(finding.what, finding.remedy)
