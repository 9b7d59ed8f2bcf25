from __future__ import annotations

import pytest
from cryptography import x509

from everseal.localca.ca import LocalCa
from everseal.localca.constraints import BadConstraint, NameConstraints
from everseal.model.names import parse_identifier


@pytest.mark.parametrize(
    ("text", "permitted"),
    [
        ("one.test", True),
        ("*.deep.one.test", True),
        ("localhost", True),
        ("nas.home.arpa", True),
        ("db.internal", True),
        ("mytest", False),
        ("test.example", False),
        ("home.arpa.example", False),
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("192.168.1.1", True),
        ("::1", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
    ],
)
def test_the_usual_constraints(text: str, permitted: bool) -> None:
    assert NameConstraints.usual().permit(parse_identifier(text)) is permitted


def test_chosen_constraints_keep_what_the_server_itself_needs() -> None:
    chosen = NameConstraints.parse(("*.lab.example", "192.0.2.0/24", "2001:db8::1", "lab.example"))
    assert chosen.domains == ("localhost", "lab.example")
    for text in ("lab.example", "a.lab.example", "192.0.2.9", "2001:db8::1", "localhost", "127.0.0.1", "::1"):
        assert chosen.permit(parse_identifier(text))
    assert not chosen.permit(parse_identifier("one.test"))
    for text in ("", "a..b", "lab example"):
        with pytest.raises(BadConstraint):
            NameConstraints.parse((text,))


def test_roots_carry_them_as_a_critical_extension(ca: LocalCa) -> None:
    for certificate in (
        ca.authority.root.certificate,
        ca.authority.second_root.certificate,
        ca.authority.cross,
    ):
        extension = certificate.extensions.get_extension_for_class(x509.NameConstraints)
        assert extension.critical
        assert x509.DNSName("home.arpa") in (extension.value.permitted_subtrees or ())
