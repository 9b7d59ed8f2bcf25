"""The page of what the doctor finds, from the table of src/everseal/store/doctor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from everseal.store.doctor.catalogue import GROUPS, Kind

HEAD = """\
# What the doctor finds

<!-- Written by scripts/reference from src/everseal/store/doctor/catalogue.py; change that. -->

`everseal doctor` names each finding by a code that stays the same, and says how grave it is:

- **damage**: a server cannot use the certificate, or it will not be renewed. The exit status is 1.
- **warning**: it works, and will cause trouble, or is open to others. With no damage the exit status is 0.
- **note**: worth knowing.

What concerns a version that no live link names is a warning (a newer one) or a note (an older one).  What
`--fix` mends is said in the last column; the rest needs a person, and the finding says which command helps.
"""


def render() -> str:
    parts = [HEAD]
    for title, kinds in GROUPS:
        parts += [f"## {title}\n", "\n".join(_table(kinds)), ""]
    return "\n".join(parts)


def _table(kinds: Iterable[Kind]) -> Iterator[str]:
    yield "| code | usually | what it means | how it comes to that | `--fix` |"
    yield "|---|---|---|---|---|"
    for kind in kinds:
        meaning, cause, mending = (
            each.replace("|", "\\|") for each in (kind.meaning, kind.cause, kind.mending)
        )
        yield f"| `{kind.code}` | {kind.severity} | {meaning} | {cause} | {mending} |"
