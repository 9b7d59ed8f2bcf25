"""A transport that tells a listener every exchange, whole; for the most talkative logs only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from everseal.system.http import HttpFailure, HttpRequest, HttpResponse, Transport

_MOST_SHOWN: Final = 20_000


class TellingTransport:
    """Sends through ``inner``; ``tell`` gets a text about each request and each answer.

    Requests are shown as they leave: signed, so there is no key in them.
    """

    def __init__(self, inner: Transport, tell: Callable[[str], None]) -> None:
        self._inner = inner
        self._tell = tell

    def send(self, request: HttpRequest) -> HttpResponse:
        body = (request.body or b"")[:_MOST_SHOWN].decode("utf-8", "backslashreplace")
        self._tell(f"{request.method} {request.url} {body}".rstrip())
        try:
            response = self._inner.send(request)
        except HttpFailure as error:
            self._tell(f"no answer: {error}")
            raise
        headers = "; ".join(f"{name}: {value}" for name, value in response.headers)
        shown = response.body[:_MOST_SHOWN].decode("utf-8", "backslashreplace")
        self._tell(f"answer {response.status} [{headers}] {shown}".rstrip())
        return response
