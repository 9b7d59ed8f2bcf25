"""Options of ``backup`` and ``restore``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

BACKUP: Final = (
    Option(
        "verify",
        "--verify",
        "flag",
        "write nothing, and check every file of a backup against its manifest",
        topics="backup",
        default=False,
        own=True,
        verbs=("backup",),
    ),
    Option(
        "list_contents",
        "--list",
        "flag",
        "write nothing, and list what is in a backup",
        topics="backup",
        default=False,
        own=True,
        verbs=("backup",),
    ),
    Option(
        "recipients",
        "--recipient",
        "texts",
        "encrypt the backup to this age recipient; may be repeated",
        topics="backup",
        default=(),
        metavar="AGE1...",
        own=True,
        verbs=("backup",),
    ),
    Option(
        "passphrase_file",
        "--passphrase-file",
        "path",
        "encrypt, or open, the backup with the passphrase in the first line of this file",
        topics="backup restore",
        metavar="FILE",
        own=True,
        verbs=("backup", "restore"),
    ),
    Option(
        "identity",
        "--identity",
        "path",
        "open an encrypted backup with the age identities in this file",
        topics="backup restore",
        metavar="FILE",
        own=True,
        verbs=("backup", "restore"),
    ),
    Option(
        "overwrite",
        "--overwrite",
        "flag",
        "bring back what the backup holds also where something newer or something else is here",
        topics="restore",
        default=False,
        own=True,
        verbs=("restore",),
    ),
)
