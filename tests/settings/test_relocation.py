from __future__ import annotations

import pytest

from everseal.model.export import ExportTarget
from everseal.settings.relocation import Relocation
from everseal.settings.renewal_file import RenewalDocument

HEAD = "version = 5.8.0\ncert = /etc/le/live/x/cert.pem\n"


def moved(body: str, *, new: str = "/srv/le") -> tuple[str, tuple[str, ...]]:
    relocation = Relocation(("/etc/le",), new)
    document = relocation.applied(RenewalDocument.parse(f"{HEAD}{body}", path="x.conf"))
    return document.render().removeprefix(HEAD), relocation.left(document)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("dns_x_credentials = /etc/le/dns.ini", "dns_x_credentials = /srv/le/dns.ini"),
        ("config_dir = /etc/le", "config_dir = /srv/le"),
        (
            "deploy_hook = /etc/le/hooks/x --in /etc/le/live",
            "deploy_hook = /srv/le/hooks/x --in /srv/le/live",
        ),
        ("deploy_hook = A=/etc/le/a true", "deploy_hook = A=/srv/le/a true"),
        ("pre_hook = cp '/etc/le/a' x", "pre_hook = cp '/srv/le/a' x"),
        ("some_list = /etc/le/a, /etc/le/b", "some_list = /srv/le/a, /srv/le/b"),
    ],
)
def test_what_lies_below_the_old_directory_moves(before: str, after: str) -> None:
    assert moved(f"[renewalparams]\n# why\n{before}\n") == (f"[renewalparams]\n# why\n{after}\n", ())


@pytest.mark.parametrize(
    "line",
    [
        "webroot_path = /etc/le/www,",
        "deploy_hook = /etc/lego/x",
        "deploy_hook = /etc/le-backup/x",
        "deploy_hook = /var/etc/le/x",
        "deploy_hook = systemctl reload nginx",
        "work_dir = /var/lib/letsencrypt",
        "[[webroot_map]]\nx = /etc/le/www",
    ],
)
def test_everything_else_stays(line: str) -> None:
    body = f"[renewalparams]\n{line}\n"
    assert moved(body) == (body, ())


def test_sections_of_others_move_too() -> None:
    assert moved("[somebody]\nfile = /etc/le/x\n[[inner]]\nfile = /etc/le/y\n")[0] == (
        "[somebody]\nfile = /srv/le/x\n[[inner]]\nfile = /srv/le/y\n"
    )


def test_exports_move_as_they_are_written() -> None:
    kept = ExportTarget("/etc/le/out", "pkcs12", password_file="/etc/le/secret").encode()
    body, _ = moved(f"[everseal]\nexports = {kept},\n", new="/srv/new place")
    section = RenewalDocument.parse(body, path="x.conf").section("everseal")
    exports = section["exports"]
    assert isinstance(exports, tuple)
    assert ExportTarget.decode(exports[0]) == ExportTarget(
        "/srv/new place/out", "pkcs12", password_file="/srv/new place/secret"
    )
    broken = "[everseal]\nexports = nothing of ours,\n"
    assert moved(broken)[0] == broken


def test_a_hook_that_would_need_quoting_stays_and_is_told() -> None:
    body = "[renewalparams]\ndeploy_hook = /etc/le/x\nother = /etc/le/y\n"
    assert moved(body, new="/srv/a b") == (
        "[renewalparams]\ndeploy_hook = /etc/le/x\nother = /srv/a b/y\n",
        ("deploy_hook = /etc/le/x",),
    )


def test_a_command_on_record_moves_too() -> None:
    assert Relocation(("/etc/le",), "/srv/le").command("/etc/le/hooks/x") == "/srv/le/hooks/x"


def test_in_its_own_place_nothing_changes() -> None:
    body = "[renewalparams]\ndeploy_hook = /etc/le/x\n"
    assert moved(body, new="/etc/le") == (body, ())


def test_from_the_root_directory_nothing_moves() -> None:
    body = "[renewalparams]\nserver = https://ca.test/directory\ndeploy_hook = /bin/true\n"
    document = RenewalDocument.parse(f"{HEAD}{body}", path="x.conf")
    assert Relocation(("/",), "/srv/le").applied(document).render() == f"{HEAD}{body}"
