"""The plans of verbs that order nothing, word for word, one of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import get_args

import pytest

from everseal.model.errors import LineageBroken
from everseal.model.export import ExportTarget
from everseal.model.names import CertificateName
from everseal.planning.errands import AccountChange, AccountVerb, DeletionPlan, LineageDeletion, Revocation
from everseal.planning.installation import Installation
from everseal.planning.numbering import Numbering, number_versions
from everseal.planning.plan import PlannedFile, PlannedHook, RegisterAccount, UseAccount
from everseal.planning.requests import Acquaintance, PlannedRequest, errand
from everseal.planning.restoring import (
    BringBack,
    DamagedHere,
    Decision,
    DiffersHere,
    FileFate,
    FileRestore,
    InTheWay,
    LeaveAsIs,
    LeaveReason,
    LineageRestore,
    NewerHere,
    NotHere,
    OlderHere,
    RestoreOutline,
    RestoreReason,
    SameHere,
    ToldToOverwrite,
    UnsoundInBackup,
)
from everseal.planning.retention import (
    AmongNewest,
    IncompleteAmongKept,
    IsLive,
    IssuedLately,
    LiveUnknown,
    NewerThanLive,
    RetentionReason,
    Superseded,
    Verdict,
)
from everseal.planning.scheduling import Cadence, ScheduledFile, ScheduleOutline, Times
from everseal.planning.switching import Switch
from everseal.reports.backups import backup_plan_as_json
from everseal.reports.errands import (
    account_plan_as_json,
    deletion_plan_as_json,
    render_account_plan,
    render_deletion_plan,
    render_revocation_plan,
    revocation_plan_as_json,
)
from everseal.reports.exports import export_as_json, render_export_plan
from everseal.reports.installing import installation_as_json, render_installation_plan
from everseal.reports.pruning import prune_as_json, render_prune_plan
from everseal.reports.renaming import rename_as_json, render_rename_plan
from everseal.reports.restoring import render_restore_plan, restore_as_json
from everseal.reports.schedule import render_installation, render_schedule, schedule_as_json
from everseal.reports.switching import render_switch_plan, switch_as_json
from tests.documents import check
from tests.golden.compare import HERE, assert_golden
from tests.planning.backups import BOTH, offered, present, version
from tests.planning.samples import END, NOW, SERVER, names

NAME = CertificateName("a.example")
ACCOUNT = UseAccount("0123", f"{SERVER}/account/1")
KNOWN = Acquaintance(directory=True)
CONTACTS = ("mailto:me@a.example",)

Shown = tuple[str, Mapping[str, object]]


def _deletion() -> DeletionPlan:
    return DeletionPlan(
        (
            LineageDeletion(NAME, ("/etc/le/renewal/a.example.conf", "/etc/le/live/a.example"), END),
            LineageDeletion(
                CertificateName("worn.example"),
                ("/etc/le/renewal/worn.example.conf",),
                damage=LineageBroken("worn.example", "it is empty", remedy="delete it"),
            ),
            LineageDeletion(CertificateName("half.example"), ("/etc/le/archive/half.example",)),
        )
    )


def _revocation(signer: UseAccount | None, deletion: DeletionPlan | None = None) -> Revocation:
    return Revocation(
        path="/etc/le/live/a.example/cert.pem",
        certificate_pem=b"",
        serial=0x1F2E,
        identifiers=names("a.example", "192.0.2.7"),
        not_after=END,
        reason=4,
        reason_name="superseded",
        server=SERVER,
        signer=signer,
        requests=errand(KNOWN, PlannedRequest("revokeCert", "ask the CA to revoke the certificate")),
        holders=(NAME,) if deletion else (),
        deletion=deletion,
    )


def _account(verb: AccountVerb) -> AccountChange:
    files = (PlannedFile("/etc/le/accounts/ca.example/directory/0123", "the account's key and address"),)
    match verb:
        case "register":
            step = RegisterAccount(CONTACTS, with_eab=True)
            requests = errand(Acquaintance(account=False))
            return AccountChange(verb, SERVER, step, CONTACTS, requests, files)
        case "update":
            asked = PlannedRequest("account", "give the account these contacts")
            return AccountChange(verb, SERVER, ACCOUNT, (), errand(KNOWN, asked))
        case "deactivate":
            asked = PlannedRequest("account", "close the account")
            return AccountChange(verb, SERVER, ACCOUNT, (), errand(KNOWN, asked), files)


def _retention_reasons() -> tuple[RetentionReason, ...]:
    return (
        IsLive(),
        LiveUnknown(),
        NewerThanLive(),
        AmongNewest(5),
        IssuedLately(NOW - timedelta(days=3), 30),
        IncompleteAmongKept(),
        Superseded(5, None),
        Superseded(5, 30),
    )


@cache
def errands() -> dict[str, Shown]:
    deletion, live = _deletion(), DeletionPlan(_deletion().lineages[:1])
    revocations = {
        "revoke": _revocation(ACCOUNT, live),
        "revoke-with-key": _revocation(None),
    }
    accounts = {verb: _account(verb) for verb in get_args(AccountVerb)}
    return {
        "delete": (render_deletion_plan(deletion), deletion_plan_as_json(deletion)),
        **{
            name: (render_revocation_plan(each), revocation_plan_as_json(each))
            for name, each in revocations.items()
        },
        **{
            f"account-{verb}": (render_account_plan(each), account_plan_as_json(each))
            for verb, each in accounts.items()
        },
        "backup": ("", backup_plan_as_json("/root/le.backup", ["a.example"], encrypted=True)),
    }


@cache
def upkeep() -> dict[str, Shown]:
    target = ExportTarget("/etc/haproxy", "combined")
    file = PlannedFile("/etc/haproxy/a.example.pem", "exported as combined")
    reasons = _retention_reasons()
    verdicts = tuple(Verdict(n, not isinstance(each, Superseded), each) for n, each in enumerate(reasons, 1))
    lineages = [(NAME, verdicts, False), (CertificateName("old.example"), (), True)]
    moves = [("/etc/le/live/a.example", "/etc/le/live/b.example")]
    mentions = ["renew_hook = cp /etc/le/live/a.example/cert.pem /srv"]
    copies = ["/etc/haproxy/a.example.pem"]
    new = CertificateName("b.example")
    switches = {
        "switch": Switch(
            NAME,
            5,
            3,
            pins=True,
            identifiers=names("a.example"),
            added=names("old.example"),
            removed=names("new.example"),
            expired=True,
            hooks=(PlannedHook("deploy", "systemctl reload nginx"),),
            exports=(target,),
        ),
        "switch-nothing": Switch(
            NAME, 3, 3, pins=False, identifiers=names("a.example"), changes_something=False
        ),
    }
    return {
        **{
            name: (render_switch_plan(each), switch_as_json(each, done=False))
            for name, each in switches.items()
        },
        "prune": (
            render_prune_plan(lineages, ["/etc/le/csr/0000_csr-certbot.pem"]),
            prune_as_json(lineages, ["/etc/le/csr/0000_csr-certbot.pem"], removed=(), done=False),
        ),
        "rename": (
            render_rename_plan(NAME, new, moves, mentions, copies),
            rename_as_json(NAME, new, moves, mentions, copies, done=False),
        ),
        "export": (
            render_export_plan(NAME, 3, [file], keeps=True),
            export_as_json(NAME, 3, [target], [file.path], done=False, kept=True),
        ),
    }


@cache
def installations() -> dict[str, Shown]:
    plans = (
        Installation("install", "null", NAME, "/etc/le/live/a.example/cert.pem", "/etc/le/key.pem"),
        Installation("enhance", "null", NAME, "/etc/le/live/a.example/cert.pem", "/k.pem", ("hsts", "uir")),
        Installation("rollback", None),
    )
    return {
        each.verb: (render_installation_plan(each), installation_as_json(each, done=False)) for each in plans
    }


def _restore_decisions() -> tuple[Decision, ...]:
    return (
        BringBack(NotHere()),
        BringBack(DamagedHere()),
        BringBack(OlderHere(NOW)),
        BringBack(ToldToOverwrite()),
        LeaveAsIs(SameHere()),
        LeaveAsIs(NewerHere(NOW)),
        LeaveAsIs(DiffersHere()),
        LeaveAsIs(UnsoundInBackup()),
        LeaveAsIs(InTheWay("/etc/le/live/x9")),
    )


def _lineage_restores() -> Iterator[LineageRestore]:
    """One for each reason; the first with everything that can be said of a lineage."""
    first, *others = _restore_decisions()
    yield LineageRestore(
        NAME,
        names("a.example", "www.a.example"),
        first,
        Numbering({1: 4, 2: 5}, {4: ("cert", "chain"), 5: ("privkey",)}, live=4, pins=True),
        present(version(3, 3), settings=False),
        exports=(ExportTarget("/etc/haproxy", "combined"),),
        hooks=("systemctl reload nginx",),
        left=("webroot_path = /etc/old/www",),
    )
    offer, here = offered(*BOTH), present(*BOTH)
    numbering = number_versions(offer, here, overwrite=True)
    for number, decision in enumerate(others, 2):
        name = f"x{number}"
        yield LineageRestore(CertificateName(name), names(f"{name}.example"), decision, numbering, here)


@cache
def restores() -> dict[str, Shown]:
    full = RestoreOutline(
        path="/root/le.backup",
        encrypted=True,
        host="old.example",
        created="2026-11-20T03:04:05Z",
        origin="/etc/letsencrypt",
        config_dir="/etc/le",
        lineages=tuple(_lineage_restores()),
        files=(
            FileRestore("accounts", "directory", "same"),
            *(FileRestore(f"accounts/{fate}", "file", fate) for fate in get_args(FileFate)),
        ),
        notes=("the owners of the files are those of this run, since it is not root's",),
    )
    nothing = replace(full, encrypted=False, lineages=full.lineages[4:5], files=(), notes=())
    plans = {"restore": full, "restore-nothing": nothing}
    return {
        name: (render_restore_plan(each), restore_as_json(each, done=False)) for name, each in plans.items()
    }


@cache
def schedules() -> dict[str, Shown]:
    usual = Times((5, 17), (23,), 42)
    frequent = Cadence(usual, Times((), (7, 37), 42), timedelta(minutes=30))
    systemd = ScheduleOutline(
        "systemd",
        frequent,
        (
            ScheduledFile("/etc/systemd/system/everseal.service", "missing", "[Service]\nExecStart=x\n"),
            ScheduledFile("/etc/systemd/system/everseal.timer", "same", "[Timer]\n"),
            ScheduledFile("/etc/systemd/system/everseal-failed.service", "differs", "[Unit]\n"),
            ScheduledFile("/etc/systemd/system/other.timer", "foreign", "[Timer]\n"),
            ScheduledFile("/etc/systemd/system/timers.target.wants/x", "missing", target="../everseal.timer"),
        ),
        obsolete=("/etc/systemd/system/everseal-old.timer",),
        commands=(("systemctl", "daemon-reload"), ("systemctl", "enable", "--now", "everseal.timer")),
        relaxations=(("ProtectHome", "a hook is below /home"),),
        notes=("certbot.timer renews the same directory",),
        next_runs=(NOW,),
    )
    crontab = ScheduleOutline("crontab", Cadence(usual), (), crontab=("23 5,17 * * * everseal renew",))
    return {
        "schedule-systemd": (render_installation(systemd), schedule_as_json(systemd, "install")),
        "schedule-crontab": (render_installation(crontab), schedule_as_json(crontab, "install")),
        "schedule-show": (render_schedule(systemd), schedule_as_json(systemd, "show")),
    }


def everything() -> dict[str, Shown]:
    return {**errands(), **upkeep(), **installations(), **restores(), **schedules()}


@pytest.mark.parametrize("name", sorted(everything()))
def test_every_kind_of_plan(name: str) -> None:
    text, document = everything()[name]
    if text:
        assert_golden(f"verbs/{name}.txt", text)
    assert_golden(f"verbs/{name}.json", json.dumps(document, indent=2) + "\n")
    check(json.loads(json.dumps(document)), str(document["schema"]))


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in (HERE / "verbs").iterdir()} == set(everything())


def test_every_reason_to_restore_or_not_is_in_a_golden_file() -> None:
    reasons = [each.reason for each in _restore_decisions()]
    assert {type(each) for each in reasons} == {*get_args(RestoreReason), *get_args(LeaveReason)}
    shown = everything()["restore"][0]
    assert [each for each in reasons if each.sentence not in shown] == []


def test_every_reason_to_keep_a_version_is_in_a_golden_file() -> None:
    reasons = _retention_reasons()
    assert {type(each) for each in reasons} == set(get_args(RetentionReason))
    shown = everything()["prune"][0]
    assert [each for each in reasons if each.sentence not in shown] == []
