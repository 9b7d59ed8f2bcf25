"""What can be wrong with one certificate: its links, its versions, its renewal file."""

from __future__ import annotations

from typing import Final

from everseal.store.doctor.kind import BY_KILL, Kind

_RELINK: Final = "sets all four links to the newest sound version, with relative targets"

LINKS: Final = (
    Kind("link-missing", "damage", "A live link is not there", f"{BY_KILL}, or a hand", _RELINK),
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
        BY_KILL,
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
        BY_KILL,
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
        "hook-not-executable",
        "note",
        "A file among the directory hooks cannot be executed, and is passed over",
        "it was copied without its mode, or is not meant to be a hook",
    ),
    Kind(
        "credentials-missing",
        "damage",
        "The file with a provider's login is not there",
        "it was moved or removed",
    ),
)
