from __future__ import annotations

import pytest

from everseal.planning.numbering import Offered, Present, number_versions
from everseal.planning.restoring import BringBack, Decision, LeaveAsIs, decide_restore
from tests.planning.backups import BOTH, NOTHING, offered, present, version


def decide(
    offer: Offered, here: Present, *, overwrite: bool = False, same_settings: bool = True
) -> tuple[str, bool]:
    """The code of the reason, and whether the lineage comes back."""
    numbering = number_versions(offer, here, overwrite=overwrite)
    decision: Decision = decide_restore(
        offer, here, numbering, same_settings=same_settings, overwrite=overwrite
    )
    return decision.reason.code, isinstance(decision, BringBack)


@pytest.mark.parametrize(
    ("offer", "here", "code", "comes"),
    [
        (offered(*BOTH), NOTHING, "missing", True),
        (offered(*BOTH), present(*BOTH, settings=False, sound=False), "missing", True),
        (
            offered(*BOTH),
            present(*BOTH, version(3, 3), settings=False, live=None, sound=False),
            "missing",
            True,
        ),
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
