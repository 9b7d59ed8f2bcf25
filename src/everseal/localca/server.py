"""The built-in CA as a server."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from everseal.localca.authorizations import Authorizations
from everseal.localca.desk import Desk, Entry
from everseal.localca.envelope import Gatekeeper
from everseal.localca.faults import Faults
from everseal.localca.issuing import Issuing
from everseal.localca.ledger import Ledger
from everseal.localca.links import Links
from everseal.localca.listener import listener_context
from everseal.localca.nonces import Nonces
from everseal.localca.office import Office
from everseal.localca.orders import Orders
from everseal.localca.settings import CaSettings
from everseal.localca.validating import Validating
from everseal.localca.validation.network import Network
from everseal.localca.workers import Workers
from everseal.model.errors import Busy, OperatorError
from everseal.model.names import parse_identifier
from everseal.system.httpd import Handler, HttpServer, Limits, ResetConnection, ServerRequest, ServerResponse
from everseal.system.locks import Lock, lock_file
from everseal.system.resolver import Resolver

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from types import TracebackType

    from everseal.localca.ca import LocalCa

_DATABASE: Final = "ca.sqlite"
_LOCK: Final = "server.lock"
_LIMITS: Final = Limits(connections=256, idle=60.0, request=30.0, body=50_000)
_EVERYWHERE: Final = ("0.0.0.0", "::")
_FAREWELL: Final = 1.0


def _ignore(_error: object) -> None:
    """Errors inside the server, and its exchanges, are nobody's concern unless its owner says so."""


class CaCannotListen(OperatorError):
    """The address or port for the CA's server cannot be had."""

    def __init__(self, error: OperatorError) -> None:
        super().__init__(error.message, remedy="choose another address or port for the certificate authority")


class CaOutsideItself(OperatorError):
    """The server would need a certificate that its own root forbids."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the root's name constraints do not permit {name}, where the server would be reached",
            remedy="listen on a permitted address, or make a new authority that permits it with --allow-name",
        )


def serve(
    ca: LocalCa,
    address: str,
    port: int,
    settings: CaSettings,
    *,
    on_ready: Callable[[CaServer], None],
    stop_event: threading.Event,
    faults: Faults | None = None,
    on_error: Callable[[Exception], None] = _ignore,
    on_entry: Callable[[Entry], None] = _ignore,
) -> None:
    """Run a server until ``stop_event`` is set; ``on_ready`` is told when it answers.

    Raises Busy, CaCannotListen, CaDamaged, StoreUnusable.
    """
    with CaServer(ca, address, port, settings, faults=faults, on_error=on_error, on_entry=on_entry) as server:
        on_ready(server)
        stop_event.wait()


class CaServer:
    """Listens from construction on; answers from ``start()`` to ``stop()``; port 0 takes a free one.

    ``ledger`` is the CA's state, ``faults`` its unkindness; ``on_error`` gets what should never happen,
    ``on_entry`` every exchange.
    Raises Busy, CaCannotListen, CaOutsideItself, CaDamaged, StoreUnusable.
    """

    def __init__(
        self,
        ca: LocalCa,
        address: str = "127.0.0.1",
        port: int = 0,
        settings: CaSettings | None = None,
        *,
        faults: Faults | None = None,
        on_error: Callable[[Exception], None] = _ignore,
        on_entry: Callable[[Entry], None] = _ignore,
    ) -> None:
        settings = settings or CaSettings()
        self.faults = faults or Faults()
        with ExitStack() as held:
            held.enter_context(_lock(ca))
            self.ledger = Ledger(os.path.join(ca.directory, _DATABASE))
            held.callback(self.ledger.close)
            self._http = _listen(self._handle, ca, settings, address, port, on_error)
            self._held = held.pop_all()
        self._bases = _bases(settings, address, self._http.port)
        self._links = Links(self._bases[0])
        self._workers = Workers(settings.workers, on_error)
        self._at_once = settings.at_once
        nonces = Nonces(ca.random)
        gatekeeper = Gatekeeper(self.ledger, nonces)
        office = Office(ca.authority, self.ledger, settings, self.faults, gatekeeper, ca.clock, ca.random)
        self._validating = Validating(office, _network(settings), self._account_urls)
        self._issuing = Issuing(office, self._links.to("crl", "intermediate.crl"))
        authorizations = Authorizations(office, self._validate)
        orders = Orders(office, authorizations, self._issue)
        self._desk = Desk(office, nonces, orders, authorizations, self._bases, on_entry)

    @property
    def port(self) -> int:
        return self._http.port

    @property
    def directory_url(self) -> str:
        return self._links.to("directory")

    @property
    def connections(self) -> int:
        """How many connections clients have made."""
        return self._http.connections_accepted

    def transcript(self) -> list[Entry]:
        """Method, resource and status of every exchange so far."""
        return self._desk.transcript()

    def start(self) -> None:
        """Begin to answer, and take up again what a restart interrupted."""
        self._workers.start()
        challenges, orders = self.ledger.unfinished()
        for challenge in challenges:
            self._validate(challenge.id)
        for order in orders:
            self._issue(order.id)
        self._http.start()

    def stop(self) -> None:
        self._http.stop()
        self._workers.stop(within=_FAREWELL)
        self._held.close()

    def __enter__(self) -> CaServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def suggest_window(
        self, cert_id: str, start: float, end: float, *, explanation_url: str | None = None
    ) -> bool:
        """Override a certificate's renewal window (RFC 9773), in seconds since 1970; False if unknown."""
        return self.ledger.set_window(cert_id, (start, end), explanation_url)

    def _handle(self, request: ServerRequest) -> ServerResponse | ResetConnection:
        return self._desk.handle(request)

    def _validate(self, challenge: str) -> None:
        self._do(lambda: self._validating.validate(challenge))

    def _issue(self, order: str) -> None:
        self._do(lambda: self._issuing.issue(order))

    def _do(self, job: Callable[[], None]) -> None:
        if self._at_once:
            job()
        else:
            self._workers.submit(job)

    def _account_urls(self, account: str) -> list[str]:
        return [Links(base).to("account", account) for base in self._bases]


