from __future__ import annotations

from everseal.planning.numbering import number_versions
from tests.planning.backups import BOTH, KINDS, NOTHING, offered, present, version


def test_each_version_keeps_its_number_where_it_can() -> None:
    found = number_versions(offered(*BOTH, version(3, 3)), present(version(2, 2)), overwrite=False)
    assert found.numbers == {1: 1, 2: 2, 3: 3}
    assert found.added == {1: KINDS, 3: KINDS}
    assert (found.live, found.pins) == (3, False)


def test_a_number_that_is_taken_sends_all_behind_the_last_one() -> None:
    """In their order: whether a certificate is due is judged by the last."""
    here = present(version(1, 9, of="other"))
    found = number_versions(offered(*BOTH), here, overwrite=True)
    assert found.numbers == {1: 2, 2: 3}
    assert (found.live, found.pins) == (3, False)


def test_a_version_is_known_by_its_content() -> None:
    here = present(version(1, 0, of="other"), version(2, 1), version(3, 2))
    found = number_versions(offered(*BOTH), here, overwrite=False)
    assert found.numbers == {1: 2, 2: 3}
    assert found.added == {}


def test_only_the_files_that_are_missing_come() -> None:
    here = present(version(1, 1), version(2, 2, kinds=("cert", "chain")), live=1)
    assert number_versions(offered(*BOTH), here, overwrite=False).added == {2: ("privkey", "fullchain")}


def test_going_back_pins() -> None:
    found = number_versions(offered(*BOTH), present(*BOTH, version(3, 3)), overwrite=True)
    assert (found.live, found.pins) == (2, True)


def test_a_pin_of_the_backup_stays() -> None:
    assert number_versions(offered(*BOTH, live=1, pinned=True), NOTHING, overwrite=False).pins
    assert not number_versions(offered(*BOTH, live=1), NOTHING, overwrite=False).pins


def test_without_settings_the_newest_that_is_here_goes_live() -> None:
    here = present(*BOTH, version(3, 3), settings=False, live=None, sound=False)
    found = number_versions(offered(*BOTH), here, overwrite=False)
    assert (found.live, found.pins, found.added) == (3, False, {})
    assert number_versions(offered(*BOTH), here, overwrite=True).live == 2
