"""Which certificate a command is about: the same names, more, fewer, others, a name of its own."""

from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario


def _break_renewal_file(here: Path) -> None:
    (here / "config/renewal/one.example.conf").write_text("version = 5.8.0\n", "utf-8")


def _occupy_archive(here: Path) -> None:
    place = here / "config/archive/a.example"
    place.mkdir(parents=True)
    (place / "cert1.pem").write_text("somebody's\n", "utf-8")


def _put_first_version_to_use_again(here: Path) -> None:
    for kind in ("cert", "chain", "fullchain", "privkey"):
        link = here / f"config/live/one.example/{kind}.pem"
        link.unlink()
        link.symlink_to(f"../../archive/one.example/{kind}1.pem")


_PAIR = "-d pair.example -d www.pair.example"

LINEAGES = (
    Scenario(
        "lineage-expand",
        (
            Run(
                f"certonly {{acme}} -n --standalone {_PAIR} -d more.example",
                status=1,
                says=("--expand",),
            ),
            Run(f"certonly {{acme}} -n --standalone {_PAIR} -d more.example --expand"),
            Run("certificates"),
        ),
        start="pair",
        prompts=("subset",),
    ),
    Scenario(
        "lineage-fewer-names",
        (Run("certonly {acme} -n --standalone -d pair.example"),),
        start="pair",
    ),
    Scenario(
        "lineage-overlap",
        (Run("certonly {acme} -n --standalone -d www.pair.example,other.example"),),
        start="pair",
    ),
    Scenario(
        "lineage-duplicate",
        (
            Run(f"certonly {{acme}} -n --standalone --duplicate {_PAIR}"),
            Run(f"certonly {{acme}} -n --standalone --duplicate {_PAIR}"),
            Run("certificates -d pair.example"),
        ),
        start="pair",
    ),
    Scenario(
        "lineage-keep",
        (
            Run(
                f"certonly {{acme}} -n --standalone {_PAIR}",
                says=("Certificate not yet due for renewal; no action taken.",),
            ),
            Run(f"certonly {{acme}} -n --standalone {_PAIR} --keep-until-expiring"),
            Run(f"certonly {{acme}} -n --standalone {_PAIR} --keep --cert-name pair.example"),
            Run("certonly {acme} -n --standalone --reinstall --cert-name pair.example"),
        ),
        start="pair",
        prompts=("identical",),
    ),
    Scenario(
        "lineage-force",
        (Run("certonly {acme} -n --standalone -d www.pair.example -d pair.example --renew-by-default"),),
        start="pair",
    ),
    Scenario(
        "lineage-own-name",
        (
            Run("certonly {acme} -n --standalone --cert-name mine -d x.example"),
            Run(
                "certonly {acme} -n --standalone --cert-name other",
                status=1,
                says=("Missing command line flag or config entry for this setting:",),
            ),
            Run("certonly {acme} -n --standalone --cert-name a/b -d x.example", status=1),
            Run("certonly {acme} -n --standalone", status=1),
        ),
        prompts=("names",),
    ),
    Scenario(
        "lineage-other-names",
        (
            Run(
                "certonly {acme} -n --standalone --cert-name pair.example -d pair.example -d new.example"
                " --renew-with-new-domains"
            ),
            Run("certonly {acme} -n --standalone --cert-name pair.example -d new.example"),
        ),
        start="pair",
        prompts=("names differ",),
    ),
    Scenario(
        "lineage-broken-renewal-file",
        (
            Change("the renewal file loses everything", _break_renewal_file),
            Run("certonly {acme} -n --standalone -d one.example"),
        ),
        start="one",
    ),
    Scenario(
        "lineage-archive-taken",
        (
            Change("archive/a.example is somebody else's", _occupy_archive),
            Run(
                "certonly {acme} -n --standalone -d a.example",
                status=1,
                says=("archive directory exists for a.example",),
            ),
        ),
    ),
    Scenario(
        "lineage-left-behind",
        (
            Run("renew {acme} --force-renewal"),
            Change("the links point to the first version again", _put_first_version_to_use_again),
            Run("certonly {acme} -n --standalone -d one.example"),
            Change("the links point to the first version again", _put_first_version_to_use_again),
            Run("renew {acme}"),
        ),
        start="one",
    ),
)
