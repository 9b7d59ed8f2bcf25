"""The words of the command line: verbs anywhere, abbreviations, faults, help."""

from tests.differential.scenario import Run, Scenario

GRAMMAR = (
    Scenario(
        "grammar-order-and-abbreviation",
        (
            Run(
                "--non-inter {acme} -d a.example -d=b.example certonly --standal --preferred-challenge"
                " http-01,dns-01"
            ),
            Run("-n {acme} --standalone --cert-name=x -d c.example -tv auth --key-t rsa --key-type ecdsa"),
            Run("certificates --domain a.example --cert-name a.example"),
        ),
    ),
    Scenario(
        "grammar-verb-as-value",
        (
            Run(
                "--cert-name install certonly {acme} -n --standalone -d a.example",
                status=1,
                says=("Missing command line flags.",),
            ),
        ),
    ),
    Scenario(
        "grammar-faults",
        (
            Run("certonly --no-such-option", status=2),
            Run("certonly --preferred x", status=2),
            Run("certonly --cert-name", status=2),
            Run("certonly --rsa-key-size big", status=2),
            Run("certonly --max-log-backups -1", status=2),
            Run("certificates extra words", status=2),
            Run("certonly -n --standalone -d http://a.example", status=1),
            Run("certonly -n --standalone -d 192.0.2.1", status=1),
            Run("certonly -n --standalone -d a..example", status=1),
            Run("certonly -n --standalone --ip-address a.example", status=1),
            Run("certonly -n --standalone --preferred-challenges smtp -d a.example", status=2),
            Run("certonly -n --standalone --user-agent-comment '(' -d a.example", status=2),
        ),
        start="empty",
    ),
    Scenario(
        "grammar-conflicts",
        (
            Run("certificates --http-01-port 4444 --https-port 4444", status=1),
            Run("certonly -n {acme} --standalone --webroot -d a.example", status=1),
            Run("certonly -n {acme} --standalone --staging -d a.example", status=1),
            Run("certificates --test-cert"),
            Run("run -n {acme} --standalone -i null --hsts --auto-hsts -d a.example", status=1),
            Run("certonly -n --dry-run --csr missing", status=2),
            Run("show_account {acme} --dry-run", status=1),
            Run(
                "certonly -n {acme} --standalone -d a.example -m not-an-address"
                " --register-unsafely-without-email"
            ),
        ),
    ),
    Scenario(
        "grammar-deprecated",
        (
            Run(
                "certificates --os-packages-only --no-self-upgrade --no-bootstrap --no-permissions-check",
                says=("Use of --os-packages-only is deprecated.", "Use of --no-bootstrap is deprecated."),
            ),
            Run("certificates --manual-public-ip-logging-ok", status=2),
        ),
    ),
    Scenario(
        "grammar-help",
        (
            Run("--version"),
            Run("--help"),
            Run("help"),
            Run("help certonly"),
            Run("--help all"),
            Run("certonly -h"),
            Run("--help commands"),
            Run("--help paths"),
            Run("--help webroot"),
        ),
        start="empty",
        looks_everywhere=True,
    ),
    Scenario(
        "grammar-default-directories",
        (
            Run(
                "certificates --config-dir here/config --work-dir here/work --logs-dir here/logs",
                own_directories=True,
            ),
        ),
        start="empty",
    ),
)
