from __future__ import annotations

import hashlib
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.account import StoredAccount, UnreadableAccount, account_id
from everseal.model.errors import Busy, OperatorError, StoreUnusable, UsageError
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from everseal.ports import AccountStore
from everseal.store.certbot_dir.accounts import CertbotAccounts, server_path
from everseal.store.memory import MemoryAccounts
from tests.store.minting import StillClock

CA = "https://ca.test:14000/dir"
URL = "https://ca.test:14000/my-account/1"
CREATED = datetime(2026, 11, 23, 7, 42, 12, tzinfo=UTC)
LE_V2 = "https://acme-v02.api.letsencrypt.org/directory"


@pytest.fixture(params=["directory", "memory"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> AccountStore:
    if request.param == "directory":
        return CertbotAccounts(str(tmp_path / "le"), clock=StillClock())
    return MemoryAccounts()


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.generate(EcdsaKind())


def save(accounts: AccountStore, key: PrivateKey, server: str = CA) -> StoredAccount:
    return accounts.save(server, key, URL, created=CREATED, host="host.example")


def certbot_account(folder: Path, *, regr: object, meta: object = None) -> tuple[str, rsa.RSAPrivateKey]:
    """An account as Certbot writes it, with an RSA key."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    identifier = hashlib.md5(pem).hexdigest()
    place = folder / identifier
    place.mkdir(parents=True)
    jwk = PrivateKey.from_pem(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    ).to_jwk()
    (place / "private_key.json").write_text(json.dumps(jwk))
    (place / "regr.json").write_text(json.dumps(regr))
    if meta is not None:
        (place / "meta.json").write_text(json.dumps(meta))
    return identifier, key


def test_an_account_is_kept(both: AccountStore, key: PrivateKey) -> None:
    assert both.accounts(CA) == []
    saved = save(both, key)
    (found,) = both.accounts(CA)
    assert found.id == saved.id == account_id(key)
    assert found.url == URL
    assert found.created == CREATED
    assert found.host == "host.example"
    assert found.key.public_jwk() == key.public_jwk()
    assert both.accounts("https://other.test/dir") == []


def test_saving_again_renews_the_address(both: AccountStore, key: PrivateKey) -> None:
    save(both, key)
    both.save(CA, key, "https://ca.test/new", created=datetime(2027, 1, 1, tzinfo=UTC), host="elsewhere")
    (found,) = both.accounts(CA)
    assert found.url == "https://ca.test/new"
    assert found.created == CREATED


def test_a_key_is_kept_before_it_is_registered(both: AccountStore, key: PrivateKey) -> None:
    both.begin(CA, key)
    assert both.accounts(CA) == []
    assert list(both.begun(CA)) == [key]
    save(both, key)
    assert list(both.begun(CA)) == []
    assert [account.key for account in both.accounts(CA)] == [key]


def test_a_key_that_is_not_registered_is_forgotten(both: AccountStore, key: PrivateKey) -> None:
    both.begin(CA, key)
    both.give_up(CA, key)
    assert list(both.begun(CA)) == []


def test_what_killed_writers_left_is_removed(tmp_path: Path, key: PrivateKey) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    accounts.begin(CA, key)
    place = tmp_path / "accounts" / "ca.test:14000" / "dir"
    (place / account_id(key) / ".regr.json.0123456789abcdef.tmp").write_text("{")
    (place / ("f" * 32)).mkdir()
    (place / ("f" * 32) / ".private_key.json.0123456789abcdef.tmp").write_text("{")
    assert list(accounts.begun(CA)) == [key]
    assert sorted(str(path.relative_to(place)) for path in place.rglob("*")) == [
        account_id(key),
        f"{account_id(key)}/private_key.json",
    ]


def test_deletion(both: AccountStore, key: PrivateKey) -> None:
    saved = save(both, key)
    both.delete(CA, saved.id)
    assert both.accounts(CA) == []
    with pytest.raises(OperatorError):
        both.delete(CA, saved.id)


def test_one_at_a_time_registers(both: AccountStore) -> None:
    with both.lock(CA, wait=0):
        with pytest.raises(Busy, match=r"accounts at https://ca\.test"):
            both.lock(CA, wait=0).__enter__()
        with both.lock("https://other.test/dir", wait=0):
            pass
    with both.lock(CA, wait=0):
        pass


def test_the_files_are_certbots(tmp_path: Path, key: PrivateKey) -> None:
    saved = save(CertbotAccounts(str(tmp_path), clock=StillClock()), key)
    folder = tmp_path / "accounts" / "ca.test:14000" / "dir" / saved.id
    assert saved.directory == str(folder)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "private_key.json": 0o400,
        "regr.json": 0o644,
        "meta.json": 0o644,
    }
    for directory in (folder, folder.parent, folder.parent.parent, tmp_path / "accounts"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert json.loads((folder / "regr.json").read_text()) == {"body": {}, "uri": URL}
    assert json.loads((folder / "meta.json").read_text()) == {
        "creation_dt": "2026-11-23T07:42:12Z",
        "creation_host": "host.example",
    }
    assert json.loads((folder / "private_key.json").read_text())["kty"] == "EC"
    assert saved.id == hashlib.md5(key.public_pem()).hexdigest()


def test_accounts_made_by_certbot_are_read(tmp_path: Path) -> None:
    older = {
        "body": {"contact": ["mailto:a@b.c"], "agreement": "https://le/terms"},
        "uri": URL,
        "new_authzr_uri": "https://x/new-authz",
        "terms_of_service": "https://le/terms",
    }
    meta = {"creation_dt": "2026-11-23T07:42:12Z", "creation_host": "h", "register_to_eff": None}
    identifier, _ = certbot_account(tmp_path / "accounts/ca.test:14000/dir", regr=older, meta=meta)
    (found,) = CertbotAccounts(str(tmp_path), clock=StillClock()).accounts(CA)
    assert (found.id, found.url, found.created, found.host) == (identifier, URL, CREATED, "h")
    assert account_id(found.key) == identifier


def test_an_account_without_meta_is_as_good(tmp_path: Path) -> None:
    certbot_account(tmp_path / "accounts/ca.test:14000/dir", regr={"body": {}, "uri": URL})
    (found,) = CertbotAccounts(str(tmp_path), clock=StillClock()).accounts(CA)
    assert (found.created, found.host) == (None, None)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("regr.json", ""),
        ("regr.json", "[]"),
        ("regr.json", '{"body": {}}'),
        ("regr.json", None),
        ("private_key.json", '{"kty": "RSA"}'),
        ("private_key.json", "\xff"),
        ("private_key.json", None),
    ],
)
def test_an_unreadable_account_is_told_and_hides_no_other(
    tmp_path: Path, key: PrivateKey, file: str, content: str | None
) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    broken = save(accounts, PrivateKey.generate(EcdsaKind()))
    sound = save(accounts, key)
    path = Path(broken.directory, file)
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert [found.id for found in accounts.accounts(CA)] == [sound.id]
    (unreadable,) = [found for found in accounts.examine(CA) if isinstance(found, UnreadableAccount)]
    assert unreadable.id == broken.id
    assert file in unreadable.reason


def test_accounts_of_the_v1_address_count(tmp_path: Path, key: PrivateKey) -> None:
    identifier, _ = certbot_account(
        tmp_path / "accounts/acme-v01.api.letsencrypt.org/directory", regr={"body": {}, "uri": URL}
    )
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    (found,) = accounts.accounts(LE_V2)
    assert found.id == identifier
    accounts.save(LE_V2, found.key, "https://acme-v02.api.letsencrypt.org/acct/1", created=CREATED, host="")
    linked = tmp_path / "accounts/acme-v02.api.letsencrypt.org/directory"
    assert os.readlink(linked) == str(tmp_path / "accounts/acme-v01.api.letsencrypt.org/directory")
    (found,) = accounts.accounts(LE_V2)
    assert found.url == "https://acme-v02.api.letsencrypt.org/acct/1"
    accounts.delete(LE_V2, identifier)
    assert not os.path.lexists(linked)
    assert not (tmp_path / "accounts/acme-v01.api.letsencrypt.org/directory").exists()


def test_an_account_of_the_v1_address_beside_others(tmp_path: Path, key: PrivateKey) -> None:
    older = tmp_path / "accounts/acme-v01.api.letsencrypt.org/directory"
    identifier, _ = certbot_account(older, regr={"body": {}, "uri": URL})
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    (found,) = accounts.accounts(LE_V2)
    save(accounts, key, LE_V2)
    accounts.save(LE_V2, found.key, URL, created=CREATED, host="")
    linked = tmp_path / "accounts/acme-v02.api.letsencrypt.org/directory" / identifier
    assert os.readlink(linked) == str(older / identifier)
    assert {each.id for each in accounts.accounts(LE_V2)} == {identifier, account_id(key)}
    accounts.delete(LE_V2, identifier)
    assert [each.id for each in accounts.accounts(LE_V2)] == [account_id(key)]
    assert not older.exists()


def test_the_last_account_takes_its_folder_along(tmp_path: Path, key: PrivateKey) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    first, second = save(accounts, key), save(accounts, PrivateKey.generate(EcdsaKind()))
    folder = tmp_path / "accounts/ca.test:14000/dir"
    accounts.delete(CA, first.id)
    assert folder.exists()
    accounts.delete(CA, second.id)
    assert not folder.exists()


def test_a_key_is_replaced(tmp_path: Path, key: PrivateKey) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    old = save(accounts, key)
    new = accounts.replace_key(CA, old, PrivateKey.generate(EcdsaKind()))
    assert new.url == old.url
    assert new.created == old.created
    assert [found.id for found in accounts.accounts(CA)] == [new.id]


def test_servers_are_listed(tmp_path: Path, key: PrivateKey) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    assert accounts.servers() == []
    save(accounts, key)
    save(accounts, key, LE_V2)
    assert accounts.servers() == ["acme-v02.api.letsencrypt.org/directory", "ca.test:14000/dir"]


@pytest.mark.parametrize(
    ("server", "path"),
    [
        (LE_V2, "acme-v02.api.letsencrypt.org/directory"),
        ("https://localhost:14000/dir", "localhost:14000/dir"),
        ("https://[::1]:14000/dir/", "[::1]:14000/dir"),
        ("https://ca.test", "ca.test"),
    ],
)
def test_the_folder_of_a_server(server: str, path: str) -> None:
    assert server_path(server) == path


@pytest.mark.parametrize(
    "server",
    [
        "",
        "https://",
        "https://ca.test/../../etc",
        "https://ca.test//x",
        "https://ca.test/a\0b",
        "https://../x",
        "https://[x/",
    ],
)
def test_a_server_that_leads_elsewhere_is_refused(server: str) -> None:
    with pytest.raises(UsageError):
        server_path(server)


@given(st.text(max_size=60))
def test_a_server_never_leads_out(text: str) -> None:
    try:
        path = server_path(f"https://{text}")
    except UsageError:
        return
    assert not os.path.isabs(path)
    assert os.path.normpath(path) == path
    assert ".." not in path.split("/")


def test_ids_are_no_paths(tmp_path: Path, key: PrivateKey) -> None:
    accounts = CertbotAccounts(str(tmp_path), clock=StillClock())
    save(accounts, key)
    with pytest.raises(StoreUnusable):
        accounts.delete(CA, "..")
    assert accounts.accounts(CA)
