"""Getting a first certificate, in each way."""

from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario

_PUT_FILES = "--manual --manual-auth-hook '{bin}/put auth' --manual-cleanup-hook '{bin}/take cleanup'"
_PUT_RECORDS = (
    "--manual --preferred-challenges dns --manual-auth-hook '{bin}/put-txt auth {dns}'"
    " --manual-cleanup-hook '{bin}/take-txt cleanup {dns}'"
)


def _add_second_webroot(here: Path) -> None:
    (here / "second").symlink_to("www")


OBTAINING = (
    Scenario(
        "certonly-standalone",
        (
            Run(
                "certonly {acme} -n --authenticator standalone -d a.example --agree-tos --email"
                " one@mail.example",
                says=("Certificate is saved at: {here}/config/live/a.example/fullchain.pem",),
            ),
            Run("certificates"),
            Run("certificates -d a.example"),
            Run("certificates --cert-name b.example"),
        ),
        start="empty",
        looks_everywhere=True,
        prompts=("email", "share email"),
    ),
    Scenario(
        "certonly-standalone-old-authority",
        (
            Run(
                "auth {acme} -a standalone --non-interactive --domains a.example,b.example --domain c.example"
            ),
            Run("renew {acme} --force-renewal"),
        ),
        authority="old",
    ),
    Scenario(
        "certonly-webroot-pairs",
        (
            Change("there is a second webroot", _add_second_webroot),
            Run(
                "certonly {acme} -n --webroot -w {www} -d a.example -d b.example --webroot-path"
                " {here}/second -d c.example",
                served=True,
            ),
            Run("renew {acme} --force-renewal", served=True),
        ),
    ),
    Scenario(
        "certonly-webroot-map",
        (
            Run(
                "certonly {acme} -n -a webroot -d m.example"
                """ --webroot-map '{"m.example,n.example": "{www}"}'""",
                served=True,
            ),
            Run(
                "certonly {acme} -n -a webroot -w {www} -d m.example,o.example"
                """ --webroot-map '{"m.example": "{www}"}'""",
                served=True,
            ),
        ),
    ),
    Scenario(
        "certonly-webroot-faults",
        (
            Run(
                "certonly {acme} -n --webroot -d a.example",
                status=1,
                says=("Missing command line flag or config entry for this setting:",),
            ),
            Run("certonly {acme} -n --webroot -w {here}/nowhere -d a.example", status=1),
            Run(
                "certonly {acme} -n --webroot -w {www} -w {here}/home -d a.example -w {www} -w {www}",
                status=1,
            ),
            Run(
                "certonly {acme} -n --webroot -w {www} -d a.example -d b.example",
                status=1,
                says=("Some challenges have failed.", "Identifier: a.example", "Type: connection"),
            ),
        ),
        prompts=("webroot",),
    ),
    Scenario(
        "certonly-manual-http",
        (
            Run(f"certonly {{acme}} -n {_PUT_FILES} -d a.example,b.example", served=True),
            Run("renew {acme} --force-renewal", served=True),
        ),
    ),
    Scenario(
        "certonly-manual-dns",
        (Run(f"certonly {{acme}} -n {_PUT_RECORDS} -d 'a.example,*.a.example'"),),
    ),
    Scenario(
        "certonly-manual-faults",
        (
            Run("certonly {acme} -n --manual -d a.example", status=1),
            Run(
                "certonly {acme} -n --manual --manual-auth-hook '{bin}/fail auth' -d a.example",
                status=1,
                served=True,
            ),
            Run("certonly {acme} -n --manual --manual-auth-hook {bin}/none -d a.example", status=1),
        ),
    ),
    Scenario(
        "certonly-addresses",
        (Run("certonly {acme} -n --standalone --ip-address 127.0.0.1 -d a.example"),),
    ),
    Scenario(
        "certonly-must-staple",
        (
            Run("certonly {acme} -n --standalone -d a.example --must-staple"),
            Run("renew {acme} --force-renewal"),
        ),
    ),
    Scenario(
        "certonly-preferred-chain",
        (
            Run("certonly {acme} -n --standalone -d a.example --preferred-chain '{alternate}'"),
            Run("renew {acme} --force-renewal"),
            Run("renew {acme} --force-renewal --preferred-chain 'Nobody Root CA'"),
        ),
    ),
    Scenario(
        "certonly-profiles",
        (
            Run("certonly {acme} -n --standalone -d a.example --required-profile shortlived"),
            Run("certonly {acme} -n --standalone -d b.example --preferred-profile shortlived"),
            Run("renew {acme} --cert-name b.example --force-renewal --preferred-profile default"),
            Run("certonly {acme} -n --standalone -d c.example --required-profile nothing", status=1),
        ),
        authority="profiles",
    ),
    Scenario(
        "certonly-profile-not-offered",
        (Run("certonly {acme} -n --standalone -d b.example --preferred-profile nothing"),),
    ),
    Scenario(
        "certonly-allow-subset",
        (
            Run(
                "certonly {acme} -n --standalone --allow-subset-of-names -d a.example -d"
                " blocked-domain.example",
                says=(
                    "Unable to obtain a certificate with every requested domain.",
                    "Retrying without: blocked-domain.example",
                ),
            ),
            Run("renew {acme} --force-renewal"),
            Run(
                "certonly {acme} -n --standalone --allow-subset-of-names -d blocked-domain.example", status=1
            ),
            Run("certonly {acme} -n --standalone --allow-subset-of-names -d '*.a.example'", status=1),
        ),
    ),
    Scenario(
        "certonly-dry-run",
        (
            Run(
                "certonly {acme} -n --standalone -d a.example --dry-run",
                says=("The dry run was successful.",),
            ),
            Run("certificates"),
            Run("certificates --dry-run", status=1),
        ),
    ),
    Scenario(
        "certonly-with-everything-said",
        (
            Run(
                "certonly {acme} --noninteractive -tvv --text --verbose --standalone -d A.example."
                " --http-01-address 127.0.0.1 --https-port 4443"
                " --issuance-timeout 60 --user-agent mine --user-agent-comment tests --no-verify-ssl --debug"
                " --max-log-backups 3 --preconfigured-renewal --strict-permissions --verbose-level 0"
                " --preferred-challenges http --key-type ecdsa --elliptic-curve secp256r1"
                " --disable-hook-validation --no-directory-hooks --no-eff-email --break-my-certs",
            ),
            Run("renew {acme} --force-renewal --quiet"),
        ),
    ),
)