def _lock(ca: LocalCa) -> Lock:
    """One server for a directory at a time; raises Busy."""
    busy = Busy(
        f"another server uses the certificate authority in {ca.directory}",
        remedy="stop it first, or use another directory",
    )
    return lock_file(os.path.join(ca.directory, _LOCK), clock=ca.clock, busy=busy)


def _listen(
    handler: Handler,
    ca: LocalCa,
    settings: CaSettings,
    address: str,
    port: int,
    on_error: Callable[[Exception], None],
) -> HttpServer:
    """Raises CaCannotListen, CaOutsideItself."""
    tls = None
    if not settings.plain_http:
        names = [parse_identifier(name) for name in _server_names(settings, address)]
        outside = [name.value for name in names if not ca.authority.constraints.permit(name)]
        if outside:
            raise CaOutsideItself(outside[0])
        tls = listener_context(ca.directory, ca.authority, names, now=ca.clock.now(), random=ca.random)
    try:
        return HttpServer(
            handler, addresses=(address,), port=port, tls=tls, limits=_LIMITS, on_error=on_error
        )
    except OperatorError as error:
        raise CaCannotListen(error) from None


def _server_names(settings: CaSettings, address: str) -> tuple[str, ...]:
    """The names and addresses of the server, the canonical one first."""
    own = (address,) if address not in _EVERYWHERE else ()
    return tuple(dict.fromkeys((*settings.server_names, *own, "localhost", "127.0.0.1", "::1")))


def _bases(settings: CaSettings, address: str, port: int) -> tuple[str, ...]:
    """URL beginnings, with the port unless it is the scheme's own."""
    scheme, usual = ("http", 80) if settings.plain_http else ("https", 443)
    hosts = [f"[{name}]" if ":" in name else name for name in _server_names(settings, address)]
    return tuple(f"{scheme}://{host}" if port == usual else f"{scheme}://{host}:{port}" for host in hosts)


def _network(settings: CaSettings) -> Network:
    timeout = settings.validation_timeout
    resolver = Resolver(settings.name_servers, timeout=timeout / 2) if settings.name_servers else None
    return Network(settings.hosts, resolver, settings.http_port, settings.tls_port, timeout)
