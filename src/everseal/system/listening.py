"""Binding listening sockets, with errors that an operator understands."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from everseal.model.errors import OperatorError, PortBusy, PortForbidden

if TYPE_CHECKING:
    from collections.abc import Sequence

_BACKLOG: Final = 128
_FREE_PORT_ATTEMPTS: Final = 20


class AddressUnusable(OperatorError):
    """An address to listen on that is not an IP address or not this machine's."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"Could not listen on {address}: {why}",
            remedy="give an IP address of this machine, such as 127.0.0.1 or ::1",
        )


def bind_all(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """A listening socket for each address (IP literals), all on one port; port 0 takes a free one.

    A family that this machine lacks is left out where another address remains.
    Raises PortBusy, PortForbidden, AddressUnusable.
    """
    if port != 0 or len(addresses) == 1:
        return _bind_each(addresses, port)
    for _ in range(_FREE_PORT_ATTEMPTS):
        with contextlib.suppress(PortBusy):
            return _bind_each(addresses, port)
    raise PortBusy(port)


def _bind_each(addresses: Sequence[str], port: int) -> list[socket.socket]:
    bound: list[socket.socket] = []
    missing: AddressUnusable | None = None
    try:
        for address in addresses:
            try:
                listener = _bind(address, port)
            except AddressUnusable as error:
                missing = error
                continue
            bound.append(listener)
            port = int(listener.getsockname()[1])
        if not bound:
            raise missing or AddressUnusable("nothing", "no address was given")
    except BaseException:
        for listener in bound:
            listener.close()
        raise
    return bound


def _bind(address: str, port: int) -> socket.socket:
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        raise AddressUnusable(address, "it is not an IP address") from None
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise AddressUnusable(address, _reason(error)) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _explain(error, address, port) from None
    return listener


def _explain(error: OSError, address: str, port: int) -> OperatorError:
    if error.errno == errno.EADDRINUSE:
        return PortBusy(port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortForbidden(port)
    return AddressUnusable(address, _reason(error))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
