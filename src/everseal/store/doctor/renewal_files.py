"""Judging renewal files: can they be read, do they lead somewhere, and would a renewal find what it needs?"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from everseal.model.diagnosis import CompleteHeader, Finding, RemoveEmptyConf, RewritePaths
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.renewal_file import RenewalDocument, RenewalFileBroken
from everseal.settings.renewal_params import restore
from everseal.settings.values import Settings
from everseal.store.certbot_dir.layout import HEADER_KINDS, LineagePaths
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import SeenLineage

_PARAMETERS: Final = "renewalparams"
_HOOKS: Final = (
    "pre_hook",
    "post_hook",
    "renew_hook",
    "deploy_hook",
    "manual_auth_hook",
    "manual_cleanup_hook",
)
# Words of the shell's own, behind which nobody can see without being a shell.
_SHELL_WORDS: Final = frozenset(
    [
        *(
            "!",
            ".",
            ":",
            "[",
            "[[",
            "alias",
            "case",
            "cd",
            "command",
            "eval",
            "exec",
            "exit",
            "export",
            "for",
        ),
        *("if", "set", "source", "test", "time", "trap", "true", "umask", "unset", "until", "while"),
    ]
)
_SHELL_SIGNS: Final = re.compile(r"[=(){}$`'\"\\;&|<>*?~]")


@dataclass(frozen=True, slots=True)
class Supplies:
    """What renewals can count on: whether a program is found, which plugins are here, and the ids of the
    accounts at a CA (None where no folder can be named after it)."""

    finds: Callable[[str], bool]
    plugins: Collection[str]
    accounts: Callable[[str], Collection[str] | None]


def renewal_findings(seen: SeenLineage, supplies: Supplies, *, config_dir: str) -> Iterator[Finding]:
    """What is wrong with a lineage's renewal file."""
    document = seen.readable
    if seen.conf.kind == "file" and seen.conf.size == 0:
        yield _empty(seen)
        return
    if document is None:
        yield _unparsable(seen)
        return
    if not document.values:
        yield _empty(seen)
        return
    if seen.stated is None:
        yield _incomplete(seen, document)
    else:
        yield from _places(seen, seen.stated, config_dir)
    yield from _parameters(seen, document, supplies)


def _directories(paths: LineagePaths) -> tuple[str, ...]:
    return tuple(dict.fromkeys((paths.live_dir, paths.archive_dir)))


def _empty(seen: SeenLineage) -> Finding:
    path = seen.conf.path
    if not seen.versions and not seen.targets and not seen.copies:
        fix = RemoveEmptyConf(seen.name, path)
        return _finding(
            seen, "conf-empty", f"{path} is empty, and reserves a name without a certificate", fix
        )
    return _finding(seen, "conf-empty", f"{path} is empty", CompleteHeader(seen.name, path))


def _unparsable(seen: SeenLineage) -> Finding:
    error = seen.document
    why = error.message if isinstance(error, OperatorError) else ""
    remedy = f"edit {seen.conf.path}, or put it back from a backup"
    return found("conf-unparsable", seen.name.value, why, remedy=remedy, lineage=seen.name)


def _incomplete(seen: SeenLineage, document: RenewalDocument) -> Finding:
    missing = [kind for kind in HEADER_KINDS if not document.header(kind)]
    what = f"{seen.conf.path} does not say where {', '.join(missing)} {'is' if len(missing) == 1 else 'are'}"
    fix = CompleteHeader(seen.name, seen.conf.path) if seen.usual else None
    lines = " and ".join(f"`{kind} = {seen.default.links[kind]}`" for kind in missing)
    remedy = None if fix is not None else f"add {lines} at the top of {seen.conf.path}"
    return _finding(seen, "conf-key-missing", what, fix, remedy)


def _places(seen: SeenLineage, paths: LineagePaths, config_dir: str) -> Iterator[Finding]:
    stated = [path for path in _directories(paths) if path not in _directories(seen.default)]
    gone = [path for path in stated if not os.path.isdir(path)]
    if gone:
        fix = RewritePaths(seen.name, seen.conf.path, config_dir, moved=True) if seen.usual else None
        what = f"{seen.conf.path} leads to {' and '.join(gone)}, which {_are(gone)} not there"
        remedy = None if fix else f"put {' and '.join(gone)} back, or correct the paths in {seen.conf.path}"
        yield _finding(seen, "conf-elsewhere", what, fix, remedy)
    elif stated and seen.usual:
        fix = RewritePaths(seen.name, seen.conf.path, config_dir, moved=False)
        what = f"{seen.conf.path} leads to {' and '.join(stated)}, and its files are below {config_dir} too"
        yield _finding(seen, "conf-other-tree", what, fix)


