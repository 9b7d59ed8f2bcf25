"""What the settings ask for, as the values that planning understands."""

from __future__ import annotations

from typing import cast

from everseal.model.errors import OperatorError
from everseal.model.export import ExportFormat, ExportTarget, parse_mode
from everseal.model.keys import KeyKind, parse_key_kind
from everseal.model.names import CertificateName, DnsName, Identifier, IpAddress
from everseal.planning.choose import Answer, QuestionKind, Request
from everseal.planning.due import RenewalPolicy
from everseal.planning.plan import CertificateOptions, ConfiguredHooks, KeyStep
from everseal.planning.renew_interval import parse_renew_before_expiry
from everseal.planning.retention import Retention
from everseal.settings.values import Settings


class BadContact(OperatorError):
    """A text that is no e-mail address."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an e-mail address", remedy="write it as name@example.com")


def identifiers(settings: Settings) -> tuple[Identifier, ...]:
    """Domains first, then addresses, as Certbot orders them; each once.  Raises BadName."""
    domains: list[Identifier] = [DnsName.parse(text) for text in settings.items("domains")]
    addresses: list[Identifier] = [IpAddress.parse(text) for text in settings.items("ip_addresses")]
    return tuple(dict.fromkeys([*domains, *addresses]))


def certificate_name(settings: Settings) -> CertificateName | None:
    text = settings.text("certname")
    return None if text is None else CertificateName.parse(text)


def request(settings: Settings, answers: dict[QuestionKind, Answer]) -> Request:
    """Which certificate the operator asks for."""
    return Request(
        identifiers=identifiers(settings),
        name=certificate_name(settings),
        duplicate=settings.flag("duplicate"),
        expand=settings.flag("expand"),
        force=settings.flag("renew_by_default"),
        keep=settings.flag("reinstall"),
        rehearse=settings.flag("dry_run"),
        new_names_agreed=settings.flag("renew_with_new_domains"),
        key_type=key_kind(settings).type if settings.is_set("key_type") else None,
        usual_key_type=key_kind(settings).type,
        answers=answers,
    )


def key_kind(settings: Settings) -> KeyKind:
    """Raises BadKeyKind."""
    return parse_key_kind(
        settings.required("key_type"),
        rsa_bits=settings.number("rsa_key_size"),
        curve=settings.required("elliptic_curve"),
    )


def key_step(settings: Settings) -> KeyStep:
    return KeyStep(key_kind(settings), reuse=settings.flag("reuse_key") and not settings.flag("new_key"))


def certificate_options(settings: Settings, replaces: str | None) -> CertificateOptions:
    return CertificateOptions(
        required_profile=settings.text("required_profile"),
        preferred_profile=settings.text("preferred_profile"),
        preferred_chain=settings.text("preferred_chain"),
        must_staple=settings.flag("must_staple"),
        replaces=replaces,
    )


def configured_hooks(settings: Settings) -> ConfiguredHooks:
    return ConfiguredHooks(
        pre=settings.text("pre_hook"), deploy=settings.text("deploy_hook"), post=settings.text("post_hook")
    )


def retention(settings: Settings) -> Retention:
    """Which old versions stay."""

    def number(dest: str) -> int | None:
        return None if settings.get(dest) is None else settings.number(dest)

    return Retention(versions=number("keep_versions"), days=number("keep_days"))


def export_target(settings: Settings, dest: str) -> ExportTarget | None:
    """The export to the directory of option ``dest``, None where none is said.  Raises OperatorError."""
    directory = settings.text(dest)
    if directory is None:
        return None
    mode = settings.text("export_mode")
    return ExportTarget(
        directory=directory,
        format=cast(ExportFormat, settings.required("export_format")),
        mode=None if mode is None else parse_mode(mode),
        owner=settings.text("export_owner"),
        password_file=settings.text("password_file"),
    )


def renewal_policy(
    settings: Settings, renew_before_expiry: str | None, *, explicit: bool = False
) -> RenewalPolicy:
    """``renew_before_expiry`` is the raw text of the renewal file's header."""
    before = None if renew_before_expiry is None else parse_renew_before_expiry(renew_before_expiry)
    return RenewalPolicy(
        autorenew=settings.flag("autorenew"),
        before_expiry=before,
        force=settings.flag("renew_by_default"),
        rehearse=settings.flag("dry_run"),
        explicit=explicit,
    )


def contacts(settings: Settings) -> tuple[str, ...]:
    """``mailto:`` URLs (RFC 8555 section 7.3), none for a dry run's account; raises BadContact."""
    return () if settings.flag("dry_run") else parse_contacts(settings.text("email") or "")


def parse_contacts(text: str) -> tuple[str, ...]:
    """Addresses separated by commas, as ``mailto:`` URLs.  Raises BadContact."""
    addresses = [each.strip() for each in text.split(",") if each.strip()]
    for address in addresses:
        if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or " " in address:
            raise BadContact(address)
    return tuple(f"mailto:{address}" for address in addresses)
