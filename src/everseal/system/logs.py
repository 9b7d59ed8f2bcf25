"""The log file of a run, in the form and places that Certbot's users know.

``LOGS/letsencrypt.log``; each run begins a new one and renames the older ones to ``.1``, ``.2`` and so
on.  Mode 0600.  Every record is one line: control characters are escaped, so that nothing from outside
can forge a line or reach the terminal of whoever reads the file.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

from everseal.model.errors import OperatorError
from everseal.model.text import printable
from everseal.system.log_records import NAMES
from everseal.system.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from contextlib import AbstractContextManager
    from typing import Final

    HoldLock = Callable[[], AbstractContextManager[object]]

FILE_NAME: Final = "letsencrypt.log"
_LARGEST: Final = 2**20
_LONGEST_LINE: Final = 100_000
_RECORDS_AT_ONCE: Final = 500


class RunLog:
    """Writes records to one file; ``secrets`` are texts that must not appear in it.

    ``lock`` is held while files are renamed: other runs may be at it too.  Each run writes to files that
    no other run writes to, unless ``keep`` is 0.
    """

    def __init__(self, path: str, *, keep: int, lock: HoldLock, secrets: Collection[str] = ()) -> None:
        """``keep`` old files are kept; 0 appends to one file for ever.  Raises OSError, and Busy and
        StoreUnusable from the lock."""
        self.path = path
        self._keep = keep
        self._lock = lock
        self._mask = Mask(secrets)
        self._mutex = threading.Lock()
        with lock():
            self._descriptor = self._begin()

    def write(self, level: int, source: str, text: str) -> None:
        """One record; ``source`` says which part of the program speaks.

        A full disk costs records, not the run.
        """
        self.write_each(level, source, (text,))

    def write_each(self, level: int, source: str, texts: Iterable[str]) -> None:
        """Many records at once, all of this moment."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        begin = f"{stamp},{int(now * 1000) % 1000:03d}:{NAMES[level]}:{source}:"
        gathered = [f"{begin}{self._shown(text)}\n" for text in texts]
        with self._mutex, suppress(OSError):
            for at in range(0, len(gathered), _RECORDS_AT_ONCE):
                if self._descriptor >= 0:
                    lines = "".join(gathered[at : at + _RECORDS_AT_ONCE])
                    self._append(lines.encode("utf-8", "backslashreplace"))

    def close(self) -> None:
        """Nothing is written afterwards."""
        with self._mutex:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, data: bytes) -> None:
        if self._keep and self._size + len(data) > _LARGEST:
            with suppress(OSError, OperatorError):
                self._begin_another()
        self._size += os.write(self._descriptor, data)

    def _begin_another(self) -> None:
        with self._lock():
            fresh = self._begin()
        os.close(self._descriptor)
        self._descriptor = fresh

    def _begin(self) -> int:
        """A file of this run's own, or the one for everything; the lock is held."""
        if self._keep:
            roll_over(self.path, keep=self._keep)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        self._size = os.fstat(descriptor).st_size
        return descriptor

    def _shown(self, text: str) -> str:
        return printable(self._mask.hide(text), _LONGEST_LINE)


def roll_over(path: str, *, keep: int) -> None:
    """Rename ``path`` to ``path.1``, an older ``path.1`` to ``path.2``, and so on up to ``path.KEEP``.

    What stands beyond a gap stays.
    """
    if not os.path.lexists(path):
        return
    free = next((number for number in range(1, keep) if not os.path.lexists(f"{path}.{number}")), keep)
    for number in range(free, 1, -1):
        os.replace(f"{path}.{number - 1}", f"{path}.{number}")
    os.replace(path, f"{path}.1")
