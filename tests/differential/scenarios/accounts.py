"""Accounts: opened, shown, changed, closed, several of them, bound to another account."""

from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario
from tests.differential.terminal import Answer

_ONE = "one@mail.example"
_TWO = "two@mail.example"


def _add_second_account(here: Path) -> None:
    """Move the first account aside, and forget it for the moment."""
    accounts = here / "config/accounts"
    accounts.rename(here / "config/accounts.first")


def _bring_first_account_back(here: Path) -> None:
    aside = here / "config/accounts.first"
    for account in aside.glob("*/dir/*"):
        account.rename(here / "config/accounts" / account.relative_to(aside))
    for folder in (*aside.glob("*/dir"), *aside.glob("*"), aside):
        folder.rmdir()


ACCOUNTS = (
    Scenario(
        "account-life",
        (
            Run("show_account {acme}", status=1),
            Run(
                f"update_account {{acme}} -n -m {_ONE}",
                status=1,
                says=("Could not find an existing account",),
            ),
            Run(f"register {{acme}} -n -m {_ONE}", status=1),
            Run(f"register {{acme}} -n --agree-tos -m {_ONE} --eff-email", says=("Account registered.",)),
            Run(f"register {{acme}} -n --agree-tos -m {_ONE}", status=1),
            Run("show_account {acme}", says=("Account details for server",)),
            Run(
                f"update_account {{acme}} -n -m {_TWO},{_ONE}",
                says=(f"Your e-mail address was updated to {_TWO},{_ONE}.",),
            ),
            Run("show_account {acme}"),
            Run("unregister {acme} -n", says=("Account deactivated.",)),
            Run("unregister {acme} -n", status=1),
        ),
        start="empty",
        prompts=("terms", "unregister"),
    ),
    Scenario(
        "account-without-contact",
        (
            Run("register {acme} -n --agree-tos --register-unsafely-without-email --no-eff-email"),
            Run("show_account {acme}"),
            Run("update_account {acme} -n --register-unsafely-without-email"),
        ),
        start="empty",
        prompts=("email",),
    ),
    Scenario(
        "account-asked",
        (
            Run(
                "register {acme} --no-eff-email",
                answers=(
                    Answer(r"\(Enter 'c' to\s+cancel\): ", _ONE),
                    Answer(r"\(Y\)es/\(N\)o: ", "y"),
                ),
            ),
            Run(
                "unregister {acme}",
                answers=(Answer(r"\(D\)eactivate/\(A\)bort: ", "a"),),
                status=1,
                says=("Deactivation aborted.",),
            ),
            Run(
                "update_account {acme} --no-eff-email",
                answers=(Answer(r"\(Enter 'c' to\s+cancel\): ", _TWO),),
            ),
        ),
        start="empty",
        prompts=("email", "terms", "share email", "unregister"),
    ),
    Scenario(
        "account-several",
        (
            Change("the first account is put aside", _add_second_account),
            Run(f"register {{acme}} -n --agree-tos -m {_TWO}"),
            Change("the first account comes back", _bring_first_account_back),
            Run("certonly {acme} -n --standalone -d a.example", status=1),
            Run(
                "certonly {acme} -n --standalone -d a.example --account 0123456789abcdef0123456789abcdef",
                status=1,
            ),
            Run(
                "certonly {acme} --standalone -d a.example",
                answers=(Answer(r"\(press 'c' to cancel\): ", "c"),),
                status=1,
            ),
            Run("certonly {acme} -n --standalone -d a.example --account {account}"),
            Run("renew --force-renewal --no-random-sleep-on-renew"),
            Run("show_account {acme} --account {account}"),
        ),
        prompts=("several accounts",),
    ),
    Scenario(
        "account-binding",
        (
            Run(
                "register {acme} -n --agree-tos --register-unsafely-without-email",
                status=1,
                says=("--eab-kid",),
            ),
            Run("register {acme} -n --agree-tos -m one@mail.example --eab-kid {kid}", status=1),
            Run(
                "register {acme} -n --agree-tos -m one@mail.example --eab-kid {kid} --eab-hmac-key {hmac}"
                " --eab-hmac-alg HS256"
            ),
            Run("certonly {acme} -n --standalone -d a.example"),
        ),
        start="empty",
        authority="eab",
    ),
    Scenario(
        "account-kept-by-dry-run",
        (
            Run("certonly {acme} -n --standalone -d a.example --dry-run --agree-tos -m one@mail.example"),
            Run("unregister {acme} -n --account 0123456789abcdef0123456789abcdef", status=1),
        ),
        start="empty",
    ),
)
