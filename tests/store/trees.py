"""Directories as Certbot makes them, built by hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.store.minting import Minted

KINDS = ("cert", "privkey", "chain", "fullchain")


def contents(minted: Minted) -> dict[str, bytes]:
    return {
        "cert": minted.leaf_pem,
        "privkey": minted.key_pem,
        "chain": minted.chain_pem,
        "fullchain": minted.fullchain_pem,
    }


def make_tree(
    config: Path, name: str, versions: Sequence[Minted], *, live: int | None = None, level: str = "2.1.0"
) -> None:
    """One lineage with versions 1, 2, ... as Certbot leaves it, the live links on ``live`` or the last."""
    archive = config / "archive" / name
    live_dir = config / "live" / name
    for directory, mode in ((config, 0o755), (archive.parent, 0o700), (live_dir.parent, 0o700)):
        directory.mkdir(mode=mode, exist_ok=True)
    (config / "renewal").mkdir(mode=0o755, exist_ok=True)
    archive.mkdir(mode=0o755)
    live_dir.mkdir(mode=0o755)
    for number, minted in enumerate(versions, start=1):
        for kind, data in contents(minted).items():
            path = archive / f"{kind}{number}.pem"
            path.write_bytes(data)
            path.chmod(0o600 if kind == "privkey" else 0o644)
    for kind in KINDS:
        number = live or len(versions)
        os.symlink(f"../../archive/{name}/{kind}{number}.pem", live_dir / f"{kind}.pem")
    (live_dir / "README").write_text("This directory contains your keys and certificates.\n")
    (config / "renewal" / f"{name}.conf").write_text(conf_text(config, name, level=level))


def conf_text(config: Path, name: str, *, level: str = "2.1.0") -> str:
    live = config / "live" / name
    return (
        "# renew_before_expiry = 30 days\n"
        f"version = {level}\n"
        f"archive_dir = {config}/archive/{name}\n"
        f"cert = {live}/cert.pem\n"
        f"privkey = {live}/privkey.pem\n"
        f"chain = {live}/chain.pem\n"
        f"fullchain = {live}/fullchain.pem\n"
        "\n"
        "# Options used in the renewal process\n"
        "[renewalparams]\n"
        "account = 0123456789abcdef0123456789abcdef\n"
        "authenticator = webroot\n"
        "webroot_path = /var/www/a,\n"
        "server = https://acme-v02.api.letsencrypt.org/directory\n"
        "key_type = ecdsa\n"
        "[[webroot_map]]\n"
        f"{name} = /var/www/a\n"
        "[somebody_else]\n"
        "kept = yes\n"
    )


def snapshot(root: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Every path below ``root`` with its mode and content: bytes, a link's target, None for a directory."""
    found: dict[str, tuple[int, bytes | str | None]] = {}
    for folder, directories, files in os.walk(root):
        for entry in (*directories, *files):
            path = Path(folder, entry)
            content: bytes | str | None = None
            if path.is_symlink():
                content = os.readlink(path)
            elif path.is_file():
                content = path.read_bytes()
            found[str(path.relative_to(root))] = (path.lstat().st_mode, content)
    return found
