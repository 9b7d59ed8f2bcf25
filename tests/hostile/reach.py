"""How many branches of what reads from outside the mutations reach: ``python -m tests.hostile.reach``.

Counts the modules below but for their functions that write, send or show; prints what is not reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

READING: Mapping[str, Sequence[str]] = {
    "acme/answer.py": (),
    "acme/ari.py": (),
    "acme/directory.py": (),
    "acme/objects.py": (),
    "acme/polling.py": (),
    "acme/problems.py": (),
    "acme/session.py": ("Session._new_nonce", "_says_nothing"),
    "acme/wire.py": (),
    "model/anatomy.py": (),
    "model/backup.py": (),
    "model/base64url.py": (),
    "model/certificate.py": (),
    "model/csr.py": ("make_csr",),
    "model/der.py": (),
    "model/export.py": (),
    "model/jwk.py": (),
    "model/key_material.py": ("generate", "kind", "algorithm", "sign"),
    "model/names.py": ("DnsName.unicode",),
    "model/soundness.py": (),
    "settings/gathering.py": (),
    "settings/ini.py": (),
    "settings/plugin_options.py": (),
    "settings/renewal_file.py": (),
    "settings/renewal_params.py": ("to_parameters", "to_own_section", "Reading._is_fine", "_write"),
    "settings/renewal_quoting.py": (
        "quote",
        "quote_name",
        "_quote_single",
        "_quote_item",
        "_quote_in_marks",
        "_refuse_line_breaks",
    ),
    "settings/renewal_scan.py": (),
    "store/backup/tarball.py": (),
    "store/certbot_dir/archive.py": (),
    "store/certbot_dir/changes.py": (),
    "store/certbot_dir/layout.py": (),
    "store/certbot_dir/lineages.py": ("LineageReader.reserve_check", "LineageReader.free_name"),
    "store/certbot_dir/records.py": (),
    "store/certbot_dir/setbacks.py": (),
}
"""Below ``src/everseal``, each with its functions that do not read."""


def measured(folder: Path) -> Mapping[str, Any]:
    """The files of coverage.py's JSON report for one run of the mutations."""
    data, report = folder / "data", folder / "report.json"
    coverage = [sys.executable, "-m", "coverage"]
    environment = {**os.environ, "COVERAGE_FILE": str(data)}
    run = ["run", "--branch", "-m", "pytest", "-q", "-n", "0", "tests/hostile/test_mutations.py"]
    for arguments in (run, ["combine", "-q"], ["json", "-q", "-o", str(report)]):
        subprocess.run([*coverage, *arguments], env=environment, check=True)
    files: Mapping[str, Any] = json.loads(report.read_bytes())["files"]
    return {name.removeprefix("src/everseal/"): found for name, found in files.items()}


def missed(found: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Function and line of each branch that was not taken."""
    for name, function in found["functions"].items():
        for line, _ in function["missing_branches"]:
            yield name, line


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = measured(Path(folder))
    reached = total = 0
    for module, others in READING.items():
        functions = files[module]["functions"].items()
        reading = {name: function for name, function in functions if name not in others}
        left = list(missed({"functions": reading}))
        branches = sum(len(each["executed_branches"]) for each in reading.values()) + len(left)
        total, reached = total + branches, reached + branches - len(left)
        for name, line in left:
            sys.stdout.write(f"{module}:{line}: {name}\n")
    sys.stdout.write(f"{reached} of {total} branches in {len(READING)} modules\n")


if __name__ == "__main__":
    main()
