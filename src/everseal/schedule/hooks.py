"""Which hooks do no more than ask systemd to start, stop or reload a service."""

from __future__ import annotations

import re
from typing import Final

_LARGEST: Final = 64 * 1024
_CALL: Final = re.compile(
    r"(/usr)?(/s?bin/)?systemctl( -q| --quiet| --no-block| --user)*"
    r" (try-)?(reload|restart|reload-or-restart|start|stop)( [\w@.:-]+)+"
)
_SEPARATORS: Final = re.compile(r"&&|\|\||;|\n")
_HARMLESS: Final = frozenset({"", "true", ":", "set -e", "set -eu", "exit 0"})


def only_asks_systemd(command: str) -> bool:
    """Whether a command, or the script that it is the path of, needs nothing but the service manager."""
    return _is_plain(command) or _is_plain_script(command)


def _is_plain(text: str) -> bool:
    parts = [part.strip() for part in _SEPARATORS.split(text)]
    calls = [part for part in parts if part not in _HARMLESS]
    return bool(calls) and all(_CALL.fullmatch(part) for part in calls)


def _is_plain_script(path: str) -> bool:
    if not path.startswith("/"):
        return False
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(_LARGEST)
    except (OSError, UnicodeDecodeError):
        return False
    lines = (line.strip() for line in text.splitlines())
    return text.startswith("#!") and _is_plain("\n".join(line for line in lines if not line.startswith("#")))
