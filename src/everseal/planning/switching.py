"""Going back, or forward, to another version of a certificate that is there already."""

from __future__ import annotations

from dataclasses import field

from everseal.model.errors import OperatorError, Unsound
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.history import ExaminedVersion, History
from everseal.model.names import CertificateName, Identifier
from everseal.planning.plan import ConfiguredHooks, PlannedHook


class VersionMissing(OperatorError):
    """No version has this number."""

    def __init__(self, history: History, number: int) -> None:
        there = ", ".join(str(each.number) for each in history.versions) or "none"
        super().__init__(
            f"the certificate {history.name} has no version {number}", remedy=f"choose one of: {there}"
        )


@dataclass(frozen=True, slots=True)
class Switch:
    """Make version ``to`` live in place of ``live`` (None: the links do not agree on one).

    ``pins`` says that it stays live until the next certificate, although there are later versions.
    ``added`` and ``removed`` compare its names with those of the live version; ``expired`` that it was
    allowed to be past its end.  ``exports`` are copied before the ``hooks`` run.
    """

    name: CertificateName
    live: int | None
    to: int
    pins: bool
    identifiers: tuple[Identifier, ...]
    added: tuple[Identifier, ...] = ()
    removed: tuple[Identifier, ...] = ()
    expired: bool = False
    changes_something: bool = True
    configured_hooks: ConfiguredHooks = field(default_factory=ConfiguredHooks)
    hooks: tuple[PlannedHook, ...] = ()
    exports: tuple[ExportTarget, ...] = ()


def decide_switch(history: History, to: int, *, even_if_expired: bool = False) -> Switch:
    """Whether and how the live links go to version ``to``; hooks are for the caller to add.

    Raises VersionMissing, Unsound naming what speaks against it.
    """
    wanted = history.version(to)
    if wanted is None:
        raise VersionMissing(history, to)
    _demand_sound(history, wanted, even_if_expired=even_if_expired)
    assert wanted.certificate is not None, "what cannot be read is not sound"
    pins = to != max(each.number for each in history.versions)
    live = None if history.live is None else history.version(history.live)
    names = wanted.certificate.identifiers
    present = names if live is None or live.certificate is None else live.certificate.identifiers
    return Switch(
        name=history.name,
        live=history.live,
        to=to,
        pins=pins,
        identifiers=names,
        added=tuple(each for each in names if each not in present),
        removed=tuple(each for each in present if each not in names),
        expired=not wanted.is_sound,
        changes_something=history.live != to or (history.pinned is not None) != pins,
    )


def _demand_sound(history: History, wanted: ExaminedVersion, *, even_if_expired: bool) -> None:
    if wanted.is_sound or (wanted.is_only_expired and even_if_expired):
        return
    sound = [str(each.number) for each in history.versions if each.is_sound]
    remedy = f"choose a sound version ({', '.join(sound)})" if sound else f"renew {history.name}"
    if wanted.is_only_expired:
        remedy += ", or add --even-if-expired"
    raise Unsound(
        f"version {wanted.number} of {history.name} was not put to use: {'; '.join(wanted.flaws)}",
        remedy=remedy,
    )
