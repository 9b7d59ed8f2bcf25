"""Exporting the live version: owed from the commit on, tried again where it fails, like a hook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from everseal.deploy.export import check, export
from everseal.engine.owed import put_off
from everseal.engine.tools import Workshop
from everseal.model.errors import OperatorError, Unsound
from everseal.model.events import Exported, Warned
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.model.pending import OwedHook
from everseal.planning.exports import kept_exports, with_exports
from everseal.planning.suggestion import OWN_SECTION
from everseal.store.integrity import is_whole

_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class ExportDone:
    """One target and the files that were written."""

    target: ExportTarget
    paths: tuple[str, ...]


def owed_exports(
    name: CertificateName, identifiers: tuple[Identifier, ...], targets: Iterable[ExportTarget]
) -> tuple[OwedHook, ...]:
    """The records to be made before a new version goes live."""
    return tuple(OwedHook("export", each.encode(), name, identifiers) for each in targets)


def run_exports(owed: Iterable[OwedHook], lineage: Lineage, shop: Workshop) -> tuple[str, ...]:
    """Carry out exports that are on record, and give the failures; the caller holds the lineage's lock.

    What succeeds is settled; what fails is told, and tried again by later runs after a while.  One that was
    interrupted is made again at once.
    """
    failures = []
    for each in owed:
        try:
            target = ExportTarget.decode(each.command)
            _write(target, lineage, shop)
        except OperatorError as error:
            with suppress(OperatorError):
                put_off(each, shop)
            shop.emit(Warned(f"{lineage.name}: the export failed: {error.message}; {error.remedy}"))
            failures.append(f"export {each.command!r} failed: {error.message}")
        else:
            shop.store.settle_hook(each)
    return tuple(failures)


def export_now(
    name: CertificateName, targets: Sequence[ExportTarget], shop: Workshop
) -> tuple[ExportDone, ...]:
    """Export the live version because somebody asks for it.

    Raises Busy, LineageMissing, LineageBroken, Unsound, and what :func:`everseal.deploy.export.export` does.
    """
    for target in targets:
        check(target)
    with shop.store.run_lock(), shop.store.lock(name, wait=_WAIT):
        shop.store.recover(name)
        lineage = shop.store.load(name)
        done = tuple(ExportDone(target, _write(target, lineage, shop)) for target in targets)
        for owed in owed_exports(name, (), targets):
            shop.store.settle_hook(owed)
    return done


def keep_export(name: CertificateName, target: ExportTarget, shop: Workshop) -> None:
    """Remember an export, so that each new version goes there."""
    with shop.store.run_lock(), shop.store.lock(name, wait=_WAIT):
        own = shop.store.load(name).sections.get(OWN_SECTION, {})
        wanted = with_exports(own, kept_exports(own).including(target))
        if wanted != own:
            shop.store.save_parameters(name, sections={OWN_SECTION: wanted})


def forget_export(name: CertificateName, directory: str, shop: Workshop) -> bool:
    """Let a directory have no more versions; False where it had none.  Its files stay."""
    with shop.store.run_lock(), shop.store.lock(name, wait=_WAIT):
        own = shop.store.load(name).sections.get(OWN_SECTION, {})
        kept = kept_exports(own)
        gone = [each for each in kept.targets if each.directory == directory]
        if not gone:
            return False
        shop.store.save_parameters(name, sections={OWN_SECTION: with_exports(own, kept.without(directory))})
        for owed in owed_exports(name, (), gone):
            shop.store.settle_hook(owed)
    return True


def _write(target: ExportTarget, lineage: Lineage, shop: Workshop) -> tuple[str, ...]:
    files = shop.store.read_version(lineage.name, lineage.live)
    if not is_whole(files, now=shop.clock.now()):
        raise Unsound(
            f"version {lineage.live} of {lineage.name} was not exported: its files do not belong together",
            remedy=f"see which version is sound with `versions {lineage.name}`, and switch to it",
        )
    paths = export(target, lineage.name.value, files)
    shop.emit(Exported(lineage.name, lineage.live, paths))
    return paths
