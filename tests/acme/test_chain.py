from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from everseal.acme.chain import DownloadedChain, choose_chain, normalised_chain, topmost
from everseal.model.errors import BadCertificate
from tests.acme.certificates import make_chain

DEFAULT = DownloadedChain(make_chain("Root One"))
SECOND = DownloadedChain(make_chain("Root Two"))
WITH_ROOT = DownloadedChain(make_chain("Root Three", with_root=True))


def fingerprint(chain: DownloadedChain) -> str:
    top = x509.load_pem_x509_certificates(chain.pem)[-1]
    return top.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize(
    ("preferred", "chosen"),
    [
        ("Root One", DEFAULT),
        ("Root Two", SECOND),
        ("Root Three", WITH_ROOT),
        ("root two", None),
        ("Fake Intermediate", None),
        (fingerprint(WITH_ROOT), WITH_ROOT),
        (":".join(fingerprint(WITH_ROOT).upper()[at : at + 2] for at in range(0, 64, 2)), WITH_ROOT),
        ("0" * 64, None),
    ],
    ids=["default", "alternate", "last", "case", "not the top", "fingerprint", "with colons", "unknown"],
)
def test_the_topmost_issuer_or_the_fingerprint_decides(
    preferred: str, chosen: DownloadedChain | None
) -> None:
    assert choose_chain(preferred, DEFAULT, iter([SECOND, WITH_ROOT])) is chosen


def test_alternates_are_asked_for_only_while_needed() -> None:
    asked = []

    def alternates() -> Iterator[DownloadedChain]:
        for chain in (SECOND, WITH_ROOT):
            asked.append(chain)
            yield chain

    assert choose_chain("Root One", DEFAULT, alternates()) is DEFAULT
    assert asked == []
    assert choose_chain("Root Two", DEFAULT, alternates()) is SECOND
    assert asked == [SECOND]


def test_the_topmost_certificate() -> None:
    assert topmost(DEFAULT).subject_cn == "Fake Intermediate"
    assert topmost(WITH_ROOT).subject_cn == "Root Three"


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n", DEFAULT.pem * 6], ids=["empty", "cut", "long"]
)
def test_what_is_no_chain(data: bytes) -> None:
    with pytest.raises(BadCertificate):
        normalised_chain(data)
