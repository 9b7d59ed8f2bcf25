"""A CA at a distance: what goes to it and comes from it is underway for half a round trip each."""

from __future__ import annotations

import asyncio
import threading

_PIECE = 65536


class Distance:
    """Forwards TCP from a port of its own to ``port``, octet for octet; ``stop`` ends it.

    A client waits one round trip for the connection (which the kernel accepts at once, so it is made up for
    before the first octet), one for a TLS 1.3 handshake, one for each request, and for nothing else.
    """

    def __init__(self, port: int, round_trip: float) -> None:
        self._to = port
        self._half = round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="distance")
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut what is open."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _carry(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * self._half)
        far, to_far = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._delay(near, to_far), self._delay(far, to_near))

    async def _delay(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Each piece leaves half a round trip after it came, whatever comes behind it."""
        try:
            while piece := await source.read(_PIECE):
                self._loop.call_later(self._half, _write, sink, piece)
        except ConnectionError:
            pass
        self._loop.call_later(self._half, sink.close)


def _write(sink: asyncio.StreamWriter, piece: bytes) -> None:
    if not sink.is_closing():
        sink.write(piece)
