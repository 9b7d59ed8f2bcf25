"""The error tree: every error an operator can meet is one sentence and a remedy.

An error is raised where the fact is known and rendered once, in the command line.  A remedy
says what to do about it, as an instruction.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Final

_SHOWN_NAME: Final = 300


class OperatorError(Exception):
    """Something an operator can understand and act on.

    ``message`` is one sentence without a final full stop; ``remedy`` completes "to mend it: ...".
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message


class UsageError(OperatorError):
    """The command line or a configuration file cannot be understood."""

    exit_status: ClassVar[int] = 2


class BadName(OperatorError):
    """A text that is no DNS name, IP address or certificate name."""

    def __init__(self, text: str, why: str, *, remedy: str) -> None:
        shown = text if len(text) <= _SHOWN_NAME else f"{text[:_SHOWN_NAME]}..."
        super().__init__(f"{shown!r} {why}", remedy=remedy)
        self.text = text


class BadKeyKind(OperatorError):
    """A key type, size or curve that no certificate authority takes."""


class BadKey(OperatorError):
    """A private key that cannot be read or used."""


class BadCertificate(OperatorError):
    """A certificate or chain that cannot be read."""


class BadCsr(OperatorError):
    """A certificate signing request that cannot be read, or that no certificate authority would take."""


class LineageMissing(OperatorError):
    """No lineage has this certificate name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No certificate with name {name} found",
            remedy="see the names with `certificates`, or give -d to make a new one",
        )
        self.name = name


class LineageBroken(OperatorError):
    """A lineage whose renewal file or files on disk do not fit together."""

    def __init__(self, name: str, why: str, *, remedy: str) -> None:
        super().__init__(f"the certificate {name} is damaged: {why}", remedy=remedy)
        self.name = name
        self.why = why


class LineageExists(OperatorError):
    """A directory or file of another lineage stands where a new one was to be made."""


class StoreUnusable(OperatorError):
    """A directory or file that cannot be read or written."""


class Busy(OperatorError):
    """Another process holds what this one needs."""


class Unsound(OperatorError):
    """A certificate that must not be deployed: it fails a check named in the message."""


class SolverFailed(OperatorError):
    """A challenge could not be presented or removed."""


class PortBusy(SolverFailed):
    """The port a listener needs is taken."""

    def __init__(self, port: int, holder: str = "another program") -> None:
        super().__init__(
            f"Could not bind TCP port {port} because it is already in use by {holder} on this system",
            remedy=f"stop the program that listens on port {port}, or solve with --webroot -w DIR",
        )
        self.port = port


class PortForbidden(SolverFailed):
    """The operating system does not let this user listen on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Could not bind TCP port {port} because you don't have the appropriate permissions",
            remedy="run as root, or choose a higher port with --http-01-port and forward port 80 to it",
        )
        self.port = port


class HookFailed(OperatorError):
    """A hook that was told to succeed did not."""


class Interrupted(OperatorError):
    """The operator or the system asked the run to stop."""

    def __init__(self) -> None:
        super().__init__("Exiting due to user request", remedy="run the same command again to go on")
