from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from everseal.localca import authority as authorities
from everseal.localca.authority import CaDamaged, CaMissing
from everseal.localca.ca import LocalCa
from everseal.localca.constraints import NameConstraints
from everseal.model.certificate import read_certificate
from everseal.system.clock import SystemRandom
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import MovableClock, Responder


def test_the_files_of_a_new_authority(tmp_path: Path) -> None:
    directory = tmp_path / "ca"
    ca = LocalCa.open_or_create(str(directory), clock=MovableClock(), random=SystemRandom())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {
        "ca.json": 0o600,
        "creation.lock": 0o600,
        "root.pem": 0o644,
        "root.key": 0o600,
        "root-b.pem": 0o644,
        "root-b.key": 0o600,
        "root-cross.pem": 0o644,
        "intermediate-1.pem": 0o644,
        "intermediate-1.key": 0o600,
    }
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert (directory / "root.pem").read_bytes() == ca.root_pem
    again = LocalCa.open_or_create(str(directory), clock=MovableClock(), random=SystemRandom())
    assert again.root_pem == ca.root_pem


def test_the_root_shows_what_it_is(ca: LocalCa) -> None:
    for issuer in (ca.authority.root, ca.authority.second_root):
        name = issuer.certificate.subject.rfc4514_string()
        assert "Everseal TEST" in name
        assert "not trusted" in name
    lifetime = (
        ca.authority.root.certificate.not_valid_after_utc - ca.authority.root.certificate.not_valid_before_utc
    )
    assert lifetime == timedelta(days=3650)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_chains_of_every_length(tmp_path: Path, length: int) -> None:
    directory = str(tmp_path / "ca")
    LocalCa.create(directory, clock=MovableClock(), random=SystemRandom(), chain_length=length)
    authority = authorities.load(directory)
    default, alternate = (x509.load_pem_x509_certificates(chain) for chain in authority.chains())
    assert (len(default), len(alternate)) == (length, length + 1)
    for chain, root in ((default, authority.root), (alternate, authority.second_root)):
        for subject, issuer in zip(chain, [*chain[1:], root.certificate], strict=True):
            subject.verify_directly_issued_by(issuer)
    lengths = [
        certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        for certificate in default
    ]
    assert lengths == list(range(length))


def test_an_independent_verifier_is_content(
    start_ca: StartCa, connect: Connect, responder: Responder, ca: LocalCa
) -> None:
    """cryptography's verifier refuses critical name constraints it cannot apply, so it is given the chain
    below the root, with the intermediate as the anchor."""
    pem = connect(start_ca()).obtain(responder, "one.test").body
    leaf, intermediate = x509.load_pem_x509_certificates(pem)
    verifier = PolicyBuilder().store(Store([intermediate])).build_server_verifier(x509.DNSName("one.test"))
    assert verifier.verify(leaf, [])[0] == leaf


def test_no_authority(tmp_path: Path) -> None:
    with pytest.raises(CaMissing) as caught:
        LocalCa.open(str(tmp_path), clock=MovableClock(), random=SystemRandom())
    assert "ca serve" in caught.value.remedy


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("ca.json", lambda path: path.write_text("{")),
        ("ca.json", lambda path: path.write_text('{"domains": [], "networks": [], "chain": 9}')),
        ("root.pem", lambda path: path.unlink()),
        ("root.pem", lambda path: path.write_text("rubbish")),
        ("root.key", lambda path: path.write_text("rubbish")),
        ("root-b.key", lambda path: path.write_bytes(path.with_name("root.key").read_bytes())),
        ("intermediate-1.key", lambda path: path.unlink()),
    ],
)
def test_damage_is_named(ca: LocalCa, file: str, damage: Damage) -> None:
    damage(Path(ca.directory) / file)
    with pytest.raises(CaDamaged, match=file):
        authorities.load(ca.directory)


def test_an_unfinished_authority_is_begun_again(tmp_path: Path) -> None:
    directory = tmp_path / "ca"
    first = LocalCa.create(str(directory), clock=MovableClock(), random=SystemRandom())
    (directory / "ca.json").unlink()
    second = LocalCa.open_or_create(
        str(directory),
        clock=MovableClock(),
        random=SystemRandom(),
        constraints=NameConstraints.parse(("lab.example",)),
    )
    assert first.root_pem != second.root_pem
    assert read_certificate(second.root_pem).subject_cn
    assert authorities.load(str(directory)).constraints.domains == ("localhost", "lab.example")


def test_serials_are_random_and_positive() -> None:
    serials = {authorities.new_serial(SystemRandom()) for _ in range(100)}
    assert len(serials) == 100
    assert all(len(serial.to_bytes(16, "big")) == 16 and serial.bit_length() <= 127 for serial in serials)
