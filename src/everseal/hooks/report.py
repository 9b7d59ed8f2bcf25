"""How the end of a hook is told."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Final

from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everseal.model.events import HookKind, HookRan

_LABELS: Final[Mapping[HookKind, str]] = {
    "pre": "pre-hook",
    "deploy": "deploy-hook",
    "post": "post-hook",
    "manual-auth": "--manual-auth-hook",
    "manual-cleanup": "--manual-cleanup-hook",
}


@dataclass(frozen=True, slots=True)
class HookReport:
    """``output`` is for standard output (empty: nothing), each warning for the log and standard error.

    They hold what the hook wrote, as it wrote it: whoever shows them on a terminal escapes them.
    """

    output: str
    warnings: tuple[str, ...]


def describe(hook: HookRan) -> HookReport:
    """The sentences that scripts around Certbot look for."""
    name = label(hook)
    stdout, stderr = hook.stdout.strip(), hook.stderr.strip()
    warnings = []
    if hook.status != 0:
        warnings.append(f"{name} reported error code {hook.status}")
    if stderr:
        warnings.append(f"{name} ran with error output:\n{indent(stderr, ' ')}")
    output = f"{name} ran with output:\n{indent(stdout, ' ')}" if stdout else ""
    return HookReport(output, tuple(warnings))


def label(hook: HookRan) -> str:
    """Such as ``Hook 'pre-hook'`` or ``Hook '--manual-auth-hook' for example.com``."""
    return f"Hook '{_LABELS[hook.kind]}'" + (f" for {hook.subject}" if hook.subject is not None else "")
