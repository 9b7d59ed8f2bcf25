"""Which old versions may go."""

from __future__ import annotations

from collections.abc import Collection

DEFAULT_KEEP = 5


def superseded(
    numbers: Collection[int], *, complete: Collection[int], live: int, keep: int = DEFAULT_KEEP
) -> tuple[int, ...]:
    """The versions to remove, ascending: all but the live one, later ones, and the ``keep`` before it.

    ``numbers`` are all versions with any file, ``complete`` those with all four; half ones count only as
    something to remove, together with what is around them.
    """
    before = sorted(number for number in complete if number < live)
    oldest = before[-keep] if keep and len(before) > keep else (before[0] if keep and before else live)
    return tuple(sorted(number for number in numbers if number < oldest))
