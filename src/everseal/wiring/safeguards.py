"""What a new version must not do to a lineage unless the operator insists."""

from __future__ import annotations

from collections.abc import Iterator

from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.planning.words import every
from everseal.settings.authorities import LETS_ENCRYPT, is_test_server
from everseal.settings.values import Settings


class ReplacesReal(OperatorError):
    """A test certificate would take the place of a real one."""

    def __init__(self, lineage: Lineage) -> None:
        names = every(lineage.certificate.identifiers)
        super().__init__(
            "You've asked to renew/replace a seemingly valid certificate with a test certificate "
            f"(domains: {names}). We will not do that unless you use the --break-my-certs flag!",
            remedy="try it with --dry-run, which saves nothing, or give it another --cert-name",
        )


class KeyIsReused(OperatorError):
    """Another kind of key is asked for, and the present key is to be used again."""

    def __init__(self, option: str) -> None:
        super().__init__(
            f"Unable to change the {option} of this certificate because --reuse-key is set. To stop reusing "
            "the private key, specify --no-reuse-key. To change the private key this one time and then reuse "
            "it in future, add --new-key.",
            remedy="add --new-key or --no-reuse-key, or ask for the kind of key that it has",
        )


def replacing(settings: Settings, lineage: Lineage) -> Settings:
    """The settings for a new version of ``lineage``; a reused key says itself of what kind it is.

    Raises ReplacesReal, KeyIsReused.
    """
    saved = lineage.parameters.get("server", LETS_ENCRYPT)
    is_real = isinstance(saved, str) and not is_test_server(saved)
    if is_real and is_test_server(settings.required("server")) and not settings.flag("break_my_certs"):
        raise ReplacesReal(lineage)
    if _reuses_key(settings, lineage):
        for option in _differences(settings, lineage):
            raise KeyIsReused(option)
    if settings.flag("reuse_key") and not settings.flag("new_key"):
        return _with_key_of(settings, lineage)
    return settings


def _reuses_key(settings: Settings, lineage: Lineage) -> bool:
    if settings.flag("new_key") or (settings.is_explicit("reuse_key") and not settings.flag("reuse_key")):
        return False
    saved = lineage.parameters.get("reuse_key")
    return settings.flag("reuse_key") or (isinstance(saved, str) and saved.lower() == "true")


def _differences(settings: Settings, lineage: Lineage) -> Iterator[str]:
    facts = lineage.certificate
    wanted = settings.required("key_type")
    if wanted != facts.key_type.lower():
        yield "--key-type"
    elif wanted == "rsa" and settings.number("rsa_key_size") != facts.key_bits:
        yield "--rsa-key-size"
    elif wanted == "ecdsa" and facts.curve and settings.required("elliptic_curve") != facts.curve:
        yield "--elliptic-curve"


def _with_key_of(settings: Settings, lineage: Lineage) -> Settings:
    facts = lineage.certificate
    match facts.key_type:
        case "RSA" if facts.key_bits is not None:
            return settings.with_values({"key_type": "rsa", "rsa_key_size": facts.key_bits})
        case "ECDSA" if facts.curve is not None:
            return settings.with_values({"key_type": "ecdsa", "elliptic_curve": facts.curve})
        case _:
            return settings
