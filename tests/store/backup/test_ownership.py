from __future__ import annotations

import os
import sys
from dataclasses import replace

from everseal.model.backup import Entry
from everseal.store.backup.ownership import Owners

ENTRY = Entry("renewal-hooks/x", "file", 0o640, 1001, 120, "web", "ssl-cert", 0)
ROOT = Owners({"root": 0, "web": 2001}, {"root": 0, "ssl-cert": 115}, is_root=True)


def test_by_name_then_by_number() -> None:
    assert ROOT.of(ENTRY) == (2001, 115)
    assert ROOT.of(replace(ENTRY, user="gone", group="")) == (1001, 120)
    assert list(ROOT.notes([ENTRY])) == []


def test_root_is_told_of_names_that_are_not_known() -> None:
    told = list(ROOT.notes([ENTRY, replace(ENTRY, user="gone"), replace(ENTRY, group="lost")]))
    [note] = told
    assert note.startswith("this machine does not know the group lost (the number 120 is used), the user ")
    assert note.endswith("gone (the number 1001 is used)")


def test_others_are_told_whose_files_become_theirs() -> None:
    ours = {"me": os.geteuid()}
    user = Owners(ours, {}, is_root=False)
    assert list(user.notes([replace(ENTRY, user="me", uid=os.geteuid())])) == []
    [note] = user.notes([replace(ENTRY, user="", uid=sys.maxsize), replace(ENTRY, user="web")])
    assert "web is yours" in note.replace(f"{sys.maxsize}, ", "")


def test_this_machine_has_names() -> None:
    assert Owners.here().users["root"] == 0
