from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from everseal.model.errors import LineageBroken
from everseal.model.lineage import Damaged
from everseal.model.names import CertificateName
from everseal.reports.certificates import (
    Listed,
    Listing,
    certificates_as_json,
    damage_warnings,
    render_certificates,
    validity,
)
from everseal.reports.frames import RULE
from tests.planning.samples import END, NOW, make_lineage

if TYPE_CHECKING:
    from everseal.reports.certificates import Blemish

LINEAGE = make_lineage("both", "a.example", "b.example")
SOUND = Listed.of(LINEAGE, LINEAGE.certificate)
BROKEN = Damaged(
    CertificateName("x"),
    "/etc/le/renewal/x.conf",
    LineageBroken("x", "cert.pem is\x1b[2J gone", remedy="restore it from a backup"),
)


def listing(
    *sound: Listed, damaged: tuple[Damaged, ...] = (), filtered: bool = False, passed_over: int = 0
) -> Listing:
    return Listing(sound, damaged, NOW, filtered=filtered, passed_over=passed_over)


def test_none() -> None:
    assert render_certificates(listing()) == f"\n{RULE}\nNo certificates found.\n{RULE}\n"


def test_none_that_matches() -> None:
    shown = render_certificates(listing(filtered=True, passed_over=2))
    assert shown == f"\n{RULE}\nFound the following matching certs:\n\n{RULE}\n"


def test_the_lines_that_scripts_match() -> None:
    assert (
        render_certificates(listing(SOUND))
        == f"""
{RULE}
Found the following certs:
  Certificate Name: both
    Serial Number: 1f2e
    Key Type: ECDSA
    Identifiers: a.example b.example
    Expiry Date: 2026-12-19 12:00:00+00:00 (VALID: 25 days)
    Certificate Path: /etc/le/live/both/fullchain.pem
    Private Key Path: /etc/le/live/both/privkey.pem
{RULE}
"""
    )


def test_broken_ones_come_last() -> None:
    assert render_certificates(listing(SOUND, SOUND, damaged=(BROKEN,))).endswith(f"""
    Private Key Path: /etc/le/live/both/privkey.pem

The following renewal configurations were invalid:
  /etc/le/renewal/x.conf
{RULE}
""")
    assert "Found the following matching certs:\n" in render_certificates(listing(SOUND, filtered=True))
    alone = render_certificates(listing(damaged=(BROKEN,)))
    assert f"{RULE}\n\nThe following renewal configurations were invalid:\n" in alone


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=89, hours=23), "VALID: 89 days"),
        (timedelta(days=2), "VALID: 2 days"),
        (timedelta(days=1, hours=23), "VALID: 1 day"),
        (timedelta(hours=23, minutes=59), "VALID: 23 hour(s)"),
        (timedelta(minutes=6), "VALID: 0 hour(s)"),
    ],
)
def test_what_is_left(left: timedelta, words: str) -> None:
    assert validity(SOUND, END - left) == words


@pytest.mark.parametrize(
    ("blemishes", "words"),
    [
        (("TEST_CERT",), "INVALID: TEST_CERT"),
        (("TEST_CERT", "EXPIRED"), "INVALID: TEST_CERT, EXPIRED"),
        (("REVOKED",), "INVALID: REVOKED"),
    ],
)
def test_blemishes(blemishes: tuple[Blemish, ...], words: str) -> None:
    assert validity(SOUND.with_blemishes(blemishes), NOW) == words


def test_why_a_lineage_is_broken() -> None:
    [warning] = damage_warnings(listing(damaged=(BROKEN,)))
    assert warning == (
        "Renewal configuration file /etc/le/renewal/x.conf produced an unexpected error: the certificate x "
        "is damaged: cert.pem is\\x1b[2J gone. Skipping. To mend it: restore it from a backup."
    )


def test_names_that_are_none_are_shown_safely() -> None:
    lineage = make_lineage("odd", "::1", "a.example", odd_names=("b\x1b[2J",))
    odd = Listed.of(lineage, lineage.certificate)
    assert "Identifiers: a.example ::1 b\\x1b[2J\n" in render_certificates(listing(odd))


def test_json() -> None:
    shown = certificates_as_json(listing(SOUND.with_blemishes(("TEST_CERT",)), damaged=(BROKEN,)))
    assert shown == {
        "schema": "everseal.certificates",
        "schema_version": 1,
        "certificates": [
            {
                "name": "both",
                "serial": "1f2e",
                "key_type": "ECDSA",
                "identifiers": ["a.example", "b.example"],
                "issuer": "CN=Sample CA",
                "not_before": "2026-09-20T12:00:00Z",
                "not_after": "2026-12-19T12:00:00Z",
                "valid": False,
                "blemishes": ["TEST_CERT"],
                "seconds_left": 25 * 86400,
                "version": 1,
                "versions": [1],
                "server": "https://ca.example/directory",
                "certificate_path": "/etc/le/live/both/fullchain.pem",
                "private_key_path": "/etc/le/live/both/privkey.pem",
            }
        ],
        "invalid": [
            {
                "name": "x",
                "path": "/etc/le/renewal/x.conf",
                "message": "the certificate x is damaged: cert.pem is\x1b[2J gone",
                "remedy": "restore it from a backup",
            }
        ],
    }
