"""A listener that is there for as long as anything is presented, for all orders together."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from everseal.model.errors import PortBusy
from everseal.system.listening import AddressUnusable
from everseal.system.ports import holder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVERY_IPV4_ADDRESS = ("0.0.0.0",)
EVERY_ADDRESS = ("::", *EVERY_IPV4_ADDRESS)
Answer = TypeVar("Answer")
Turn = Callable[[], AbstractContextManager[object]]


class Listener(Protocol):
    """Bound since it was made."""

    port: int

    def start(self) -> None:
        """Begin to answer."""

    def stop(self) -> None:
        """Hang up and free the port."""


class Showing(Generic[Answer]):
    """Answers by token; the first opens the listener and the last one to go closes it.

    Safe from several threads; ``add`` returns only when the listener answers.  ``turn`` is held while there
    is a listener: who waits in it lets other runs, that want the same port, have theirs.
    """

    def __init__(self, open_listener: Callable[[], Listener], turn: Turn) -> None:
        self._open_listener = open_listener
        self._turn = turn
        self._held = ExitStack()
        self._listener: Listener | None = None
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    @property
    def port(self) -> int | None:
        """The port that is listened on now, if any."""
        listener = self._listener
        return listener.port if listener is not None else None

    def add(self, answers: Mapping[str, Answer]) -> None:
        """Raises what opening the listener and its turn raise; then nothing is shown that was not before."""
        with self._lock:
            if answers and self._listener is None:
                with ExitStack() as held:
                    held.enter_context(self._turn())
                    listener = self._open_listener()
                    listener.start()
                    self._held = held.pop_all()
                self._listener = listener
            self._answers.update(answers)

    def remove(self, tokens: Iterable[str]) -> None:
        with self._lock:
            for token in tokens:
                self._answers.pop(token, None)
            if not self._answers and self._listener is not None:
                self._listener.stop()
                self._listener = None
                self._held.close()

    def get(self, token: str) -> Answer | None:
        return self._answers.get(token)

    def latest_first(self) -> list[Answer]:
        """All answers, the one added last in front."""
        return list(reversed(self._answers.copy().values()))


L = TypeVar("L", bound=Listener)


def open_on(address: str, port: int, open_at: Callable[[Sequence[str]], L]) -> L:
    """A listener on ``address`` (or a host name's addresses), where empty on all of this machine.

    Of a host name's addresses all if they can be had, else any.  Where the port is taken for IPv4 nothing
    is opened for IPv6 alone: most names have IPv4 addresses, and the CA would ask whoever holds the port
    there.  Raises PortBusy with the name of the program that holds the port if it can be seen,
    PortForbidden, AddressUnusable.
    """
    if address:
        addresses = _addresses_of(address)
        choices = dict.fromkeys((addresses, *((each,) for each in addresses)))
    else:
        choices = dict.fromkeys((EVERY_ADDRESS, EVERY_IPV4_ADDRESS))
    for choice in choices:
        with suppress(PortBusy):
            return open_at(choice)
    raise PortBusy(port, holder_of(port) or "another program")


def _addresses_of(host: str) -> tuple[str, ...]:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return (host,)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressUnusable(host, "it is neither an IP address nor the name of one") from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
