"""Lineages, plans and reasons as planning sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from everseal.model.certificate import CertificateFacts, KeyType, read_certificate
from everseal.model.errors import StoreUnusable
from everseal.model.keys import EcdsaKind, RsaKind
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, Identifier, parse_identifier
from everseal.planning.ahead import blocked
from everseal.planning.assemble import assemble
from everseal.planning.limit import Limit
from everseal.planning.limits import Forecast, Use, set_id
from everseal.planning.plan import (
    Action,
    Blocked,
    CertificateOptions,
    Fallback,
    Issue,
    KeyStep,
    Leave,
    Plan,
    PlannedFile,
    PlannedHook,
    Proof,
    RegisterAccount,
    Report,
    UseAccount,
)
from everseal.planning.reasons import (
    AutorenewOff,
    BackingOff,
    DueReason,
    Expired,
    FirstCertificate,
    Forced,
    KeyKindChanged,
    LifetimePassed,
    Limited,
    NamesChanged,
    NearExpiry,
    NewerVersionWaits,
    NotDueReason,
    NotYet,
    OrderLeftOpen,
    Rehearsal,
    RenewalChosen,
    Revoked,
    Unchanged,
    WindowOpen,
)
from everseal.planning.refusals import AskedToWait, Bucket, LimitReached, Paused, WouldBeRefused

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
END = NOW + timedelta(days=25)
SERVER = "https://ca.example/directory"
_SET = Limit("per-set", "certificates", ("set",), 5, timedelta(days=7), frozenset({"ari"}))


def names(*texts: str) -> tuple[Identifier, ...]:
    return tuple(parse_identifier(text) for text in texts)


@cache
def _minted() -> CertificateFacts:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sample")])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(END)
        .sign(key, hashes.SHA256())
    )
    return read_certificate(certificate.public_bytes(serialization.Encoding.PEM))


def make_facts(
    identifiers: Sequence[Identifier], key_type: KeyType = "ECDSA", odd_names: tuple[str, ...] = ()
) -> CertificateFacts:
    return replace(
        _minted(),
        identifiers=tuple(identifiers),
        odd_names=odd_names,
        not_before=END - timedelta(days=90),
        not_after=END,
        key_type=key_type,
        serial=0x1F2E,
        issuer="CN=Sample CA",
    )


def make_lineage(
    name: str,
    *domains: str,
    key_type: KeyType = "ECDSA",
    live: int = 1,
    latest: int = 1,
    odd_names: tuple[str, ...] = (),
) -> Lineage:
    """A lineage below ``/etc/le`` for ``domains``, or for its own name."""
    live_dir = f"/etc/le/live/{name}"
    return Lineage(
        name=CertificateName(name),
        conf_path=f"/etc/le/renewal/{name}.conf",
        live_dir=live_dir,
        archive_dir=f"/etc/le/archive/{name}",
        cert_path=f"{live_dir}/cert.pem",
        privkey_path=f"{live_dir}/privkey.pem",
        chain_path=f"{live_dir}/chain.pem",
        fullchain_path=f"{live_dir}/fullchain.pem",
        live=live,
        versions=tuple(range(1, latest + 1)),
        latest=latest,
        certificate=make_facts(names(*(domains or (name,))), key_type, odd_names),
        parameters={"server": SERVER},
        header={},
        sections={},
    )


def make_issue(name: str = "a.example", *more: str, reason: DueReason | None = None) -> Issue:
    """The renewal of ``name`` with an account that is there; requests as yet unknown."""
    identifiers = names(name, *more)
    return Issue(
        name=CertificateName.from_identifier(identifiers[0]),
        new=False,
        identifiers=identifiers,
        reason=reason or Forced(),
        server=SERVER,
        account=UseAccount("0123", f"{SERVER}/account/1"),
        key=KeyStep(EcdsaKind()),
        proofs=tuple(
            Proof(each, "http-01", f"serves it on port 80 of the machine {each.base} leads to")
            for each in identifiers
        ),
        requests=(),
    )


def make_leave(reason: NotDueReason, renew_at: datetime | None = None) -> Leave:
    domain = names("a.example")
    return Leave(
        CertificateName("a.example"), domain, reason, END, "/etc/le/live/a.example/fullchain.pem", renew_at
    )


def plan_of(*actions: Action, remembered: Sequence[str] = ()) -> Plan:
    return assemble(actions, remembered=remembered, made_at=NOW)


def due_reasons() -> tuple[DueReason, ...]:
    """One of each, two where there are two sentences."""
    hour = timedelta(hours=1)
    return (
        FirstCertificate(),
        Forced(),
        RenewalChosen(),
        Rehearsal(),
        WindowOpen(NOW - hour, NOW - 2 * hour, NOW + 30 * hour),
        WindowOpen(NOW + hour, NOW - 2 * hour, NOW + 2 * hour, closes_before_next_run=True),
        WindowOpen(NOW - hour, NOW - 2 * hour, NOW, explanation="https://ca.example/why"),
        LifetimePassed(NOW - 5 * hour, 1 / 3),
        NearExpiry(NOW - 5 * hour, timedelta(days=30)),
        Expired(NOW - 50 * hour),
        Revoked(),
        NamesChanged(names("new.example"), names("old.example", "older.example")),
        NamesChanged(names("new.example"), ()),
        NamesChanged((), names("a", "b", "c")),
        KeyKindChanged("RSA", "ECDSA"),
        OrderLeftOpen(NOW - hour),
    )


def not_due_reasons() -> tuple[NotDueReason, ...]:
    """One of each, two where there are two sentences."""
    day = timedelta(days=1)
    return (
        NotYet(NOW + day, "lifetime", END),
        NotYet(NOW + day, "ari", END, (NOW + day / 2, NOW + 2 * day)),
        NotYet(NOW + day, "ari", END, (NOW + day / 2, NOW + 2 * day), "https://ca.example/why"),
        NotYet(NOW + day, "renew_before_expiry", END),
        AutorenewOff(),
        BackingOff(NOW + day, 1),
        BackingOff(NOW + day, 4),
        Limited(NOW + day, _reached().sentence),
        Unchanged(END),
        NewerVersionWaits(2, 3),
    )


def plans() -> dict[str, Plan]:
    """A plan of each kind, by the name of its golden files."""
    return {
        "first": _first(),
        "renewal": _renewal(),
        "fallbacks": plan_of(_with_fallbacks()),
        "rehearsal": plan_of(replace(make_issue(reason=Rehearsal()), dry_run=True)),
        "signing-request": plan_of(
            replace(make_issue(reason=FirstCertificate()), new=True, options=CertificateOptions(csr_der=b"0"))
        ),
        "several": plan_of(
            make_issue("a.example"), make_issue("b.example"), make_leave(AutorenewOff()), _report()
        ),
        "nothing": plan_of(make_leave(NotYet(END - timedelta(days=9), "lifetime", END), END)),
        "relink": plan_of(replace(make_leave(NewerVersionWaits(2, 3)), relink=3)),
        "empty": plan_of(),
        "unreadable": plan_of(_report()),
        "blocked": plan_of(_blocked()),
        "installers": plan_of(
            replace(make_issue("a.example"), installer="null"),
            replace(make_issue("b.example"), installer="nginx"),
        ),
        "limits": _limits(),
        "due-reasons": plan_of(*(make_issue(reason=each) for each in due_reasons())),
        "not-due-reasons": plan_of(*(make_leave(each) for each in not_due_reasons())),
    }


def _reached() -> LimitReached:
    return LimitReached(Bucket(_SET, (set_id(names("a.example")),)), 5, NOW + timedelta(hours=20))


def _limits() -> Plan:
    """One that has room and is not the first of its day, a renewal, and three that the CA would refuse."""
    week, hour = timedelta(days=7), timedelta(hours=1)
    orders = Limit("new-orders", "orders", ("account",), 300, 3 * hour, frozenset({"ari", "renewal"}))
    domain = Limit("per-domain", "certificates", ("domain",), 50, week, frozenset({"ari", "renewal"}))
    failed = Limit("failed", "failures", ("account", "identifier"), 5, hour, frozenset({"ari"}))
    row = Limit(
        "in-a-row", "failures", ("account", "identifier"), 1152, 1152 * 24 * hour, frozenset(), True, True
    )
    of_set = Use(Bucket(_SET, ("0",)), 3, 1, False, NOW)
    account = f"{SERVER}/account/1"
    asked = Forecast(
        (
            Use(Bucket(orders, (account,)), 1, 1, False, NOW),
            Use(Bucket(domain, ("a.example",)), 12, 1, False, NOW),
            of_set,
            Use(Bucket(failed, (account, "a.example")), 2, 0, False, NOW),
            Use(Bucket(row, (account, "a.example")), 2, 0, True, NOW),
            Use(Bucket(failed, (account, "www.a.example")), 0, 0, False, NOW),
        ),
        last_issued=NOW - 3 * hour,
    )
    renewed = Forecast((Use(Bucket(domain, ("a.example",)), 50, 0, True, NOW + hour), of_set))
    issue = make_issue()
    waits = AskedToWait(NOW + hour, NOW - hour, "too many new orders (300) from this account")
    paused = Paused("a.example", NOW - 24 * hour, "https://ca.example/unpause?jwt=abc")
    return plan_of(
        replace(issue, forecast=asked),
        replace(make_issue(reason=LifetimePassed(NOW - hour, 1 / 3)), forecast=renewed),
        *(blocked(issue, WouldBeRefused(each)) for each in (_reached(), waits, paused)),
    )


def _first() -> Plan:
    files = (
        PlannedFile("/etc/le/archive/a.example/cert1.pem", "the certificate alone"),
        PlannedFile("/etc/le/renewal/a.example.conf", "the settings it is renewed with"),
    )
    hooks = (
        PlannedHook("pre", "systemctl stop nginx"),
        PlannedHook("deploy", "reload\x1b[31m"),
        PlannedHook("post", "systemctl start nginx"),
    )
    return plan_of(
        replace(
            make_issue("a.example", "*.b.example", "192.0.2.7", reason=FirstCertificate()),
            new=True,
            account=RegisterAccount(("mailto:me@a.example",), with_eab=True),
            files=files,
            hooks=hooks,
        )
    )


def _renewal() -> Plan:
    options = CertificateOptions(
        required_profile="shortlived",
        preferred_chain="Old Root",
        must_staple=True,
        replaces="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
    )
    due = LifetimePassed(NOW - timedelta(hours=1), 1 / 2)
    preferred = CertificateOptions(preferred_profile="classic")
    return plan_of(
        replace(make_issue(reason=due), options=options, allow_subset=True),
        replace(
            make_issue("b.example", reason=due),
            server="https://other.example/acme",
            account=RegisterAccount(),
            key=KeyStep(RsaKind(4096), reuse=True),
            options=preferred,
        ),
        remembered=[SERVER],
    )


def _blocked() -> Blocked:
    error = StoreUnusable("the webroot is gone", remedy="make it again, or give another with -w DIR")
    conf = "/etc/le/renewal/a.example.conf"
    return Blocked(CertificateName("a.example"), names("a.example"), conf, "/etc/le/live/a/full.pem", error)


def _with_fallbacks() -> Issue:
    action = make_issue(reason=Forced())
    options = CertificateOptions(
        preferred_profile="shortlived", replaces="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
    )
    account = UseAccount("4567", "https://second.example/account/9")
    return replace(
        action,
        options=CertificateOptions(required_profile="shortlived"),
        fallbacks=(
            Fallback("https://second.example/acme", account, action.key, options),
            Fallback(
                "https://third.example/rsa", RegisterAccount(with_eab=True), KeyStep(RsaKind()), options
            ),
            Fallback("https://fourth.example/", account, action.key, options, "there are 2 accounts there"),
        ),
        fallback_on=("down", "limits", "refusal"),
    )


def _report() -> Report:
    return Report("/etc/le/renewal/x.conf", "the file has no [renewalparams]", "restore it from a backup")
