"""A person at the terminal: each question of `certonly`, and its answers."""

from tests.differential.scenario import Run, Scenario
from tests.differential.terminal import Answer

_CANCEL = r"\(press 'c' to cancel\): "
_ENTER = r"\(Enter 'c' to\s+cancel\): "

ASKING = (
    Scenario(
        "asked-how-to-prove",
        (
            Run("certonly {acme} -d a.example", answers=(Answer(_CANCEL, "1"),)),
            Run(
                "certonly {acme} -d b.example", answers=(Answer(_CANCEL, "9"), Answer(_CANCEL, "c")), status=1
            ),
            Run("certonly {acme} -n -d a.example", status=1, says=("Missing command line flags.",)),
        ),
        prompts=("how to prove",),
    ),
    Scenario(
        "asked-names",
        (
            Run("certonly {acme} --standalone", answers=(Answer(_ENTER, "a.example, b.example"),)),
            Run("certonly {acme} --standalone", answers=(Answer(_ENTER, "c"),), status=1),
        ),
        prompts=("names",),
    ),
    Scenario(
        "asked-webroot",
        (
            Run(
                "certonly {acme} --webroot -d a.example -d b.example",
                answers=(Answer(_ENTER, "/no/such/place"), Answer(_ENTER, "../www"), Answer(_CANCEL, "2")),
                served=True,
            ),
        ),
        prompts=("webroot",),
    ),
    Scenario(
        "asked-expand",
        (
            Run(
                "certonly {acme} --standalone -d pair.example,www.pair.example,more.example",
                answers=(Answer(r"\(E\)xpand/\(C\)ancel: ", "c"),),
                status=1,
                says=("--duplicate",),
            ),
            Run(
                "certonly {acme} --standalone -d pair.example,www.pair.example,more.example",
                answers=(Answer(r"\(E\)xpand/\(C\)ancel: ", "e"),),
            ),
        ),
        start="pair",
        prompts=("subset",),
    ),
    Scenario(
        "asked-identical",
        (
            Run("certonly {acme} --standalone -d one.example", answers=(Answer(_CANCEL, "1"),)),
            Run("certonly {acme} --standalone -d one.example", answers=(Answer(_CANCEL, "2"),)),
            Run("certonly {acme} --standalone -d one.example", answers=(Answer(_CANCEL, "c"),), status=1),
        ),
        start="one",
        prompts=("identical",),
    ),
    Scenario(
        "asked-key-type",
        (
            Run(
                "certonly {acme} --standalone -d one.example --key-type rsa",
                answers=(Answer(r"\(U\)pdate key type/\(K\)eep existing key type: ", "k"),),
                status=1,
            ),
            Run(
                "certonly {acme} --standalone -d one.example --key-type rsa",
                answers=(Answer(r"\(U\)pdate key type/\(K\)eep existing key type: ", "u"),),
            ),
        ),
        start="one",
        prompts=("key type",),
    ),
    Scenario(
        "asked-other-names",
        (
            Run(
                "certonly {acme} --standalone --cert-name pair.example -d pair.example,new.example",
                answers=(Answer(r"\(U\)pdate certificate/\(C\)ancel: ", "c"),),
                status=1,
            ),
            Run(
                "certonly {acme} --standalone --cert-name pair.example -d pair.example,new.example",
                answers=(Answer(r"\(U\)pdate certificate/\(C\)ancel: ", "u"),),
            ),
        ),
        start="pair",
        prompts=("names differ",),
    ),
    Scenario(
        "asked-port-busy",
        (
            Run(
                "certonly {acme} --standalone -d a.example",
                answers=(Answer(r"\(R\)etry/\(C\)ancel: ", "c"),),
                status=1,
                served=True,
                says=("Could not bind TCP port {port} because it is already in use",),
            ),
            Run("certonly {acme} -n --standalone -d a.example", status=1, served=True),
        ),
        prompts=("port busy",),
    ),
    Scenario(
        "asked-to-continue",
        (
            Run(
                "certonly {acme} --standalone --debug-challenges -d a.example",
                answers=(Answer(r"Press Enter to Continue", ""),),
                says=("Challenges loaded. Press continue to submit to CA.",),
            ),
            Run(
                "certonly {acme} --manual -d c.example",
                answers=(Answer(r"Press Enter to Continue", ""),),
                status=1,
            ),
        ),
    ),
    Scenario(
        "asked-without-terminal",
        (
            Run("certonly {acme} --standalone", status=1),
            Run("certonly {acme} --force-interactive --standalone", status=1),
            Run("certonly {acme} -n --force-interactive --standalone -d a.example", status=1),
        ),
        prompts=("names",),
    ),
)
