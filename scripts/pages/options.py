"""The page of verbs and options, from the tables of src/everseal/settings."""

from __future__ import annotations

from everseal.settings.help import spelled
from everseal.settings.option import Option
from everseal.settings.options import OPTIONS
from everseal.settings.plugin_options import PLUGINS
from everseal.settings.topics import GROUPS
from everseal.settings.verbs import VERBS, Verb

HEAD = """\
# Verbs and options

<!-- Written by scripts/reference from the tables in src/everseal/settings; change those. -->

Every long option may also stand in `cli.ini`, without its dashes: `key-type = rsa`, `quiet = true`.
An option that is kept with a certificate is written to its renewal file, so that `renew` uses it again:
in `[renewalparams]` under the name given here, Everseal's own in `[everseal]`.

Certbot's verbs count wherever they stand on the command line and its options may be abbreviated to a unique
beginning.  Everseal's own verbs count only as the first word, its own options are written out.
"""


def render() -> str:
    parts = [HEAD, "## Verbs\n", verb_table()]
    shown: set[str] = set()
    for title, options in pages():
        fresh = [option for option in options if option.dest not in shown]
        shown.update(option.dest for option in fresh)
        if fresh:
            parts += [f"## {title}\n", option_table(fresh)]
    return "\n".join(parts)


def pages() -> list[tuple[str, list[Option]]]:
    visible = [option for option in OPTIONS if not option.hidden]
    found = [("With every verb", [option for option in visible if not option.topics])]
    for topic, title in GROUPS:
        if topic != "everseal":
            found.append((title, with_topic(visible, topic)))
    found.append(("Choosing how to prove control and what to install with", with_topic(visible, "plugins")))
    found += [(f"For `{verb.name}`", with_topic(visible, verb.name)) for verb in VERBS]
    found += [(f"The plugin {plugin}", with_topic(visible, plugin)) for plugin in PLUGINS]
    found.append(("What Certbot does not have", with_topic(visible, "everseal")))
    found.append(("Accepted but not shown by `help`", [option for option in OPTIONS if option.hidden]))
    return found


def with_topic(options: list[Option], topic: str) -> list[Option]:
    return [option for option in options if topic in option.topics]


def verb_table() -> str:
    lines = ["| verb | what it does |", "|---|---|"]
    lines += [f"| {verb_cell(verb)} | {cell(verb.help)} |" for verb in VERBS]
    return "\n".join([*lines, ""])


def verb_cell(verb: Verb) -> str:
    operands = f" {verb.operands}" if verb.operands else ""
    aliases = f" (also `{'`, `'.join(verb.aliases)}`)" if verb.aliases else ""
    own = ", Everseal's own" if verb.own else ""
    return cell(f"`{verb.name}{operands}`{aliases}{own}")


def option_table(options: list[Option]) -> str:
    lines = ["| option | what it does | default | kept as |", "|---|---|---|---|"]
    for option in options:
        kept = f"`{option.key}`" if option.key else ""
        lines.append(f"| `{cell(spelled(option))}` | {cell(option.help)} | {default(option)} | {kept} |")
    return "\n".join([*lines, ""])


def default(option: Option) -> str:
    if option.default is None or isinstance(option.default, bool | tuple | dict) or option.default == "":
        return ""
    return f"`{cell(str(option.default))}`"


def cell(text: str) -> str:
    return text.replace("|", "\\|")
