"""Copies of certificate and key elsewhere."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

EXPORT: Final = (
    Option(
        "out",
        "--out",
        "path",
        "copy the certificate and its key to this directory too, now and at each renewal",
        topics="certonly run",
        metavar="DIR",
        own=True,
        verbs=("certonly", "run"),
    ),
    Option(
        "export_format",
        "--format",
        "choice",
        "the form of the copies: single PEM files, one PEM file with chain and key, PKCS#12, PKCS#12 for "
        "Java before 8u301, or DER",
        topics="export certonly run",
        default="pem",
        choices=("pem", "combined", "pkcs12", "pkcs12-legacy", "der"),
        metavar="FORM",
        own=True,
        verbs=("export", "certonly", "run"),
    ),
    Option(
        "export_mode",
        "--mode",
        "text",
        "the mode of the copies, in octal digits (0600 for keys and 0644 for certificates if not said)",
        topics="export certonly run",
        metavar="MODE",
        own=True,
        verbs=("export", "certonly", "run"),
    ),
    Option(
        "export_owner",
        "--owner",
        "text",
        "who owns the copies",
        topics="export certonly run",
        metavar="USER:GROUP",
        own=True,
        verbs=("export", "certonly", "run"),
    ),
    Option(
        "password_file",
        "--password-file",
        "path",
        "a file with the password of PKCS#12 files in its first line",
        topics="export certonly run",
        metavar="FILE",
        own=True,
        verbs=("export", "certonly", "run"),
    ),
    Option(
        "keep_export",
        "--remember",
        "flag",
        "export every new version to the directory from now on",
        topics="export",
        default=False,
        own=True,
        verbs=("export",),
    ),
    Option(
        "forget_export",
        "--forget",
        "flag",
        "export no further version to the directory; its files stay",
        topics="export",
        default=False,
        own=True,
        verbs=("export",),
    ),
)
