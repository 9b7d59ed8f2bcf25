"""A name server inside the test: answers from a table over UDP and TCP."""

from __future__ import annotations

import socketserver
import threading
from typing import TYPE_CHECKING, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from types import TracebackType

Key = tuple[str, str]


class TableNameServer:
    """``records[name, type]`` are the values; ``failing`` names get SERVFAIL; the rest NXDOMAIN or nothing.

    CNAMEs are answered alone, as by a server that is authoritative for one end only.
    """

    def __init__(self) -> None:
        self.records: dict[Key, list[str]] = {}
        self.failing: set[str] = set()
        self.asked: list[Key] = []
        table = self

        class Datagrams(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, socket = self.request
                socket.sendto(table.answer(data, truncate=True), self.client_address)

        class Streams(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                length = int.from_bytes(self.rfile.read(2), "big")
                answer = table.answer(self.rfile.read(length), truncate=False)
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)

        self._streams, self._datagrams = _bind(Streams, Datagrams)
        self.port = int(self._streams.server_address[1])
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            for server in (self._streams, self._datagrams)
        ]

    def answer(self, data: bytes, *, truncate: bool) -> bytes:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        known = {owner for owner, _ in self.records}
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif aliases := self.records.get((name, "CNAME")):
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "CNAME", aliases))
        elif not any(owner == name or owner.endswith(f".{name}") for owner in known):
            response.set_rcode(dns.rcode.NXDOMAIN)
        wire = response.to_wire(max_size=65535)
        if truncate and len(wire) > 1232:
            response.answer.clear()
            response.flags |= dns.flags.TC
            wire = response.to_wire(max_size=65535)
        return wire

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._streams, self._datagrams):
            server.shutdown()
            server.server_close()


def _bind(
    streams: type[socketserver.BaseRequestHandler], datagrams: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.TCPServer, socketserver.UDPServer]:
    """Both on the same port."""
    while True:
        tcp = socketserver.TCPServer(("127.0.0.1", 0), streams)
        try:
            return tcp, socketserver.UDPServer(("127.0.0.1", tcp.server_address[1]), datagrams)
        except OSError:
            tcp.server_close()
