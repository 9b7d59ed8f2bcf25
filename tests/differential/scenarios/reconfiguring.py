"""`reconfigure`: other settings for the next renewal, tried out first."""

from tests.differential.scenario import Run, Scenario
from tests.differential.terminal import Answer

RECONFIGURING = (
    Scenario(
        "reconfigure-hooks",
        (
            Run(
                "reconfigure {acme} -n --cert-name one.example --pre-hook '{record} pre' --deploy-hook"
                " '{record} deploy'"
                " --post-hook '{record} post'",
                says=(
                    "Successfully updated configuration.",
                    "Changes will apply when the certificate renews.",
                ),
            ),
            Run(
                "reconfigure {acme} -n --cert-name one.example --deploy-hook '{record} other'"
                " --run-deploy-hooks",
            ),
            Run(
                "reconfigure -n --cert-name one.example",
                says=("No changes were made to the renewal configuration.",),
            ),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
        prompts=("run deploy hooks",),
    ),
    Scenario(
        "reconfigure-authenticator",
        (
            Run("reconfigure {acme} -n --cert-name one.example -a webroot -w {www}", served=True),
            Run("reconfigure {acme} -n --cert-name one.example --webroot -w {here}/home", status=1),
        ),
        start="one",
    ),
    Scenario(
        "reconfigure-refused",
        (
            Run("reconfigure {acme} -n --cert-name one.example -d new.example", status=1),
            Run("reconfigure -n --cert-name one.example --server https://127.0.0.1:1/dir", status=1),
            Run(
                "reconfigure -n --cert-name one.example --account 0123456789abcdef0123456789abcdef", status=1
            ),
            Run("reconfigure {acme} -n --cert-name nobody", status=1),
            Run("reconfigure {acme} -n", status=1),
        ),
        start="one",
        prompts=("which certificate",),
    ),
    Scenario(
        "reconfigure-asked",
        (
            Run(
                "reconfigure {acme} --deploy-hook '{record} deploy'",
                answers=(
                    Answer(r"\(press 'c' to cancel\): ", "1"),
                    Answer(r"\(R\)un deploy hooks/\(D\)o not run deploy hooks: ", "r"),
                ),
            ),
        ),
        start="one",
        prompts=("which certificate", "run deploy hooks"),
    ),
)
