"""Hooks: from directories and from options, saved, overridden, failing, left out."""

from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario

_HOOKS = "--pre-hook '{record} pre' --deploy-hook '{record} deploy' --post-hook '{record} post'"


def _fill_directories(here: Path) -> None:
    for kind in ("pre", "deploy", "post"):
        folder = here / f"config/renewal-hooks/{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, mode in (("20-late", 0o755), ("10-early", 0o755), ("30-old~", 0o755), ("40-plain", 0o644)):
            script = folder / name
            script.write_text(f"#!/bin/sh\nexec {here}/bin/record {kind}-{name}\n", "utf-8")
            script.chmod(mode)
        (folder / "deeper").mkdir()


HOOKS = (
    Scenario(
        "hooks-first-time-and-again",
        (
            Run(f"certonly {{acme}} -n --standalone -d a.example,b.example {_HOOKS}"),
            Run("certonly {acme} -n --standalone -d a.example,b.example --force-renewal"),
            Run("renew {acme} --force-renewal"),
        ),
    ),
    Scenario(
        "hooks-saved-and-overridden",
        (
            Run(f"certonly {{acme}} -n --standalone -d one.example --force-renewal {_HOOKS}"),
            Run(
                "renew {acme} --force-renewal --post-hook '{record} other-post' --renew-hook '{record}"
                " renew-hook'"
            ),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
        looks_everywhere=True,
    ),
    Scenario(
        "hooks-two-lineages",
        (
            Run(f"certonly {{acme}} -n --standalone -d a.example {_HOOKS}"),
            Run("renew {acme} --force-renewal --post-hook '{record} post'"),
            Run("renew {acme} --force-renewal"),
        ),
        start="one",
    ),
    Scenario(
        "hooks-in-directories",
        (
            Change("hook directories are filled", _fill_directories),
            Run("certonly {acme} -n --standalone -d a.example"),
            Run(f"renew {{acme}} --force-renewal {_HOOKS}"),
            Run("renew {acme} --force-renewal --no-directory-hooks"),
            Run("renew {acme} --force-renewal --pre-hook {here}/config/renewal-hooks/pre/20-late"),
        ),
    ),
    Scenario(
        "hooks-that-fail-and-speak",
        (
            Run(
                "renew {acme} --force-renewal --pre-hook '{bin}/fail pre' --deploy-hook '{bin}/speak deploy'"
                " --post-hook '{bin}/fail post'",
                says=("Hook 'deploy-hook' ran with output:", "Hook 'deploy-hook' ran with error output:"),
            ),
        ),
        start="one",
    ),
    Scenario(
        "hooks-after-failure",
        (
            Run(f"certonly {{acme}} -n --webroot -w {{www}} -d a.example {_HOOKS}", status=1),
            Run(f"certonly {{acme}} -n --standalone -d one.example --keep {_HOOKS}"),
        ),
        start="one",
    ),
    Scenario(
        "hooks-validated",
        (
            Run(
                "renew {acme} --pre-hook no-such-program",
                status=1,
                says=("Unable to find pre-hook command no-such-program in the PATH.",),
            ),
            Run("renew {acme} --post-hook /no/such/program", status=1),
            Run("renew {acme} --deploy-hook {here}/home", status=1),
            Run("renew {acme} --force-renewal --deploy-hook no-such-program --disable-hook-validation"),
        ),
        start="one",
    ),
    Scenario(
        "hooks-in-dry-runs",
        (
            Run(f"certonly {{acme}} -n --standalone -d a.example --dry-run --run-deploy-hooks {_HOOKS}"),
            Run(f"certonly {{acme}} -n --standalone -d one.example --dry-run --run-deploy-hooks {_HOOKS}"),
        ),
        start="one",
    ),
)
