"""Certificates for a signing request of the operator's."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.differential.scenario import Change, Run, Scenario

# The same key for both twins, so that nothing of it can differ.
_KEY = ec.derive_private_key(0xE5EA1, ec.SECP256R1())


def _make_requests(here: Path) -> None:
    names = [x509.DNSName("csr.example"), x509.DNSName("www.csr.example")]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    bare = builder.sign(_KEY, hashes.SHA256())
    (here / "bare.pem").write_bytes(bare.public_bytes(Encoding.PEM))
    request = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
        _KEY, hashes.SHA256()
    )
    (here / "request.pem").write_bytes(request.public_bytes(Encoding.PEM))
    (here / "request.der").write_bytes(request.public_bytes(Encoding.DER))
    (here / "garbage.csr").write_text("not one\n", "utf-8")


_REQUESTS = Change("there are signing requests", _make_requests)
_CSR = "certonly {acme} -n --standalone --csr"

REQUESTS = (
    Scenario(
        "csr-default-paths",
        (
            _REQUESTS,
            Run(f"{_CSR} {{here}}/request.pem"),
            Run(f"{_CSR} {{here}}/request.der -d csr.example,www.csr.example"),
        ),
    ),
    Scenario(
        "csr-explicit-paths",
        (
            _REQUESTS,
            Run(
                f"{_CSR} {{here}}/request.der --cert-path out/cert.pem --chain-path out/chain.pem"
                " --fullchain-path out/fullchain.pem --post-hook '{record} post'",
            ),
            Run(
                f"{_CSR} {{here}}/request.der --cert-path out/cert.pem --chain-path out/chain.pem"
                " --fullchain-path out/fullchain.pem",
                status=1,
            ),
        ),
    ),
    Scenario(
        "csr-refused",
        (
            _REQUESTS,
            Run(f"{_CSR} {{here}}/request.pem -d other.example", status=1),
            Run(f"{_CSR} {{here}}/bare.pem", status=1),
            Run(f"{_CSR} {{here}}/garbage.csr", status=1),
            Run(f"{_CSR} {{here}}/missing.csr", status=2),
            Run(f"{_CSR} {{here}}/request.pem --allow-subset-of-names", status=1),
            Run("run {acme} -n --standalone -i null --csr {here}/request.pem", status=1),
            Run(f"{_CSR} {{here}}/request.pem --dry-run"),
        ),
    ),
)
