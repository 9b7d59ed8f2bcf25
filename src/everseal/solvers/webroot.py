"""http-01 by writing files where a web server that runs already serves them.

Below a webroot no link is followed, and nothing is touched but ``.well-known``,
``.well-known/acme-challenge`` and the token's own file.  Directories that were made here go again
when the last file in them has gone; those found there stay, and so do those that a killed run
left behind (they are empty, and nobody can tell any more who made them).
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar, Final

from everseal.model.errors import BadName, SolverFailed
from everseal.model.names import Identifier, parse_identifier
from everseal.solvers.beneath import Directory, MadeDirectory, open_root
from everseal.solvers.errors import CannotProve, InTheWay, NoDirectory, WebrootMissing, WebrootUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from everseal.acme.challenges import Presentation

_WELL_KNOWN: Final = ".well-known"
_CHALLENGES: Final = "acme-challenge"
_TRIES: Final = 50


class Made:
    """The directories that solvers of one process have made, and whose turn it is to make or remove any."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.directories: dict[tuple[tuple[int, int], str], MadeDirectory] = {}


class Webroot:
    """``directories`` maps names to webroots; ``default`` is for names it does not have.

    One object may serve several orders at the same time, and several objects one webroot: those that share
    ``made`` remove what any of them has made, the last one to leave.
    """

    name: ClassVar[str] = "webroot"

    def __init__(
        self, directories: Mapping[str, str], default: str | None = None, made: Made | None = None
    ) -> None:
        self._directories = {_key(name): path for name, path in directories.items()}
        self._default = default
        self._made = made or Made()

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        if identifier.is_wildcard or self.webroot_of(identifier) is None:
            return ()
        return ("http-01",)

    def webroot_of(self, identifier: Identifier) -> str | None:
        """The directory whose files answer for this name, if one was given."""
        return self._directories.get(identifier.value, self._default)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        root = self.webroot_of(identifier)
        if root is None:
            return f"no webroot is given for {identifier}"
        return (
            f"writes a file below {os.path.join(root, _WELL_KNOWN, _CHALLENGES)}, which your web server "
            f"has to serve at http://{_host(identifier)}/{_WELL_KNOWN}/{_CHALLENGES}/"
        )

    def check(self, identifiers: Sequence[Identifier]) -> None:
        """Raises CannotProve, WebrootMissing."""
        if not self._directories and self._default is None:
            raise WebrootMissing(
                "Missing parts of webroot configuration: no directory is given",
                remedy="give -w DIR before the -d of the names that it serves, or --webroot-map",
            )
        for identifier in identifiers:
            if identifier.is_wildcard:
                raise CannotProve(self.name, identifier)
            root = self._required_webroot(identifier)
            if not os.path.isdir(root):
                raise NoDirectory(root)

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Raises CannotProve, WebrootMissing, WebrootUnusable, InTheWay, NoFileName."""
        for challenge in challenges:
            if challenge.type != "http-01" or challenge.wildcard:
                raise CannotProve(self.name, challenge.identifier, challenge.type)
            root = self._required_webroot(challenge.identifier)
            with self._made.lock, _explained(f"write the challenge file for {challenge.identifier}", root):
                self._write(root, challenge.token, challenge.key_authorization.encode("ascii"))

    def wait(self, challenges: Sequence[Presentation]) -> None:
        """A file is there once it is written."""

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        """Try all, then raise the first error there was."""
        problems: list[SolverFailed] = []
        for challenge in challenges:
            root = self.webroot_of(challenge.identifier)
            if root is None:
                continue
            try:
                what = f"remove the challenge file for {challenge.identifier}"
                with self._made.lock, _explained(what, root):
                    self._remove(root, challenge.token, challenge.key_authorization.encode("ascii"))
            except SolverFailed as problem:
                problems.append(problem)
        if problems:
            raise problems[0]

    def _required_webroot(self, identifier: Identifier) -> str:
        root = self.webroot_of(identifier)
        if root is None:
            raise WebrootMissing(
                f"no webroot is given for {identifier}",
                remedy=f"give -w DIR before -d {identifier}, or name it in --webroot-map",
            )
        return root

    def _write(self, root: str, token: str, content: bytes) -> None:
        """Another process may remove the empty directories between our steps: then once more."""
        with open_root(root) as top:
            for _ in range(_TRIES):
                with suppress(FileNotFoundError):
                    self._write_below(top, token, content)
                    return
        raise WebrootUnusable(
            f"the directories below {root} are removed as often as they are made",
            remedy="find the program that tidies them away",
        )

    def _write_below(self, top: Directory, token: str, content: bytes) -> None:
        owner = top.owner()
        self._make(top, top, _WELL_KNOWN)
        with top.enter(_WELL_KNOWN) as above:
            self._make(top, above, _CHALLENGES)
            with above.enter(_CHALLENGES) as place:
                place.write(token, content, owner)

    def _make(self, top: Directory, above: Directory, name: str) -> None:
        made = above.make(name, top.owner())
        if made is not None:
            self._made.directories[top.identity(), name] = made

    def _remove(self, root: str, token: str, content: bytes) -> None:
        with suppress(FileNotFoundError, InTheWay, WebrootMissing), open_root(root) as top:
            with top.enter(_WELL_KNOWN) as above:
                with suppress(FileNotFoundError, InTheWay), above.enter(_CHALLENGES) as place:
                    place.remove_file(token, content)
                self._unmake(top, above, _CHALLENGES)
            self._unmake(top, top, _WELL_KNOWN)

    def _unmake(self, top: Directory, above: Directory, name: str) -> None:
        made = self._made.directories.get((top.identity(), name))
        if made is not None and above.remove_directory(name, made):
            del self._made.directories[top.identity(), name]


@contextmanager
def _explained(what: str, root: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WebrootUnusable(
            f"Could not {what} below {root}: {error.strerror}",
            remedy="run as a user who may write there, on a disk that is neither full nor read-only",
        ) from error


def _host(identifier: Identifier) -> str:
    return f"[{identifier}]" if ":" in identifier.value else identifier.value


def _key(name: str) -> str:
    """Renewal files hold names as they were typed."""
    try:
        return parse_identifier(name).value
    except BadName:
        return name
