"""`renew`: what is due, what is not, what fails, and what stays in renewal files."""

import shutil
from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario

_HOOKS = "--pre-hook '{record} pre' --deploy-hook '{record} deploy' --post-hook '{record} post'"


def _conf(here: Path, name: str) -> Path:
    return here / f"config/renewal/{name}.conf"


def _make_due(here: Path) -> None:
    path = _conf(here, "one.example")
    path.write_text(f"renew_before_expiry = 100 days\n{path.read_text('utf-8')}", "utf-8")


def _make_old(here: Path) -> None:
    """As an old Certbot would have it: comments, foreign keys and sections, no key type."""
    path = _conf(here, "one.example")
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("key_type")]
    lines.insert(0, "# renew_before_expiry = 30 days")
    lines.insert(lines.index("[renewalparams]"), "# Options used in the renewal process")
    lines.insert(2, "foreign = kept")
    lines += [
        "foreign_parameter = dropped",
        "no_self_upgrade = False",
        "[[foreign_part]]",
        "a = 1",
        "[elsewhere]",
        "b = 2,",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _make_relative(here: Path) -> None:
    """Paths that count from the directory above, as copied trees have them."""
    path = _conf(here, "one.example")
    path.write_text(path.read_text("utf-8").replace(f"{here}/config/live", "../config/live"), "utf-8")


def _break_several(here: Path) -> None:
    _conf(here, "empty").write_text("", "utf-8")
    _conf(here, "garbage").write_text("[[[\n", "utf-8")
    text = _conf(here, "one.example").read_text("utf-8")
    no_parameters = text.split("[renewalparams]")[0]
    _conf(here, "no-parameters").write_text(no_parameters, "utf-8")
    _conf(here, "bad-number").write_text(text + "rsa_key_size = many\n", "utf-8")
    _conf(here, "no-authenticator").write_text(text.replace("authenticator = standalone\n", ""), "utf-8")


def _remove_what_certbot_stumbles_over(here: Path) -> None:
    _conf(here, "no-parameters").unlink()


def _age_seven_versions(here: Path) -> None:
    archive = here / "config/archive/one.example"
    for kind in ("cert", "chain", "fullchain", "privkey"):
        for number in range(2, 8):
            shutil.copy2(archive / f"{kind}1.pem", archive / f"{kind}{number}.pem")
        link = here / f"config/live/one.example/{kind}.pem"
        link.unlink()
        link.symlink_to(f"../../archive/one.example/{kind}7.pem")


def _open_key_to_group(here: Path) -> None:
    (here / "config/archive/one.example/privkey1.pem").chmod(0o640)
    _conf(here, "one.example").chmod(0o600)


RENEWING = (
    Scenario(
        "renew-nothing",
        (
            Run("renew {acme}", says=("No renewals were attempted.",)),
            Run("renew {acme} --pre-hook true --post-hook true", says=("No hooks were run.",)),
            Run("renew {acme} --cert-name one.example", status=1),
        ),
    ),
    Scenario(
        "renew-not-due",
        (
            Run("renew {acme}", says=("The following certificates are not due for renewal yet:",)),
            Run(f"renew {{acme}} {_HOOKS}", says=("No hooks were run.",)),
            Run("renew {acme} -q --cert-name one.example"),
        ),
        start="one",
        looks_everywhere=True,
    ),
    Scenario(
        "renew-due",
        (
            Change("it is due 100 days before its end", _make_due),
            Run(f"renew {{acme}} {_HOOKS}", says=("Congratulations, all renewals succeeded:",)),
            Run("certificates"),
        ),
        start="one",
    ),
    Scenario(
        "renew-autorenew-off",
        (
            Run("renew {acme} --force-renewal --no-autorenew"),
            Change("it is due 100 days before its end", _make_due),
            Run("renew {acme}"),
        ),
        start="one",
    ),
    Scenario(
        "renew-some-fail",
        (
            Run("certonly {acme} -n --webroot -w {www} -d a.example", served=True),
            Run(
                f"renew {{acme}} --force-renewal {_HOOKS}",
                status=1,
                says=(
                    "The following renewals succeeded:",
                    "The following renewals failed:",
                    "1 renew failure(s), 0 parse failure(s)",
                ),
            ),
            Run(
                "renew {acme} --force-renewal --cert-name a.example",
                status=1,
                says=("All renewals failed. The following certificates could not be renewed:",),
            ),
        ),
        start="one",
    ),
    Scenario(
        "renew-broken-files",
        (
            Change("there are renewal files nobody can read", _break_several),
            Run("renew {acme}", status=1, says=("0 renew failure(s), 5 parse failure(s)",)),
            Run("renew {acme} --cert-name garbage", status=1),
            Change("the file without parameters goes", _remove_what_certbot_stumbles_over),
            Run("certificates"),
        ),
        start="one",
    ),
    Scenario(
        "renew-old-file",
        (
            Change("the renewal file is an old one", _make_old),
            Run("certificates"),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
    ),
    Scenario(
        "renew-relative-paths",
        (
            Change("the paths in the renewal file are relative", _make_relative),
            Run("certificates"),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
    ),
    Scenario(
        "renew-keeps-five",
        (
            Change("there are seven versions", _age_seven_versions),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
    ),
    Scenario(
        "renew-keeps-modes",
        (
            Change("a group may read the key", _open_key_to_group),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
    ),
    Scenario(
        "renew-dry-run",
        (
            Run("renew {acme} --dry-run", says=("Congratulations, all simulated renewals succeeded:",)),
            Run(f"renew {{acme}} --dry-run {_HOOKS}"),
            Run(f"renew {{acme}} --dry-run --run-deploy-hooks {_HOOKS}"),
        ),
        start="one",
    ),
    Scenario(
        "renew-refused",
        (
            Run("renew {acme} -d one.example", status=1),
            Run("renew {acme} --force-interactive", status=1),
            Run("renew {acme} --ip-address 127.0.0.1", status=1),
            Run("renew {acme} --staging", status=1),
        ),
        start="one",
    ),
)
