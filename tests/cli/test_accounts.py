from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from everseal.localca.server import CaServer
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from everseal.store.certbot_dir.accounts import CertbotAccounts
from tests.cli.conftest import MakeDesk
from tests.cli.desk import Desk
from tests.store.minting import StillClock

ASKED_FOR_ADDRESS = "Enter email address or hit Enter to skip.\n (Enter 'c' to cancel): "


def contacts(desk: Desk) -> list[str]:
    found: list[str] = desk.run("show_account", "--json").json["contacts"]
    return found


class TestRegister:
    def test_unattended_it_needs_no_address(self, desk: Desk) -> None:
        done = desk.run("register", "--agree-tos")
        assert (done.status, done.out, done.complaints) == (0, "Account registered.\n", "")
        assert len(desk.account_folders) == 1
        assert contacts(desk) == []

    def test_it_happens_once(self, desk: Desk) -> None:
        desk.register()
        done = desk.run("register", "--agree-tos", "-m", "a@example.com")
        assert done.status == 1
        assert done.out == ""
        assert done.complaints.startswith(
            "There is an existing account; registration of a duplicate account with this command is "
            "currently unsupported.\n"
        )
        assert "Ask for help" not in done.err
        assert len(desk.account_folders) == 1

    def test_a_person_gives_an_address_and_agrees(self, desk: Desk) -> None:
        done = desk.succeed("register", answers=["a@example.com,b@example.com", "y"])
        assert ASKED_FOR_ADDRESS in done.out
        assert "Please read the Terms of Service at: http" in done.out.replace("\n", " ")
        assert done.out.endswith("(Y)es/(N)o: Account registered.\n")
        assert contacts(desk) == ["mailto:a@example.com", "mailto:b@example.com"]

    def test_a_person_skips_the_address(self, desk: Desk) -> None:
        desk.succeed("register", "--agree-tos", answers=[""])
        assert contacts(desk) == []

    def test_what_is_no_address_is_asked_again(self, desk: Desk) -> None:
        done = desk.succeed("register", "--agree-tos", answers=["nobody", "a@example.com"])
        assert done.out.count(ASKED_FOR_ADDRESS) == 2
        assert "'nobody' is not an e-mail address" in done.out
        assert contacts(desk) == ["mailto:a@example.com"]

    def test_the_address_is_not_asked_where_it_was_declined(self, desk: Desk) -> None:
        done = desk.succeed("register", "--agree-tos", "--register-unsafely-without-email", answers=[])
        assert done.out == "Account registered.\n"

    def test_cancelling(self, desk: Desk) -> None:
        done = desk.run("register", "--agree-tos", answers=["c"])
        assert done.status == 1
        assert "Error getting email address." in done.err
        assert desk.account_folders == []

    def test_no_terms_no_account(self, desk: Desk) -> None:
        refused = desk.run("register", answers=["", "n"])
        assert refused.status == 1
        assert (
            "Unable to register an account with ACME server. Registration cannot proceed without accepting "
            "Terms of Service"
        ) in refused.err
        silent = desk.run("register")
        assert silent.status == 1
        assert "Missing command line flag or config entry for this setting:" in silent.err
        assert "(You can set this with the --agree-tos flag)" in silent.err
        assert desk.account_folders == []

    def test_the_ca_refuses_the_address(self, desk: Desk) -> None:
        done = desk.run("register", "--agree-tos", "-m", "a@example.invalid?cc=b")
        assert done.status == 1
        assert (
            "Unable to register an account with ACME server. Error returned by the ACME server: " in done.err
        )
        assert desk.account_folders == []

    def test_the_ca_refuses_the_address_of_a_person(self, desk: Desk) -> None:
        done = desk.succeed("register", "--agree-tos", answers=["a@example.com?cc=b", "a@example.com"])
        assert "The server reported a problem with your email address. Enter email address" in done.out
        assert contacts(desk) == ["mailto:a@example.com"]

    def test_a_text_that_is_no_address(self, desk: Desk) -> None:
        done = desk.run("register", "--agree-tos", "-m", "nobody")
        assert done.status == 1
        assert "'nobody' is not an e-mail address." in done.err

    def test_external_account_binding(self, desk_at: MakeDesk) -> None:
        desk = desk_at(external_account_required=True, external_keys={"kid-1": b"0123456789abcdef"})
        one_alone = desk.run("register", "--agree-tos", "--eab-kid", "kid-1")
        assert one_alone.status == 1
        assert (
            "Server requires external account binding. Please use --eab-kid and --eab-hmac-key."
            in one_alone.err
        )
        key = "MDEyMzQ1Njc4OWFiY2RlZg"
        desk.succeed("register", "--agree-tos", "--eab-kid", "kid-1", "--eab-hmac-key", key)
        assert len(desk.account_folders) == 1

    def test_as_json(self, desk: Desk) -> None:
        done = desk.succeed("register", "--agree-tos", "--json", "-m", "a@example.com")
        assert done.json["schema"] == "everseal.account"
        assert done.json["change"] == "registered"
        assert "Account registered." in done.err

    def test_an_account_that_cannot_be_read_is_passed_over(self, desk: Desk) -> None:
        desk.register()
        key = desk.account_folders[0] / "private_key.json"
        key.chmod(0o600)
        key.write_text("{")
        desk.register()
        log = (desk.folder / "logs" / "letsencrypt.log").read_text()
        assert re.search(r"DEBUG:everseal\.cli:account /.* is skipped: .*private_key\.json", log)
        assert len(desk.account_folders) == 2

    @pytest.mark.parametrize("damage", ["missing", "empty"])
    def test_an_account_whose_key_alone_is_left_is_found_at_the_ca(self, desk: Desk, damage: str) -> None:
        desk.register()
        registration = desk.account_folders[0] / "regr.json"
        before = registration.read_bytes()
        registration.write_bytes(b"")
        if damage == "missing":
            registration.unlink()
        desk.register()
        assert len(desk.account_folders) == 1
        assert registration.read_bytes() == before

    def test_a_key_that_the_ca_has_never_seen_is_registered(self, desk: Desk) -> None:
        kept = CertbotAccounts(str(desk.config), clock=StillClock())
        key = PrivateKey.generate(EcdsaKind())
        kept.begin(desk.server, key)
        desk.register()
        assert [account.key for account in kept.accounts(desk.server)] == [key]

    def test_a_key_that_the_ca_refused_is_not_kept(self, desk_at: MakeDesk) -> None:
        desk = desk_at(external_account_required=True)
        stranger = ("--eab-kid", "nobody", "--eab-hmac-key", "MDEyMzQ1Njc4OWFiY2RlZg")
        refused = desk.run("register", "--agree-tos", *stranger)
        assert refused.status == 1
        assert "Error returned by the ACME server" in refused.err
        assert desk.account_folders == []


