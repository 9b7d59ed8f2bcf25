"""Every damage is found and named, and mended or explained; what is sound stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from everseal.model.diagnosis import CompleteVersion
from everseal.store.doctor.catalogue import KINDS
from everseal.store.doctor.kinds_of_places import MACHINE, NAMES
from tests.store.doctor.clinic import Clinic
from tests.store.doctor.plants import DAMAGES, A, Damage


def test_nothing_is_found_on_a_sound_directory(clinic: Clinic) -> None:
    clinic.age()
    before = clinic.tree()
    assert clinic.examine() == ()
    assert clinic.mend_all() == ()
    assert clinic.tree() == before


def test_every_kind_is_planted_somewhere() -> None:
    assert len(DAMAGES) >= 40
    of_the_machine = {kind.code for kind in (*MACHINE, *NAMES)}
    planted = {code for damage in DAMAGES for code in damage.codes}
    assert set(KINDS) - planted - of_the_machine == {"owner-odd"}, "which takes another user's files"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.name)
def test_a_damage(clinic: Clinic, damage: Damage) -> None:
    sound = of_b(clinic.tree())
    damage.plant(clinic)
    clinic.age()
    before = clinic.tree()
    findings = clinic.examine()
    assert {each.code for each in findings} == damage.codes
    assert clinic.tree() == before
    for each in findings:
        assert each.what
        assert each.cause
        assert each.remedy
        assert KINDS[each.code].mending or each.fix is None, "the table says what can be mended"

    mended = clinic.mend_all()
    assert [each.failure for each in mended if each.failure] == []
    clinic.age()
    left = clinic.examine()
    assert {each.code for each in left} == damage.left
    after = clinic.tree()
    clinic.mend_all()
    assert clinic.tree() == after
    if of_b(before) == sound:
        assert of_b(after) == sound


def test_the_links_stay_where_the_file_that_is_gone_can_be_made_anew(clinic: Clinic) -> None:
    clinic.archive("chain2.pem").unlink()
    clinic.age()
    assert {each.fix for each in clinic.examine()} == {CompleteVersion(A, 2, ("chain",))}
    clinic.mend_all()
    assert clinic.live("chain.pem").readlink().name == "chain2.pem"


def of_b(tree: Mapping[str, object]) -> dict[str, object]:
    return {path: seen for path, seen in tree.items() if "b.test" in path}
