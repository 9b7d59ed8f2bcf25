from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from everseal.deploy.formats import file_names, render
from everseal.model.export import FORMATS, ExportFormat
from everseal.model.lineage import VersionFiles
from tests.store.minting import Minted, mint

PASSWORD = b"a long and secret password"


@pytest.fixture(scope="module")
def minted() -> Minted:
    return mint("example.org", "www.example.org")


@pytest.fixture(scope="module")
def files(minted: Minted) -> VersionFiles:
    return VersionFiles(minted.leaf_pem, minted.chain_pem, minted.fullchain_pem, minted.key_pem)


def rendered(kind: ExportFormat, files: VersionFiles) -> dict[str, bytes]:
    return {each.name: each.data for each in render(kind, "example.org", files, password=PASSWORD)}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_names_are_known_beforehand_and_the_key_comes_last(
    kind: ExportFormat, files: VersionFiles
) -> None:
    made = render(kind, "example.org", files, password=PASSWORD)
    assert tuple(each.name for each in made) == file_names(kind, "example.org")
    assert [each.is_secret for each in made] == [False] * (len(made) - 1) + [True]
    assert files.key_pem.decode() not in repr(made)


def test_pem_is_what_is_in_the_archive(minted: Minted, files: VersionFiles) -> None:
    assert rendered("pem", files) == {
        "cert.pem": minted.leaf_pem,
        "chain.pem": minted.chain_pem,
        "fullchain.pem": minted.fullchain_pem,
        "privkey.pem": minted.key_pem,
    }


def test_combined_is_the_chain_and_then_the_key(minted: Minted, files: VersionFiles) -> None:
    assert rendered("combined", files) == {"example.org.pem": minted.fullchain_pem + minted.key_pem}
    cut = VersionFiles(b"", b"", minted.fullchain_pem.rstrip(), minted.key_pem)
    assert rendered("combined", cut) == {"example.org.pem": minted.fullchain_pem + minted.key_pem}


@pytest.mark.parametrize("kind", ["pkcs12", "pkcs12-legacy"])
def test_pkcs12_holds_key_certificate_and_chain(
    kind: ExportFormat, files: VersionFiles, minted: Minted
) -> None:
    bundle = pkcs12.load_pkcs12(rendered(kind, files)["example.org.p12"], PASSWORD)
    assert bundle.cert is not None
    assert bundle.key is not None
    assert bundle.cert.friendly_name == b"example.org"
    assert bundle.cert.certificate == x509.load_pem_x509_certificate(minted.leaf_pem)
    assert bundle.key.public_key() == bundle.cert.certificate.public_key()
    above = [each.certificate for each in bundle.additional_certs]
    assert above == x509.load_pem_x509_certificates(minted.chain_pem)
    with pytest.raises(ValueError):
        pkcs12.load_pkcs12(rendered(kind, files)["example.org.p12"], b"another")


@pytest.mark.parametrize(("kind", "cipher"), [("pkcs12", "AES-256-CBC"), ("pkcs12-legacy", "TripleDES")])
def test_openssl_reads_it_and_says_how_it_is_protected(
    kind: ExportFormat, cipher: str, files: VersionFiles, tmp_path: Path
) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    path = tmp_path / "it.p12"
    path.write_bytes(rendered(kind, files)["example.org.p12"])
    command = [
        openssl,
        "pkcs12",
        "-in",
        str(path),
        "-info",
        "-nokeys",
        "-passin",
        f"pass:{PASSWORD.decode()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert cipher in done.stderr
    assert done.stdout.count("BEGIN CERTIFICATE") == 2


def test_der_is_one_certificate_a_file(files: VersionFiles, minted: Minted) -> None:
    made = rendered("der", files)
    leaf = x509.load_der_x509_certificate(made["cert.der"])
    assert leaf == x509.load_pem_x509_certificate(minted.leaf_pem)
    assert x509.load_der_x509_certificate(made["chain1.der"]) == x509.load_pem_x509_certificate(
        minted.chain_pem
    )
    key = serialization.load_der_private_key(made["privkey.der"], None)
    assert key.public_key() == leaf.public_key()
