"""A certificate authority in a directory: made once, opened again and again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from everseal.localca import authority as authorities
from everseal.model.frozen import dataclass
from everseal.system.locks import lock_file

if TYPE_CHECKING:
    from everseal.localca.authority import Authority
    from everseal.localca.constraints import NameConstraints
    from everseal.model.clock import Clock, Random

_LOCK: Final = "creation.lock"
_CREATED_WITHIN: Final = 30.0


@dataclass(frozen=True, slots=True)
class LocalCa:
    """A certificate authority in a directory; time and chance are those it was opened with."""

    directory: str
    authority: Authority
    clock: Clock
    random: Random

    @classmethod
    def create(
        cls,
        directory: str,
        *,
        clock: Clock,
        random: Random,
        constraints: NameConstraints | None = None,
        chain_length: int = 1,
        name: str = "",
    ) -> LocalCa:
        """A new one; an existing one in the directory is replaced.  Raises StoreUnusable."""
        made = authorities.create(
            directory,
            clock=clock,
            random=random,
            constraints=constraints,
            chain_length=chain_length,
            name=name,
        )
        return cls(directory, made, clock, random)

    @classmethod
    def open(cls, directory: str, *, clock: Clock, random: Random) -> LocalCa:
        """Raises CaMissing, CaDamaged, StoreUnusable."""
        return cls(directory, authorities.load(directory), clock, random)

    @classmethod
    def open_or_create(
        cls,
        directory: str,
        *,
        clock: Clock,
        random: Random,
        constraints: NameConstraints | None = None,
        chain_length: int = 1,
    ) -> LocalCa:
        """The one in the directory, or a new one where none was finished; two processes make one.

        Raises Busy, CaDamaged, StoreUnusable.
        """
        authorities.make_home(directory)
        with lock_file(os.path.join(directory, _LOCK), clock=clock, wait=_CREATED_WITHIN):
            if authorities.is_finished(directory):
                return cls.open(directory, clock=clock, random=random)
            return cls.create(
                directory, clock=clock, random=random, constraints=constraints, chain_length=chain_length
            )

    @property
    def root_pem(self) -> bytes:
        """The trust anchor."""
        return self.authority.root.pem()
