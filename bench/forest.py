"""Configuration directories with many lineages, as Certbot leaves them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from everseal.acme.ari import certificate_id
from everseal.model.certificate import read_certificate

_PEM = serialization.Encoding.PEM
_KINDS = ("cert", "chain", "fullchain", "privkey")


class Forest:
    """Plants lineages below ``config``.

    ``server`` and ``account`` stand in their renewal files, ``webroot`` is where their names are proved.
    With ``asked`` the CA has said when it wants each renewed (in a month) and when to ask again.
    """

    def __init__(
        self,
        config: Path,
        *,
        server: str = "https://acme-v02.api.letsencrypt.org/directory",
        account: str = "0123456789abcdef0123456789abcdef",
        webroot: Path = Path("/var/www"),
        asked: datetime | None = None,
    ) -> None:
        self._config = config
        self._server = server
        self._account = account
        self._webroot = webroot
        self._asked = asked
        self._nursery = _Nursery()

    def plant(self, names: Sequence[str], *, issued: datetime, with_ari: bool = True) -> None:
        """A lineage of one version for each name, its certificate valid for 90 days from ``issued``.

        Without ``with_ari`` the CA cannot be asked about it: it has no authority key identifier.
        """
        for folder, mode in (("renewal", 0o755), ("archive", 0o700), ("live", 0o700)):
            (self._config / folder).mkdir(mode=mode, parents=True, exist_ok=True)
        for name in names:
            leaf = self._nursery.leaf(name, issued, with_ari=with_ari)
            self._plant(name, leaf)

    def _plant(self, name: str, leaf: bytes) -> None:
        archive, live = self._config / "archive" / name, self._config / "live" / name
        archive.mkdir()
        live.mkdir()
        chain = self._nursery.chain
        contents = dict(zip(_KINDS, (leaf, chain, leaf + chain, self._nursery.key_pem), strict=True))
        for kind, content in contents.items():
            path = archive / f"{kind}1.pem"
            path.write_bytes(content)
            path.chmod(0o600 if kind == "privkey" else 0o644)
            os.symlink(f"../../archive/{name}/{kind}1.pem", live / f"{kind}.pem")
        (self._config / "renewal" / f"{name}.conf").write_text(self._conf(name, live, archive, leaf))

    def _conf(self, name: str, live: Path, archive: Path, leaf: bytes) -> str:
        links = "".join(f"{kind} = {live}/{kind}.pem\n" for kind in ("cert", "privkey", "chain", "fullchain"))
        text = (
            f"# renew_before_expiry = 30 days\nversion = 5.8.0\narchive_dir = {archive}\n{links}\n"
            "# Options used in the renewal process\n[renewalparams]\n"
            f"account = {self._account}\nauthenticator = webroot\nwebroot_path = {self._webroot},\n"
            f"server = {self._server}\nkey_type = ecdsa\n[[webroot_map]]\n{name} = {self._webroot}\n"
        )
        return text if self._asked is None else text + _suggestion(leaf, self._asked)


def plant_due(config: Path, names: Sequence[str], *, server: str, webroot: Path = Path("/var/www")) -> None:
    """Lineages of the one account below ``config`` whose certificates have ten days left."""
    [account] = (config / "accounts").rglob("regr.json")
    forest = Forest(config, server=server, account=account.parent.name, webroot=webroot)
    forest.plant(names, issued=datetime.now(UTC) - timedelta(days=80), with_ari=False)


def _suggestion(leaf: bytes, asked: datetime) -> str:
    """What Certbot and Everseal keep of the CA's renewal information."""
    again, window = asked + timedelta(hours=6), asked + timedelta(days=30)
    return (
        f"[acme_renewal_info]\nari_retry_after = {again.astimezone():%Y-%m-%dT%H:%M:%S}\n"
        f"[everseal]\nari_certificate = {certificate_id(read_certificate(leaf))}\n"
        f"ari_ask_again = {again.isoformat()}\nari_window_start = {window.isoformat()}\n"
        f"ari_window_end = {(window + timedelta(days=2)).isoformat()}\n"
    )


class _Nursery:
    """A CA whose certificates all have one key: ten thousand others would take long to make."""

    def __init__(self) -> None:
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Nursery CA")
        self._key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key())

    @cached_property
    def key_pem(self) -> bytes:
        return self._key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @cached_property
    def chain(self) -> bytes:
        now = datetime.now(UTC)
        builder = self._builder(self._name, self._ca_key.public_key(), now - timedelta(days=400), 3650)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.sign(self._ca_key, hashes.SHA256()).public_bytes(_PEM)

    def leaf(self, name: str, issued: datetime, *, with_ari: bool) -> bytes:
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName(f"www.{name}")])
        builder = self._builder(_name(name), self._key.public_key(), issued, 90)
        builder = builder.add_extension(names, critical=False)
        if with_ari:
            builder = builder.add_extension(self._key_id, critical=False)
        return builder.sign(self._ca_key, hashes.SHA256()).public_bytes(_PEM)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, days: int
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=days))
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
