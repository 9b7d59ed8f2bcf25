"""The log file of a run, in the form and places that Certbot's users know.

``LOGS/letsencrypt.log``; each run begins a new one and renames the older ones to ``.1``, ``.2`` and so
on.  Mode 0600.  Every record is one line: control characters are escaped, so that nothing from outside
can forge a line or reach the terminal of whoever reads the file.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import Final

from everseal.model.text import printable

FILE_NAME: Final = "letsencrypt.log"
_LARGEST: Final = 2**20
_LONGEST_LINE: Final = 100_000
_FORMAT: Final = "%(asctime)s:%(levelname)s:%(name)s:%(message)s"
_HIDDEN: Final = "********"
_SHORTEST_SECRET: Final = 6


class RunLog:
    """Writes records to one file; ``secrets`` are texts that must not appear in it."""

    def __init__(self, path: str, *, keep: int, secrets: Collection[str] = ()) -> None:
        """``keep`` old files are kept; 0 appends to one file for ever.  Raises OSError."""
        self.path = path
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)
        self._handler = _PrivateFiles(path, keep)
        self._handler.setFormatter(_OneLine(_FORMAT, secrets))
        if keep and os.path.getsize(path):
            self._handler.doRollover()

    def write(self, level: int, source: str, text: str) -> None:
        """One record; ``source`` says which part of the program speaks."""
        record = logging.LogRecord(source, level, "", 0, text, None, None)
        self._handler.handle(record)

    def close(self) -> None:
        self._handler.close()


class _PrivateFiles(RotatingFileHandler):
    """Rotating files that only their owner reads."""

    def __init__(self, path: str, keep: int) -> None:
        super().__init__(
            path,
            maxBytes=_LARGEST if keep else 0,
            backupCount=keep,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )


class _OneLine(logging.Formatter):
    def __init__(self, form: str, secrets: Collection[str]) -> None:
        super().__init__(form)
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)

    def format(self, record: logging.LogRecord) -> str:
        text = printable(super().format(record), _LONGEST_LINE)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text
