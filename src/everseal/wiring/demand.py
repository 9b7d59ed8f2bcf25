"""What the renewals of a house ask of the machine: how often, which places, which commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from everseal.hooks.runner import HookCommands
from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.planning.exports import kept_exports
from everseal.planning.suggestion import OWN_SECTION
from everseal.schedule.hooks import only_asks_systemd
from everseal.schedule.sandbox import Needs
from everseal.settings.values import Settings
from everseal.wiring.house import House
from everseal.wiring.machine import Machine

_HOOKS: Final = ("pre_hook", "deploy_hook", "post_hook", "manual_auth_hook", "manual_cleanup_hook")
_PRIVILEGED: Final = 1024


class Demand:
    """Reads every sound lineage once; one whose settings make no sense is not renewed, and asks nothing."""

    def __init__(self, house: House, machine: Machine) -> None:
        self._house = house
        self._machine = machine
        self._lineages = list(_settled(house))

    def shortest_lifetime(self) -> timedelta | None:
        """Of all certificates; None without any."""
        lifetimes = (each.certificate.not_after - each.certificate.not_before for each, _ in self._lineages)
        return min(lifetimes, default=None)

    def needs(self) -> Needs:
        """What the service has to be allowed."""
        settings, machine = self._house.settings, self._machine
        return Needs(
            state=tuple(settings.required(f"{kind}_dir") for kind in ("config", "work", "logs")),
            places=tuple(dict.fromkeys(self._written_places())),
            programs=machine.homes_of_program,
            hooks=tuple(dict.fromkeys(each for each in self._hooks() if not only_asks_systemd(each))),
            is_root=machine.is_root,
            namespaces=machine.namespaces,
        )

    def _written_places(self) -> Iterator[tuple[str, str]]:
        inside = os.path.join(self._house.store.layout.config_dir, "")
        for lineage, settings in self._lineages:
            for folder in (lineage.archive_dir, os.path.dirname(lineage.live_dir)):
                if not os.path.join(folder, "").startswith(inside):
                    yield folder, f"where {lineage.name} is kept"
            if settings.text("authenticator") == "webroot":
                roots = settings.get("webroot_map")
                mapped = roots.values() if isinstance(roots, dict) else ()
                for root in (*settings.items("webroot_path"), *mapped):
                    yield root, f"a webroot of {lineage.name}"
            for target in kept_exports(lineage.sections.get(OWN_SECTION, {})).targets:
                yield target.directory, f"where {lineage.name} is exported to"

    def _hooks(self) -> Iterator[str]:
        """Every command that a renewal may run, and the plugins that edit a web server's files."""
        hooks = self._house.hooks
        for listed in (hooks.pre_commands, hooks.deploy_commands, hooks.post_commands):
            yield from listed(HookCommands())
        for _, settings in self._lineages:
            yield from filter(None, (settings.text(each) for each in _HOOKS))
            plugins = {settings.text("authenticator"), settings.text("installer")}
            yield from (f"the plugin {each}" for each in sorted(plugins & {"nginx", "apache"}, key=str))

    def closed_ports(self) -> Iterator[str]:
        """What a user cannot prove, in sentences without a full stop."""
        for lineage, settings in self._lineages:
            port = _port(settings)
            if settings.text("authenticator") == "standalone" and port < _PRIVILEGED:
                yield f"{lineage.name} is proved on port {port}, which is closed to users on most systems"


def _settled(house: House) -> Iterator[tuple[Lineage, Settings]]:
    for each in house.store.load_all():
        if isinstance(each, Lineage):
            with suppress(OperatorError):
                yield each, house.restored(each)


def _port(settings: Settings) -> int:
    if settings.text("standalone_challenge") == "tls-alpn-01":
        return settings.number("tls_alpn01_port")
    return settings.number("http01_port")
