"""`revoke` and `delete`."""

from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario
from tests.differential.terminal import Answer

_LIVE = "{here}/config/live/one.example"
_ISSUE = Run("certonly {acme} -n --standalone -d one.example")
_REVOKED = "Congratulations! You have successfully revoked the certificate that was located at"


def _share_archive(here: Path) -> None:
    """A second lineage that uses the first one's files, as copied renewal files bring about."""
    renewal = here / "config/renewal"
    text = (renewal / "one.example.conf").read_text("utf-8")
    (renewal / "twin.example.conf").write_text(text.replace("live/one.example", "live/twin.example"), "utf-8")
    live = here / "config/live"
    (live / "twin.example").mkdir()
    for link in (live / "one.example").glob("*.pem"):
        (live / "twin.example" / link.name).symlink_to(link.readlink())


REMOVING = (
    Scenario(
        "revoke-by-path",
        (
            _ISSUE,
            Run(f"revoke {{acme}} -n --cert-path {_LIVE}/cert.pem --reason KeyCompromise", says=(_REVOKED,)),
            Run("certificates"),
        ),
        prompts=("revoke delete",),
    ),
    Scenario(
        "revoke-by-name",
        (
            _ISSUE,
            Run(
                "revoke -n --cert-name one.example --no-delete-after-revoke --reason superseded",
                says=(_REVOKED,),
            ),
            Run("certificates"),
            Run("revoke -n --cert-name one.example --no-delete-after-revoke", status=1),
            Run("revoke {acme} -n --cert-name nobody", status=1),
        ),
    ),
    Scenario(
        "revoke-by-key",
        (
            _ISSUE,
            Run(
                f"revoke {{acme}} -n --cert-path {_LIVE}/cert.pem --key-path {_LIVE}/privkey.pem"
                f" --delete-after-revoke",
                says=(_REVOKED,),
            ),
        ),
    ),
    Scenario(
        "revoke-by-other-key",
        (
            _ISSUE,
            Run("certonly {acme} -n --standalone -d a.example --key-type rsa"),
            Run(
                f"revoke {{acme}} -n --cert-path {_LIVE}/cert.pem --key-path"
                f" {{here}}/config/live/a.example/privkey.pem",
                status=1,
            ),
            Run(
                "revoke {acme} -n --cert-path {here}/config/live/a.example/fullchain.pem"
                " --key-path {here}/config/live/a.example/privkey.pem --reason cessationofoperation",
            ),
        ),
    ),
    Scenario(
        "revoke-refused",
        (
            Run(
                f"revoke {{acme}} -n --cert-path {_LIVE}/cert.pem --cert-name one.example",
                status=1,
                says=("Error! Exactly one of --cert-path or --cert-name must be specified!",),
            ),
            Run(
                "revoke {acme} -n",
                status=1,
                says=("Error! Exactly one of --cert-path or --cert-name must be specified!",),
            ),
            Run("revoke {acme} -n --cert-name one.example --reason boredom", status=2),
            Run("revoke {acme} -n --cert-path {here}/nothing.pem", status=1),
        ),
        start="one",
    ),
    Scenario(
        "revoke-shared-archive",
        (
            _ISSUE,
            Change("another lineage uses the same archive", _share_archive),
            Run(
                "revoke {acme} -n --cert-name one.example",
                says=("Not deleting revoked certificates due to overlapping archive dirs",),
            ),
            Run("delete -n --cert-name twin.example"),
        ),
    ),
    Scenario(
        "revoke-asked",
        (
            _ISSUE,
            Run(
                "revoke {acme} --cert-name one.example --reason unspecified",
                answers=(
                    Answer(r"\(Y\)es \(recommended\)/\(N\)o: ", ""),
                    Answer(r"\(Y\)es \(recommended\)/\(N\)o: ", "n"),
                ),
            ),
            Run("revoke {acme} -n --cert-name one.example --reason affiliationchanged", status=1),
        ),
        prompts=("revoke delete",),
    ),
    Scenario(
        "delete-by-name",
        (
            Run(
                "delete -n --cert-name one.example",
                says=("Deleted all files relating to certificate one.example.",),
            ),
            Run("delete -n --cert-name one.example", status=1),
            Run("delete -n", status=1),
        ),
        start="one",
        prompts=("delete", "which certificate"),
    ),
    Scenario(
        "delete-asked",
        (
            Run(
                "delete",
                answers=(Answer(r"\(Enter 'c' to cancel\): ", "1"), Answer(r"\(Y\)es/\(N\)o: ", "n")),
            ),
            Run(
                "delete",
                answers=(Answer(r"\(Enter 'c' to cancel\): ", "c"),),
                status=1,
            ),
            Run("delete --cert-name one.example", answers=(Answer(r"\(Y\)es/\(N\)o: ", "yes"),)),
        ),
        start="one",
        prompts=("delete", "which certificate"),
    ),
)
