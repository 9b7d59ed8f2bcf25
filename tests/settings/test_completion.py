"""Completion scripts."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from everseal.model.errors import UsageError
from everseal.settings.completion import render_completion
from everseal.settings.options import OPTIONS
from everseal.settings.verbs import VERBS


def complete(*words: str) -> list[str]:
    """What bash offers for the last of the words."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = render_completion("bash", program="everseal")
    script += f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _everseal\n"
    script += "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("everseal", "certi"), ["certificates"]),
        (("everseal", "certonly", "--key-type", ""), ["rsa", "ecdsa"]),
        (("everseal", "--webroot-"), ["--webroot-path", "--webroot-map"]),
        (("everseal", "--server", ""), []),
        (("everseal", "help", "sec"), ["security"]),
        (("everseal", "-c", "/etc/hostnam"), ["/etc/hostname"]),
    ],
)
def test_bash_offers_what_fits(words: tuple[str, ...], offered: list[str]) -> None:
    assert complete(*words) == offered


def test_hidden_options_are_not_offered() -> None:
    assert complete("everseal", "--no-boot") == []
    assert complete("everseal", "--no-hst") == []
    assert "--no-redirect" in complete("everseal", "--no-")


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_every_script_has_every_verb_and_option(shell: str) -> None:
    script = render_completion(shell, program="everseal")
    for verb in VERBS:
        assert verb.name in script
    for option in OPTIONS:
        for flag in option.flags:
            shown = not option.hidden and flag not in option.hidden_flags
            if flag.startswith("--") and shown:
                assert (f"-l {flag[2:]} " if shell == "fish" else flag) in script


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_a_shell_that_is_here_finds_no_fault(shell: str) -> None:
    program = shutil.which(shell)
    script = render_completion(shell, program="everseal")
    assert script.endswith("\n")
    assert script.replace("\\'", "").count("'") % 2 == 0
    if program is not None:
        subprocess.run([program, "-n"], input=script, text=True, check=True)


def test_other_shells_are_refused() -> None:
    with pytest.raises(UsageError, match="no completion for tcsh") as caught:
        render_completion("tcsh", program="everseal")
    assert "bash, fish, zsh" in caught.value.remedy
