"""Gathering what is on disk about one certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from everseal.acme.ari import certificate_id
from everseal.engine.history import history
from everseal.engine.pruning import verdicts
from everseal.model.account import StoredAccount
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.model.secret import MASK
from everseal.planning.biography import Biography, Setting, reason_noted
from everseal.planning.exports import kept_exports
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.standing import Kept
from everseal.planning.suggestion import ORDERED_FOR, OWN_SECTION, last_word
from everseal.settings.options import OPTIONS
from everseal.settings.values import SECRET, Settings
from everseal.wiring import wishes
from everseal.wiring.house import House
from everseal.wiring.standing import survey

_ALWAYS: Final = frozenset({"authenticator", "server", "key_type"})
_OF_THE_RUN: Final = frozenset(
    {
        "config_dir",
        "work_dir",
        "logs_dir",
        "json",
        "noninteractive_mode",
        "quiet",
        "certname",
        "verbose_count",
    }
)


def biography(house: House, name: CertificateName) -> Biography:
    """Raises LineageMissing, LineageBroken, RenewalFileBroken, StoreUnusable."""
    store, now = house.store, house.surroundings.clock.now()
    lineage = store.load(name)
    settings = house.restored(lineage)
    (kept,) = survey(store, now=now, names=[name]).certificates
    assert isinstance(kept, Kept), "what can be loaded and restored stands somehow"
    own = lineage.sections.get(OWN_SECTION, {})
    facts = lineage.certificate
    change = store.state.change(name)
    issuer = issuing_ca(lineage)
    account = None if issuer is None else issuer.account
    return Biography(
        kept=kept,
        certificate=facts,
        conf_path=lineage.conf_path,
        live_dir=lineage.live_dir,
        archive_dir=lineage.archive_dir,
        history=history(name, store, now=now),
        verdicts=verdicts(name, wishes.retention(settings), store, now=now),
        server=kept.server,
        issued_by=None if issuer is None else issuer.server,
        account=account,
        account_url=None if issuer is None else _account_url(house, issuer.server, account),
        ordered_for=reason_noted(own.get(ORDERED_FOR), lineage.latest),
        advice=last_word(own, certificate_id(facts), store.answers.of, now=now),
        pending=store.journal(name),
        unfinished=None if change is None else change.kind,
        owed=tuple(each for each in store.owed_hooks() if each.name == name),
        exports=kept_exports(own).targets,
        settings=tuple(_settings(settings, lineage)),
        told_at=now,
    )


def _account_url(house: House, server: str, account: str | None) -> str | None:
    found = [each for each in house.accounts.examine(server) if isinstance(each, StoredAccount)]
    return next((each.url for each in found if each.id == account), None)


def _settings(settings: Settings, lineage: Lineage) -> Iterator[Setting]:
    """What somebody set, and what matters most though nobody did."""
    before = lineage.header.get("renew_before_expiry")
    if before is not None:
        yield Setting("renew_before_expiry", before, "renewal file", lineage.conf_path)
    for option in OPTIONS:
        dest = option.dest
        if dest in _OF_THE_RUN or not (settings.is_set(dest) or dest in _ALWAYS):
            continue
        value = MASK if dest in SECRET else _shown(settings.get(dest))
        source = settings.source(dest)
        yield Setting(dest, value, source.kind, source.place)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items())
    return str(value)
