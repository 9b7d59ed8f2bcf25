"""Making a program trust a test CA that it has no option for: uacme, through libcurl and GnuTLS."""

from pathlib import Path

SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def trusting(ca_bundle: Path) -> list[str]:
    """Words to put before a command: it sees the bundle in the place of the system's, and nobody else does.

    A mount of its own in a user namespace of its own, which needs no rights on an ordinary Linux; containers
    may forbid it.
    """
    script = f'mount --bind "$0" {SYSTEM_BUNDLE} && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(ca_bundle)]
