"""From the words of a command line and the configuration files to one verb and its settings."""

from __future__ import annotations

from everseal.model.errors import UsageError
from everseal.settings.conflicts import settle
from everseal.settings.gathering import Gathering, absolute
from everseal.settings.ini import read_ini, said_by
from everseal.settings.tokens import split_arguments
from everseal.settings.topics import is_topic
from everseal.settings.values import Settings, Source
from everseal.settings.verbs import BY_NAME, CERTBOT_VERBS, OWN_VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everseal.settings.tokens import Said


class Invocation:
    """What is to be done.

    ``verb`` is a verb's own name, or ``help`` (with its ``topic``; None is the short page), or
    ``version``.  ``words`` stand behind an own verb.  ``warnings`` are to be shown before anything else.
    """

    __slots__ = ("settings", "topic", "verb", "warnings", "words")

    def __init__(
        self,
        verb: str,
        settings: Settings,
        *,
        words: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
        topic: str | None = None,
    ) -> None:
        self.verb = verb
        self.settings = settings
        self.words = words
        self.warnings = warnings
        self.topic = topic


def parse(
    arguments: Sequence[str],
    *,
    directory: str,
    read_config: Callable[[str], str],
    config_files: Sequence[str] = (),
    defaults: Settings | None = None,
) -> Invocation:
    """Read a command line (without the program's own name).

    ``directory`` is what relative paths start from; ``config_files`` are looked at in this order, later
    ones win, and those that ``read_config`` raises FileNotFoundError for are passed over; ``defaults``
    hold what this machine has instead of the usual directories.

    Raises UsageError (exit status 2) for a command line or file that cannot be understood, BadName,
    BadValue and OptionConflict (exit status 1) for values that cannot be.
    """
    start = Settings.defaults() if defaults is None else defaults
    help_asked = _find_help(arguments)
    if help_asked is not None:
        return Invocation("help", start, topic=help_asked or None)
    if "--version" in arguments:
        return Invocation("version", start)
    verb, rest = find_verb(arguments)
    said, words = split_arguments(rest, verb)
    for stopping in (found.option.kind for found in said):
        if stopping in {"help", "version"}:
            return Invocation(stopping, start)
    if words and not BY_NAME[verb].operands:
        raise _too_many_words(words)
    files = [*_read_files(config_files, read_config), *_read_named(said, directory, read_config)]
    gathering = _gather(said, files, directory)
    settings = settle(start.with_sources(gathering.values, gathering.sources), verb)
    return Invocation(verb, settings, words=tuple(words), warnings=tuple(gathering.warnings))


def find_verb(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The verb and the arguments without it.

    Certbot's verbs count wherever they stand, even as the value of an option; Everseal's own only as the
    first word.  Without any it is ``run``.
    """
    if arguments and arguments[0] in OWN_VERBS:
        return arguments[0], list(arguments[1:])
    for place, argument in enumerate(arguments):
        if argument in CERTBOT_VERBS:
            return CERTBOT_VERBS[argument], [*arguments[:place], *arguments[place + 1 :]]
    return "run", list(arguments)


def _find_help(arguments: Sequence[str]) -> str | None:
    """The topic of help that is asked for, empty for the short page, None where none is asked for."""
    if arguments and arguments[0] == "help":
        return _topic_at(arguments, 1)
    for flag in ("-h", "--help"):
        if flag in arguments:
            topic = _topic_at(arguments, list(arguments).index(flag) + 1)
            return topic or _verb_among(arguments)
    return None


def _topic_at(arguments: Sequence[str], place: int) -> str:
    word = arguments[place] if place < len(arguments) else ""
    return word if is_topic(word) else ""


def _verb_among(arguments: Sequence[str]) -> str:
    verb, rest = find_verb(arguments)
    return verb if len(rest) < len(arguments) else ""


def _read_files(paths: Sequence[str], read_config: Callable[[str], str]) -> list[tuple[str, str]]:
    found = []
    for path in paths:
        try:
            found.append((path, read_config(path)))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(path, error) from None
    return found


def _read_named(
    said: Sequence[Said], directory: str, read_config: Callable[[str], str]
) -> list[tuple[str, str]]:
    """The file given with ``-c``, if one is."""
    named = [found.text for found in said if found.option.dest == "config_file" and found.text is not None]
    if not named:
        return []
    path = absolute(named[-1], directory)
    try:
        return [(path, read_config(path))]
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _gather(said: Sequence[Said], files: Sequence[tuple[str, str]], directory: str) -> Gathering:
    """Take in the files' lines that nothing later overrides, and then the command line."""
    gathering = Gathering(directory)
    overriding = {found.option.dest for found in said}
    from_files: list[tuple[Said, Source]] = []
    for path, text in reversed(files):
        lines = said_by(read_ini(text, path))
        from_files = [line for line in lines if line[0].option.dest not in overriding] + from_files
        overriding |= {found.option.dest for found, _ in lines}
    for found, source in from_files:
        gathering.add(found, source)
    for found in said:
        gathering.add(found, Source("command line", found.flag))
    return gathering


def _unreadable(path: str, error: OSError | UnicodeDecodeError) -> UsageError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
    return UsageError(
        f"Unable to open config file: {path}. Error: {why}",
        remedy="check the path given with -c and its mode",
    )


def _too_many_words(words: Sequence[str]) -> UsageError:
    import difflib

    near = difflib.get_close_matches(words[0], BY_NAME, n=1)
    if words[0] in OWN_VERBS:
        remedy = f"put {words[0]} first"
    elif near:
        remedy = f"did you mean {near[0]}? `--help` shows the verbs"
    else:
        remedy = "`--help` shows the verbs; options begin with dashes"
    return UsageError(f"unrecognized arguments: {' '.join(words)}", remedy=remedy)
