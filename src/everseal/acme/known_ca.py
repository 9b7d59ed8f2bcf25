"""A CA whose directory is known: fetched once, or remembered from an earlier run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from everseal.acme.directory import Directory, NotAnAcmeDirectory, parse_directory, read_directory
from everseal.acme.problems import AcmeError, BadAnswer
from everseal.acme.session import Ground, Posting, Session
from everseal.acme.wire import UnsafeUrl
from everseal.model.errors import OperatorError
from everseal.system.http import HttpFailure, HttpResponse

T = TypeVar("T")

_SURPRISING_STATUSES: Final = frozenset({404, 405, 410})
_SURPRISING_TYPES: Final = frozenset({"", "malformed", "invalidProfile"})
_DAY: Final = 86400.0


class KnownCa:
    """Where a CA's resources are.  Thread-safe: the directory is fetched by one thread at most.

    ``remembered`` is a directory's JSON from an earlier run.  It is believed until something is not as
    it says; then the directory is fetched, once, and the request made again if anything has moved.
    """

    def __init__(
        self, directory_url: str, session: Session, *, remembered: Mapping[str, object] | None
    ) -> None:
        self.url = directory_url
        self.session = session
        self._home = session.ground.territory
        self._lock = threading.RLock()
        self._directory: Directory | None = None
        self._is_remembered = False
        self._read_at = 0.0
        if remembered is not None:
            self._believe(remembered)

    def directory(self, *, hurried: bool = False) -> Directory:
        """The directory, fetched when it is not known or a day old; ``hurried`` asks only once."""
        with self._lock:
            age = self.session.clock.monotonic() - self._read_at
            if self._directory is None or age > _DAY:
                return self.refresh(hurried=hurried)
            return self._directory

    @property
    def fetched(self) -> Directory | None:
        """The directory as the CA gave it to this process; None where it did not."""
        return None if self._is_remembered else self._directory

    def refresh(self, *, hurried: bool = False) -> Directory:
        """Fetch the directory now; raises NotAnAcmeDirectory, AcmeError, HttpFailure, UnsafeUrl."""
        with self._lock:
            directory = self._fetch(hurried)
            self._settle(directory)
            self._is_remembered = False
            return directory

    def at(self, resource: str, call: Callable[[str], T]) -> T:
        """``call`` with the resource's URL; again with its new URL where a remembered one was stale."""
        known = self.directory()
        try:
            return call(known.resource(resource))
        except OperatorError as surprise:
            if not self._is_remembered or not _is_surprising(surprise):
                raise
            fresh = self.refresh()
            if fresh.resources == known.resources:
                raise
        return call(fresh.resource(resource))

    def post(self, posting: Posting) -> HttpResponse:
        """A signed request to a URL that the CA gave earlier; nonces come from where the directory says."""
        known = self.directory()
        try:
            return self.session.post(posting)
        except OperatorError as surprise:
            if not self._is_remembered or not _is_surprising(surprise):
                raise
            if self.refresh().resources == known.resources:
                raise
        return self.session.post(posting)

    def offers_profile(self, profile: str) -> bool:
        """Whether the CA lists the profile, also when the directory is read anew."""
        if profile in self.directory().meta.profiles:
            return True
        return self._is_remembered and profile in self.refresh().meta.profiles

    def _fetch(self, hurried: bool) -> Directory:
        try:
            response = self.session.get("directory", self.url, hurried=hurried)
        except BadAnswer:
            raise
        except AcmeError as error:
            if error.type not in ("", "malformed"):
                raise
            raise NotAnAcmeDirectory(self.url, error.problem.detail) from None
        return read_directory(response, self.url, self._home)

    def _believe(self, remembered: Mapping[str, object]) -> None:
        try:
            self._settle(parse_directory(remembered, self.url, self._home))
            self._is_remembered = True
        except (AcmeError, UnsafeUrl):
            self._directory = None

    def _settle(self, directory: Directory) -> None:
        territory = self._home.extended(directory.resources.values())
        self.session.ground = Ground(territory, directory.resource("newNonce"))
        self._directory = directory
        self._read_at = self.session.clock.monotonic()


def _is_surprising(error: OperatorError) -> bool:
    match error:
        case BadAnswer() | UnsafeUrl():
            return True
        case HttpFailure():
            return not error.was_sent
        case AcmeError():
            return error.problem.status in _SURPRISING_STATUSES or error.type in _SURPRISING_TYPES
        case _:
            return False
