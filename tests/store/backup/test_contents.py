"""What has a place in a backup, and all that has none."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import replace

import pytest

from everseal.model.backup import BadBackup, Entry, Manifest
from everseal.model.names import CertificateName
from everseal.store.backup.contents import BackupContents
from everseal.store.backup.tarball import read_contents
from everseal.store.certbot_dir.layout import KINDS
from tests.store.backup.test_tarball import ENTRIES, manifest

FOLDER = Entry("live/x", "directory", 0o755, 0, 0, "", "", 0)
FILE = replace(FOLDER, path="", kind="file")
LINK = replace(FOLDER, path="", kind="link", mode=0o777)
CONF = replace(FILE, path="renewal/x.conf")


def lineage() -> list[Entry]:
    """What a sound one has; its renewal file comes last."""
    archive = [replace(FILE, path=f"archive/x/{kind}1.pem") for kind in KINDS]
    links = [
        replace(LINK, path=f"live/x/{kind}.pem", target=f"../../archive/x/{kind}1.pem") for kind in KINDS
    ]
    return [*archive, FOLDER, *links, CONF]


def sorted_out(entries: Sequence[Entry]) -> BackupContents:
    return BackupContents.of(Manifest("1", "host", "", "/etc/letsencrypt", {"x": 1}, tuple(entries)))


def test_everything_has_its_place() -> None:
    common = [
        replace(FILE, path=path)
        for path in ("live/README", "cli.ini", "secrets/dns.ini", "accounts/ca/directory/id/regr.json")
    ]
    roots = [replace(FOLDER, path=path) for path in ("archive", "live", "renewal", "renewal-hooks")]
    extra = replace(FILE, path="live/x/combined.pem")
    pending = replace(FILE, path=".everseal/pending/x.json")
    owed = replace(FILE, path=f".everseal/hooks/{'0' * 32}.json")
    found = sorted_out([*roots, extra, pending, *lineage(), *common, owed])
    ours = found.lineages[CertificateName("x")]
    assert found.common == [*roots, *common]
    assert found.owed == [owed]
    assert (ours.extras, ours.pending, ours.conf) == ([extra], pending, CONF)
    assert ours.versions.keys() == {1}
    assert ours.folders == {"live": FOLDER}


@pytest.mark.parametrize(
    "path",
    [
        ".everseal/changes/x.json",
        ".everseal/secret",
        ".everseal/hooks/../../x.json",
        ".everseal/pending/y.json",
        ".certbot.lock",
        "archive/y/cert1.pem",
        "archive/x/cert.pem",
        "archive/x/inner/cert1.pem",
        "live/x/inner/file",
        "renewal/x.txt",
        "renewal/y.conf",
        "renewal/inner/x.conf",
        "live/x/cert.pem",
        "live/stray",
    ],
)
def test_what_has_no_place_is_refused(path: str) -> None:
    with pytest.raises(BadBackup):
        sorted_out([replace(FILE, path=path), *lineage()])


@pytest.mark.parametrize("missing", range(len(lineage())))
def test_a_lineage_is_whole(missing: int) -> None:
    entries = lineage()
    gone = entries.pop(missing)
    if gone is FOLDER:
        assert sorted_out(entries).lineages
        return
    with pytest.raises(BadBackup):
        sorted_out(entries)


def test_its_renewal_file_comes_last() -> None:
    with pytest.raises(BadBackup, match="after the renewal file"):
        sorted_out([*lineage(), replace(FILE, path="archive/x/cert2.pem")])


def test_a_live_link_leads_to_the_live_version() -> None:
    entries = lineage()
    entries[5] = replace(entries[5], target="../../archive/x/cert2.pem")
    with pytest.raises(BadBackup, match="does not lead to version 1"):
        sorted_out(entries)


@pytest.mark.parametrize("name", ["", "..", "a/b", "x" * 300, "a\nb"])
def test_a_name_is_a_name(name: str) -> None:
    with pytest.raises(BadBackup):
        BackupContents.of(Manifest("1", "host", "", "/etc/letsencrypt", {name: 1}, ()))


def test_a_sparse_file_is_refused() -> None:
    """A few octets in the archive that would be terabytes on disk."""
    buffer = io.BytesIO()
    encoded = manifest(*ENTRIES).encode()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        head = tarfile.TarInfo("manifest.json")
        head.size = len(encoded)
        archive.addfile(head, io.BytesIO(encoded))
        entry = ENTRIES[0]
        sparse = tarfile.TarInfo(f"config/{entry.path}")
        sparse.size, sparse.mode = entry.size, entry.mode
        sparse.pax_headers = {
            "GNU.sparse.major": "0",
            "GNU.sparse.minor": "1",
            "GNU.sparse.map": "0,8",
            "GNU.sparse.size": str(10**12),
        }
        archive.addfile(sparse, io.BytesIO(bytes(entry.size)))
    with pytest.raises(BadBackup, match="is not what"):
        list(read_contents(buffer.getvalue()))
