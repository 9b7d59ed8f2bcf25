"""Whom files of another machine belong to on this one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from everseal.model.backup import Entry
from everseal.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Owners:
    """``users`` and ``groups`` are this machine's numbers by their names; ``is_root`` may give files away."""

    users: Mapping[str, int]
    groups: Mapping[str, int]
    is_root: bool

    @classmethod
    def here(cls) -> Owners:
        """Those of this machine and process."""
        import grp
        import pwd

        return cls(
            {each.pw_name: each.pw_uid for each in pwd.getpwall()},
            {each.gr_name: each.gr_gid for each in grp.getgrall()},
            os.geteuid() == 0,
        )

    def of(self, entry: Entry) -> tuple[int, int]:
        """User and group by name, or by number where this machine has no such name."""
        return self.users.get(entry.user, entry.uid), self.groups.get(entry.group, entry.gid)

    def notes(self, entries: Iterable[Entry]) -> Iterator[str]:
        """What an operator should know about the owners."""
        entries = list(entries)
        if not self.is_root:
            ours = os.geteuid()
            others = {f"{each.user or each.uid}" for each in entries if self.of(each)[0] != ours}
            if others:
                yield (
                    f"only root gives files to others: what belonged to {', '.join(sorted(others))} is "
                    "yours from then on"
                )
            return
        unknown = {
            f"the {what} {name} (the number {number} is used)"
            for each in entries
            for what, name, number, known in (
                ("user", each.user, each.uid, self.users),
                ("group", each.group, each.gid, self.groups),
            )
            if name and name not in known
        }
        if unknown:
            yield f"this machine does not know {', '.join(sorted(unknown))}"