def _parameters(seen: SeenLineage, document: RenewalDocument, supplies: Supplies) -> Iterator[Finding]:
    parameters = document.section(_PARAMETERS)
    if not isinstance(parameters.get("authenticator"), str):
        yield _finding(
            seen,
            "conf-no-authenticator",
            f"{seen.conf.path} does not say how control is proved",
            remedy=f"{_reconfigure(seen)}, or add `authenticator = webroot` or the like to [renewalparams]",
        )
        return
    yield from _values(seen, document)
    yield from _plugins(seen, parameters, supplies)
    yield from _authority(seen, parameters, supplies)
    yield from _webroots(seen, parameters)
    yield from _hooks(seen, parameters, supplies)


def _values(seen: SeenLineage, document: RenewalDocument) -> Iterator[Finding]:
    own = document.section("everseal")
    try:
        restore(document.section(_PARAMETERS), Settings.defaults(), path=seen.conf.path, own=own)
    except RenewalFileBroken as error:
        yield _finding(seen, "conf-bad-value", error.message, remedy=error.remedy)


def _plugins(seen: SeenLineage, parameters: Mapping[str, object], supplies: Supplies) -> Iterator[Finding]:
    for key in ("authenticator", "installer"):
        name = parameters.get(key)
        if not isinstance(name, str) or name in {"", "None"} or name.replace("_", "-") in supplies.plugins:
            continue
        remedy = _reconfigure(seen)
        if name.replace("_", "-") in PLUGINS:
            what = f"its {key} {name} is Certbot's, and Everseal does not have it"
            yield _finding(seen, "plugin-not-here", what, remedy=f"{remedy}; or renew it with Certbot")
        else:
            yield _finding(
                seen, "plugin-unknown", f"its {key} {name} is no plugin that is known", remedy=remedy
            )


def _authority(seen: SeenLineage, parameters: Mapping[str, object], supplies: Supplies) -> Iterator[Finding]:
    server, account = parameters.get("server"), parameters.get("account")
    if not isinstance(server, str) or server in {"", "None"}:
        return
    ids = supplies.accounts(server) if _is_url(server) else None
    if ids is None:
        remedy = f"write `server = https://...` with the authority's directory in {seen.conf.path}"
        yield _finding(seen, "server-unreadable", f"its server {server!r} is no https address", remedy=remedy)
    elif isinstance(account, str) and account not in {"", "None"} and account not in ids:
        others = ", ".join(sorted(ids))
        known = f"; the accounts there are {others}" if others else ", nor is any other"
        yield _finding(
            seen,
            "account-unknown",
            f"its account {account} at {server} is not there{known}",
            remedy="put it back from a backup, or "
            + (
                f"write `account = {min(ids)}` in {seen.conf.path}"
                if others
                else f"remove the line `account = ...` from {seen.conf.path}, and "
                f"`everseal register --server {server}`"
            ),
        )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname)


def _webroots(seen: SeenLineage, parameters: Mapping[str, object]) -> Iterator[Finding]:
    if parameters.get("authenticator") != "webroot":
        return
    webroots = parameters.get("webroot_map")
    roots: dict[str, list[str]] = {}
    for name, root in webroots.items() if isinstance(webroots, Mapping) else ():
        if isinstance(root, str):
            roots.setdefault(root, []).append(str(name))
    path = parameters.get("webroot_path")
    for root in (path,) if isinstance(path, str) else path if isinstance(path, tuple) else ():
        if root and not roots:
            roots.setdefault(root, [])
    for root, names in roots.items():
        if not os.path.isdir(root):
            of = f" of {', '.join(names)}" if names else ""
            yield _finding(
                seen,
                "webroot-gone",
                f"the webroot {root}{of} is not there",
                remedy=f"`mkdir -p {root}` if the site is served from there, or "
                f"`everseal reconfigure --cert-name {seen.name} --webroot -w DIR`",
            )


def _hooks(seen: SeenLineage, parameters: Mapping[str, object], supplies: Supplies) -> Iterator[Finding]:
    for key in _HOOKS:
        command = parameters.get(key)
        program = _program(command if isinstance(command, str) else "")
        if program is None or supplies.finds(program):
            continue
        yield _finding(
            seen,
            "hook-missing",
            f"its {key} runs {program}, which is not there or cannot be executed",
            remedy=f"put {program} back, or change {key} in {seen.conf.path}",
        )


def _program(command: str) -> str | None:
    """The program that a shell command plainly begins with."""
    words = command.split(None, 1)
    if not words or words[0] in _SHELL_WORDS or _SHELL_SIGNS.search(words[0]):
        return None
    return words[0]


def _reconfigure(seen: SeenLineage) -> str:
    return f"`everseal reconfigure --cert-name {seen.name} --webroot -w DIR`, or another way to prove control"


def _are(paths: Collection[str]) -> str:
    return "is" if len(paths) == 1 else "are"


def _finding(
    seen: SeenLineage,
    code: str,
    what: str,
    fix: RemoveEmptyConf | CompleteHeader | RewritePaths | None = None,
    remedy: str | None = None,
) -> Finding:
    remedy = remedy or f"`everseal doctor {seen.name} --fix`"
    return found(code, seen.name.value, what, remedy=remedy, lineage=seen.name, fix=fix)
