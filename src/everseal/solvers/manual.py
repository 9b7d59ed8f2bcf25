"""http-01 and dns-01 by the operator: with hooks of his own, or by his own hands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Protocol

from everseal.model.errors import HookFailed
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.solvers.errors import CannotProve, NobodyToAsk
from everseal.solvers.instructions import render_instructions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everseal.acme.challenges import Presentation
    from everseal.hooks.runner import HookRunner
    from everseal.model.events import HookKind, HookRan

_LONGEST_OUTPUT = 100_000


class Prompter(Protocol):
    """Somebody who reads instructions and says when they are carried out."""

    def instruct(self, text: str) -> None:
        """Show ``text`` and wait for Enter."""


class Manual:
    """Runs ``auth_hook`` and ``cleanup_hook`` for each challenge; without the first, asks ``prompter``.

    A failing auth hook is reported by the runner and validation is still asked for, as Certbot does;
    with ``strict`` it raises HookFailed.  With ``validate``, ``check`` looks whether the hooks' commands
    are there.  One object may serve several orders, one after the other.
    """

    name: ClassVar[str] = "manual"

    def __init__(
        self,
        runner: HookRunner,
        *,
        auth_hook: str | None = None,
        cleanup_hook: str | None = None,
        prompter: Prompter | None = None,
        strict: bool = False,
        validate: bool = True,
    ) -> None:
        self._runner = runner
        self._auth_hook = auth_hook
        self._cleanup_hook = cleanup_hook
        self._prompter = prompter
        self._strict = strict
        self._validate = validate
        self._presented: dict[Presentation, dict[str, str]] = {}
        self._cleaned: set[Presentation] = set()
        self._lock = threading.RLock()

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        match identifier:
            case IpAddress():
                return ("http-01",)
            case DnsName():
                return ("dns-01",) if identifier.is_wildcard else ("http-01", "dns-01")

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        place = (
            f"a TXT record at _acme-challenge.{identifier.base}"
            if challenge_type == "dns-01"
            else f"a file on the web server of {identifier}"
        )
        if self._auth_hook:
            return f"runs your hook `{self._auth_hook}`, which has to make {place}"
        return f"asks you to make {place} by hand"

    def check(self, identifiers: Sequence[Identifier]) -> None:
        """Raises NobodyToAsk, HookCommandMissing."""
        self._require_somebody()
        if self._validate:
            self._runner.validate(self._auth_hook, "manual-auth")
            self._runner.validate(self._cleanup_hook, "manual-cleanup")

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Raises HookFailed (when strict) at the first hook that fails; NobodyToAsk, CannotProve."""
        self._require_somebody()
        for challenge in challenges:
            if challenge.type not in {"http-01", "dns-01"}:
                raise CannotProve(self.name, challenge.identifier, challenge.type)
        with self._lock:
            missing = [each for each in challenges if each not in self._presented]
            if self._auth_hook:
                for challenge in missing:
                    self._run_auth_hook(self._auth_hook, challenge, challenges)
            elif missing and self._prompter is not None:
                self._prompter.instruct(render_instructions(missing))
                self._presented.update((challenge, {}) for challenge in missing)
            self._cleaned.difference_update(missing)

    def wait(self, challenges: Sequence[Presentation]) -> None:
        """The hook, or the person, has waited already."""

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        """Run the cleanup hook once for each; all of them, whatever the one before did."""
        with self._lock:
            for challenge in challenges:
                if challenge in self._cleaned:
                    continue
                variables = self._presented.pop(challenge, None)
                if self._cleanup_hook:
                    self._run_cleanup_hook(self._cleanup_hook, challenge, variables, challenges)
                self._cleaned.add(challenge)

    def _require_somebody(self) -> None:
        if not self._auth_hook and self._prompter is None:
            raise NobodyToAsk(
                "An authentication script must be provided with --manual-auth-hook when using the manual "
                "plugin non-interactively",
                remedy="give --manual-auth-hook COMMAND, or run it in a terminal without -n",
            )

    def _run_auth_hook(self, hook: str, challenge: Presentation, challenges: Sequence[Presentation]) -> None:
        variables = hook_variables(challenge, challenges)
        result = self._run("manual-auth", hook, variables, challenge)
        self._presented[challenge] = {**variables, "CERTBOT_AUTH_OUTPUT": _as_variable(result.stdout)}
        if self._strict and result.status != 0:
            raise HookFailed(
                f"the --manual-auth-hook for {challenge.identifier} reported error code {result.status}",
                remedy="see its output above, mend it, and run the same command again",
            )

    def _run_cleanup_hook(
        self,
        hook: str,
        challenge: Presentation,
        variables: Mapping[str, str] | None,
        challenges: Sequence[Presentation],
    ) -> None:
        """``variables`` are those of the auth hook; another process took its output along."""
        fresh = {**hook_variables(challenge, challenges), "CERTBOT_AUTH_OUTPUT": ""}
        self._run("manual-cleanup", hook, variables or fresh, challenge)

    def _run(
        self, kind: HookKind, hook: str, variables: Mapping[str, str], challenge: Presentation
    ) -> HookRan:
        return self._runner.run(kind, hook, variables, subject=challenge.identifier.base.value)


def hook_variables(challenge: Presentation, challenges: Sequence[Presentation]) -> dict[str, str]:
    """``challenges`` are all of the order, in its order; a wildcard goes by its name without ``*.``."""
    name = challenge.identifier.base.value
    everything = ",".join(each.identifier.base.value for each in challenges)
    validation = challenge.dns_value if challenge.type == "dns-01" else challenge.key_authorization
    variables = {
        "CERTBOT_DOMAIN": name,
        "CERTBOT_IDENTIFIER": name,
        "CERTBOT_VALIDATION": validation,
        "CERTBOT_ALL_DOMAINS": everything,
        "CERTBOT_ALL_IDENTIFIERS": everything,
        "CERTBOT_REMAINING_CHALLENGES": str(len(challenges) - challenges.index(challenge) - 1),
    }
    if challenge.type == "http-01":
        variables["CERTBOT_TOKEN"] = challenge.token
    return variables


def _as_variable(output: str) -> str:
    """No environment holds a NUL, and Linux takes at most 128 KiB for one variable."""
    return output.replace("\0", "").strip().encode()[:_LONGEST_OUTPUT].decode("utf-8", "ignore")
