"""What options mean for one another: refusals, and values that follow from others."""

from __future__ import annotations

from everseal.model.errors import OperatorError
from everseal.settings.authorities import CLOSED, LETS_ENCRYPT, LETS_ENCRYPT_STAGING, directory_of
from everseal.settings.fallbacks import settle_fallbacks
from everseal.settings.values import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from everseal.settings.values import Settings

_CAN_DRY_RUN: Final = frozenset({"certonly", "renew", "reconfigure", "plan", "names"})


class OptionConflict(OperatorError):
    """Options that do not go together, or not with this verb."""


class AuthorityClosed(OperatorError):
    """An authority that issues nothing any more."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the authority {name} has ended: its last certificate is of {dict(CLOSED)[name]}",
            remedy="choose another one: `ca list` shows them",
        )


def settle(settings: Settings, verb: str) -> Settings:
    """The settings with what follows from them.  Raises OptionConflict."""
    settings = _settle_interaction(settings, verb)
    settings = _settle_authority(settings)
    settings = settle_fallbacks(settings)
    settings = _settle_test_server(settings, verb)
    settings = _settle_staple(settings)
    if verb == "renew" and settings.source("domains").kind == "configuration file":
        settings = settings.without("domains")
    _check_events(settings)
    _check_csr(settings, verb)
    _check_subset(settings)
    _check_hsts(settings)
    _check_ports(settings)
    _check_names_stay(settings, verb)
    return settings


def as_rehearsal(settings: Settings) -> Settings:
    """The same as a dry run: Let's Encrypt's staging server in place of Let's Encrypt, and with an account
    there; any other authority is tried itself."""
    if settings.get("server") == LETS_ENCRYPT:
        elsewhere = {"server": LETS_ENCRYPT_STAGING, "account": None}
        settings = settings.with_values(elsewhere, Source("run", "test certificates"))
    follows = {
        "staging": True,
        "break_my_certs": True,
        **({} if settings.flag("dry_run") else {"dry_run": True}),
    }
    return settings.with_values(follows, Source("run", "--dry-run"))


def _settle_interaction(settings: Settings, verb: str) -> Settings:
    if settings.flag("force_interactive"):
        if verb == "renew":
            raise OptionConflict(
                "--force-interactive cannot be used with renew", remedy="leave out --force-interactive"
            )
        if settings.flag("noninteractive_mode"):
            raise OptionConflict(
                "Flag for non-interactive mode and --force-interactive conflict", remedy="give one of the two"
            )
    if verb == "renew" or settings.flag("quiet"):
        return settings.with_values({"noninteractive_mode": True})
    return settings


def _settle_authority(settings: Settings) -> Settings:
    name = settings.text("ca")
    if name is None:
        return settings
    if name in dict(CLOSED):
        raise AuthorityClosed(name)
    url = directory_of(name)
    if settings.is_explicit("server") and settings.text("server") != url:
        if settings.source("server").kind == settings.source("ca").kind:
            raise OptionConflict("--ca and --server name different authorities", remedy="give one of the two")
        if settings.source("server").kind == "command line":
            return settings
    return settings.with_values({"server": url}, settings.source("ca"))


def _settle_test_server(settings: Settings, verb: str) -> Settings:
    dry_run = settings.flag("dry_run")
    if not dry_run and not settings.flag("staging"):
        return settings
    if dry_run and verb not in _CAN_DRY_RUN:
        raise OptionConflict(
            f"--dry-run currently only works with the 'certonly' or 'renew' subcommands ({verb!r})",
            remedy="leave out --dry-run, or try with --staging",
        )
    if settings.get("server") not in {LETS_ENCRYPT, LETS_ENCRYPT_STAGING} and not dry_run:
        raise OptionConflict("--server value conflicts with --staging", remedy="give one of the two")
    if dry_run:
        return as_rehearsal(settings)
    if settings.get("server") == LETS_ENCRYPT:
        return settings.with_values({"server": LETS_ENCRYPT_STAGING}, Source("run", "test certificates"))
    return settings


def _settle_staple(settings: Settings) -> Settings:
    if settings.flag("must_staple") and not settings.flag("staple"):
        return settings.with_values({"staple": True}, Source("run", "--must-staple"))
    return settings


def _check_events(settings: Settings) -> None:
    wanted = settings.flag("events") or settings.text("events_to") is not None
    if wanted and settings.flag("plan"):
        raise OptionConflict(
            "--plan does nothing, so nothing happens that events could tell of",
            remedy="leave out --events and --events-to, and take the plan with --json",
        )


def _check_csr(settings: Settings, verb: str) -> None:
    if settings.text("csr") is None:
        return
    if verb != "certonly":
        raise OptionConflict(
            "Currently, a CSR file may only be specified when obtaining a new or replacement via the "
            "certonly command",
            remedy="use `certonly --csr FILE`",
        )
    if settings.flag("allow_subset_of_names"):
        raise OptionConflict(
            "--allow-subset-of-names cannot be used with --csr", remedy="leave out --allow-subset-of-names"
        )
    if settings.text("out") is not None:
        raise OptionConflict(
            "--out cannot be used with --csr: the key is not here",
            remedy="say where the certificate goes with --cert-path, --chain-path and --fullchain-path",
        )


def _check_subset(settings: Settings) -> None:
    wildcard = any(name.startswith("*.") for name in settings.items("domains"))
    if wildcard and settings.flag("allow_subset_of_names"):
        raise OptionConflict(
            "Using --allow-subset-of-names with a wildcard domain is not supported.",
            remedy="leave out --allow-subset-of-names",
        )


def _check_hsts(settings: Settings) -> None:
    if settings.flag("hsts") and settings.flag("auto_hsts"):
        raise OptionConflict(
            "Parameters --hsts and --auto-hsts cannot be used simultaneously.", remedy="give one of the two"
        )


def _check_ports(settings: Settings) -> None:
    port = settings.number("http01_port")
    if port == settings.number("https_port"):
        raise OptionConflict(
            f"Trying to run http-01 and https-port on the same port ({port})",
            remedy="choose another --http-01-port or --https-port",
        )


def _check_names_stay(settings: Settings, verb: str) -> None:
    mapped = settings.mapping("webroot_map")
    names = (*settings.items("domains"), *settings.items("ip_addresses"))
    named = [name for name in names if name not in mapped]
    if not named:
        return
    if verb == "renew":
        raise OptionConflict(
            "Currently, the renew verb is capable of either renewing all installed certificates that are due "
            "to be renewed or renewing a single certificate specified by its name. If you would like to "
            "renew specific certificates by their domains, use the certonly command instead",
            remedy="name the certificate: `renew --cert-name NAME`, or use `certonly -d ...`",
        )
    if verb == "reconfigure":
        raise OptionConflict(
            "You have specified domains, but this function cannot be used to modify the domains in a "
            "certificate",
            remedy="to change a certificate's names use `certonly --cert-name NAME -d ...`",
        )
