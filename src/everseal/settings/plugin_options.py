"""Options of the plugins that prove control and of those that edit web servers.

Their names are Certbot's, so that its command lines and renewal files are understood.
"""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

DNS_PLUGINS: Final = (
    ("dns-cloudflare", "Cloudflare", 10),
    ("dns-digitalocean", "DigitalOcean", 10),
    ("dns-dnsimple", "DNSimple", 30),
    ("dns-dnsmadeeasy", "DNS Made Easy", 60),
    ("dns-gehirn", "Gehirn Infrastructure Service", 30),
    ("dns-google", "Google Cloud DNS", 60),
    ("dns-linode", "Linode", 120),
    ("dns-luadns", "LuaDNS", 30),
    ("dns-nsone", "NS1", 30),
    ("dns-ovh", "OVH", 120),
    ("dns-rfc2136", "a name server that takes RFC 2136 updates", 60),
    ("dns-route53", "Amazon Route 53", None),
    ("dns-sakuracloud", "Sakura Cloud", 90),
)
"""Name, what it is, and the seconds Certbot waits for the record to spread (None: it asks the provider)."""

PLUGINS: Final = ("webroot", "standalone", "manual", "nginx", "apache", *(name for name, _, _ in DNS_PLUGINS))
"""The plugins whose options are known; third parties' are chosen with ``-a`` and ``-i``."""


def _option(plugin: str, name: str, text: str, *, default: object = None, metavar: str = "TEXT") -> Option:
    dest = f"{plugin}_{name}".replace("-", "_")
    flag = f"--{plugin}-{name}"
    return Option(
        dest, flag, "text", text, topics=plugin, default=default, metavar=metavar, key=dest, plugin=plugin
    )


def _dns_options() -> Iterator[Option]:
    for plugin, title, seconds in DNS_PLUGINS:
        if seconds is None:
            continue
        dest = plugin.replace("-", "_")
        yield Option(
            f"{dest}_propagation_seconds",
            f"--{plugin}-propagation-seconds",
            "int",
            "seconds to wait for the record to spread before the authority is told to look",
            topics=plugin,
            default=seconds,
            metavar="N",
            key=f"{dest}_propagation_seconds",
            plugin=plugin,
        )
        yield Option(
            f"{dest}_credentials",
            f"--{plugin}-credentials",
            "path",
            f"file with the login for {title}",
            topics=plugin,
            metavar="FILE",
            key=f"{dest}_credentials",
            plugin=plugin,
        )


PLUGIN_OPTIONS: Final = (
    Option(
        "webroot_path",
        "--webroot-path -w",
        "webroots",
        "the web server's directory for the names that follow; repeat it where names have different ones",
        topics="webroot certonly run",
        default=(),
        metavar="DIR",
        key="webroot_path",
        plugin="webroot",
    ),
    Option(
        "webroot_map",
        "--webroot-map",
        "webroot map",
        'names and their directories as JSON: {"a.example,b.example": "/var/www/ab"}',
        topics="webroot",
        default={},
        metavar="JSON",
        key="webroot_map",
        plugin="webroot",
    ),
    _option("manual", "auth-hook", "shell command that puts a challenge in place", metavar="COMMAND"),
    _option("manual", "cleanup-hook", "shell command that takes a challenge away", metavar="COMMAND"),
    _option("nginx", "server-root", "nginx's configuration directory", default="/etc/nginx", metavar="DIR"),
    _option("nginx", "ctl", "the nginx program", default="nginx", metavar="PROGRAM"),
    Option(
        "nginx_sleep_seconds",
        "--nginx-sleep-seconds",
        "int",
        "seconds to wait for nginx after a reload",
        topics="nginx",
        default=1,
        metavar="N",
        key="nginx_sleep_seconds",
        plugin="nginx",
    ),
    _option("apache", "enmod", "program that enables a module", metavar="PROGRAM"),
    _option("apache", "dismod", "program that disables a module", metavar="PROGRAM"),
    _option("apache", "le-vhost-ext", "suffix of the TLS virtual host's file", default="-le-ssl.conf"),
    _option("apache", "server-root", "Apache's configuration directory", metavar="DIR"),
    _option("apache", "vhost-root", "directory of virtual hosts", metavar="DIR"),
    _option("apache", "logs-root", "directory of Apache's logs", metavar="DIR"),
    _option("apache", "challenge-location", "directory for challenge configuration", metavar="DIR"),
    _option("apache", "handle-modules", "whether modules may be enabled: True or False", metavar="BOOL"),
    _option("apache", "handle-sites", "whether sites may be enabled: True or False", metavar="BOOL"),
    _option("apache", "ctl", "Apache's control program", metavar="PROGRAM"),
    _option("apache", "bin", "the Apache program", metavar="PROGRAM"),
    *_dns_options(),
    _option("dns-google", "project", "Google Cloud project of the zone", metavar="PROJECT"),
)
