"""What reads something from outside, as the mutations use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.hostile.mutation import Mutate, damage_json

Read = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Reader:
    """``read`` is given ``samples`` damaged by ``mutate``; ``share`` is how often, beside the others."""

    name: str
    samples: Sequence[bytes]
    mutate: Mutate
    read: Read
    share: int = 1
    is_answer: bool = False

    @property
    def is_json(self) -> bool:
        """Damaged once, it may be JSON no more."""
        return self.is_answer or self.mutate is damage_json
