"""The verbs for web servers, and the options of plugins, where no such plugin is there."""

from tests.differential.scenario import Run, Scenario

_DNS = (
    "cloudflare",
    "digitalocean",
    "dnsimple",
    "dnsmadeeasy",
    "gehirn",
    "google",
    "linode",
    "luadns",
    "nsone",
    "ovh",
    "rfc2136",
    "sakuracloud",
)

WEBSERVERS = (
    Scenario(
        "run-null",
        (
            Run("run {acme} -n --standalone -i null -d a.example --redirect --disable-renew-updates"),
            Run("{acme} -n -a standalone --installer null -d a.example --no-redirect --keep"),
            Run("everything {acme} -n --standalone -d b.example", status=1),
            Run("run {acme} -n --standalone -i null --ip-address 127.0.0.1", status=1),
            Run("renew {acme} --force-renewal"),
        ),
    ),
    Scenario(
        "run-enhanced",
        (
            Run("run {acme} -n --standalone -i null -d a.example --hsts --uir --staple-ocsp --redirect"),
            Run("run {acme} -n --standalone -i null -d b.example --no-hsts --no-uir --no-staple-ocsp"),
        ),
    ),
    Scenario(
        "install-null",
        (
            Run("install -n -i null --cert-name one.example"),
            Run("install -n --cert-name one.example", status=1),
            Run("install -n -i null", status=1),
            Run(
                "install -n -i null --cert-path {here}/config/live/one.example/cert.pem"
                " --key-path {here}/config/live/one.example/privkey.pem"
                " --chain-path {here}/config/live/one.example/chain.pem"
                " --fullchain-path {here}/config/live/one.example/fullchain.pem -d one.example"
            ),
        ),
        start="one",
        prompts=("which certificate", "how to install"),
    ),
    Scenario(
        "enhance-null",
        (
            Run("enhance -n -i null --cert-name one.example", status=1),
            Run("enhance -n -i null --cert-name one.example --redirect"),
            Run("enhance -n --cert-name one.example --hsts", status=1),
            Run("enhance -n -i null --cert-name one.example --auto-hsts", status=1),
        ),
        start="one",
    ),
    Scenario(
        "rollback-nothing",
        (
            Run("rollback -n --checkpoints 1", status=1),
            Run("rollback -n -i null --checkpoints 2"),
        ),
    ),
    Scenario(
        "plugins-listed",
        (
            Run("plugins"),
            Run("plugins --init --prepare --authenticators"),
            Run("plugins --installers"),
        ),
        start="empty",
    ),
    Scenario(
        "plugins-not-there",
        (
            Run("certonly {acme} -n --nginx -d a.example", status=1),
            Run("run {acme} -n --apache -d a.example", status=1),
            Run("certonly {acme} -n --configurator nothing -d a.example", status=1),
            Run("certonly {acme} -n --dns-route53 -d a.example", status=1),
            Run("certonly {acme} -n --dns-rfc2136 -d a.example", status=1),
            Run("certonly {acme} -n -d a.example " + " ".join(f"--dns-{name}" for name in _DNS), status=1),
        ),
    ),
    Scenario(
        "plugins-options-not-there",
        (
            Run(
                "certificates --nginx-server-root /etc/nginx --nginx-ctl nginx --nginx-sleep-seconds 1",
                status=2,
            ),
            Run(
                "certificates --apache-enmod a2enmod --apache-dismod a2dismod --apache-le-vhost-ext"
                " -le-ssl.conf"
                " --apache-server-root /etc/apache2 --apache-vhost-root /etc/apache2 --apache-logs-root"
                " /var/log"
                " --apache-challenge-location /etc/apache2 --apache-handle-modules True"
                " --apache-handle-sites True"
                " --apache-ctl apache2ctl --apache-bin apache2",
                status=2,
            ),
            Run(
                "certificates --dns-google-project p "
                + " ".join(f"--dns-{name}-credentials f --dns-{name}-propagation-seconds 1" for name in _DNS),
                status=2,
            ),
        ),
    ),
)