class TestFirstCertificate:
    def test_the_address_is_asked_before_anything_is_ordered(self, desk: Desk) -> None:
        done = desk.run("certonly", "--standalone", "-d", "ask.test", answers=["a@example.com", "n"])
        assert done.status == 1
        assert done.out.index("Enter email address") < done.out.index("Terms of Service")
        assert desk.account_folders == []

    def test_a_rehearsal_of_a_customer_opens_its_account_silently(
        self, desk: Desk, desk_at: MakeDesk
    ) -> None:
        desk.register()
        other = desk_at()
        other.succeed("certonly", "--standalone", "--dry-run", "-d", "dry.test", "-m", "a@example.com")
        assert len(desk.account_folders) == 2
        assert contacts(other) == []


class TestShowAccount:
    def test_its_lines(self, desk: Desk) -> None:
        desk.register()
        done = desk.run("show_account")
        assert re.fullmatch(
            f"Account details for server {re.escape(desk.server)}:\n"
            r"  Account URL: http\S+\n"
            r"  Account Thumbprint: [A-Za-z0-9_-]{43}\n"
            r"  Email contact: none\n",
            done.out,
        )

    @pytest.mark.parametrize(
        ("given", "line"),
        [
            ("a@example.com", "  Email contact: a@example.com\n"),
            ("a@example.com,b@example.com", "  Email contacts: a@example.com, b@example.com\n"),
        ],
    )
    def test_contacts(self, desk: Desk, given: str, line: str) -> None:
        desk.succeed("register", "--agree-tos", "-m", given)
        assert desk.run("show_account").out.endswith(line)

    def test_no_account(self, desk: Desk) -> None:
        done = desk.run("show_account")
        assert done.status == 1
        assert done.complaints.startswith(f"Could not find an existing account for server {desk.server}.\n")
        assert "Ask for help" not in done.err


class TestUpdateAccount:
    def test_several_addresses(self, desk: Desk) -> None:
        desk.register()
        done = desk.succeed("update_account", "-m", "a@example.com,b@example.com")
        assert done.out == "Your e-mail address was updated to a@example.com,b@example.com.\n"
        assert contacts(desk) == ["mailto:a@example.com", "mailto:b@example.com"]

    @pytest.mark.parametrize("words", [("-m", ""), ("--register-unsafely-without-email",), ()])
    def test_none(self, desk: Desk, words: tuple[str, ...]) -> None:
        desk.succeed("register", "--agree-tos", "-m", "a@example.com")
        done = desk.succeed("update_account", *words)
        assert done.out == "Any contact information associated with this account has been removed.\n"
        assert contacts(desk) == []

    def test_a_person_is_asked(self, desk: Desk) -> None:
        desk.register()
        done = desk.succeed("update_account", answers=["b@example.com"])
        assert done.out == f"{ASKED_FOR_ADDRESS}Your e-mail address was updated to b@example.com.\n"

    def test_no_account(self, desk: Desk) -> None:
        done = desk.run("update_account", "-m", "a@example.com")
        assert done.status == 1
        assert done.complaints.startswith(f"Could not find an existing account for server {desk.server}.\n")

    def test_as_json(self, desk: Desk) -> None:
        desk.register()
        told = desk.succeed("update_account", "--json", "-m", "a@example.com").json
        assert (told["change"], told["contacts"]) == ("updated", ["mailto:a@example.com"])


