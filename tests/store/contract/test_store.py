"""What every store promises."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from everseal.model.errors import (
    BadCertificate,
    Busy,
    LineageBroken,
    LineageExists,
    LineageMissing,
    Unsound,
)
from everseal.model.lineage import Lineage, NewVersion, ParameterValue
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import OwedHook, PendingOrder, Presented, SolverSettings
from everseal.ports import Store
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.memory import MemoryStore
from tests.store.minting import NOW, Minted, StillClock, mint

NAME = CertificateName("example.org")
PARAMETERS: dict[str, ParameterValue] = {
    "authenticator": "webroot",
    "webroot_path": ("/srv",),
    "webroot_map": {"example.org": "/srv"},
}


@pytest.fixture(params=["directory", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    clock = StillClock()
    if request.param == "directory":
        return CertbotStore(str(tmp_path / "le"), clock=clock)
    return MemoryStore(clock=clock)


def commit(store: Store, minted: Minted, *, name: CertificateName = NAME, new: bool = False) -> Lineage:
    with store.run_lock(), store.lock(name, wait=0):
        return store.commit(name, minted.version(), parameters=PARAMETERS, sections={}, new=new)


def pending(order_url: str | None = "https://ca.test/order/1") -> PendingOrder:
    return PendingOrder(
        name=NAME,
        server="https://ca.test/dir",
        account_url="https://ca.test/acct/1",
        order_url=order_url,
        identifiers=(DnsName("example.org"),),
        key_pem=b"-----BEGIN PRIVATE KEY-----\n",
        csr_der=b"\x30\x00",
        presentations=({"type": "http-01", "token": "abc"},),
        created=NOW,
        stage="ordered",
        solver="webroot",
    )


def test_a_new_lineage_can_be_loaded(store: Store) -> None:
    minted = mint("example.org", "www.example.org")
    made = commit(store, minted, new=True)
    loaded = store.load(NAME)
    assert loaded == made
    assert (loaded.live, loaded.latest, loaded.versions) == (1, 1, (1,))
    assert loaded.certificate.identifiers == (DnsName("example.org"), DnsName("www.example.org"))
    assert loaded.parameters == PARAMETERS
    assert loaded.header["cert"] == loaded.cert_path


def test_the_files_are_split_as_certbot_splits_them(store: Store) -> None:
    minted = mint("example.org")
    commit(store, minted, new=True)
    files = store.read_version(NAME, 1)
    assert files.cert_pem == minted.leaf_pem
    assert files.chain_pem == minted.chain_pem
    assert files.fullchain_pem == minted.fullchain_pem
    assert files.key_pem == minted.key_pem


def test_a_renewal_adds_a_version_and_makes_it_live(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    second = mint("example.org")
    lineage = commit(store, second)
    assert (lineage.live, lineage.versions) == (2, (1, 2))
    assert store.read_version(NAME, lineage.live).cert_pem == second.leaf_pem


def test_a_reused_key_is_kept_with_each_version(store: Store) -> None:
    minted = mint("example.org")
    commit(store, minted, new=True)
    commit(store, minted)
    assert store.read_version(NAME, 2).key_pem == minted.key_pem


def test_an_unsound_version_changes_nothing(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    before = store.load(NAME)
    good, other = mint("example.org"), mint("example.org")
    forged = NewVersion(
        key_pem=other.key_pem, fullchain_pem=good.fullchain_pem, identifiers=good.version().identifiers
    )
    with pytest.raises(Unsound):
        store.commit(NAME, forged, parameters={}, sections={}, new=False)
    assert store.load(NAME) == before


@pytest.mark.parametrize("days_ago", [400, -400])
def test_a_certificate_of_another_time_is_refused(store: Store, days_ago: int) -> None:
    minted = mint("example.org", issued=NOW - timedelta(days=days_ago))
    with pytest.raises(Unsound):
        commit(store, minted, new=True)
    assert store.names() == ()


def test_a_certificate_for_other_names_is_refused(store: Store) -> None:
    minted = mint("evil.example")
    version = NewVersion(minted.key_pem, minted.fullchain_pem, (DnsName("example.org"),))
    with pytest.raises(Unsound):
        store.commit(NAME, version, parameters={}, sections={}, new=True)
    assert store.names() == ()
    store.reserve_check(NAME)


def test_what_is_no_certificate_is_refused(store: Store) -> None:
    with pytest.raises(BadCertificate):
        store.commit(NAME, NewVersion(b"key", b"no PEM", None), parameters={}, sections={}, new=True)
    assert store.names() == ()


def test_a_missing_lineage_is_told(store: Store) -> None:
    with pytest.raises(LineageMissing):
        store.load(NAME)
    with pytest.raises(LineageMissing):
        store.delete(NAME)


def test_a_missing_version_is_told(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    with pytest.raises(LineageBroken):
        store.read_version(NAME, 9)
    with pytest.raises(LineageBroken):
        store.relink(NAME, 9)


def test_the_inventory_names_every_version(store: Store) -> None:
    with pytest.raises(LineageMissing):
        store.inventory(NAME)
    commit(store, mint("example.org"), new=True)
    commit(store, mint("example.org"))
    found = store.inventory(NAME)
    assert (found.live, found.pinned, found.complete) == (2, None, (1, 2))
    assert found.missing == {1: (), 2: ()}


def test_a_taken_name_is_refused_and_another_found(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    with pytest.raises(LineageExists):
        store.reserve_check(NAME)
    with pytest.raises(LineageExists):
        commit(store, mint("example.org"), new=True)
    free = store.free_name(NAME)
    assert free == CertificateName("example.org-0001")
    commit(store, mint("example.org"), name=free, new=True)
    assert store.free_name(NAME) == CertificateName("example.org-0002")


def test_names_come_in_the_order_of_the_files(store: Store) -> None:
    for name in ("x", "x-0001", "a", "x.y"):
        commit(store, mint("example.org"), name=CertificateName(name), new=True)
    assert [str(name) for name in store.names()] == ["a", "x-0001", "x", "x.y"]
    assert [found.name for found in store.load_all()] == list(store.names())


def test_relink_goes_back_and_forth(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    commit(store, mint("example.org"))
    assert store.relink(NAME, 1).live == 1
    assert store.load(NAME).latest == 2
    assert store.relink(NAME, 2).live == 2


def test_an_earlier_version_stays_where_it_was_pinned(store: Store) -> None:
    old = mint("example.org", "www.example.org")
    commit(store, old, new=True)
    commit(store, mint("example.org"))
    store.save_parameters(NAME, sections={"everseal": {"strict_hooks": "True"}})
    pinned = store.relink(NAME, 1, pinned=True)
    assert (pinned.live, pinned.pinned, pinned.latest, pinned.decisive) == (1, True, 2, 1)
    assert pinned.certificate.identifiers == old.version().identifiers
    assert store.inventory(NAME).pinned == 1
    assert pinned.sections["everseal"]["strict_hooks"] == "True"
    freed = store.relink(NAME, 2)
    assert (freed.pinned, freed.decisive, freed.sections) == (
        False,
        2,
        {"everseal": {"strict_hooks": "True"}},
    )


def test_a_pin_ends_with_the_next_version(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    commit(store, mint("example.org"))
    store.relink(NAME, 1, pinned=True)
    with store.run_lock(), store.lock(NAME, wait=0):
        done = store.commit(
            NAME, mint("example.org").version(), parameters={}, sections={"everseal": {}}, new=False
        )
    assert (done.live, done.pinned, done.sections) == (3, False, {})


def test_a_move_owes_its_hooks_and_only_a_move(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    commit(store, mint("example.org"))
    hook = OwedHook("deploy", "reload", NAME, (DnsName("example.org"),))
    store.relink(NAME, 2, owed=[hook])
    assert store.owed_hooks() == ()
    store.relink(NAME, 1, pinned=True, owed=[hook])
    assert store.owed_hooks() == (hook,)


def test_settings_are_saved_alone(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    store.save_parameters(NAME, sections={"acme_renewal_info": {"ari_retry_after": "2026-11-25T00:00:00"}})
    store.save_parameters(NAME, parameters={"authenticator": "manual"})
    lineage = store.load(NAME)
    assert lineage.parameters == {"authenticator": "manual"}
    assert lineage.sections == {"acme_renewal_info": {"ari_retry_after": "2026-11-25T00:00:00"}}
    store.save_parameters(NAME, sections={"acme_renewal_info": {}})
    assert store.load(NAME).sections == {}


def test_old_versions_go(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    for _ in range(7):
        commit(store, mint("example.org"))
    removed = store.prune(NAME, (1, 2, 99))
    assert len(removed) == 8
    assert store.load(NAME).versions == (3, 4, 5, 6, 7, 8)
    assert store.prune(NAME, (1, 2)) == ()
    store.prune(NAME, range(1, 99))
    assert store.load(NAME).versions == (8,)
    assert store.leftovers() == ()
    assert store.remove_leftovers(["/etc/passwd"]) == ()


def test_a_lineage_gets_another_name_with_all_that_is_its(store: Store) -> None:
    new = CertificateName("new.example")
    first = commit(store, mint("example.org"), new=True)
    store.save_parameters(NAME, sections={"somebody": {"kept": "yes"}})
    files = store.read_version(NAME, 1)
    store.write_journal(NAME, pending())
    hook = OwedHook("deploy", "reload", NAME, (DnsName("example.org"),), attempts=2)
    store.owe_hook(hook)
    assert [old for old, _ in store.rename_moves(NAME, new)] == [
        first.conf_path,
        first.live_dir,
        first.archive_dir,
    ]
    with store.run_lock(), store.lock(NAME, wait=0), store.lock(new, wait=0):
        renamed = store.rename(NAME, new)
    assert (renamed.name, renamed.live, renamed.versions) == (new, 1, (1,))
    assert (renamed.parameters, renamed.sections) == (PARAMETERS, {"somebody": {"kept": "yes"}})
    assert renamed.header["fullchain"] == renamed.fullchain_path != first.fullchain_path
    assert store.read_version(new, 1) == files
    assert store.names() == (new,)
    found = store.journal(new)
    assert found is not None
    assert (found.name, store.journal(NAME)) == (new, None)
    assert [(each.name, each.attempts) for each in store.owed_hooks()] == [(new, 2)]


def test_a_taken_name_is_not_given(store: Store) -> None:
    other = CertificateName("other")
    with pytest.raises(LineageMissing):
        store.rename(NAME, other)
    commit(store, mint("example.org"), new=True)
    commit(store, mint("example.org"), name=other, new=True)
    with pytest.raises(LineageExists):
        store.rename(NAME, other)
    assert store.names() == (NAME, other)


def test_delete_leaves_nothing(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    store.write_journal(NAME, pending())
    planned = store.deletion_paths(NAME)
    removed = store.delete(NAME)
    assert removed == planned
    assert removed[0].endswith("/renewal/example.org.conf")
    assert removed[1].endswith("/live/example.org/cert.pem")
    assert removed[-1].endswith("/archive/example.org")
    assert store.names() == ()
    assert store.journal(NAME) is None
    store.reserve_check(NAME)


def test_a_pending_order_is_kept_until_its_certificate_is_in(store: Store) -> None:
    assert store.journal(NAME) is None
    store.write_journal(NAME, pending())
    assert store.journal(NAME) == pending()
    assert store.open_journals() == (NAME,)
    assert store.recover(NAME).pending == pending()
    commit(store, mint("example.org"), new=True)
    assert store.journal(NAME) is None
    assert store.open_journals() == ()
    store.write_journal(NAME, pending(None))
    store.drop_journal(NAME)
    assert store.journal(NAME) is None


def test_what_is_in_place_is_on_record_until_it_is_gone(store: Store) -> None:
    settings = SolverSettings({"authenticator": "webroot"})
    for other in ("example.org", "other.example"):
        store.note_presented(Presented(CertificateName(other), ({"type": "http-01"},), settings))
    assert store.presented(NAME) == Presented(NAME, ({"type": "http-01"},), settings)
    assert store.open_journals() == (NAME, CertificateName("other.example"))
    assert store.journal(NAME) is None
    store.forget_presented(NAME)
    store.forget_presented(NAME)
    assert store.presented(NAME) is None
    assert store.open_journals() == (CertificateName("other.example"),)


def test_hooks_are_owed_until_they_are_settled(store: Store) -> None:
    deploy = OwedHook("deploy", "systemctl reload nginx", NAME, (DnsName("example.org"),))
    post = OwedHook("post", "systemctl start nginx")
    with store.run_lock(), store.lock(NAME, wait=0):
        store.commit(NAME, mint("example.org").version(), parameters={}, sections={}, new=True, owed=[deploy])
    store.owe_hook(post)
    assert set(store.owed_hooks()) == {deploy, post}
    again = OwedHook("deploy", deploy.command, NAME, deploy.identifiers, attempts=1, not_before=NOW)
    store.owe_hook(again)
    assert set(store.owed_hooks()) == {again, post}
    assert store.owes(deploy)
    store.settle_hook(deploy)
    assert not store.owes(again)
    assert store.owes(post)
    store.settle_hook(post)
    assert store.owed_hooks() == ()


def test_recovery_of_a_sound_lineage_changes_nothing(store: Store) -> None:
    commit(store, mint("example.org"), new=True)
    before = store.load(NAME)
    assert not store.recover(NAME).did_something
    assert store.load(NAME) == before
    assert not store.recover(CertificateName("nobody")).did_something


def test_a_lineage_is_locked_against_other_threads(store: Store) -> None:
    seen: list[str] = []

    def other() -> None:
        try:
            with store.lock(NAME, wait=0):
                seen.append("entered")
        except Busy as busy:
            seen.append(busy.message)

    with store.run_lock(), store.lock(NAME, wait=0):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        with store.run_lock(), store.lock(CertificateName("other"), wait=0):
            seen.append("another lineage is free")
    with store.lock(NAME, wait=0):
        seen.append("free again")
    assert seen == [
        "another run is at work on the certificate example.org",
        "another lineage is free",
        "free again",
    ]
