"""What the CA meets when it fetches an http-01 challenge from the standalone solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from everseal.acme.challenges import WELL_KNOWN_PATH
from everseal.system.httpd import HttpServer, Limits, ServerRequest, ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LIMITS: Final = Limits(connections=128, idle=5.0, request=10.0, body=0)
_TEXT: Final = (("Content-Type", "text/plain; charset=utf-8"),)
_KEY_AUTHORIZATION: Final = (("Content-Type", "application/octet-stream"),)
_BANNER: Final = b"Everseal answers ACME challenges here for a moment\n"


class Responder:
    """Answers known tokens with exactly their key authorization (RFC 8555 section 8.3), and nothing else."""

    def __init__(self, find: Callable[[str], bytes | None]) -> None:
        self._find = find

    def listen(self, addresses: Sequence[str], port: int) -> HttpServer:
        """Bound, not started; raises PortBusy, PortForbidden, AddressUnusable."""
        return HttpServer(self.respond, addresses=addresses, port=port, limits=_LIMITS)

    def respond(self, request: ServerRequest) -> ServerResponse:
        if request.path == "/":
            return ServerResponse(200, _BANNER, _TEXT)
        if request.path.startswith(WELL_KNOWN_PATH):
            key_authorization = self._find(request.path.removeprefix(WELL_KNOWN_PATH))
            if key_authorization is not None:
                return ServerResponse(200, key_authorization, _KEY_AUTHORIZATION)
        return ServerResponse(404, b"Not found\n", _TEXT)
