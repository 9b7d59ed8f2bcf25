"""What is done to a machine, how it stood before, and what has to be true in the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash.authority import Done
from tests.crash.box import NAME, Box
from tests.crash.judging import (
    KINDS,
    about_accounts,
    about_other_lineages,
    about_the_hook,
    about_the_lineage,
    complaint_about_live,
    version_in,
)

OTHER_NAME: Final = "two.test"
_EIGHTY_DAYS: Final = 80
_NOTHING: Final = Done(accounts=0, certificates=0)


@dataclass(frozen=True, slots=True)
class Operation:
    """One command that changes something.

    ``prepare`` makes the machine it is run on; ``is_broken`` says whether a server would fail right after a
    fault, ``wanted`` what is missing in the end; ``takes`` is what it costs the CA, however often it is run;
    None for a rehearsal, which is made anew each time.
    """

    name: str
    prepare: Callable[[Box], None]
    words: Callable[[Box], Sequence[str]]
    wanted: Callable[[Box], Iterator[str]]
    is_broken: Callable[[Box], bool]
    takes: Done | None = _NOTHING


def _obtaining(box: Box) -> list[str]:
    terms = ("--agree-tos", "--register-unsafely-without-email")
    return box.words("certonly", *terms, "--standalone", "-d", NAME, "--deploy-hook", box.hook)


def _one_due_lineage(box: Box) -> None:
    """Its certificate has ten of ninety days left."""
    box.empty()
    box.authority.set_age(_EIGHTY_DAYS)
    box.succeed(_obtaining(box))
    box.authority.set_age(0)


def _no_lineage(box: Box) -> None:
    box.empty()


def _one_due_lineage_with_a_folder(box: Box) -> None:
    """Its live directory cannot be exchanged, so its links are renamed one by one."""
    _one_due_lineage(box)
    (box.live / "folder").mkdir()


def _one_due_lineage_that_is_exported(box: Box) -> None:
    _one_due_lineage(box)
    box.succeed(box.words("export", NAME, "--to", str(box.out), "--remember"))


def _three_versions(box: Box) -> None:
    _one_due_lineage(box)
    for _ in range(2):
        box.succeed(box.words("renew", "--force-renewal"))


def _a_backup(box: Box) -> None:
    """And nothing else: the machine was lost."""
    _three_versions(box)
    backup = box.folder / "backup"
    box.succeed(box.words("backup", str(backup)))
    proof = box.proof.read_bytes()
    box.empty()
    backup.rename(_backup(box))
    box.proof.write_bytes(proof)


def _backup(box: Box) -> Path:
    return box.home / "backup"


def _serves_no_set(box: Box) -> bool:
    return complaint_about_live(box.live) is not None


def _serves_half_a_set(box: Box) -> bool:
    """Nothing is there yet, or all of it."""
    has_begun = any(os.path.lexists(box.live / f"{kind}.pem") for kind in KINDS)
    return has_begun and _serves_no_set(box)


def _is_renewed(box: Box) -> Iterator[str]:
    yield from about_the_lineage(box)
    yield from about_other_lineages(box, NAME)
    yield from about_accounts(box)
    yield from about_the_hook(box)
    if version_in(box.live) == "1":
        yield "nothing has been renewed"


def _serves_no_set_by_either_name(box: Box) -> bool:
    return all(complaint_about_live(box.config / "live" / name) is not None for name in (NAME, OTHER_NAME))


def _is_of_no_matter(_box: Box) -> bool:
    """Whoever deletes a lineage has told the servers before."""
    return False


def _is_obtained(box: Box) -> Iterator[str]:
    yield from about_the_lineage(box)
    yield from about_other_lineages(box, NAME)
    yield from about_accounts(box)
    yield from about_the_hook(box)


def _is_exported(box: Box) -> Iterator[str]:
    for kind in KINDS:
        try:
            if (box.out / f"{kind}.pem").read_bytes() != (box.live / f"{kind}.pem").read_bytes():
                yield f"another {kind}.pem is exported than is live"
        except OSError as error:
            yield f"{kind}.pem is not exported: {error}"


def _is_renewed_and_exported(box: Box) -> Iterator[str]:
    yield from _is_renewed(box)
    yield from _is_exported(box)


def _is_deleted(box: Box) -> Iterator[str]:
    yield from about_other_lineages(box)
    yield from about_accounts(box)


def _is_renamed(box: Box) -> Iterator[str]:
    yield from about_the_lineage(box, OTHER_NAME)
    yield from about_other_lineages(box, OTHER_NAME)
    yield from about_accounts(box)


def _is_switched(box: Box) -> Iterator[str]:
    yield from _is_obtained(box)
    if version_in(box.live) != "1":
        yield f"version {version_in(box.live)} is live"


def _is_pruned(box: Box) -> Iterator[str]:
    yield from _is_obtained(box)
    for path in (box.config / "archive" / NAME).glob("*[12].pem"):
        yield f"{path.name} is left"


def _is_restored(box: Box) -> Iterator[str]:
    yield from _is_obtained(box)
    if version_in(box.live) != "3":
        yield f"version {version_in(box.live)} is live"


def _is_rehearsed(box: Box) -> Iterator[str]:
    """Nothing is other than before, neither here nor at the name server."""
    yield from _is_obtained(box)
    if version_in(box.live) != "1":
        yield f"version {version_in(box.live)} is live"
    for path in box.authority.records.iterdir():
        yield f"the record {path.name} is left"


_ONE_CERTIFICATE: Final = Done(accounts=0, certificates=1)
OPERATIONS: Final = (
    Operation(
        "renew",
        _one_due_lineage,
        lambda box: box.words("renew"),
        _is_renewed,
        _serves_no_set,
        takes=_ONE_CERTIFICATE,
    ),
    Operation(
        "relink",
        _one_due_lineage_with_a_folder,
        lambda box: box.words("renew"),
        _is_renewed,
        _serves_no_set,
        takes=_ONE_CERTIFICATE,
    ),
    Operation(
        "renew-out",
        _one_due_lineage_that_is_exported,
        lambda box: box.words("renew"),
        _is_renewed_and_exported,
        _serves_no_set,
        takes=_ONE_CERTIFICATE,
    ),
    Operation(
        "first",
        _no_lineage,
        _obtaining,
        _is_obtained,
        _serves_half_a_set,
        takes=Done(accounts=1, certificates=1),
    ),
    Operation(
        "rehearse",
        _one_due_lineage,
        lambda box: box.words("renew", "--dry-run", *box.authority.hooks),
        _is_rehearsed,
        _serves_no_set,
        takes=None,
    ),
    Operation(
        "delete",
        _three_versions,
        lambda box: box.words("delete", "--cert-name", NAME),
        _is_deleted,
        _is_of_no_matter,
    ),
    Operation(
        "rename",
        _three_versions,
        lambda box: box.words("rename", NAME, OTHER_NAME),
        _is_renamed,
        _serves_no_set_by_either_name,
    ),
    Operation(
        "switch",
        _three_versions,
        lambda box: box.words("switch", NAME, "--to", "1"),
        _is_switched,
        _serves_no_set,
    ),
    Operation(
        "prune",
        _three_versions,
        lambda box: box.words("prune", NAME, "--keep-versions", "0"),
        _is_pruned,
        _serves_no_set,
    ),
    Operation(
        "restore",
        _a_backup,
        lambda box: box.words("restore", str(_backup(box))),
        _is_restored,
        _serves_half_a_set,
    ),
    Operation(
        "export",
        _three_versions,
        lambda box: box.words("export", NAME, "--to", str(box.out)),
        _is_exported,
        _serves_no_set,
    ),
)
# How many points of a fault may leave no set that a server could be started with: between the first link and
# the last where they are renamed one by one, and while the directories of a lineage move to its new name.
MIXED_AT_MOST: Final = {"relink": 3, "rename": 12}
