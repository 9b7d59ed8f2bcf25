"""What is in a file, as far as two issuances of the same thing agree: no date, no serial number, no key."""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path

from configobj import ConfigObj, Section
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

_VERSION_FILE = re.compile(r"(?P<kind>cert|chain|fullchain|privkey)(?P<number>\d*)\.pem")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
_LARGEST_SHOWN = 2000


def facts_of(path: Path) -> Mapping[str, str]:
    """The comparable facts about a regular file."""
    if path.suffix == ".pem" and (found := _VERSION_FILE.search(path.name)):
        return _facts_of_pem(path, found["kind"], found["number"])
    if path.suffix == ".json" and "accounts" in path.parts:
        return _facts_of_account_file(path)
    if path.suffix == ".conf" and path.parent.name == "renewal":
        return _facts_of_renewal_file(path)
    if "logs" in path.parts or path.name == "log":
        return {}
    text = path.read_text("utf-8", "replace")
    if path.name == "README":
        return {"begins": text.split("\n", 1)[0]}
    return {"content": text[:_LARGEST_SHOWN]}


def _facts_of_pem(path: Path, kind: str, number: str) -> dict[str, str]:
    data = path.read_bytes()
    if kind == "privkey":
        return _facts_of_key(path, data)
    certificates = x509.load_pem_x509_certificates(data)
    facts = {"holds": " > ".join(_name_of(certificate) for certificate in certificates)}
    if kind == "chain":
        return facts
    leaf = certificates[0]
    facts |= _facts_of_leaf(leaf)
    key = path.with_name(f"privkey{number}.pem")
    if key.exists():
        private = _load_key(key.read_bytes())
        facts["key matches"] = str(private.public_key() == leaf.public_key())
    chain = path.with_name(f"chain{number}.pem")
    if kind == "fullchain" and chain.exists():
        cert = path.with_name(f"cert{number}.pem")
        facts["is cert and chain"] = str(data == cert.read_bytes() + chain.read_bytes())
    return facts


def _facts_of_leaf(leaf: x509.Certificate) -> dict[str, str]:
    alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lifetime = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    staple = any(isinstance(extension.value, x509.TLSFeature) for extension in leaf.extensions)
    return {
        "names": " ".join(str(name.value) for name in alternatives),
        "must staple": str(staple),
        "lifetime": str(round(lifetime.total_seconds() / 3600)),
    }


def _facts_of_key(path: Path, data: bytes) -> dict[str, str]:
    key = _load_key(data)
    match key:
        case rsa.RSAPrivateKey():
            facts = {"key": f"RSA {key.key_size}"}
        case ec.EllipticCurvePrivateKey():
            facts = {"key": key.curve.name}
        case _:
            facts = {"key": type(key).__name__}
    facts["armour"] = data.decode("ascii").split("\n", 1)[0]
    same = [other.name for other in sorted(path.parent.glob("privkey*.pem")) if other.read_bytes() == data]
    facts["same as"] = " ".join(same)
    return facts


def _load_key(data: bytes) -> PrivateKeyTypes:
    # Whether the primes are prime is not at issue here, and takes long to find out.
    return serialization.load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)


def _name_of(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        return "leaf"
    name = str(found[0].value)
    return name if name.startswith("Pebble") else "leaf"


def _facts_of_account_file(path: Path) -> dict[str, str]:
    content = json.loads(path.read_bytes())
    facts = {"keys": " ".join(sorted(content))}
    if path.name == "private_key.json":
        facts["kty"] = content["kty"]
        pem = _public_key(content).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        facts["names its directory"] = str(hashlib.md5(pem).hexdigest() == path.parent.name)
    if path.name == "regr.json":
        facts["body"] = " ".join(sorted(content["body"]))
    if path.name == "meta.json":
        facts["creation_dt"] = _MOMENT.sub("<moment>", content["creation_dt"])
        facts["creation_host"] = content["creation_host"]
    return facts


def _public_key(jwk: Mapping[str, str]) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    def number(name: str) -> int:
        text = jwk[name]
        return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[jwk["crv"]]
    return ec.EllipticCurvePublicNumbers(number("x"), number("y"), curve).public_key()


def _facts_of_renewal_file(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").splitlines()
    document = ConfigObj(lines, encoding="utf-8", interpolation=False)
    comments = [line.strip() for line in lines if line.strip().startswith("#")]
    facts = {"comments": " / ".join(comments)}
    for name, value in _flat(document, ""):
        facts[name] = _MOMENT.sub("<moment>", value)
    return facts


def _flat(section: Section, prefix: str) -> Iterator[tuple[str, str]]:
    for key in section.scalars:
        value = section[key]
        yield f"{prefix}{key}", ", ".join(value) + "," if isinstance(value, list) else value
    for key in section.sections:
        yield from _flat(section[key], f"{prefix}[{key}] ")
