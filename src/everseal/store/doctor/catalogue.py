"""Every kind of finding, once: its code, how grave it usually is, what it means, how it comes about.

The reference page is written from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from everseal.model.diagnosis import Finding, Fix, Severity
from everseal.model.names import CertificateName


@dataclass(frozen=True, slots=True)
class Kind:
    """``meaning`` and ``cause`` are sentences without a final full stop; ``mending`` says what ``--fix``
    does, empty where it takes a person."""

    code: str
    severity: Severity
    meaning: str
    cause: str
    mending: str = ""


_RELINK: Final = "sets all four links to the newest sound version, with relative targets"
_BY_KILL: Final = "a run that was killed, or a disk that was full"

LINKS: Final = (
    Kind("link-missing", "damage", "A live link is not there", f"{_BY_KILL}, or a hand", _RELINK),
    Kind(
        "link-dangling",
        "damage",
        "A live link points to a file that is not there",
        "files were removed from the archive, or the directory was copied in part",
        _RELINK,
    ),
    Kind(
        "link-elsewhere",
        "damage",
        "A live link points to something that is no version of this certificate",
        "the directory was moved or copied, or somebody set the link by hand",
        _RELINK,
    ),
    Kind(
        "link-absolute",
        "warning",
        "A live link holds an absolute path, and will break when the directory moves",
        "Certbot writes such links when it repairs them after a crash",
        _RELINK,
    ),
    Kind(
        "link-is-file",
        "damage",
        "A live entry is a plain file, which no renewal replaces",
        "the directory was copied by something that follows links, such as `cp -rL` or a sync tool",
        "makes links of them again where they equal a version, or saves them as a new version first",
    ),
    Kind(
        "links-mixed",
        "damage",
        "The live links point to different versions, so that key and certificate need not match",
        _BY_KILL,
        _RELINK,
    ),
    Kind(
        "links-behind",
        "warning",
        "A newer sound version is there, and the live links name an older one",
        "a run was killed between saving a version and putting it to use; or somebody went back on purpose",
        _RELINK,
    ),
    Kind(
        "live-missing",
        "damage",
        "The directory with the live links is not there",
        "it was removed, or the directory was copied in part",
        "makes it, with all four links",
    ),
)

VERSIONS: Final = (
    Kind(
        "version-incomplete",
        "damage",
        "Files of a version are missing",
        _BY_KILL,
        "writes certificate files anew from the others, or removes a half-made version that nothing uses",
    ),
    Kind(
        "version-empty",
        "damage",
        "A file of a version is empty",
        "power was cut before the data reached the disk, or the disk was full",
        "as for version-incomplete",
    ),
    Kind(
        "version-unparsable",
        "damage",
        "A certificate cannot be read",
        "a write was cut short, or the file was edited",
        "moves the links away from it, if another is sound",
    ),
    Kind(
        "key-unusable",
        "damage",
        "A private key cannot be read",
        "a write was cut short, or the key has a passphrase",
        "moves the links away from it, if another is sound",
    ),
    Kind(
        "key-mismatch",
        "damage",
        "The private key is not the certificate's",
        "files of two versions were mixed, by a copy or a restore of single files",
        "moves the links away from it, if another is sound",
    ),
    Kind(
        "fullchain-differs",
        "damage",
        "fullchain.pem is not cert.pem followed by chain.pem",
        "files of two versions were mixed, or one was edited",
        "moves the links away from it, if another is sound",
    ),
    Kind(
        "chain-broken",
        "damage",
        "A certificate of the chain is not signed by the next one",
        "the chain was edited, is in the wrong order, or is another authority's",
        "moves the links away from it, if another is sound",
    ),
    Kind(
        "chain-missing",
        "warning",
        "There is no intermediate certificate",
        "the authority is a private one without any, or the chain was cut off",
    ),
    Kind(
        "key-weak",
        "warning",
        "The key is too weak, or of a kind that servers do not take",
        "it was made long ago, or by another program",
    ),
    Kind(
        "certificate-expired", "damage", "The certificate in use has expired", "renewals do not run, or fail"
    ),
    Kind(
        "certificate-not-yet-valid",
        "damage",
        "The certificate in use is not valid yet",
        "this machine's clock is behind",
    ),
    Kind(
        "names-odd",
        "warning",
        "The certificate has names that are no names",
        "another program or another authority made it",
    ),
    Kind(
        "archive-missing",
        "damage",
        "No version of the certificate is there",
        "the archive directory was removed or not copied along",
    ),
)

RENEWAL_FILES: Final = (
    Kind(
        "conf-unparsable",
        "damage",
        "The renewal file cannot be read",
        "it was edited, or a write was cut short",
    ),
    Kind(
        "conf-empty",
        "damage",
        "The renewal file is empty",
        "Certbot was killed while it reserved the name, or power was cut",
        "removes it where there is no version; else writes the paths into it",
    ),
    Kind(
        "conf-key-missing",
        "damage",
        "The renewal file does not say where the links are",
        "it was edited, or a write was cut short",
        "adds the paths, where the files are in the usual place",
    ),
    Kind(
        "conf-no-authenticator",
        "damage",
        "The renewal file does not say how control is proved",
        "it was edited, or a write was cut short",
    ),
    Kind("conf-bad-value", "damage", "A setting in the renewal file makes no sense", "it was edited"),
    Kind(
        "conf-elsewhere",
        "damage",
        "The renewal file names directories that are gone",
        "the directory was moved, or restored under another path",
        "lets it name the places below the present directory, if the files are there",
    ),
    Kind(
        "conf-other-tree",
        "warning",
        "The renewal file names another directory, although its files are here "
        "too: a renewal would write there",
        "the directory is a copy",
        "lets it name the places below the present directory; only when a person agrees",
    ),
    Kind("server-unreadable", "damage", "The authority's address is no URL", "it was edited"),
    Kind(
        "account-unknown",
        "damage",
        "The account that the certificate is renewed with is not there",
        "accounts were removed or not copied along, or the server was changed by hand",
    ),
    Kind(
        "plugin-unknown",
        "damage",
        "The plugin that proves control or installs is not known",
        "it was edited, or the plugin is another party's",
    ),
    Kind(
        "plugin-not-here",
        "warning",
        "The plugin is one of Certbot's that Everseal does not have",
        "the certificate was made with Certbot",
    ),
    Kind("webroot-gone", "damage", "A webroot directory is not there", "the site was moved or removed"),
    Kind(
        "hook-missing", "damage", "The command of a hook cannot be found", "a program or script was removed"
    ),
    Kind(
        "credentials-missing",
        "damage",
        "The file with a provider's login is not there",
        "it was moved or removed",
    ),
)

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
    Kind("conf-left", "note", "A renewal file that was being written is left over", _BY_KILL, "removes it"),
    Kind("temporary-left", "note", "A file that was being written is left over", _BY_KILL, "removes it"),
    Kind(
        "twin-left",
        "warning",
        "A second live directory is left over from moving the links",
        _BY_KILL,
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

GROUPS: Final = (
    ("Links", LINKS),
    ("Versions", VERSIONS),
    ("Renewal files", RENEWAL_FILES),
    ("Access rights and owners", ACCESS),
    ("Accounts", ACCOUNTS),
    ("What is left over", LEFTOVERS),
    ("The machine", MACHINE),
    ("Names, with `--network`", NAMES),
)

KINDS: Final = {kind.code: kind for _, kinds in GROUPS for kind in kinds}


def found(
    code: str,
    subject: str,
    what: str,
    *,
    remedy: str,
    lineage: CertificateName | None = None,
    severity: Severity | None = None,
    cause: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """A finding with what the table says of its kind, where nothing else is known."""
    kind = KINDS[code]
    return Finding(
        code=code,
        severity=severity or kind.severity,
        subject=subject,
        what=what,
        cause=cause or kind.cause,
        remedy=remedy,
        lineage=lineage,
        fix=fix,
    )
