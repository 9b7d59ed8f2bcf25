"""Options about the CAs that are asked where the first one does not issue."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

FALLBACKS: Final = (
    Option(
        "fallback_server",
        "--fallback-server",
        "texts",
        "ask this authority too, by its URL or name, where those before it do not issue; may be repeated; "
        "none forgets those kept for the certificate",
        topics="everseal run certonly renew reconfigure",
        default=(),
        metavar="URL",
        key="fallback_server",
        own=True,
    ),
    Option(
        "fallback_ca",
        "--fallback-ca",
        "texts",
        "the same by a name of `ca list`; asked after those of --fallback-server",
        topics="everseal run certonly renew reconfigure",
        default=(),
        metavar="NAME",
        own=True,
    ),
    Option(
        "fallback_on",
        "--fallback-on",
        "text",
        "when the next authority is asked: down, limits, refusal, separated by commas",
        topics="everseal run certonly renew reconfigure",
        default="down,limits,refusal",
        metavar="LIST",
        key="fallback_on",
        own=True,
    ),
    Option(
        "fallback_stay",
        "--fallback-stay",
        "flag",
        "go on with the fallback that issued last, instead of asking the first authority again each time",
        topics="everseal run certonly renew reconfigure",
        default=False,
        off_flags="--no-fallback-stay",
        key="fallback_stay",
        own=True,
    ),
    Option(
        "fallback_eab_kid",
        "--fallback-eab-kid",
        "texts",
        "key identifier for external account binding at a fallback; with several fallbacks as NAME=KID",
        topics="everseal run certonly renew",
        default=(),
        metavar="KID",
        own=True,
    ),
    Option(
        "fallback_eab_hmac_key",
        "--fallback-eab-hmac-key",
        "texts",
        "HMAC key for it, in base64url; with several fallbacks as NAME=KEY",
        topics="everseal run certonly renew",
        default=(),
        metavar="KEY",
        own=True,
    ),
    Option(
        "caa_server",
        "--caa-name-server",
        "texts",
        "ask this name server, ADDRESS[:PORT], for the CAA records that are looked at before a fallback is "
        "used; may be repeated",
        topics="everseal",
        default=(),
        metavar="ADDRESS",
        key="caa_name_server",
        own=True,
    ),
)
