from __future__ import annotations

import socket
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk

TERMS = ("--agree-tos", "--register-unsafely-without-email")


def names_of(desk: Desk, name: str) -> list[str]:
    store = CertbotStore(str(desk.config), clock=SystemClock())
    return [each.value for each in store.load(CertificateName(name)).certificate.identifiers]


def renewal_file(desk: Desk, name: str) -> str:
    return (desk.config / "renewal" / f"{name}.conf").read_text("utf-8")


def write_csr(path: Path, *names: str, encoding: serialization.Encoding) -> None:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
    )
    path.write_bytes(
        builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(encoding)
    )


def test_a_person_is_asked_for_what_is_missing(desk: Desk) -> None:
    done = desk.run("certonly", answers=["1", "", "y", "one.test, two.test"])
    assert done.status == 0, f"{done.out}\n{done.err}"
    assert "How would you like to authenticate with the ACME CA?" in done.out
    assert (
        "Please enter the domain name(s) you would like on your certificate (comma and/or\nspace separated)"
        in done.out
    )
    assert "Requesting a certificate for one.test and two.test" in done.out
    assert names_of(desk, "one.test") == ["one.test", "two.test"]
    assert "authenticator = standalone\n" in renewal_file(desk, "one.test")


def test_the_account_registered_on_the_way_is_the_lineages(desk: Desk) -> None:
    desk.obtain("a.test")
    [account] = desk.account_folders
    assert f"account = {account.name}\n" in renewal_file(desk, "a.test")


