"""A run with nothing to do makes solvers and hooks, and pays for none of what they would need."""

from __future__ import annotations

import subprocess
import sys

from tests.loading import HEAVY

MODULES = ("standalone", "tls_alpn", "webroot", "manual", "preferring")
UNUSED = {*HEAVY, "http.server", "tempfile"}


def test_making_a_solver_loads_nothing_heavy() -> None:
    imports = "; ".join(f"import everseal.solvers.{module}" for module in MODULES)
    code = f"import sys; {imports}; import everseal.hooks.runner; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert UNUSED.isdisjoint(loaded.split())
