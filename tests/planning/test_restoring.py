from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from everseal.model.names import CertificateName
from everseal.planning.restoring import (
    BringBack,
    Decision,
    LeaveAsIs,
    Offered,
    Present,
    VersionSeen,
    decide_restore,
    number_versions,
)

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("privkey", "cert", "chain", "fullchain")


def version(number: int, day: int, *, of: str = "", kinds: tuple[str, ...] = KINDS) -> VersionSeen:
    """A version issued on a day; ``of`` tells its content from another's."""
    digests = {kind: f"{of or day}-{kind}" for kind in kinds}
    return VersionSeen(number, digests, FIRST + timedelta(days=day) if kinds == KINDS else None)


def offered(*versions: VersionSeen, live: int = 0, pinned: bool = False, whole: bool = True) -> Offered:
    return Offered(CertificateName("x"), live or versions[-1].number, versions, pinned, whole)


def present(
    *versions: VersionSeen, live: int | None = 0, settings: bool = True, sound: bool = True
) -> Present:
    return Present(settings, versions[-1].number if live == 0 else live, versions, sound)


def decide(
    offer: Offered, here: Present, *, overwrite: bool = False, same_settings: bool = True
) -> tuple[str, bool]:
    """The code of the reason, and whether the lineage comes back."""
    numbering = number_versions(offer, here, overwrite=overwrite)
    decision: Decision = decide_restore(
        offer, here, numbering, same_settings=same_settings, overwrite=overwrite
    )
    return decision.reason.code, isinstance(decision, BringBack)


BOTH = (version(1, 1), version(2, 2))
NOTHING = Present()


@pytest.mark.parametrize(
    ("offer", "here", "code", "comes"),
    [
        (offered(*BOTH), NOTHING, "missing", True),
        (offered(*BOTH), present(*BOTH, settings=False, sound=False), "missing", True),
        (offered(*BOTH), present(*BOTH), "same", False),
        (offered(*BOTH), present(version(1, 1)), "older", True),
        (offered(*BOTH), present(*BOTH, version(3, 3)), "newer", False),
        (offered(*BOTH), present(*BOTH, version(3, 3), live=None, sound=False), "newer", False),
        (offered(*BOTH), present(*BOTH, live=None, sound=False), "damaged", True),
        (offered(*BOTH), present(version(2, 2)), "differs", False),
        (offered(*BOTH), present(*BOTH, live=1), "differs", False),
        (offered(*BOTH, whole=False), NOTHING, "unsound", False),
        (offered(*BOTH), Present(obstacle="/live/x"), "in-the-way", False),
    ],
)
def test_whether_it_comes_back(offer: Offered, here: Present, code: str, comes: bool) -> None:
    assert decide(offer, here) == (code, comes)


@pytest.mark.parametrize(
    ("here", "code"),
    [
        (present(*BOTH, version(3, 3)), "overwrite"),
        (present(version(2, 2)), "overwrite"),
        (present(*BOTH), "same"),
        (Present(obstacle="/live/x"), "in-the-way"),
    ],
)
def test_overwriting_is_said(here: Present, code: str) -> None:
    assert decide(offered(*BOTH), here, overwrite=True)[0] == code


def test_other_settings_alone_are_a_difference() -> None:
    assert decide(offered(*BOTH), present(*BOTH), same_settings=False) == ("differs", False)


def test_only_what_cannot_be_restored_is_a_failure() -> None:
    here = present(*BOTH, version(3, 3))
    numbering = number_versions(offered(*BOTH), here, overwrite=False)
    newer = decide_restore(offered(*BOTH), here, numbering, same_settings=True, overwrite=False)
    broken = decide_restore(offered(*BOTH, whole=False), here, numbering, same_settings=True, overwrite=False)
    assert isinstance(newer, LeaveAsIs)
    assert isinstance(broken, LeaveAsIs)
    assert (newer.is_failure, broken.is_failure) == (False, True)


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
    assert decide(offered(*BOTH), here) == ("missing", True)
    found = number_versions(offered(*BOTH), here, overwrite=False)
    assert (found.live, found.pins, found.added) == (3, False, {})
    assert number_versions(offered(*BOTH), here, overwrite=True).live == 2
