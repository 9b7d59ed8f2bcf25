"""A certificate's new name, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from everseal.model.names import CertificateName
from everseal.model.text import printable

SCHEMA: Final = "everseal.rename"
VERSION: Final = 1

Moves = Sequence[tuple[str, str]]


def render_rename_plan(
    old: CertificateName,
    new: CertificateName,
    moves: Moves,
    mentions: Sequence[str],
    copies: Sequence[str] = (),
) -> str:
    """What would move where and why, ending with a newline."""
    lines = [f"{old}: call it {new}", "  Why:   it was asked for, and the new name is free"]
    lines += [f"  Move:  {printable(before)} to {printable(after)}" for before, after in moves]
    notices = [*map(mention_notice, mentions), *map(copy_notice, copies)]
    lines += [f"  Note:  {each}" for each in notices]
    return "\n".join(lines) + "\n"


def mention_notice(mention: str) -> str:
    """A setting that still names the old place."""
    return f"a setting still names the old directory, change it with `reconfigure`: {printable(mention)}"


def copy_notice(path: str) -> str:
    """An exported file that stays as it is."""
    return (
        f"new versions are exported under the new name, and {printable(path)} stays as it is: "
        "see that nothing reads it any more, and remove it"
    )


def rename_as_json(
    old: CertificateName,
    new: CertificateName,
    moves: Moves,
    mentions: Sequence[str],
    copies: Sequence[str] = (),
    *,
    done: bool,
) -> Mapping[str, object]:
    """Schema ``everseal.rename``, version 1; ``done`` is False for a plan."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "old": old.value,
        "new": new.value,
        "done": done,
        "paths": [{"old": before, "new": after} for before, after in moves],
        "mentions": list(mentions),
        "copies": list(copies),
    }
