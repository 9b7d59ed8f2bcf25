"""Keys: their type, their size, kept and changed."""

from tests.differential.scenario import Run, Scenario

_AGAIN = "certonly {acme} -n --standalone --cert-name one.example -d one.example"
_CONFIRM = (
    "Please provide both --cert-name and --key-type on the command line to confirm the change you are"
    " trying to"
    " make."
)

KEYS = (
    Scenario(
        "keys-types",
        (
            Run("certonly {acme} -n --standalone -d one.example --key-type rsa", status=1, says=(_CONFIRM,)),
            Run(f"{_AGAIN} --key-type rsa --rsa-key-size 3072"),
            Run(f"{_AGAIN} --force-renewal"),
            Run("renew {acme} --force-renewal --key-type ecdsa --elliptic-curve secp384r1"),
        ),
        start="one",
        prompts=("key type",),
    ),
    Scenario(
        "keys-refused",
        (
            Run(f"{_AGAIN} --key-type rsa --rsa-key-size 1024 --force-renewal", status=1),
            Run(f"{_AGAIN} --key-type dsa", status=2),
            Run(f"{_AGAIN} --elliptic-curve secp160r1 --force-renewal", status=2),
        ),
        start="one",
    ),
    Scenario(
        "keys-reused",
        (
            Run(f"{_AGAIN} --reuse-key --force-renewal"),
            Run("renew {acme} --force-renewal"),
            Run(
                f"{_AGAIN} --reuse-key --force-renewal --elliptic-curve secp384r1",
                status=1,
                says=(
                    "Unable to change the --elliptic-curve of this certificate because --reuse-key is set.",
                ),
            ),
            Run(f"{_AGAIN} --reuse-key --new-key --force-renewal"),
            Run("renew {acme} --force-renewal --key-type rsa", status=1),
            Run("renew {acme} --force-renewal --no-reuse-key"),
        ),
        start="one",
    ),
    Scenario(
        "keys-reuse-ends",
        (
            Run("certonly {acme} -n --standalone -d a.example --reuse-key"),
            Run("certonly {acme} -n --standalone -d a.example --force-renewal"),
        ),
    ),
)
