"""Which plugins the options choose to prove control and to put certificates to use."""

from __future__ import annotations

from everseal.model.errors import OperatorError
from everseal.settings.plugin_options import DNS_PLUGINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from everseal.settings.values import Settings

_BOTH: Final = ("nginx", "apache")
_AUTHENTICATORS: Final = ("standalone", "webroot", "manual", *(name for name, _, _ in DNS_PLUGINS))


class ContradictingSelection(OperatorError):
    """Options that choose more than one plugin for the same part."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(
            f"Too many flags setting configurators/installers/authenticators {first} -> {second}",
            remedy="choose one way to prove control and at most one installer",
        )


class Selection:
    """The names of the plugins asked for; None where nothing was said."""

    __slots__ = ("authenticator", "installer")

    def __init__(self, authenticator: str | None, installer: str | None) -> None:
        self.authenticator = authenticator
        self.installer = installer

    def __repr__(self) -> str:
        return f"Selection({self.authenticator!r}, {self.installer!r})"


def selected_plugins(settings: Settings) -> Selection:
    """What ``-a``, ``-i``, ``--configurator`` and the shorthands such as ``--nginx`` say together.

    Raises ContradictingSelection.
    """
    both = [name for name in _BOTH if settings.flag(name)]
    alone = [name for name in _AUTHENTICATORS if settings.flag(name.replace("-", "_"))]
    configurator = settings.text("configurator")
    return Selection(
        _only((configurator, settings.text("authenticator"), *both, *alone)),
        _only((configurator, settings.text("installer"), *both)),
    )


def _only(names: Iterable[str | None]) -> str | None:
    chosen: str | None = None
    for name in names:
        if not name or name == chosen:
            continue
        if chosen:
            raise ContradictingSelection(chosen, name)
        chosen = name
    return chosen
