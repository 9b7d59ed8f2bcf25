"""The one place that holds the version; nothing is imported here, so that `--version` stays cheap."""

VERSION = "0.1.0"
# The release of Certbot whose command line and files are spoken; written as `version` into renewal files.
CERTBOT_LEVEL = "5.8.0"


def version_line(program: str) -> str:
    """Under the name ``certbot`` what scripts that parse Certbot's version expect."""
    if program == "certbot":
        return f"certbot {CERTBOT_LEVEL} (everseal {VERSION})"
    return f"everseal {VERSION}"
