"""What one issuance takes of the machine's memory."""

from __future__ import annotations

import subprocess
import sys

from tests.e2e.home import Home

MOST_KIB = 60 * 1024
# A small process starts the command and looks at what it took: a child of the tests' own process would be
# counted with the memory of that one, from before it became the command.
METER = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def test_one_certificate_takes_at_most_60_mib(home: Home) -> None:
    words = home.words("certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email")
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", METER, *words, "-d", "one.test"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert home.versions("one.test") == [1]
    assert 5_000 < int(done.stdout) <= MOST_KIB
