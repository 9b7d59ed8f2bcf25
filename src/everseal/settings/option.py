"""What one option is.  The options themselves are in :mod:`everseal.settings.options`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    Kind = Literal[
        "text",
        "path",
        "int",
        "natural",
        "flag",
        "count",
        "choice",
        "domains",
        "addresses",
        "challenges",
        "texts",
        "webroots",
        "webroot map",
        "interfaces",
        "deprecated",
        "help",
        "version",
    ]

TAKES_NOTHING: Final = frozenset({"flag", "count", "interfaces", "deprecated", "help", "version"})
REPEATABLE: Final = frozenset({"domains", "addresses", "challenges", "texts", "webroots", "webroot map"})


class Option:
    """One option: how it is written, what it holds, what it is for and how a renewal file keeps it.

    ``kind``: *flag* switches on with ``flags`` and off with ``off_flags`` (its default may be None: not
    said); *natural* is an integer that is not negative; *path* is made absolute; the plural kinds
    accumulate when repeated, *domains* and *challenges* also at commas.  ``key`` is the name in
    ``[renewalparams]`` of a renewal file, or in ``[everseal]`` for Everseal's ``own``; None is never
    kept.  ``topics`` are the help pages that show it.  ``verbs`` limits an own option to these verbs.
    """

    __slots__ = (
        "choices",
        "default",
        "dest",
        "flags",
        "help",
        "hidden",
        "hidden_flags",
        "key",
        "kind",
        "metavar",
        "off_flags",
        "own",
        "plugin",
        "topics",
        "verbs",
    )

    def __init__(
        self,
        dest: str,
        flags: str,
        kind: Kind,
        summary: str,
        *,
        topics: str = "",
        default: object = None,
        metavar: str = "",
        choices: tuple[str, ...] = (),
        off_flags: str = "",
        hidden_flags: str = "",
        hidden: bool = False,
        key: str | None = None,
        plugin: str | None = None,
        own: bool = False,
        verbs: tuple[str, ...] = (),
    ) -> None:
        self.dest = dest
        self.flags = tuple(flags.split())
        self.kind = kind
        self.help = summary
        self.topics = tuple(topics.split())
        self.default = default
        self.metavar = metavar
        self.choices = choices
        self.off_flags = tuple(off_flags.split())
        self.hidden_flags = frozenset(hidden_flags.split())
        self.hidden = hidden
        self.key = key
        self.plugin = plugin
        self.own = own
        self.verbs = verbs

    @property
    def takes_value(self) -> bool:
        return self.kind not in TAKES_NOTHING

    @property
    def is_repeatable(self) -> bool:
        return self.kind in REPEATABLE

    @property
    def name(self) -> str:
        """The flag by which messages call it: the first long one."""
        written = self.flags + self.off_flags
        return next((flag for flag in written if flag.startswith("--")), written[0])
