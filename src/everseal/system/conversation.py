"""One HTTP/1.1 connection, seen from the server: requests in, responses out, each within its bounds."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final, cast

from everseal.model.frozen import dataclass
from everseal.system.deadline import DeadlineReader

if TYPE_CHECKING:
    from socketserver import BaseServer

_LONGEST_LINE: Final = 8192
_WITHOUT_BODY: Final = (204, 304)
_LINGER: Final = 0.5
_LONGEST_LINGER: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts that bound what a peer may cost."""

    connections: int = 64
    idle: float = 30.0
    request: float = 15.0
    body: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """One request, read whole.  Header names are lower case; repeated ones are joined by a comma."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    connection: int

    @property
    def path(self) -> str:
        """The target without its query, as sent (not percent-decoded)."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def host(self) -> str:
        """The Host header with its port, or an empty string."""
        return self.headers.get("host", "")


@dataclass(frozen=True, slots=True)
class ServerResponse:
    """A response; ``body`` may be a stream, which then ends with the connection.

    ``announced_length`` lies about the length of the body, for tests of clients.  Without a Date among the
    headers it gets the machine's.
    Raises ValueError for a header with a line break in it.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: Sequence[tuple[str, str]] = ()
    announced_length: int | None = None

    def __post_init__(self) -> None:
        for name, value in self.headers:
            if not (name + value).isprintable():
                raise ValueError(f"a control character in the header {name!r}")


@dataclass(frozen=True, slots=True)
class ResetConnection:
    """In the place of a response: the connection is reset without an answer."""


Handler = Callable[[ServerRequest], ServerResponse | ResetConnection]


class _Refused(Exception):
    """A request that gets this status and the end of its connection."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Conversation(BaseHTTPRequestHandler):
    """The requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"

    def __init__(
        self,
        connection: socket.socket,
        peer: str,
        number: int,
        handler: Handler,
        limits: Limits,
        on_error: Callable[[Exception], None],
    ) -> None:
        self._answer = handler
        self._limits = limits
        self._on_error = on_error
        self._number = number
        self._socket = connection
        self._peer = peer
        self._reader = DeadlineReader(connection)
        # The base class runs the whole conversation inside its constructor, and uses no server.
        super().__init__(connection, (peer, 0), cast("BaseServer", None))

    def setup(self) -> None:
        self.rfile = io.BufferedReader(self._reader, 16 * 1024)

    def finish(self) -> None:
        self.rfile.close()

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()

    def handle_one_request(self) -> None:
        self._reader.allow(self._limits.idle)
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if not self.raw_requestline:
            self.close_connection = True
            return
        self._reader.allow(self._limits.request)
        self.command, self.request_version = "", self.protocol_version
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.parse_request():
            try:
                self._respond(self._read_request())
            except _Refused as refusal:
                self.send_error(refusal.status)

    def _read_request(self) -> ServerRequest:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lower = name.lower()
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
        return ServerRequest(
            method=self.command,
            target=self.path,
            headers=headers,
            body=self._read_body(headers),
            peer=self._peer,
            connection=self._number,
        )

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        announced = headers.get("content-length", "0")
        if not announced.isascii() or not announced.isdigit() or len(announced) > 18:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        length = int(announced)
        if length > self._limits.body:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError
        return body

    def _respond(self, request: ServerRequest) -> None:
        try:
            response = self._answer(request)
        except Exception as error:
            self._on_error(error)
            response = ServerResponse(500, b"internal error\n", (("Content-Type", "text/plain"),))
        self._socket.settimeout(self._limits.request)
        if isinstance(response, ResetConnection):
            self._reset()
        else:
            self._send(request, response)

    def _send(self, request: ServerRequest, response: ServerResponse) -> None:
        body = response.body
        streamed = not isinstance(body, bytes)
        length = response.announced_length
        if length is None and isinstance(body, bytes):
            length = len(body)
        if streamed or (isinstance(body, bytes) and length != len(body)):
            self.close_connection = True
        head = self._render_head(response, length)
        if request.method == "HEAD" or response.status in _WITHOUT_BODY:
            self._socket.sendall(head)
        elif isinstance(body, bytes):
            self._socket.sendall(head + body)
        else:
            self._socket.sendall(head)
            for piece in body:
                self._socket.sendall(piece)

    def _render_head(self, response: ServerResponse, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
        if not any(name.lower() == "date" for name, _ in response.headers):
            lines.append(f"Date: {self.date_time_string()}")
        lines.extend(f"{name}: {value}" for name, value in response.headers)
        if length is not None and response.status not in _WITHOUT_BODY:
            lines.append(f"Content-Length: {length}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _reset(self) -> None:
        """Close with RST: a zero linger time discards what is unsent."""
        self.close_connection = True
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what could not be read as a request, and hang up."""
        self.close_connection = True
        text = f"{_reason(int(code))}\n".encode()
        refusal = ServerResponse(int(code), headers=(("Content-Type", "text/plain"),))
        self._socket.settimeout(self._limits.request)
        self._socket.sendall(self._render_head(refusal, len(text)) + text)
        self._linger()

    def _linger(self) -> None:
        """Read a little of what is still coming: closing now would reset the answer away."""
        hang_up(self._socket, socket.SHUT_WR)
        self._reader.allow(_LINGER)
        left = _LONGEST_LINGER
        while left > 0 and (piece := self.rfile.read1(left)):
            left -= len(piece)

    def send_response_only(self, code: int, message: str | None = None) -> None:
        """Used by the base class for ``100 Continue`` alone."""
        self._socket.sendall(f"HTTP/1.1 {int(code)} {_reason(int(code))}\r\n\r\n".encode("ascii"))

    def end_headers(self) -> None:
        """The base class ends its ``100 Continue`` with this; all is sent by then."""

    def log_message(self, *words: object) -> None:
        """The library is quiet."""


def hang_up(connection: socket.socket, how: int) -> None:
    """Shut the TCP connection down; under TLS too, whose own ``shutdown`` pulls the session from under a
    thread that is using it.
    """
    socket.socket.shutdown(connection, how)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
