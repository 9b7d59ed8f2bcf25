"""What can be wrong around the certificates: access rights, accounts, leftovers, the machine, names."""

from __future__ import annotations

from typing import Final

from everseal.store.doctor.kind import BY_KILL, Kind

ACCESS: Final = (
    Kind(
        "key-open",
        "warning",
        "Everybody on this machine may read or change a private key",
        "it was copied or restored without its mode, or changed by hand",
        "takes the rights of others away",
    ),
    Kind(
        "account-key-open",
        "warning",
        "Others may read or change an account's key",
        "it was copied or restored without its mode, or changed by hand",
        "sets the mode to 0400",
    ),
    Kind(
        "state-open",
        "warning",
        "Everseal's own records, which hold keys on their way, are open to others",
        "it was copied or restored without its mode",
        "sets the mode to 0700",
    ),
    Kind(
        "credentials-open",
        "warning",
        "Everybody on this machine may read a provider's login",
        "the file was made with a usual umask",
        "takes the rights of others away",
    ),
    Kind(
        "conf-secret-open",
        "warning",
        "A renewal file that everybody may read holds what looks like a secret",
        "a third party's plugin keeps its secret there",
        "takes the rights of others away",
    ),
    Kind(
        "writable-by-all",
        "damage",
        "Everybody on this machine may change a file or directory of the store, "
        "and so run commands as its owner",
        "it was copied or restored without its mode, or changed by hand",
        "takes the right to write away from others",
    ),
    Kind(
        "directory-open",
        "note",
        "Others may look into a directory that Certbot keeps closed",
        "it was copied or restored without its mode; or opened on purpose, for servers that read keys",
        "closes the folders of accounts",
    ),
    Kind(
        "logs-open",
        "warning",
        "Everybody on this machine may read the logs",
        "the directory was made by hand, or its mode changed",
        "sets the mode of the directory to 0700",
    ),
    Kind(
        "owner-odd",
        "warning",
        "A renewal file, key or account belongs to another user than the directory",
        "it was copied or restored as another user; or given away on purpose",
    ),
)

ACCOUNTS: Final = (
    Kind(
        "account-unreadable", "damage", "An account cannot be used", "a file was removed, cut short or edited"
    ),
    Kind(
        "account-unregistered",
        "damage",
        "An account's registration is empty or does not say its address; Certbot fails at it every time",
        "Certbot was killed while it saved the account, or power was cut",
    ),
    Kind(
        "account-undated",
        "warning",
        "Certbot cannot load an account, which does not say when and where it was made; Everseal can",
        "a file was removed, cut short or edited",
    ),
    Kind(
        "account-key-other",
        "warning",
        "An account's key is not the one that its folder is named after",
        "key files were mixed up by a copy, or the folder was renamed",
    ),
    Kind(
        "account-mismatch",
        "damage",
        "An account's registration is for another key",
        "files of two accounts were mixed by a copy",
    ),
)

LEFTOVERS: Final = (
    Kind(
        "orphan-archive",
        "warning",
        "Versions without a renewal file are in the way of a new certificate of that name",
        "the renewal file was removed by hand, or a first issuance was interrupted",
    ),
    Kind(
        "orphan-live",
        "warning",
        "Live links without a renewal file are in the way of a new certificate of that name",
        "the renewal file was removed by hand, or a first issuance was interrupted",
    ),
    Kind(
        "previous-links",
        "warning",
        "Links of a move that Certbot did not finish; it would move the links back",
        "Certbot was killed between two links",
        "removes them",
    ),
    Kind("conf-left", "note", "A renewal file that was being written is left over", BY_KILL, "removes it"),
    Kind("temporary-left", "note", "A file that was being written is left over", BY_KILL, "removes it"),
    Kind(
        "twin-left",
        "warning",
        "A second live directory is left over from moving the links",
        BY_KILL,
        "takes in what is only there, and removes it",
    ),
    Kind(
        "journal-open",
        "warning",
        "A change was begun and not finished",
        "a run was killed, or one is at work right now",
        "finishes or undoes it",
    ),
    Kind(
        "journal-unreadable",
        "damage",
        "The record of a change cannot be understood, and stops every run",
        "it was edited, or made by a later release",
    ),
    Kind(
        "order-open",
        "note",
        "An order at the authority is waiting to be carried on",
        "a run was interrupted, or one is at work right now",
    ),
    Kind(
        "challenge-left",
        "note",
        "Files or records for a challenge may still be in place",
        "a rehearsal, or an order for a signing request, was killed, or is at work right now",
    ),
    Kind(
        "hook-owed",
        "warning",
        "A hook has not ended well yet: a server may still show the old certificate",
        "the run was interrupted before the hook, or the hook failed",
    ),
    Kind(
        "twin-same",
        "warning",
        "Two certificates, NAME and NAME-0001, are for the same names",
        "NAME was broken or not recognised when a certificate was asked for again",
    ),
    Kind(
        "twin-overlap",
        "warning",
        "Two certificates, NAME and NAME-0001, have names in common",
        "a certificate was asked for with other names and no --cert-name",
    ),
)

MACHINE: Final = (
    Kind(
        "clock-behind",
        "damage",
        "This machine's clock is behind this program's own date",
        "the clock was never set, or its battery is empty",
    ),
    Kind(
        "file-from-future",
        "warning",
        "Files have times in the future",
        "the clock was ahead when they were written, or is behind now",
    ),
    Kind(
        "space-low",
        "damage",
        "The file system is full or nearly so, and no version can be written",
        "logs or backups fill it",
    ),
    Kind(
        "inodes-low", "damage", "The file system has no room for more files", "very many small files fill it"
    ),
    Kind(
        "directory-read-only",
        "warning",
        "Nothing can be written here",
        "the file system is mounted read-only, or this user may not write",
    ),
    Kind(
        "no-exchange",
        "note",
        "The file system cannot swap two directories in one step, so that the four links "
        "move one after the other, under a journal",
        "NFS, CIFS and FUSE file systems cannot",
    ),
    Kind(
        "no-file-locks",
        "note",
        "The file system has no locks that belong to an open file; older ones are used",
        "a network or FUSE file system, or an old kernel",
    ),
    Kind(
        "fsync-fails",
        "damage",
        "The disk does not say that data is safe: fsync reports an error",
        "the disk or the file system is failing",
    ),
    Kind("logs-many", "note", "There are very many old log files", "one is kept for each of up to 1000 runs"),
    Kind(
        "timer-missing",
        "warning",
        "Nothing on this machine starts renewals",
        "no timer or cron job was installed, or it was disabled",
    ),
    Kind(
        "timer-twice",
        "note",
        "Both Certbot's timer and Everseal's renew this directory",
        "Certbot's package is still installed",
    ),
    Kind(
        "timer-is-certbots",
        "note",
        "Renewals are started by Certbot's timer, and so are done by Certbot",
        "Certbot's package is still installed, and Everseal's timer is not",
    ),
)

NAMES: Final = (
    Kind(
        "name-unresolved",
        "warning",
        "A name of the certificate does not resolve any more",
        "the domain was given up, or its records were removed",
    ),
    Kind(
        "name-elsewhere",
        "note",
        "A name of the certificate resolves to other machines only",
        "it was moved; or this machine is behind a router or proxy, and all is well",
    ),
)
