"""What a server, an operator and the next run find on a machine: one clause for each thing that is wrong."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.crash.box import NAME, Box

KINDS: Final = ("cert", "chain", "fullchain", "privkey")
_KEPT_IN_RENEWAL: Final = ("archive_dir", *KINDS, "[renewalparams]", "account")
_STRAY: Final = re.compile(r".*\.tmp|.*\.new|.*\.twin|previous_.*\.pem")
# What Everseal remembers for later runs, made when it is first wanted.
_MEMORIES: Final = re.compile(r"config/\.everseal/(secret|directories.*|ledger.*|answers.*)")
# What differs between two sound runs: the account's id, which is a digest of its key.
_ACCOUNT_ID: Final = re.compile(r"(?<=/directory/)[0-9a-f]{32}")


def complaint_about_live(live: Path) -> str | None:
    """What keeps a server from loading the four files in a live directory as one set."""
    try:
        files = {kind: (live / f"{kind}.pem").read_bytes() for kind in KINDS}
        cert, chain, fullchain, key = (files[kind] for kind in KINDS)
        leaf, *issuers = x509.load_pem_x509_certificates(fullchain)
        if fullchain.split() != (cert + chain).split():
            return "the files in live are of several versions"
        if load_pem_private_key(key, None).public_key() != leaf.public_key():
            return "the live key is not the certificate's"
        for lower, upper in zip([leaf, *issuers], issuers, strict=False):
            lower.verify_directly_issued_by(upper)
    except (OSError, ValueError, InvalidSignature) as error:
        return f"the live files cannot be loaded: {type(error).__name__} {error}"
    return None


def version_in(live: Path) -> str:
    """The number in the name of the file that a live link leads to; empty where there is no link."""
    try:
        return Path(os.readlink(live / "cert.pem")).stem.removeprefix("cert")
    except OSError:
        return ""


def about_the_lineage(box: Box, name: str = NAME) -> Iterator[str]:
    """A lineage that is to be there, and sound."""
    complaint = complaint_about_live(box.config / "live" / name)
    if complaint is not None:
        yield complaint
    try:
        text = (box.config / "renewal" / f"{name}.conf").read_text("utf-8")
    except (OSError, ValueError) as error:
        yield f"the renewal file cannot be read: {error}"
        return
    for kept in _KEPT_IN_RENEWAL:
        if not re.search(rf"^{re.escape(kept)}\b|^{re.escape(kept)}$", text, re.MULTILINE):
            yield f"the renewal file has lost {kept}"


def about_other_lineages(box: Box, *names: str) -> Iterator[str]:
    """Only these are there."""
    for folder in ("live", "archive", "renewal"):
        with_name = {path.name.removesuffix(".conf") for path in (box.config / folder).glob("*")}
        for other in sorted(with_name - {"README", *names}):
            yield f"{folder}/{other} is there too"


def about_accounts(box: Box) -> Iterator[str]:
    """An account is there that can be read."""
    if not any(_is_readable(folder) for folder in _account_folders(box)):
        yield "no account can be read"


def _account_folders(box: Box) -> list[Path]:
    return [path for path in (box.config / "accounts").glob("*/directory/*") if path.is_dir()]


def _is_readable(account: Path) -> bool:
    try:
        for name in ("private_key", "regr", "meta"):
            json.loads((account / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return False
    return True


def about_the_hook(box: Box) -> Iterator[str]:
    """The deploy hook ran for what is live."""
    try:
        if box.proof.read_bytes() != (box.live / "fullchain.pem").read_bytes():
            yield "the deploy hook ran for another version than is live"
    except OSError:
        yield "the deploy hook did not run"


def about_leftovers(box: Box) -> Iterator[str]:
    """Nothing half done is left, neither on the disk nor in a journal."""
    for path in sorted(box.config.rglob("*")):
        if _STRAY.fullmatch(path.name):
            yield f"{path.relative_to(box.home)} is left"
    if len(accounts := _account_folders(box)) > 1:
        yield f"there are {len(accounts)} accounts"
    for kind in ("pending", "changes", "hooks", "presented"):
        for path in (box.config / ".everseal" / kind).glob("*"):
            yield f"the journal {kind}/{path.name} is open"


def listing(box: Box) -> dict[str, str]:
    """Kind and mode of all that is there."""
    found = {}
    for path in (*box.config.rglob("*"), *box.out.rglob("*")):
        name = _ACCOUNT_ID.sub("ACCOUNT", str(path.relative_to(box.home)))
        if not name.endswith(".lock") and not _MEMORIES.fullmatch(name):
            found[name] = stat.filemode(path.lstat().st_mode)
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """What a machine that was struck has other than one that was not."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: {after.get(name, 'missing')}, elsewhere {before.get(name, 'missing')}"
