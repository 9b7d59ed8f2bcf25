"""Everseal with one fault planted: `faults.py FAULT WORDS...` is `everseal WORDS...`, but for the fault.

Each function replaces one thing in the program that is about to run, in a process of its own.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from everseal import __main__ as entry
from everseal.cli import main as cli
from everseal.cli.console import Console
from everseal.hooks import runner
from everseal.model.private_key import PrivateKey
from everseal.store.certbot_dir import commit, flip


def _replace(place: Any, name: str, make: Callable[[Any], Any]) -> None:
    original = getattr(place, name)
    setattr(place, name, wraps(original)(make(original)))


def _rewrite_renewal_files(pattern: str, replacement: str) -> None:
    def make(write_document: Callable[..., None]) -> Callable[..., None]:
        def planted(path: str, text: str, *, before: str | None) -> None:
            write_document(path, re.sub(pattern, replacement, text, flags=re.MULTILINE), before=before)

        return planted

    _replace(commit, "write_document", make)


def key_readable() -> None:
    """A group may read a new private key."""
    _replace(commit, "_key_attributes", lambda original: lambda model: (0o640, None))


def absolute_links() -> None:
    """Live links name the archive from the root."""

    def make(symlink: Callable[[str, str], None]) -> Callable[[str, str], None]:
        def planted(target: str, link: str) -> None:
            symlink(os.path.normpath(os.path.join(os.path.dirname(link), target)), link)

        return planted

    _replace(os, "symlink", make)


def no_readme() -> None:
    """A new lineage gets no README."""

    def make(write_file: Callable[..., None]) -> Callable[..., None]:
        def planted(path: str, data: bytes, **options: Any) -> None:
            if not path.endswith("README"):
                write_file(path, data, **options)

        return planted

    _replace(flip, "write_file", make)


def foreign_key_lost() -> None:
    """A header key that nobody knows is dropped from the renewal file."""
    _rewrite_renewal_files(r"^foreign = .*\n", "")


def no_trailing_comma() -> None:
    """A list of one is written as a string."""
    _rewrite_renewal_files(r"^(webroot_path = .*),$", r"\1")


def hook_under_its_new_name() -> None:
    """The deploy hook is saved under the option's name instead of the old one."""
    _rewrite_renewal_files(r"^renew_hook = ", "deploy_hook = ")


def account_of_somebody_else() -> None:
    """The renewal file names another account."""
    _rewrite_renewal_files(r"^account = .*$", f"account = {'0' * 32}")


def account_id_of_something_else() -> None:
    """The account's directory is named after the key without its last newline."""
    _replace(PrivateKey, "public_pem", lambda original: lambda key: original(key).rstrip(b"\n"))


def success_always() -> None:
    """Every command ends with status 0."""
    _replace(cli, "run", lambda original: lambda program, words: original(program, words) * 0)


def hook_without_names() -> None:
    """The deploy hook is not told the names."""

    def make(variables: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
        def planted(*arguments: Any) -> dict[str, str]:
            found = variables(*arguments)
            del found["RENEWED_DOMAINS"]
            return found

        return planted

    _replace(runner, "deploy_variables", make)


def hooks_backwards() -> None:
    """The hooks of a directory run from last to first."""
    _replace(runner, "list_directory_hooks", lambda original: lambda directory: original(directory)[::-1])


def words_changed() -> None:
    """A sentence that scripts look for says something else."""

    def make(notify: Callable[[Console, str], None]) -> Callable[[Console, str], None]:
        return lambda console, text: notify(console, text.replace("is saved at", "stands at"))

    _replace(Console, "notify", make)


def no_stapling() -> None:
    """The request for stapling is left out of the certificate's request."""

    def make(csr: Callable[..., bytes]) -> Callable[..., bytes]:
        return lambda key, identifiers, **options: csr(key, identifiers)

    _replace(PrivateKey, "csr", make)


FAULTS: dict[str, Callable[[], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        key_readable,
        absolute_links,
        no_readme,
        foreign_key_lost,
        no_trailing_comma,
        hook_under_its_new_name,
        account_of_somebody_else,
        account_id_of_something_else,
        success_always,
        hook_without_names,
        hooks_backwards,
        words_changed,
        no_stapling,
    )
}


if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    sys.argv[:] = ["everseal", *sys.argv[2:]]
    sys.exit(entry.main())
