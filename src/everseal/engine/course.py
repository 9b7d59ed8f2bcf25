"""Which lineage an event is about, where whoever reports it cannot know.

Hooks, requests to a CA and warnings are reported by instruments that serve every lineage of a run, several
at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from everseal.model.events import AccountRegistered, Emit, Event, Exchanged, HookRan, Warned
from everseal.model.names import CertificateName


class Course:
    """Passes events on; what happens inside ``about`` gets the lineage's name.

    The name goes along with the context (``contextvars``) to the threads that help with a lineage.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._name: ContextVar[CertificateName | None] = ContextVar("lineage", default=None)

    def __call__(self, event: Event) -> None:
        name = self._name.get()
        if name is not None and isinstance(event, AccountRegistered | Exchanged | HookRan | Warned):
            event = replace(event, name=name)
        self._emit(event)

    @contextmanager
    def about(self, name: CertificateName) -> Iterator[None]:
        """What is reported inside is about ``name``, in this thread and in those that it starts."""
        token = self._name.set(name)
        try:
            yield
        finally:
            self._name.reset(token)
