"""What an examination is asked for, and finer points of some findings."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from everseal.model.diagnosis import Chmod, RewritePaths
from everseal.model.errors import LineageMissing
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.doctor.access import lineage_access
from everseal.store.doctor.examination import Examination
from everseal.store.doctor.observe import see_lineage
from tests.store.doctor.clinic import Clinic
from tests.store.doctor.plants import (
    a_certificate_is_there_twice,
    links_became_files,
    the_directory_is_a_copy,
)
from tests.store.minting import NOW, mint
from tests.store.trees import KINDS


def test_only_those_asked_for(clinic: Clinic) -> None:
    clinic.live("cert.pem").unlink()
    clinic.live("cert.pem", "b.test").unlink()
    clinic.age()
    assert [each.subject for each in clinic.examine("b.test")] == ["b.test"]


def test_a_name_that_is_not_there(clinic: Clinic) -> None:
    with pytest.raises(LineageMissing):
        clinic.examine("c.test")


def test_an_orphan_is_there_by_its_name(clinic: Clinic) -> None:
    clinic.conf().unlink()
    assert {each.code for each in clinic.examine("a.test")} == {"orphan-archive", "orphan-live"}


def test_a_version_an_operator_went_back_to_stays(clinic: Clinic) -> None:
    clinic.store.relink(CertificateName("a.test"), 1, pinned=True)
    clinic.age()
    assert clinic.examine() == ()


def test_absolute_links_of_such_a_version_stay_on_it(clinic: Clinic) -> None:
    clinic.store.relink(CertificateName("a.test"), 1, pinned=True)
    for kind in KINDS:
        clinic.live(f"{kind}.pem").unlink()
        os.symlink(clinic.archive(f"{kind}1.pem"), clinic.live(f"{kind}.pem"))
    clinic.age()
    assert clinic.codes() == {"link-absolute"}
    clinic.mend_all()
    assert os.readlink(clinic.live("cert.pem")) == "../../archive/a.test/cert1.pem"
    assert clinic.store.load(CertificateName("a.test")).pinned


def test_copied_files_that_no_archive_has_become_a_version(clinic: Clinic) -> None:
    links_became_files(clinic)
    newest = mint("a.test")
    for kind, data in (("cert", newest.leaf_pem), ("privkey", newest.key_pem), ("chain", newest.chain_pem)):
        clinic.live(f"{kind}.pem").write_bytes(data)
    clinic.live("fullchain.pem").write_bytes(newest.fullchain_pem)
    clinic.mend_all()
    assert clinic.serves(newest)
    assert clinic.store.load(CertificateName("a.test")).versions == (1, 2, 3)
    assert clinic.archive("privkey3.pem").stat().st_mode & 0o777 == 0o600


def test_a_file_that_can_be_made_anew_is_as_it_was(clinic: Clinic) -> None:
    was = clinic.archive("chain2.pem").read_bytes()
    clinic.archive("chain2.pem").unlink()
    clinic.mend_all()
    assert clinic.archive("chain2.pem").read_bytes() == was
    assert clinic.serves(clinic.second)


def test_the_newest_version_is_broken_and_the_one_before_serves(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").write_bytes(clinic.first.key_pem)
    clinic.mend_all()
    assert clinic.serves(clinic.first)


def test_a_copy_is_adopted_only_when_a_person_agrees(clinic: Clinic) -> None:
    the_directory_is_a_copy(clinic)
    clinic.age()
    fixes = {each.fix for each in clinic.examine()}
    assert all(isinstance(fix, RewritePaths) and not fix.safe for fix in fixes)
    assert clinic.header("cert") != str(clinic.live("cert.pem"))
    clinic.mend_all()
    assert clinic.header("cert") == str(clinic.live("cert.pem"))


@pytest.mark.parametrize(("mode", "severity"), [(0o700, "warning"), (0o755, "damage")])
def test_an_open_key_is_worse_where_others_can_reach_it(clinic: Clinic, mode: int, severity: str) -> None:
    clinic.archive("privkey2.pem").chmod(0o644)
    (clinic.config / "archive").chmod(mode)
    clinic.age()
    found = clinic.examine()[0]
    assert (found.code, found.severity) == ("key-open", severity)
    assert found.fix == Chmod(str(clinic.archive("privkey2.pem")), 0o640)


def test_owners_who_are_strangers(clinic: Clinic) -> None:
    reader = LineageReader(clinic.store.layout)
    seen = see_lineage(CertificateName("a.test"), clinic.store.layout, reader)
    assert seen is not None
    stranger = replace(seen, conf=replace(seen.conf, uid=4242))
    found = list(lineage_access(stranger, archive_root=None, owner=seen.conf.uid))
    assert [each.code for each in found] == ["owner-odd"]
    assert list(lineage_access(seen, archive_root=None, owner=seen.conf.uid)) == []


def test_what_the_group_may_do_is_meant(clinic: Clinic) -> None:
    clinic.archive("privkey2.pem").chmod(0o640)
    clinic.age()
    assert clinic.examine() == ()


@pytest.mark.parametrize(
    "hook",
    [
        "systemctl reload nginx",
        "if true; then x; fi",
        "X=1 y",
        "[ -x /gone ] && /gone",
        "(cd /gone && x)",
        "$HOME/x",
        ". /gone",
    ],
)
def test_commands_that_only_a_shell_understands_are_taken_on_trust(clinic: Clinic, hook: str) -> None:
    clinic.parameter("renew_hook", hook)
    clinic.age()
    assert clinic.examine() == ()


def test_twins_of_two_kinds_of_key_may_be_on_purpose(clinic: Clinic) -> None:
    a_certificate_is_there_twice(clinic)
    clinic.age()
    [found] = clinic.examine()
    assert found.severity == "warning"
    assert found.subject == "a.test-0001"
    assert "a.test and a.test-0001 are both for a.test, www.a.test" in found.what


def test_temporary_files_that_may_have_a_writer_are_left_alone(clinic: Clinic) -> None:
    clinic.age()
    path = clinic.archive(".cert3.pem.0123456789abcdef.tmp")
    path.touch()
    young = (NOW - timedelta(minutes=1)).timestamp()
    os.utime(path, (young, young))
    assert clinic.examine() == ()


def test_a_fix_that_is_no_longer_called_for_is_not_carried_out(clinic: Clinic) -> None:
    clinic.live("cert.pem").unlink()
    fixes = [each.fix for each in clinic.examine() if each.fix is not None]
    assert clinic.mend(fixes)[0].failure == ""
    before = clinic.tree()
    assert clinic.mend(fixes)[0].failure == ""
    assert clinic.tree() == before


def test_a_busy_certificate_is_left_to_who_is_at_work(clinic: Clinic) -> None:
    clinic.live("cert.pem").unlink()
    fixes = [each.fix for each in clinic.examine() if each.fix is not None]
    with clinic.store.lock(CertificateName("a.test"), wait=0):
        [done] = clinic.mend(fixes)
    assert "another run is at work" in done.failure


def test_an_empty_place(clinic: Clinic) -> None:
    assert isinstance(clinic.examination, Examination)
    for path in sorted(clinic.config.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    clinic.age()
    assert clinic.examine() == ()


def test_files_are_not_touched_while_the_renewal_file_is_nonsense(clinic: Clinic) -> None:
    clinic.live("cert.pem").unlink()
    clinic.conf().write_text("[[[\n")
    clinic.age()
    before = clinic.tree()
    found = {each.code: each for each in clinic.examine()}
    assert set(found) == {"conf-unparsable", "link-missing"}
    assert found["link-missing"].remedy.startswith(f"mend {clinic.conf()} first, then ")
    assert clinic.mend_all() == ()
    assert clinic.tree() == before


def test_one_finding_for_all_links_with_the_same_trouble(clinic: Clinic) -> None:
    links_became_files(clinic)
    clinic.age()
    [found] = clinic.examine()
    assert found.what.endswith(
        "is a file and not a symbolic link; privkey.pem, chain.pem, fullchain.pem are no better"
    )
