"""Options about places and plugins: paths, the authority, which plugins; and those of single verbs."""

from __future__ import annotations

from everseal.settings.authorities import LETS_ENCRYPT
from everseal.settings.option import Option
from everseal.settings.plugin_options import DNS_PLUGINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

REVOCATION_REASONS: Final = {
    "unspecified": 0,
    "keycompromise": 1,
    "affiliationchanged": 3,
    "superseded": 4,
    "cessationofoperation": 5,
}
"""RFC 5280 section 5.3.1."""

VERB_OPTIONS: Final = (
    Option(
        "csr",
        "--csr",
        "text",
        "a certificate signing request (PEM or DER) to have signed, instead of a key made here",
        topics="certonly",
        metavar="FILE",
    ),
    Option(
        "reason",
        "--reason",
        "choice",
        "why the certificate is revoked",
        topics="revoke",
        default="unspecified",
        choices=tuple(REVOCATION_REASONS),
        metavar="REASON",
    ),
    Option(
        "delete_after_revoke",
        "--delete-after-revoke",
        "flag",
        "delete the certificate's files after revoking, or keep them",
        topics="revoke",
        off_flags="--no-delete-after-revoke",
    ),
    Option(
        "checkpoints",
        "--checkpoints",
        "int",
        "how many checkpoints to go back",
        topics="rollback",
        default=1,
        metavar="N",
    ),
    Option("init", "--init", "flag", "set the plugins up", topics="plugins", default=False),
    Option("prepare", "--prepare", "flag", "prepare the plugins too", topics="plugins", default=False),
    Option(
        "ifaces",
        "--authenticators --installers",
        "interfaces",
        "list only plugins of this sort",
        topics="plugins",
        default=(),
    ),
)

PATHS: Final = (
    Option(
        "cert_path",
        "--cert-path",
        "path",
        "the certificate: where to save it with --csr, which one to revoke or install",
        topics="paths certonly revoke install",
        metavar="PATH",
    ),
    Option(
        "key_path",
        "--key-path",
        "path",
        "the certificate's private key: to install it, or to sign the revocation with",
        topics="paths revoke install",
        metavar="PATH",
    ),
    Option(
        "fullchain_path",
        "--fullchain-path",
        "path",
        "the certificate with its chain",
        topics="paths certonly install",
        metavar="PATH",
    ),
    Option(
        "chain_path",
        "--chain-path",
        "path",
        "the chain without the certificate",
        topics="paths certonly install",
        metavar="PATH",
    ),
    Option(
        "config_dir",
        "--config-dir",
        "path",
        "directory of certificates, accounts and renewal files",
        topics="paths",
        default="/etc/letsencrypt",
        metavar="DIR",
        key="config_dir",
    ),
    Option(
        "work_dir",
        "--work-dir",
        "path",
        "directory for work and backups",
        topics="paths",
        default="/var/lib/letsencrypt",
        metavar="DIR",
        key="work_dir",
    ),
    Option(
        "logs_dir",
        "--logs-dir",
        "path",
        "directory of the log files",
        topics="paths",
        default="/var/log/letsencrypt",
        metavar="DIR",
        key="logs_dir",
    ),
    Option(
        "server",
        "--server",
        "text",
        "the authority's ACME directory",
        topics="paths",
        default=LETS_ENCRYPT,
        metavar="URL",
        key="server",
    ),
)

_SHORTHANDS: Final = (
    ("apache", "use the apache plugin to prove and to install", "run certonly install enhance"),
    ("nginx", "use the nginx plugin to prove and to install", "run certonly install enhance"),
    ("standalone", "prove with a small web server of our own", "run certonly"),
    ("manual", "prove by hand, or by commands of yours", "run certonly"),
    ("webroot", "prove with files in the web server's directory", "run certonly"),
)

SELECTION: Final = (
    Option(
        "configurator",
        "--configurator",
        "text",
        "plugin to prove and to install with",
        topics="plugins",
        metavar="NAME",
    ),
    Option(
        "authenticator",
        "-a --authenticator",
        "text",
        "plugin that proves control of the names",
        topics="plugins run certonly",
        metavar="NAME",
        key="authenticator",
    ),
    Option(
        "installer",
        "-i --installer",
        "text",
        "plugin that puts the certificate to use",
        topics="plugins run install enhance rollback",
        metavar="NAME",
        key="installer",
    ),
    *(
        Option(name, f"--{name}", "flag", text, topics=f"plugins {name} {verbs}", default=False)
        for name, text, verbs in _SHORTHANDS
    ),
    *(
        Option(
            name.replace("-", "_"),
            f"--{name}",
            "flag",
            f"prove with TXT records at {title}",
            topics=f"plugins {name}",
            default=False,
        )
        for name, title, _ in DNS_PLUGINS
    ),
)
