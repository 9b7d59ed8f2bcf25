"""Completion scripts for bash, zsh and fish, from the tables of verbs and options.

The scripts are static: pressing TAB runs nothing of ours.
"""

from __future__ import annotations

from everseal.model.errors import UsageError
from everseal.settings.options import OPTIONS
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.topics import GROUPS
from everseal.settings.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Final

    from everseal.settings.option import Option

_FILES: Final = frozenset({"--config", "-c", "--csr"})


def render_completion(shell: str, *, program: str) -> str:
    """The script for ``bash``, ``zsh`` or ``fish``; raises UsageError for another shell."""
    render = _SHELLS.get(shell)
    if render is None:
        raise UsageError(
            f"there is no completion for {shell}", remedy=f"choose one of {', '.join(sorted(_SHELLS))}"
        )
    return render(program)


def _shown() -> Iterator[tuple[Option, tuple[str, ...]]]:
    """Every option that is not hidden, with the flags that are not."""
    for option in OPTIONS:
        if not option.hidden:
            flags = option.flags + option.off_flags
            yield option, tuple(flag for flag in flags if flag not in option.hidden_flags)


def _takes_file(option: Option, flags: tuple[str, ...]) -> bool:
    return option.kind in {"path", "webroots"} or bool(_FILES.intersection(flags))


def _topics() -> list[str]:
    return ["all", "commands", *(name for name, _ in GROUPS), *(verb.name for verb in VERBS), *PLUGINS]


def _bash(program: str) -> str:
    cases = [_bash_case(flags, _bash_words(option.choices)) for option, flags in _shown() if option.choices]
    files = [flag for option, flags in _shown() if _takes_file(option, flags) for flag in flags]
    others = [
        flag
        for option, flags in _shown()
        if option.takes_value and not option.choices and not _takes_file(option, flags)
        for flag in flags
    ]
    every = [flag for _, flags in _shown() for flag in flags if flag.startswith("--")]
    return "\n".join(
        [
            f"# bash completion for {program}",
            f"_{program}() {{",
            '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
            '  case "$before" in',
            _bash_case(("help", "--help", "-h"), _bash_words(_topics())),
            *cases,
            _bash_case(files, '$(compgen -f -- "$word")'),
            _bash_case(others, ""),
            "  esac",
            '  case "$word" in',
            f"    -*) COMPREPLY=({_bash_words(every)}) ;;",
            f"    *) COMPREPLY=({_bash_words(_words())}) ;;",
            "  esac",
            "}",
            f"complete -o default -F _{program} {program}",
            "",
        ]
    )


def _bash_case(flags: Sequence[str], reply: str) -> str:
    return f"    {'|'.join(flags)}) COMPREPLY=({reply}); return ;;"


def _bash_words(words: Sequence[str]) -> str:
    return f"$(compgen -W '{' '.join(words)}' -- \"$word\")"


def _zsh(program: str) -> str:
    lines = [f"#compdef {program}", f"# zsh completion for {program}", "", "_arguments -s -S \\"]
    lines += [
        f"  '*{flag}[{_zsh_text(option.help)}]{_zsh_operand(option, flags)}' \\"
        for option, flags in _shown()
        for flag in flags
    ]
    words = " ".join(f"{verb.name}\\:{_zsh_word(verb.help)}" for verb in VERBS)
    lines.append(f"  '1:verb:(({words}))' \\")
    lines.append(f"  '*:word:({' '.join([*_words(), *_topics()])})'")
    return "\n".join([*lines, ""])


def _zsh_operand(option: Option, flags: tuple[str, ...]) -> str:
    if not option.takes_value:
        return ""
    label = _zsh_text(option.metavar or option.name.lstrip("-"))
    if option.choices:
        return f":{label}:({' '.join(option.choices)})"
    return f":{label}:_files" if _takes_file(option, flags) else f":{label}: "


def _zsh_text(text: str) -> str:
    for mark in "\\[]:":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("'", "'\\''")


def _zsh_word(text: str) -> str:
    return _zsh_text(text).replace(" ", "\\ ").replace(",", "\\,").replace("`", "")


def _fish(program: str) -> str:
    lines = [f"# fish completion for {program}", f"complete -c {program} -f"]
    lines += [
        f"complete -c {program} -n __fish_use_subcommand -a {verb.name} -d {_fish_text(verb.help)}"
        for verb in VERBS
    ]
    lines.append(f"complete -c {program} -n '__fish_seen_subcommand_from help' -a '{' '.join(_topics())}'")
    for option, flags in _shown():
        spelled = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in flags)
        operand = ""
        if option.choices:
            operand = f" -x -a '{' '.join(option.choices)}'"
        elif option.takes_value:
            operand = " -r -F" if _takes_file(option, flags) else " -x"
        lines.append(f"complete -c {program} {spelled}{operand} -d {_fish_text(option.help)}")
    return "\n".join([*lines, ""])


def _fish_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _words() -> list[str]:
    return [*(verb.name for verb in VERBS), "help"]


_SHELLS: Final[Mapping[str, Callable[[str], str]]] = {"bash": _bash, "fish": _fish, "zsh": _zsh}
