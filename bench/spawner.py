"""Runs one command and says what it took: ``python -I -S spawner.py OUTPUT WORD...``, for each measurement.

A process of its own that imports next to nothing, because what the kernel calls a child's peak memory begins
with that of the process it was forked from.  Prints seconds by the clock, seconds by the processor (with all
descendants), the peak memory of the largest process in KiB, and the exit status.
"""

import posix
import sys
import time


def main(output: str, words: list[str]) -> None:
    writing = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC
    nothing, both = posix.open("/dev/null", posix.O_RDONLY), posix.open(output, writing, 0o600)
    actions = [(posix.POSIX_SPAWN_DUP2, nothing, 0), *((posix.POSIX_SPAWN_DUP2, both, to) for to in (1, 2))]
    begin = time.perf_counter()
    child = posix.posix_spawn(words[0], words, posix.environ, file_actions=actions)
    _, status, usage = posix.wait4(child, 0)
    wall = time.perf_counter() - begin
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, posix.waitstatus_to_exitcode(status))


main(sys.argv[1], sys.argv[2:])
