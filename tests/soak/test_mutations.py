"""A million damaged answers and files; see tests/hostile/test_mutations.py."""

import os
from pathlib import Path

from tests.hostile.test_mutations import all_readers, check_that_no_damage_does_any

MUTATIONS = int(os.environ.get("EVERSEAL_MUTATIONS", "1000000"))


def test_a_million_damages_do_none(tmp_path: Path) -> None:
    check_that_no_damage_does_any(tmp_path, all_readers(tmp_path), MUTATIONS)
