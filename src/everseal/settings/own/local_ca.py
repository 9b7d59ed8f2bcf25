"""Options of the built-in certificate authority."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LOCAL_CA: Final = (
    Option(
        "ca_listen",
        "--listen",
        "text",
        "where the built-in authority listens",
        topics="ca",
        default="127.0.0.1:14000",
        metavar="ADDRESS:PORT",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_dir",
        "--ca-dir",
        "path",
        "directory of the built-in authority's keys and records",
        topics="ca",
        metavar="DIR",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_host",
        "--host",
        "texts",
        "an address for a name that does not resolve: NAME=ADDRESS; may be repeated",
        topics="ca",
        default=(),
        metavar="NAME=ADDRESS",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_name_server",
        "--name-server",
        "texts",
        "ask this name server, ADDRESS:PORT; may be repeated",
        topics="ca",
        default=(),
        metavar="ADDRESS:PORT",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_external_key",
        "--external-key",
        "texts",
        "demand external account binding with this key, KEYID:KEY; may be repeated",
        topics="ca",
        default=(),
        metavar="KEYID:KEY",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_limits",
        "--limits",
        "text",
        "play the limits of letsencrypt, letsencrypt-staging, or those in a file",
        topics="ca",
        metavar="NAME|FILE",
        own=True,
        verbs=("ca",),
    ),
    Option(
        "ca_allow_name",
        "--allow-name",
        "texts",
        "let the new root issue for names below this one or for this address range; may be repeated",
        topics="ca",
        default=(),
        metavar="NAME",
        own=True,
        verbs=("ca",),
    ),
)