class TestUnregister:
    def test_unattended_it_goes_ahead(self, desk: Desk) -> None:
        desk.register()
        done = desk.succeed("unregister")
        assert done.out == "Account deactivated.\n"
        assert list((desk.config / "accounts").glob("*/directory")) == []

    def test_a_person_agrees(self, desk: Desk) -> None:
        desk.register()
        done = desk.succeed("unregister", answers=["d"])
        assert "Are you sure you would like to irrevocably deactivate your account?" in done.out
        assert done.out.endswith("(D)eactivate/(A)bort: Account deactivated.\n")

    def test_a_person_does_not(self, desk: Desk) -> None:
        desk.register()
        done = desk.run("unregister", answers=["a"])
        assert (done.status, done.complaints) == (1, "Deactivation aborted.\n")
        assert len(desk.account_folders) == 1

    def test_no_account(self, desk: Desk) -> None:
        done = desk.run("unregister")
        assert done.status == 1
        assert done.complaints.startswith(f"Could not find existing account for server {desk.server}.\n")

    def test_what_an_interrupted_run_left_is_removed(self, desk: Desk, tmp_path: Path) -> None:
        desk.register()
        folder = desk.account_folders[0]
        kept = {file.name: file.read_bytes() for file in folder.iterdir()}
        desk.succeed("unregister")
        folder.mkdir(parents=True)
        for name, content in kept.items():
            (folder / name).write_bytes(content)
        done = desk.succeed("unregister")
        assert "the CA has closed the account already" in done.err
        assert desk.account_folders == []

    def test_an_open_account_that_refuses_is_kept(self, desk: Desk) -> None:
        """Its address on disk is that of another account, as a backup put back in haste has it."""
        desk.register()
        ours = desk.account_folders[0]
        aside = desk.folder / "aside"
        ours.rename(aside)
        desk.register()
        other = json.loads((desk.account_folders[0] / "regr.json").read_text())
        (aside / "regr.json").write_text(json.dumps(other))
        shutil.rmtree(desk.account_folders[0])
        aside.rename(ours)
        done = desk.run("unregister")
        assert done.status == 1
        assert desk.account_folders == [ours]

    def test_as_json(self, desk: Desk) -> None:
        desk.register()
        assert desk.succeed("unregister", "--json").json["change"] == "deactivated"


class TestSeveralAccounts:
    @pytest.fixture
    def crowded(self, desk: Desk) -> Desk:
        """A desk with two accounts, made one after the other as Certbot would let nobody do."""
        desk.succeed("register", "--agree-tos", "-m", "first@example.com")
        first = desk.account_folders[0]
        aside = desk.folder / "aside"
        first.rename(aside)
        desk.succeed("register", "--agree-tos", "-m", "second@example.com")
        first.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(first)
        return desk

    def test_one_is_named(self, crowded: Desk) -> None:
        found = {
            crowded.run("show_account", "--json", "--account", folder.name).json["contacts"][0]
            for folder in crowded.account_folders
        }
        assert found == {"mailto:first@example.com", "mailto:second@example.com"}

    def test_unattended_it_is_an_error(self, crowded: Desk) -> None:
        done = crowded.run("show_account")
        assert done.status == 1
        assert "Please choose an account" in done.err
        assert "--account" in done.err

    def test_a_person_chooses(self, crowded: Desk) -> None:
        done = crowded.succeed("show_account", answers=["2"])
        last = crowded.account_folders[1]
        made = json.loads((last / "meta.json").read_text())
        label = f"2: {made['creation_host']}@{made['creation_dt']} ({last.name[:4]})"
        assert "Please choose an account" in done.out
        assert label in done.out
        assert "Select the appropriate number [1-2] then [enter] (press 'c' to cancel): " in done.out

    def test_a_person_cancels(self, crowded: Desk) -> None:
        done = crowded.run("show_account", answers=["c"])
        assert done.status == 1
        assert "No account has been chosen." in done.err

    def test_an_account_that_is_not_there(self, crowded: Desk) -> None:
        done = crowded.run("show_account", "--account", "f" * 32)
        assert done.status == 1
        assert f"Account at {crowded.server} with id {'f' * 32} does not exist." in done.err


class TestAtATerminal:
    def test_registering_looking_closing(self, desk: Desk) -> None:
        done = desk.talk(
            "register", answers=[("hit Enter to skip", "a@example.com"), (r"\(Y\)es/\(N\)o: $", "y")]
        )
        assert done.status == 0
        assert "Account registered." in done.out
        done = desk.talk("update_account", answers=[("hit Enter to skip", "")])
        assert done.status == 0
        done = desk.talk("unregister", answers=[(r"\(D\)eactivate/\(A\)bort: $", "deactivate")])
        assert done.status == 0
        assert "Account deactivated." in done.out


def test_accounts_of_two_cas_are_apart(desk: Desk, ca: CaServer, desk_at: MakeDesk) -> None:
    desk.register()
    assert desk_at().run("show_account").status == 1
