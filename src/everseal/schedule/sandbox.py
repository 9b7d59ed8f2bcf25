"""What a renewal may do on the machine: as little as its certificates, webroots and hooks allow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

from everseal.model.frozen import dataclass

Directive = tuple[str, str]

_PLAIN: Final = re.compile(r"[^\s\"'\\]+")
_HOMES: Final = ("/home", "/root", "/run/user")
_TEMPORARY: Final = ("/tmp", "/var/tmp")
_CAPABILITIES: Final = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETGID",
    "CAP_SETUID",
)
_ALWAYS: Final[tuple[Directive, ...]] = (
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("LockPersonality", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallErrorNumber", "EPERM"),
    ("KeyringMode", "private"),
    ("LimitCORE", "0"),
)
_KERNEL: Final[tuple[Directive, ...]] = (
    ("PrivateDevices", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectControlGroups", "yes"),
)
_SYSTEM_ONLY: Final[tuple[Directive, ...]] = (("DevicePolicy", "closed"), ("RemoveIPC", "yes"))


@dataclass(frozen=True, slots=True)
class Needs:
    """What the renewals of a machine need.

    ``state`` are the directories that are always there and written, ``places`` others that are written
    (webroots, exports), each with what it is; ``programs`` are where the program itself is.  ``hooks`` are
    the commands that do more than ask systemd.  ``is_root`` False is a user's own service manager, which may
    use ``namespaces`` where the kernel gives users some.
    """

    state: tuple[str, ...]
    places: tuple[tuple[str, str], ...] = ()
    programs: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    is_root: bool = True
    namespaces: bool = True


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A restriction that had to be left out or weakened, and for what."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The directives of the service, in order, and what is not as strict as it could be."""

    directives: tuple[Directive, ...]
    relaxations: tuple[Relaxation, ...]


def sandbox(needs: Needs) -> Sandbox:
    """The strictest that lets these renewals work."""
    directives = [
        *_privileges(needs),
        *_files(needs),
        *_kernel(needs),
        *_calls(needs),
        *_ALWAYS,
        *_resources(needs),
    ]
    return Sandbox(tuple(directives), tuple(_relaxations(needs)))


def _privileges(needs: Needs) -> Iterator[Directive]:
    if needs.is_root or not needs.hooks:
        yield "NoNewPrivileges", "yes"
    if needs.is_root:
        yield "CapabilityBoundingSet", " ".join(_CAPABILITIES)
    elif needs.namespaces and not needs.hooks:
        yield "PrivateUsers", "yes"
        yield "CapabilityBoundingSet", ""


def _files(needs: Needs) -> Iterator[Directive]:
    """Where it may write; a user's service manager can do none of it without a namespace."""
    if not _has_mounts(needs):
        return
    if needs.hooks:
        yield "ProtectSystem", "yes"
    else:
        yield "ProtectSystem", "strict"
        yield "ReadWritePaths", _listed([*needs.state, *(f"-{path}" for path, _ in needs.places)])
        yield "ProtectHome", "read-only" if not needs.is_root or _below(_HOMES, needs) else "yes"
    if not _below(_TEMPORARY, needs):
        yield "PrivateTmp", "yes"
    if needs.is_root and not needs.hooks:
        yield "ProtectProc", "invisible"
        yield "ProcSubset", "pid"


def _kernel(needs: Needs) -> Iterator[Directive]:
    if _has_mounts(needs):
        yield from _KERNEL
    if needs.is_root:
        yield from _SYSTEM_ONLY


def _calls(needs: Needs) -> Iterator[Directive]:
    families = "AF_INET AF_INET6 AF_UNIX"
    yield "RestrictAddressFamilies", f"{families} AF_NETLINK" if needs.hooks else families
    yield "SystemCallFilter", "@system-service"
    if not needs.hooks:
        yield "SystemCallFilter", "~@resources" if needs.is_root else "~@privileged @resources"
        yield "MemoryDenyWriteExecute", "yes"


def _resources(needs: Needs) -> Iterator[Directive]:
    if needs.hooks:
        yield "KillMode", "process"
    else:
        yield "UMask", "0077"
        yield "MemoryMax", "512M"
        yield "TasksMax", "256"


def _relaxations(needs: Needs) -> Iterator[Relaxation]:
    for command in needs.hooks:
        yield Relaxation(
            "it may write outside its directories, read homes, start any program and use more memory",
            f"the hook {command!r} does more than `systemctl reload SERVICE`",
        )
    if not needs.is_root and not needs.namespaces and not needs.hooks:
        yield Relaxation(
            "files, devices and the kernel are not shut off",
            "this system gives users no namespaces of their own",
        )
    if needs.hooks or not _has_mounts(needs):
        return
    if needs.is_root:
        for path, what in _under(_HOMES, needs):
            yield Relaxation("homes can be read (ProtectHome=read-only)", f"{path} is {what}")
    for path, what in _under(_TEMPORARY, needs):
        yield Relaxation("/tmp and /var/tmp are shared (no PrivateTmp)", f"{path} is {what}")


def _listed(paths: Iterable[str]) -> str:
    """As systemd reads a list: what has blanks or quotation marks in it stands between them."""
    return " ".join(path if _PLAIN.fullmatch(path) else _quoted(path) for path in paths)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _has_mounts(needs: Needs) -> bool:
    """Whether the file system may be shown to it in another way than to others."""
    return needs.is_root or (needs.namespaces and not needs.hooks)


def _below(roots: Iterable[str], needs: Needs) -> bool:
    return any(True for _ in _under(roots, needs))


def _under(roots: Iterable[str], needs: Needs) -> Iterator[tuple[str, str]]:
    everything = (
        *((path, "one of Everseal's own directories") for path in needs.state),
        *needs.places,
        *((path, "where the program is") for path in needs.programs),
    )
    beneath = tuple(roots)
    for path, what in everything:
        real = os.path.realpath(path)
        if any(each == root or each.startswith(f"{root}/") for each in (path, real) for root in beneath):
            yield path, what