def test_names_that_are_none_may_be_entered_again(desk: Desk) -> None:
    desk.register()
    done = desk.run("certonly", "--standalone", answers=["single bad..test", "y", "good.test"])
    assert done.status == 0, f"{done.out}\n{done.err}"
    assert "One or more of the entered domain names was not valid:" in done.out
    assert "single: single needs at least two labels" in done.out
    assert names_of(desk, "good.test") == ["good.test"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Missing command line flags. For non-interactive execution, you will need to specify a plugin"),
        (("--standalone",), "(You can set this with the --domains flag)"),
        (("--standalone", "--cert-name", "new"), "(You can set this with the --domains flag)"),
        (("--webroot", "-d", "a.test"), "Input the webroot for a.test:"),
        (("--webroot", "-w", "/nowhere", "-d", "a.test"), "/nowhere does not exist or is not a directory"),
        (("-a", "dns-route53", "-d", "a.test"), "The requested dns-route53 plugin does not appear to be"),
        (("--standalone", "-i", "nginx", "-d", "a.test"), "it is not part of Everseal yet"),
        (("--standalone", "-d", "a.test", "--pre-hook", "no-such-thing"), "Unable to find pre-hook command"),
        (("--standalone", "-d", "*.a.test"), "a wildcard needs dns-01"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_ordered(
    desk: Desk, words: tuple[str, ...], sentence: str
) -> None:
    desk.register()
    done = desk.run("certonly", *words)
    assert done.status == 1
    assert sentence in done.err
    assert not (desk.config / "live").exists()


def test_each_name_gets_its_webroot(desk: Desk, tmp_path: Path) -> None:
    desk.register()
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        root.mkdir()
    answers = [str(roots[0]), "1", str(roots[1])]
    done = desk.run("certonly", "--webroot", "-d", "a.test,b.test", answers=answers)
    assert "Input the webroot for a.test:" in done.out
    assert f"2: {roots[0]}" in done.out
    assert "Certificate Authority reported these problems" in done.out
    assert "Some challenges have failed." in done.err


def test_a_second_certificate_is_told_with_the_way_to_change_the_first(desk: Desk) -> None:
    desk.obtain("a.test", "b.test")
    subset = desk.succeed("certonly", "--standalone", "-d", "a.test")
    assert "There is a certificate a.test for a.test already" in subset.out
    assert "everseal names a.test --remove NAME" in subset.out
    overlap = desk.succeed("certonly", "--standalone", "-d", "c.test,b.test")
    assert "To change a.test instead: everseal names a.test --add c.test" in overlap.out
    assert names_of(desk, "a.test-0001") == ["a.test"]


def test_names_that_are_dropped_unattended_are_told_loudly(desk: Desk) -> None:
    desk.obtain("a.test", "b.test")
    rehearsed = desk.succeed("certonly", "--standalone", "--cert-name", "a.test", "-d", "a.test", "--dry-run")
    assert "no longer" not in rehearsed.err
    done = desk.succeed("certonly", "-q", "--standalone", "--cert-name", "a.test", "-d", "a.test")
    assert done.out == ""
    assert "WARNING: the certificate a.test will no longer be for b.test." in done.err
    assert "everseal names a.test --add b.test" in done.err
    desk.succeed("names", "a.test", "--add", "b.test")
    assert names_of(desk, "a.test") == ["a.test", "b.test"]


def test_what_is_not_due_is_kept(desk: Desk) -> None:
    desk.obtain("a.test")
    done = desk.succeed("certonly", "--standalone", "-d", "a.test")
    assert "Certificate not yet due for renewal; no action taken." in done.out
    assert "ari_retry_after" in renewal_file(desk, "a.test")


def test_a_person_may_free_the_port(desk: Desk, http_port: int) -> None:
    desk.register()
    with socket.create_server(("", http_port)):
        done = desk.run("certonly", "--standalone", "-d", "a.test", answers=["r", "c"])
        assert done.out.count(f"Could not bind TCP port {http_port} because it is already in use") == 2
        assert "(R)etry/(C)ancel: " in done.out
        assert done.status == 1
        unattended = desk.run("certonly", "--standalone", "-d", "a.test")
        assert (unattended.status, "Retry" in unattended.out) == (1, False)
    assert desk.run("certonly", "--standalone", "-d", "a.test").status == 0


def test_next_steps_fit_the_way_it_is_renewed(desk: Desk) -> None:
    desk.register()
    plain = desk.succeed("certonly", "--standalone", "-d", "a.test")
    assert (
        "NEXT STEPS:\n- The certificate will need to be renewed before it expires. Everseal can" in plain.out
    )
    scheduled = desk.succeed(
        "certonly", "--standalone", "-d", "a.test", "--force-renewal", "--preconfigured-renewal"
    )
    assert "NEXT STEPS" not in scheduled.out
    assert "Everseal has set up a scheduled task to automatically renew" in scheduled.out


def test_a_reused_key_keeps_its_kind(desk: Desk) -> None:
    desk.register()
    common = ("certonly", "--standalone", "--cert-name", "a.test")
    desk.succeed(*common, "-d", "a.test", "--reuse-key", "--key-type", "rsa")
    for option, value in (("--key-type", "ecdsa"), ("--rsa-key-size", "3072")):
        refused = desk.run(*common, "--force-renewal", option, value)
        assert refused.status == 1
        assert f"Unable to change the {option} of this certificate because --reuse-key is set." in refused.err
    keys = [(desk.config / f"archive/a.test/privkey{number}.pem") for number in (1, 2, 3)]
    desk.succeed(*common, "--force-renewal", "--reuse-key", "--key-type", "rsa")
    assert keys[0].read_bytes() == keys[1].read_bytes()
    desk.succeed(*common, "--force-renewal", "--reuse-key", "--new-key", "--key-type", "ecdsa")
    assert keys[1].read_bytes() != keys[2].read_bytes()
    assert "key_type = ecdsa\n" in renewal_file(desk, "a.test")
    assert "reuse_key = True\n" in renewal_file(desk, "a.test")


def test_no_test_certificate_takes_the_place_of_a_real_one(desk: Desk) -> None:
    desk.keep("a.test", server="https://real.example/dir")
    words = ("certonly", "--standalone", "--force-renewal", "-d", "a.test")
    done = desk.run(*words, server="https://staging.invalid/dir")
    assert done.status == 1
    assert "We will not do that unless you use the --break-my-certs flag!" in done.err


def test_what_is_in_the_way_is_seen_before_anything_is_ordered(desk: Desk) -> None:
    desk.register()
    (desk.config / "archive/a.test").mkdir(parents=True)
    (desk.config / "archive/a.test/notes").write_text("mine")
    done = desk.run("certonly", "--standalone", "-d", "a.test")
    assert done.status == 1
    assert "archive directory exists for a.test" in done.err
    assert not (desk.config / "renewal/a.test.conf").exists()
    assert "order" not in done.out


def test_a_broken_renewal_file_is_no_reason_for_a_second_certificate(desk: Desk) -> None:
    desk.register()
    (desk.config / "renewal").mkdir(exist_ok=True)
    (desk.config / "renewal/a.test.conf").write_text("[renewalparams\n")
    for words in (("-d", "a.test"), ("--cert-name", "a.test", "-d", "b.test")):
        done = desk.run("certonly", "--standalone", *words)
        assert done.status == 1
        assert "a.test.conf" in done.err
    assert not (desk.config / "live").exists()


class TestSigningRequest:
    """``certonly --csr``."""

    @pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
    def test_its_certificate_is_saved_beside_no_lineage(
        self,
        desk: Desk,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        encoding: serialization.Encoding,
    ) -> None:
        desk.register()
        write_csr(tmp_path / "request", "a.test", "b.test", encoding=encoding)
        monkeypatch.chdir(tmp_path)
        mark = tmp_path / "hook-ran"
        hook = ("--deploy-hook", f"touch {mark}", "--pre-hook", f"touch {mark}")
        done = desk.succeed("certonly", "--standalone", "--csr", "request", *hook)
        leaf = (tmp_path / "0000_cert.pem").read_bytes()
        assert (tmp_path / "0001_chain.pem").read_bytes() == leaf + (tmp_path / "0000_chain.pem").read_bytes()
        assert f"Certificate is saved at:            {tmp_path}/0000_cert.pem" in done.out
        assert f"Full certificate chain is saved at: {tmp_path}/0001_chain.pem" in done.out
        assert "- Certificates created using --csr will not be renewed automatically by Everseal." in done.out
        desk.succeed("certonly", "--standalone", "--csr", "request", "-d", "b.test,a.test")
        assert (tmp_path / "0001_cert.pem").exists()
        assert not (desk.config / "live").exists()
        assert not mark.exists()

    def test_paths_that_were_asked_for_are_not_overwritten(self, desk: Desk, tmp_path: Path) -> None:
        desk.register()
        write_csr(tmp_path / "request", "a.test", encoding=serialization.Encoding.PEM)
        places = [f"--{kind}-path={tmp_path}/new/{kind}.pem" for kind in ("cert", "chain", "fullchain")]
        words = ("certonly", "--standalone", "--csr", str(tmp_path / "request"), *places)
        desk.succeed(*words)
        assert (tmp_path / "new/fullchain.pem").stat().st_mode & 0o777 == 0o644
        again = desk.run(*words)
        assert again.status == 1
        assert f"{tmp_path}/new/cert.pem exists already, and is not overwritten" in again.err

    def test_a_rehearsal_saves_nothing(
        self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.register()
        write_csr(tmp_path / "request", "a.test", encoding=serialization.Encoding.PEM)
        monkeypatch.chdir(tmp_path)
        done = desk.succeed("certonly", "--standalone", "--csr", "request", "--dry-run")
        assert "The dry run was successful." in done.out
        assert not list(tmp_path.glob("*.pem"))

    def test_other_names_than_its_own_are_refused(self, desk: Desk, tmp_path: Path) -> None:
        write_csr(tmp_path / "request", "a.test", encoding=serialization.Encoding.PEM)
        csr = str(tmp_path / "request")
        done = desk.run("certonly", "--standalone", "--csr", csr, "-d", "b.test")
        assert done.status == 1
        assert "Inconsistent requests:\nFrom the CSR: a.test\nFrom command line/config: b.test" in done.err

    def test_a_file_that_is_not_there(self, desk: Desk) -> None:
        done = desk.run("certonly", "--standalone", "--csr", "/nowhere/request")
        assert done.status == 2
        assert "the certificate request /nowhere/request cannot be read" in done.err
