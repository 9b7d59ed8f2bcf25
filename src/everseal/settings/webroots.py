"""Which directory serves the challenges of which name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from everseal.settings.values import Settings


def complete_webroot_map(
    known: Mapping[str, str], roots: tuple[str, ...], names: Iterable[str]
) -> dict[str, str]:
    """The map with the last of ``roots`` for every name that has no directory yet."""
    return {**dict.fromkeys(names, roots[-1]), **known} if roots else dict(known)


def with_webroots(settings: Settings, names: Iterable[str]) -> Settings:
    """The settings with a directory for every one of ``names``, as far as any was given.

    To be called when the names of the order are known; what it adds is kept in the renewal file.
    """
    roots = settings.items("webroot_path")
    if not roots:
        return settings
    completed = complete_webroot_map(settings.mapping("webroot_map"), roots, names)
    return settings.with_values({"webroot_map": completed}, settings.source("webroot_path"))
