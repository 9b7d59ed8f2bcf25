"""The pages of help, from the tables of verbs and options."""

from __future__ import annotations

from textwrap import fill

from everseal.settings.plugin_options import PLUGINS
from everseal.settings.topics import COMMAND_LISTS, GROUPS, options_of
from everseal.settings.verbs import BY_NAME, CERTBOT_VERBS, VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final

    from everseal.settings.option import Option
    from everseal.settings.verbs import Verb

_WIDTH: Final = 79
_INDENT: Final = " " * 24

_SHORT: Final = """\
{program} obtains, renews and looks after this machine's TLS certificates.

usage: {program} [VERB] [OPTIONS]

The five commands most people need:

  {program} certonly --standalone -d example.com
      obtain a certificate; nothing else may listen on port 80 meanwhile
  {program} certonly --webroot -w /var/www/html -d example.com,www.example.com
      the same through the files of a web server that is running
  {program} plan
      show what a renewal would do and why, and do nothing
  {program} renew
      renew every certificate that is due; a timer calls this twice a day
  {program} certificates
      list the certificates kept here, and when they expire

Before the first real one: `{program} demo` shows the whole life of a
certificate on this machine alone, --dry-run tries an order with test
certificates, and --plan behind any of these says what would happen.

More:

  {program} help commands  every verb
  {program} help VERB      one verb and its options
  {program} help TOPIC     {topics}
  {program} help all       everything
"""


def render_help(topic: str | None, *, program: str) -> str:
    """The page of a topic, or the short one; unknown topics have the short one too."""
    if topic is None:
        return _short_page(program)
    if topic == "all":
        return _whole(program)
    if topic in COMMAND_LISTS:
        return _commands(program)
    name = CERTBOT_VERBS.get(topic, topic)
    if name in BY_NAME:
        return _verb_page(BY_NAME[name], program)
    titles = dict(GROUPS)
    if name in titles:
        return _page(f"{titles[name]}.", options_of(name))
    if name in PLUGINS:
        return _page(f"The plugin {name}, chosen with --{name} or -a {name}.", options_of(name))
    return _short_page(program)


def usage(program: str) -> str:
    """The lines that go before a complaint about the command line."""
    return f"usage: {program} [VERB] [OPTIONS]\n       {program} --help"


def describe_option(option: Option) -> str:
    """What an option does, with its default."""
    shown = _shown_default(option)
    return f"{option.help} (default: {shown})" if shown else option.help


def spelled(option: Option) -> str:
    """The flags of an option as a page shows them, with what follows them."""
    flags = [flag for flag in option.flags + option.off_flags if flag not in option.hidden_flags]
    ordered = sorted(flags, key=lambda flag: flag.startswith("--"))
    operand = f"{{{','.join(option.choices)}}}" if option.choices else option.metavar
    return f"{', '.join(ordered)} {operand}" if option.takes_value else ", ".join(ordered)


def _short_page(program: str) -> str:
    plugins = [name for name in PLUGINS if not name.startswith("dns-")]
    topics = fill(
        f"{', '.join(name for name, _ in GROUPS)}, or a plugin: {', '.join(plugins)}, dns-...",
        _WIDTH,
        initial_indent=" " * (len(program) + 18),
        subsequent_indent=" " * (len(program) + 18),
        break_on_hyphens=False,
    )
    return _SHORT.format(program=program, topics=topics.lstrip()).rstrip("\n")


def _commands(program: str) -> str:
    parts = [f"usage: {program} [VERB] [OPTIONS]", "", "Without a verb it is `run`."]
    parts += ["", "As Certbot has them, anywhere on the command line:", ""]
    parts += [_verb_line(verb) for verb in VERBS if not verb.own]
    parts += ["", "Everseal's own, only as the first word:", ""]
    parts += [_verb_line(verb) for verb in VERBS if verb.own]
    return "\n".join(parts)


def _verb_page(verb: Verb, program: str) -> str:
    operands = f" {verb.operands}" if verb.operands else ""
    title = f"usage: {program} {verb.name}{operands} [OPTIONS]\n\n{verb.help[0].upper()}{verb.help[1:]}."
    aliases = f"\nAlso called {', '.join(verb.aliases)}." if verb.aliases else ""
    parts = [_page(title + aliases, options_of(verb.name))]
    parts.append(_section("With every verb", options_of("")))
    parts.append(f"Everything else is in `{program} help all`.")
    return "\n\n".join(part for part in parts if part)


def _whole(program: str) -> str:
    """Every option once, on the first of its pages."""
    shown: set[str] = set()
    parts = [_commands(program)]
    for title, topic in _topics_in_order():
        fresh = [option for option in options_of(topic) if option.dest not in shown]
        shown.update(option.dest for option in fresh)
        parts.append(_section(title, fresh))
    return "\n\n".join(part for part in parts if part)


def _topics_in_order() -> Iterator[tuple[str, str]]:
    yield "With every verb", ""
    for name, title in GROUPS:
        if name != "everseal":
            yield f"{title} (help {name})", name
    yield "Choosing how to prove control and what to install with (help plugins)", "plugins"
    for verb in VERBS:
        yield f"For {verb.name}: {verb.help}", verb.name
    for plugin in PLUGINS:
        yield f"The plugin {plugin}", plugin
    for name, title in GROUPS:
        if name == "everseal":
            yield f"{title} (help {name})", name


def _page(title: str, options: Iterable[Option]) -> str:
    return "\n\n".join(part for part in (title, _section("Options", options)) if part)


def _section(title: str, options: Iterable[Option]) -> str:
    lines = [_option_lines(option) for option in options]
    return "\n".join([f"{title}:", *lines]) if lines else ""


def _option_lines(option: Option) -> str:
    head = f"  {spelled(option)}"
    text = fill(
        describe_option(option),
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )
    if len(head) < len(_INDENT) - 1:
        return head.ljust(len(_INDENT)) + text.lstrip()
    return f"{head}\n{text}"


def _verb_line(verb: Verb) -> str:
    return f"  {verb.name:<20}{verb.help}"


def _shown_default(option: Option) -> str:
    if option.default is None or isinstance(option.default, bool | tuple | dict) or option.kind == "count":
        return ""
    return str(option.default)
