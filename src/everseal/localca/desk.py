"""The CA's front desk: every request comes in here, and every answer goes out here."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from everseal.localca import unkind
from everseal.localca.accounts import Accounts
from everseal.localca.call import Answer, Call
from everseal.localca.certificates import Certificates
from everseal.localca.directory import Directory
from everseal.localca.faults import Drawn, Instead, Pause, Refuse, Reset, Unlisted
from everseal.localca.links import Links, Route, locate
from everseal.localca.refusal import Refusal
from everseal.localca.revocation import Revocation, RevocationList
from everseal.model.frozen import dataclass
from everseal.system.httpd import ResetConnection, ServerRequest, ServerResponse

if TYPE_CHECKING:
    from everseal.localca.authorizations import Authorizations
    from everseal.localca.envelope import KeyRule
    from everseal.localca.nonces import Nonces
    from everseal.localca.office import Office
    from everseal.localca.orders import Orders

_OPEN: Final = frozenset({"directory", "newNonce", "renewalInfo", "crl", "terms", "root", "unpause"})
_KEY_RULES: Final[Mapping[str, KeyRule]] = {"newAccount": "jwk", "revokeCert": "either"}
_LONGEST_TRANSCRIPT: Final = 10_000
_READ_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange of the transcript; ``status`` is 0 where no answer was given.

    ``at`` is in seconds since 1970 by the CA's clock; ``faults`` are the names of those that fell to it.
    """

    method: str
    resource: str
    status: int
    path: str = ""
    at: float = 0.0
    faults: tuple[str, ...] = ()


class Desk:
    """Handles requests from any thread; ``bases`` are the URL beginnings that clients may know us under,
    the canonical one first, ``on_entry`` is told of each exchange."""

    def __init__(
        self,
        office: Office,
        nonces: Nonces,
        orders: Orders,
        authorizations: Authorizations,
        bases: tuple[str, ...],
        on_entry: Callable[[Entry], None],
    ) -> None:
        self._on_entry = on_entry
        self._office = office
        self._nonces = nonces
        self._bases = bases
        self._lock = threading.Lock()
        self._transcript: deque[Entry] = deque(maxlen=_LONGEST_TRANSCRIPT)
        accounts, certificates, directory = Accounts(office), Certificates(office), Directory(office)
        self._counters: Mapping[str, Callable[[Call], Answer]] = {
            "directory": directory.read,
            "newNonce": directory.nonce,
            "terms": directory.terms,
            "root": directory.root,
            "unpause": directory.unpause,
            "newAccount": accounts.new,
            "account": accounts.change,
            "orders": accounts.orders,
            "keyChange": accounts.change_key,
            "newAuthz": authorizations.new,
            "authorization": authorizations.read,
            "challenge": authorizations.challenge,
            "newOrder": orders.new,
            "order": orders.read,
            "finalize": orders.finalize,
            "certificate": certificates.download,
            "alternate": certificates.download,
            "renewalInfo": certificates.renewal_info,
            "revokeCert": Revocation(office).revoke,
            "crl": RevocationList(office).read,
        }

    def transcript(self) -> list[Entry]:
        """The exchanges so far (the last 10,000), in the order of the answers."""
        with self._lock:
            return list(self._transcript)

    def handle(self, request: ServerRequest) -> ServerResponse | ResetConnection:
        route = locate(request.target)
        resource = route.resource if route else "unknown"
        drawn = self._office.faults.draw(resource, request.path)
        response = self._respond(request, route, drawn)
        status = response.status if isinstance(response, ServerResponse) else 0
        entry = Entry(request.method, resource, status, request.path, self._office.time(), drawn.names)
        with self._lock:
            self._transcript.append(entry)
            self._on_entry(entry)
        return response

    def _respond(
        self, request: ServerRequest, route: Route | None, drawn: Drawn
    ) -> ServerResponse | ResetConnection:
        for fault in drawn.faults:
            match fault:
                case Pause():
                    self._office.clock.sleep(self._office.faults.length(fault))
                case Reset(handled=False):
                    return ResetConnection()
                case Instead(status=status, body=body, headers=headers):
                    return ServerResponse(status, body, headers)
                case _:
                    pass
        base = self._other_base(request) if drawn.has("other-host") else self._base(request)
        links = Links(base, opaque=drawn.has("opaque-urls"))
        answer = self._answer(request, route, links, drawn)
        if any(isinstance(fault, Reset) for fault in drawn.faults):
            return ResetConnection()
        return self._render(request, answer, links, drawn)

    def _answer(self, request: ServerRequest, route: Route | None, links: Links, drawn: Drawn) -> Answer:
        try:
            if route is None or _is_unlisted(route, drawn):
                raise Refusal("malformed", "there is nothing at this URL", 404)
            for fault in drawn.faults:
                if isinstance(fault, Refuse):
                    raise Refusal(
                        fault.kind, fault.detail, fault.status, headers=fault.headers, members=fault.members
                    )
            return self._counters[route.resource](self._call(request, route, links, drawn))
        except Refusal as refusal:
            return Answer(refusal.status, refusal.document(), refusal.headers, "application/problem+json")

    def _call(self, request: ServerRequest, route: Route, links: Links, drawn: Drawn) -> Call:
        """Raises Refusal for a method that the resource does not answer, and for a bad signature."""
        opened = None
        if request.method == "POST":
            rule = "either" if route.resource in _OPEN else _KEY_RULES.get(route.resource, "kid")
            opened = self._office.gatekeeper.open(
                request, links.base, rule, reject_nonce=drawn.has("reject-nonce")
            )
            if route.resource in _OPEN and not opened.is_read:
                raise Refusal("malformed", "this resource is only read")
        elif request.method not in _READ_METHODS or route.resource not in _OPEN:
            raise Refusal("malformed", f"this resource does not answer {request.method}", 405)
        return Call(
            links=links,
            url=links.base + request.target,
            arguments=route.arguments,
            query=request.query,
            drawn=drawn,
            now=self._office.clock.now(),
            peer=request.peer,
            opened=opened,
        )

    def _render(self, request: ServerRequest, answer: Answer, links: Links, drawn: Drawn) -> ServerResponse:
        date = format_datetime(self._office.clock.now(), usegmt=True)
        headers = [("Date", date), ("Content-Type", answer.media_type), *answer.headers]
        headers.append(("Link", f'<{Links(links.base).to("directory")}>;rel="index"'))
        if request.method == "POST" or answer.status == 204:
            headers.append(("Replay-Nonce", self._nonces.issue()))
        status = 200 if answer.status == 204 and request.method == "HEAD" else answer.status
        body = unkind.body(answer, links, drawn, self._office.faults)
        return unkind.response(status, body, headers, drawn, self._office.clock)

    def _base(self, request: ServerRequest) -> str:
        """The URL beginning under which this client reached us, or the canonical one."""
        host = request.host.lower()
        for base in self._bases:
            if base.partition("://")[2] == host:
                return base
        return self._bases[0]

    def _other_base(self, request: ServerRequest) -> str:
        """Another one of our own, if there is any."""
        used = self._base(request)
        return next((base for base in self._bases if base != used), used)


def _is_unlisted(route: Route, drawn: Drawn) -> bool:
    return any(isinstance(fault, Unlisted) and route.resource in fault.resources for fault in drawn.faults)
