"""The least that a certificate takes in this language with these libraries: the requests, the signatures, the
files.  It checks nothing, tells nothing, and loses the order when it is killed.

``bare.py FOLDER DIRECTORY CA_BUNDLE WEBROOT NAME[,NAME...]...`` obtains one certificate for each word, one
after the other, by http-01.  FOLDER has the account, which is opened by a first run without words.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_LOOKS_EVERY_SECONDS = 0.02
_ES256 = ec.ECDSA(hashes.SHA256())


class Bare:
    """A client of one CA with one account."""

    def __init__(self, folder: Path, directory_url: str, ca_bundle: str) -> None:
        self._folder = folder
        self._pool = urllib3.PoolManager(ca_certs=ca_bundle)
        self._nonce = ""
        at_hand = folder / "directory.json"
        if not at_hand.exists():
            folder.mkdir(parents=True)
            at_hand.write_bytes(self._pool.request("GET", directory_url).data)
            (folder / "key.pem").write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
        self._urls = json.loads(at_hand.read_bytes())
        key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key
        point = key.public_key().public_numbers()
        octets = (_encoded(each.to_bytes(32, "big")) for each in (point.x, point.y))
        self._jwk = dict(zip(("x", "y"), octets, strict=True), kty="EC", crv="P-256")
        self._account = self._opened()

    def obtain(self, names: Sequence[str], webroot: Path) -> None:
        """Order, prove, fetch and save."""
        identifiers = [{"type": "dns", "value": name} for name in names]
        url, order = self._post(self._urls["newOrder"], {"identifiers": identifiers})
        authorizations = [self._post(each)[1] for each in order["authorizations"]]
        found = [next(c for c in each["challenges"] if c["type"] == "http-01") for each in authorizations]
        files = [webroot / ".well-known/acme-challenge" / each["token"] for each in found]
        for file, challenge in zip(files, found, strict=True):
            file.write_text(f"{challenge['token']}.{self._thumbprint()}", "ascii")
        for challenge in found:
            self._post(challenge["url"], {})
        self._until(url, "ready")
        for file in files:
            file.unlink()
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
        names_in_it = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        request = builder.add_extension(names_in_it, critical=False).sign(key, hashes.SHA256())
        der = _encoded(request.public_bytes(serialization.Encoding.DER))
        self._post(order["finalize"], {"csr": der})
        chain = self._sent(self._until(url, "valid")["certificate"], "").data
        leaf, end, issuers = chain.partition(b"-----END CERTIFICATE-----\n")
        saved = {"cert": leaf + end, "chain": issuers, "fullchain": chain, "privkey": _pem(key)}
        for kind, data in saved.items():
            _save(self._folder / f"{names[0]}.{kind}.pem", data)

    def _opened(self) -> str:
        file = self._folder / "account"
        if not file.exists():
            response = self._sent(self._urls["newAccount"], {"termsOfServiceAgreed": True})
            file.write_text(response.headers["Location"], "ascii")
        return file.read_text("ascii")

    def _until(self, url: str, status: str) -> Any:
        while True:
            order = self._post(url)[1]
            if order["status"] in {status, "valid"}:
                return order
            assert order["status"] != "invalid", order
            time.sleep(_LOOKS_EVERY_SECONDS)

    def _post(self, url: str, payload: object = "") -> tuple[str, Any]:
        response = self._sent(url, payload)
        return response.headers.get("Location", url), json.loads(response.data)

    def _sent(self, url: str, payload: object) -> urllib3.BaseHTTPResponse:
        if not self._nonce:
            self._nonce = self._pool.request("HEAD", self._urls["newNonce"]).headers["Replay-Nonce"]
        account = getattr(self, "_account", None)
        who = {"jwk": self._jwk} if account is None else {"kid": account}
        header = _encoded(json.dumps({"alg": "ES256", "nonce": self._nonce, "url": url, **who}).encode())
        body = "" if payload == "" else _encoded(json.dumps(payload).encode())
        r, s = decode_dss_signature(self._key.sign(f"{header}.{body}".encode(), _ES256))
        signature = _encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        jws = json.dumps({"protected": header, "payload": body, "signature": signature})
        response = self._pool.request("POST", url, jws, headers={"Content-Type": "application/jose+json"})
        assert response.status < 300, response.data
        self._nonce = response.headers["Replay-Nonce"]
        return response

    def _thumbprint(self) -> str:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(json.dumps(self._jwk, sort_keys=True, separators=(",", ":")).encode())
        return _encoded(digest.finalize())


def _save(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


if __name__ == "__main__":
    bare = Bare(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    for word in sys.argv[5:]:
        bare.obtain(word.split(","), Path(sys.argv[4]))
