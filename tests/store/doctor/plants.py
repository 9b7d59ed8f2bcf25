"""Damages, each with the findings that it has to lead to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from everseal.model.keys import EcdsaKind
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import OwedHook, PendingOrder, Presented, SolverSettings
from everseal.model.private_key import PrivateKey
from everseal.store.certbot_dir.changes import CommitChange, MoveChange
from tests.store.doctor.clinic import SERVER, Clinic
from tests.store.minting import NOW, mint, root_pem
from tests.store.trees import KINDS, make_tree

A = CertificateName("a.test")


@dataclass(frozen=True)
class Damage:
    """``codes`` are all that may be found; ``left`` those that a mending leaves to a person."""

    plant: Callable[[Clinic], None]
    codes: frozenset[str]
    left: frozenset[str]

    @property
    def name(self) -> str:
        return self.plant.__name__


DAMAGES: list[Damage] = []


def damage(*codes: str, left: str = "") -> Callable[[Callable[[Clinic], None]], Callable[[Clinic], None]]:
    """``left`` are the codes, with blanks between, that remain after mending; ``all`` are all."""

    def note(plant: Callable[[Clinic], None]) -> Callable[[Clinic], None]:
        remaining = codes if left == "all" else left.split()
        DAMAGES.append(Damage(plant, frozenset(codes), frozenset(remaining)))
        return plant

    return note


@damage("link-missing")
def a_link_is_missing(clinic: Clinic) -> None:
    clinic.live("chain.pem").unlink()


@damage("link-dangling", "version-incomplete")
def a_file_of_the_live_version_that_can_be_made_anew_is_gone(clinic: Clinic) -> None:
    clinic.archive("chain2.pem").unlink()


@damage("link-dangling", "version-incomplete")
def the_live_key_is_gone(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").unlink()


@damage("link-dangling")
def a_link_names_a_version_that_never_was(clinic: Clinic) -> None:
    relink(clinic, "cert", "../../archive/a.test/cert9.pem")


@damage("link-absolute")
def links_are_absolute(clinic: Clinic) -> None:
    for kind in KINDS:
        relink(clinic, kind, str(clinic.archive(f"{kind}2.pem")))


@damage("link-elsewhere")
def a_link_points_into_another_certificate(clinic: Clinic) -> None:
    relink(clinic, "privkey", "../../archive/b.test/privkey1.pem")


@damage("link-elsewhere")
def a_link_points_to_another_kind(clinic: Clinic) -> None:
    relink(clinic, "fullchain", "../../archive/a.test/cert2.pem")


@damage("link-is-file")
def links_became_files(clinic: Clinic) -> None:
    for kind in KINDS:
        data = clinic.live(f"{kind}.pem").read_bytes()
        clinic.live(f"{kind}.pem").unlink()
        clinic.live(f"{kind}.pem").write_bytes(data)


@damage("link-is-file")
def links_became_files_with_a_version_that_the_archive_lost(clinic: Clinic) -> None:
    links_became_files(clinic)
    for kind in KINDS:
        clinic.archive(f"{kind}2.pem").unlink()


@damage("link-is-file", "archive-missing")
def only_the_copied_live_files_are_left(clinic: Clinic) -> None:
    links_became_files(clinic)
    shutil.rmtree(clinic.archive())


@damage("link-is-file", left="all")
def a_file_of_no_version_stands_where_a_link_was(clinic: Clinic) -> None:
    clinic.live("privkey.pem").unlink()
    clinic.live("privkey.pem").write_bytes(mint("a.test").key_pem)


@damage("links-mixed")
def links_name_different_versions(clinic: Clinic) -> None:
    relink(clinic, "privkey", "../../archive/a.test/privkey1.pem")


@damage("links-behind")
def links_name_an_older_version(clinic: Clinic) -> None:
    for kind in KINDS:
        relink(clinic, kind, f"../../archive/a.test/{kind}1.pem")


@damage("live-missing")
def the_live_directory_is_gone(clinic: Clinic) -> None:
    shutil.rmtree(clinic.live())


@damage("live-missing")
def all_live_directories_are_gone(clinic: Clinic) -> None:
    shutil.rmtree(clinic.live().parent)


@damage("version-incomplete")
def a_newer_version_is_half_made(clinic: Clinic) -> None:
    clinic.archive("privkey3.pem").write_bytes(mint("a.test").key_pem)
    clinic.archive("privkey3.pem").chmod(0o600)


@damage("version-empty")
def the_live_full_chain_is_empty(clinic: Clinic) -> None:
    clinic.archive("fullchain2.pem").write_bytes(b"")


@damage("version-empty")
def all_live_files_are_empty(clinic: Clinic) -> None:
    for kind in KINDS:
        clinic.archive(f"{kind}2.pem").write_bytes(b"")


@damage("version-unparsable", left="version-unparsable")
def the_live_certificate_is_cut_short(clinic: Clinic) -> None:
    for kind in ("cert", "fullchain"):
        path = clinic.archive(f"{kind}2.pem")
        path.write_bytes(path.read_bytes()[:200])


@damage("key-unusable", left="key-unusable")
def the_live_key_is_no_key(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )


@damage("key-mismatch", left="key-mismatch")
def the_live_key_is_another_one(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").write_bytes(clinic.first.key_pem)


@damage("key-mismatch", left="all")
def the_only_key_is_another_one(clinic: Clinic) -> None:
    clinic.archive("privkey1.pem", "b.test").write_bytes(clinic.first.key_pem)


@damage("fullchain-differs", left="fullchain-differs")
def the_live_full_chain_is_of_another_version(clinic: Clinic) -> None:
    clinic.archive("cert2.pem").write_bytes(clinic.first.leaf_pem)


@damage("chain-broken", left="chain-broken")
def the_chain_is_another_authoritys(clinic: Clinic) -> None:
    clinic.archive("chain2.pem").write_bytes(root_pem())
    clinic.archive("fullchain2.pem").write_bytes(clinic.second.leaf_pem + root_pem())


@damage("chain-broken", left="chain-broken")
def the_chain_is_in_the_wrong_order(clinic: Clinic) -> None:
    chain = root_pem() + clinic.second.chain_pem
    clinic.archive("chain2.pem").write_bytes(chain)
    clinic.archive("fullchain2.pem").write_bytes(clinic.second.leaf_pem + chain)


@damage("chain-missing", left="all")
def there_is_no_chain(clinic: Clinic) -> None:
    clinic.archive("chain2.pem").write_bytes(b"")
    clinic.archive("fullchain2.pem").write_bytes(clinic.second.leaf_pem)


@damage("certificate-expired", left="all")
def the_certificate_has_expired(clinic: Clinic) -> None:
    remake(clinic, "b.test", issued=NOW - timedelta(days=100))


@damage("certificate-not-yet-valid", left="all")
def the_certificate_is_not_valid_yet(clinic: Clinic) -> None:
    remake(clinic, "b.test", issued=NOW + timedelta(days=2))


@damage("names-odd", left="all")
def the_certificate_has_a_name_that_is_none(clinic: Clinic) -> None:
    remake(clinic, "b.test", "b.test", "under score.b.test", issued=NOW - timedelta(days=1))


@damage("key-weak", "chain-missing", left="all")
def the_key_is_weak(clinic: Clinic) -> None:
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "b.test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=90))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("b.test")]), critical=False)
    leaf = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *plain)
    for kind, data in (("cert", leaf), ("fullchain", leaf), ("chain", b""), ("privkey", pem)):
        clinic.archive(f"{kind}1.pem", "b.test").write_bytes(data)


@damage("archive-missing", "link-dangling", left="all")
def the_archive_is_gone(clinic: Clinic) -> None:
    shutil.rmtree(clinic.archive())


@damage("conf-unparsable", left="all")
def the_renewal_file_is_nonsense(clinic: Clinic) -> None:
    clinic.conf().write_text("[[[\n")


@damage("conf-unparsable", left="all")
def the_renewal_file_is_no_text(clinic: Clinic) -> None:
    clinic.conf().write_bytes(b"\xff\xfe\x00")


@damage("conf-empty")
def an_empty_renewal_file_reserves_a_name(clinic: Clinic) -> None:
    clinic.conf("c.test").write_text("")


@damage("conf-empty", left="conf-no-authenticator")
def a_renewal_file_was_emptied(clinic: Clinic) -> None:
    clinic.conf().write_text("")


@damage("conf-key-missing")
def a_path_is_missing_in_the_renewal_file(clinic: Clinic) -> None:
    lines = clinic.conf().read_text().splitlines(keepends=True)
    clinic.conf().write_text("".join(line for line in lines if not line.startswith("privkey =")))


@damage("conf-no-authenticator", left="all")
def the_authenticator_is_missing(clinic: Clinic) -> None:
    clinic.parameter("authenticator", None)


@damage("conf-bad-value", left="all")
def a_number_is_none(clinic: Clinic) -> None:
    clinic.parameter("http01_port", "eighty")


@damage("conf-elsewhere")
def the_directory_was_moved(clinic: Clinic) -> None:
    for name in ("a.test", "b.test"):
        clinic.conf(name).write_text(clinic.conf(name).read_text().replace(str(clinic.config), "/gone"))


@damage("conf-elsewhere", "link-elsewhere")
def the_directory_was_moved_and_its_links_are_absolute(clinic: Clinic) -> None:
    the_directory_was_moved(clinic)
    for kind in KINDS:
        relink(clinic, kind, f"/gone/archive/a.test/{kind}2.pem")


@damage("conf-elsewhere", "link-is-file")
def the_directory_was_copied_by_something_that_follows_links(clinic: Clinic) -> None:
    links_became_files(clinic)
    the_directory_was_moved(clinic)


@damage("conf-other-tree")
def the_directory_is_a_copy(clinic: Clinic) -> None:
    other = clinic.folder / "other"
    shutil.copytree(clinic.config, other, symlinks=True)
    for name in ("a.test", "b.test"):
        clinic.conf(name).write_text(clinic.conf(name).read_text().replace(str(clinic.config), str(other)))


@damage("server-unreadable", left="all")
def the_server_is_no_address(clinic: Clinic) -> None:
    clinic.parameter("server", "letsencrypt")


@damage("account-unknown", left="all")
def the_account_is_another(clinic: Clinic) -> None:
    clinic.parameter("account", "0" * 32)


@damage("account-unknown", left="all")
def all_accounts_are_gone(clinic: Clinic) -> None:
    shutil.rmtree(clinic.config / "accounts")


@damage("plugin-unknown", left="all")
def the_authenticator_is_unknown(clinic: Clinic) -> None:
    clinic.parameter("authenticator", "certbot-carrier-pigeon:auth")


@damage("plugin-not-here", left="all")
def the_installer_is_certbots(clinic: Clinic) -> None:
    clinic.parameter("installer", "apache")


@damage("webroot-gone", left="all")
def the_webroot_is_gone(clinic: Clinic) -> None:
    clinic.webroot.rmdir()


@damage("hook-missing", left="all")
def the_deploy_hook_is_gone(clinic: Clinic) -> None:
    clinic.hook.unlink()


@damage("credentials-missing", "plugin-not-here", left="all")
def the_credentials_are_gone(clinic: Clinic) -> None:
    clinic.write_conf("a.test", authenticator="dns-cloudflare", dns_cloudflare_credentials="/gone/cf.ini")


@damage("credentials-open", "plugin-not-here", left="plugin-not-here")
def the_credentials_can_be_read_by_all(clinic: Clinic) -> None:
    path = clinic.folder / "cf.ini"
    path.write_text("token = x\n")
    path.chmod(0o644)
    clinic.write_conf("a.test", authenticator="dns-cloudflare", dns_cloudflare_credentials=str(path))


@damage("conf-secret-open")
def a_secret_is_in_a_renewal_file_that_all_may_read(clinic: Clinic) -> None:
    clinic.parameter("dns_other_api_token", "hunter2hunter2")


@damage("key-open")
def all_may_read_a_private_key(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").chmod(0o644)


@damage("account-key-open")
def all_may_read_the_account_key(clinic: Clinic) -> None:
    (clinic.account / "private_key.json").chmod(0o644)


@damage("state-open")
def the_state_can_be_read_by_all(clinic: Clinic) -> None:
    (clinic.config / ".everseal").mkdir(exist_ok=True)
    (clinic.config / ".everseal").chmod(0o755)


@damage("writable-by-all")
def all_may_change_a_renewal_file(clinic: Clinic) -> None:
    clinic.conf().chmod(0o666)


@damage("writable-by-all")
def all_may_put_files_into_the_live_directory(clinic: Clinic) -> None:
    clinic.live().chmod(0o777)


@damage("directory-open", left="all")
def all_may_look_at_the_names_of_the_keys(clinic: Clinic) -> None:
    (clinic.config / "archive").chmod(0o755)


@damage("directory-open")
def all_may_look_into_the_account(clinic: Clinic) -> None:
    clinic.account.chmod(0o755)


@damage("hook-not-executable", left="all")
def a_hook_lost_its_mode(clinic: Clinic) -> None:
    hooks = clinic.config / "renewal-hooks" / "deploy"
    hooks.mkdir(parents=True)
    (hooks / "reload.sh").write_text("#!/bin/sh")


@damage("conf-unparsable", left="all")
def the_renewal_file_is_a_link_to_nothing(clinic: Clinic) -> None:
    clinic.conf().unlink()
    os.symlink("/gone.conf", clinic.conf())


@damage("logs-open")
def all_may_read_the_logs(clinic: Clinic) -> None:
    clinic.logs.chmod(0o755)
    (clinic.logs / "letsencrypt.log").write_text("x\n")
    (clinic.logs / "letsencrypt.log").chmod(0o644)


@damage("account-unreadable", left="all")
def the_account_key_is_cut_short(clinic: Clinic) -> None:
    path = clinic.account / "private_key.json"
    path.chmod(0o600)
    path.write_text('{"kty": "EC", "x"')
    path.chmod(0o400)


@damage("account-unregistered", left="all")
def the_registration_is_empty(clinic: Clinic) -> None:
    (clinic.account / "regr.json").write_text("")


@damage("account-undated", left="all")
def the_account_has_no_date(clinic: Clinic) -> None:
    (clinic.account / "meta.json").unlink()


@damage("account-undated", left="all")
def the_account_names_no_host(clinic: Clinic) -> None:
    (clinic.account / "meta.json").write_text('{"creation_dt": "2026-01-31T00:00:00Z"}')


@damage("account-key-other", left="all")
def the_account_key_is_another_one(clinic: Clinic) -> None:
    path = clinic.account / "private_key.json"
    path.chmod(0o600)
    path.write_text(json.dumps(PrivateKey.generate(EcdsaKind()).to_jwk()))
    path.chmod(0o400)


@damage("account-mismatch", left="all")
def the_registration_is_for_another_key(clinic: Clinic) -> None:
    body = {"key": PrivateKey.generate(EcdsaKind()).public_jwk()}
    (clinic.account / "regr.json").write_text(json.dumps({"body": body, "uri": "https://ca.test/acct/2"}))


@damage("orphan-archive", "orphan-live", left="all")
def the_renewal_file_is_gone(clinic: Clinic) -> None:
    clinic.conf().unlink()


@damage("previous-links")
def certbot_was_killed_between_two_links(clinic: Clinic) -> None:
    for kind in KINDS:
        os.symlink(f"../../archive/a.test/{kind}1.pem", clinic.live(f"previous_{kind}.pem"))


@damage("conf-left")
def certbot_was_killed_while_it_wrote_a_renewal_file(clinic: Clinic) -> None:
    Path(f"{clinic.conf()}.new").write_text("version = ")


@damage("temporary-left")
def a_writer_was_killed(clinic: Clinic) -> None:
    clinic.archive(".privkey3.pem.0123456789abcdef.tmp").write_bytes(b"x")


@damage("twin-left")
def a_move_of_the_links_was_killed(clinic: Clinic) -> None:
    twin = clinic.config / "live" / ".a.test.twin"
    twin.mkdir()
    for kind in KINDS:
        os.symlink(f"../../archive/a.test/{kind}1.pem", twin / f"{kind}.pem")


@damage("journal-open", "links-behind")
def a_switch_was_killed(clinic: Clinic) -> None:
    links_name_an_older_version(clinic)
    clinic.store.state.write_change(MoveChange(A, 2))


@damage("journal-open", "version-incomplete")
def a_commit_was_killed(clinic: Clinic) -> None:
    a_newer_version_is_half_made(clinic)
    text = clinic.conf().read_text()
    where = str(clinic.live()), str(clinic.archive())
    change = CommitChange(A, 3, *where, False, None, text, (DnsName("a.test"),), ())
    clinic.store.state.write_change(change)


@damage("journal-unreadable", left="all")
def what_is_in_place_is_nonsense(clinic: Clinic) -> None:
    a_challenge_is_in_place(clinic)
    (clinic.config / ".everseal" / "presented" / "a.test.json").write_text("{")


@damage("journal-unreadable", left="all")
def an_order_is_nonsense(clinic: Clinic) -> None:
    an_order_is_open(clinic)
    (clinic.config / ".everseal" / "pending" / "a.test.json").write_text("{")


@damage("journal-unreadable", left="all")
def a_journal_is_nonsense(clinic: Clinic) -> None:
    clinic.store.state.write_change(MoveChange(A, 2))
    (clinic.config / ".everseal" / "changes" / "a.test.json").write_text("{")


@damage("order-open", left="all")
def an_order_is_open(clinic: Clinic) -> None:
    key = clinic.first.key_pem
    names = (DnsName("a.test"),)
    pending = PendingOrder(A, SERVER, "https://ca.test/a/1", None, names, key, None, (), NOW, "ordered")
    clinic.store.state.write_pending(pending)


@damage("challenge-left", left="all")
def a_challenge_is_in_place(clinic: Clinic) -> None:
    settings = SolverSettings({"authenticator": "webroot"})
    clinic.store.note_presented(Presented(A, ({"type": "http-01"},), settings))


@damage("hook-owed", left="all")
def a_hook_is_owed(clinic: Clinic) -> None:
    clinic.store.state.owe_hook(OwedHook("deploy", "reload", A, (DnsName("a.test"),), attempts=2))


@damage("twin-same", left="all")
def a_certificate_is_there_twice(clinic: Clinic) -> None:
    add(clinic, "a.test-0001", "www.a.test", "a.test")


@damage("twin-overlap", left="all")
def a_certificate_is_there_with_a_name_more(clinic: Clinic) -> None:
    add(clinic, "a.test-0001", "a.test", "mail.a.test")


def relink(clinic: Clinic, kind: str, target: str) -> None:
    path = clinic.live(f"{kind}.pem")
    path.unlink()
    os.symlink(target, path)


def add(clinic: Clinic, name: str, *names: str) -> None:
    make_tree(clinic.config, name, [mint(*names)])
    clinic.write_conf(name)


def remake(clinic: Clinic, name: str, *names: str, issued: datetime) -> None:
    shutil.rmtree(clinic.live(name=name))
    shutil.rmtree(clinic.archive(name=name))
    make_tree(clinic.config, name, [mint(*(names or (name,)), issued=issued)])
    clinic.write_conf(name)
