"""What keeps a solver from presenting a challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.model.errors import PortForbidden, SolverFailed

if TYPE_CHECKING:
    from everseal.model.names import Identifier


class CannotProve(SolverFailed):
    """An identifier that this solver has no challenge for, or not this one."""

    def __init__(self, solver: str, identifier: Identifier, challenge_type: str | None = None) -> None:
        with_what = f" with {challenge_type}" if challenge_type is not None else ""
        if identifier.is_wildcard:
            remedy = "a wildcard needs dns-01: give --manual, or -a with a DNS plugin"
        else:
            remedy = "choose another way with -a, or another challenge with --preferred-challenges"
        super().__init__(f"{solver} cannot prove control of {identifier}{with_what}", remedy=remedy)


class TlsPortForbidden(PortForbidden):
    """The operating system does not let this user listen on the port for TLS."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.remedy = (
            "run as root, or choose a higher port with --tls-alpn-01-port and forward port 443 to it"
        )


class WebrootMissing(SolverFailed):
    """There is no webroot for a name."""


class NoDirectory(WebrootMissing):
    """A webroot that is not there, or is something else."""

    def __init__(self, root: str) -> None:
        super().__init__(
            f"{root} does not exist or is not a directory",
            remedy="give the directory that your web server serves with -w DIR",
        )


class WebrootUnusable(SolverFailed):
    """A webroot in which the challenge file cannot be written."""


class InTheWay(SolverFailed):
    """A link, or anything else that is not ours to write to, where the challenge file has to be."""

    def __init__(self, path: str, kind: str, wanted: str) -> None:
        super().__init__(
            f"{path} is {kind} where a plain {wanted} is needed: links below a webroot are not followed",
            remedy=f"look who made it with `ls -ld {path}` and remove it; it will be made anew",
        )


class NoFileName(SolverFailed):
    """A token that would lead out of the challenge directory."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is not the name of a file, so no challenge is written under it",
            remedy="the certificate authority sent a token that the protocol forbids: ask its operators",
        )


class NobodyToAsk(SolverFailed):
    """The manual solver has neither a hook nor a person."""
