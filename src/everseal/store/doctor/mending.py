"""Carrying fixes out, with the writers of the store: wherever one is interrupted, nothing is lost.

The caller holds the run lock.  Each certificate is looked at again under its own lock, and only what is
still wrong is mended.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, assert_never

from everseal.model.diagnosis import (
    AdoptFiles,
    Chmod,
    CompleteHeader,
    CompleteVersion,
    DropVersion,
    Fix,
    LineageFix,
    Mending,
    Recover,
    Relink,
    RemoveEmptyConf,
    RemoveStale,
    RewritePaths,
    in_order,
)
from everseal.model.errors import OperatorError
from everseal.model.lineage import VersionFiles
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.archive import list_archive, live_version, read_files
from everseal.store.certbot_dir.changes import MoveChange
from everseal.store.certbot_dir.commit import (
    document_digest,
    make_room,
    remove_version,
    write_document,
    write_version,
)
from everseal.store.certbot_dir.flip import link_targets, move_links
from everseal.store.certbot_dir.layout import HEADER_KINDS, KINDS, Kind, Layout, LineagePaths
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.certbot_dir.moving import move
from everseal.store.certbot_dir.recovery import Recoverer
from everseal.store.certbot_dir.state import State
from everseal.store.doctor.versions import rebuild
from everseal.system.files import (
    explained,
    fsync_directory,
    read_file,
    remove_file,
    temporary_name,
    write_file,
)

if TYPE_CHECKING:
    from everseal.store.certbot_dir.store import CertbotStore
    from everseal.store.doctor.examination import Examination

_PATIENCE: Final = 5.0
_PARAMETERS: Final = "renewalparams"


class Mender:
    """Mends one configuration directory."""

    def __init__(self, store: CertbotStore, examination: Examination) -> None:
        self._store = store
        self._examination = examination
        self._bench = _Bench(store.layout, store.state)

    def mend(self, fixes: Sequence[Fix], *, now: datetime) -> tuple[Mending, ...]:
        """One after the other; what fails stops nothing else."""
        return tuple(self._attempt(fix, now=now) for fix in in_order(fixes))

    def _attempt(self, fix: Fix, *, now: datetime) -> Mending:
        try:
            if isinstance(fix, Chmod | RemoveStale):
                _tidy(fix)
            else:
                self._mend_lineage(fix, now=now)
        except OperatorError as error:
            return Mending(fix, error.message)
        except OSError as error:
            return Mending(fix, error.strerror or str(error))
        return Mending(fix)

    def _mend_lineage(self, fix: LineageFix, *, now: datetime) -> None:
        with self._store.lock(fix.name, wait=_PATIENCE):
            still = {each.fix for each in self._examination.lineage(fix.name, now=now)}
            if fix in still:
                self._bench.carry_out(fix, now=now)


class _Bench:
    """The fixes themselves; the lineage's lock is held."""

    def __init__(self, layout: Layout, state: State) -> None:
        self._layout = layout
        self._state = state
        self._reader = LineageReader(layout)

    def carry_out(self, fix: LineageFix, *, now: datetime) -> None:
        match fix:
            case Recover():
                Recoverer(self._layout, self._state, self._reader).recover(fix.name, now=now)
            case RemoveEmptyConf():
                remove_file(fix.path)
            case CompleteHeader():
                self._complete_header(fix)
            case RewritePaths():
                self._rewrite(fix)
            case CompleteVersion():
                _complete(self._paths(fix), fix)
            case AdoptFiles():
                self._adopt(fix)
            case Relink():
                self._relink(self._paths(fix), fix.number)
            case DropVersion():
                remove_version(self._paths(fix), fix.number)
            case _:
                assert_never(fix)

    def _paths(self, fix: LineageFix) -> LineagePaths:
        return self._reader.paths(fix.name, self._reader.document(fix.name))

    def _complete_header(self, fix: CompleteHeader) -> None:
        default = self._layout.default_paths(fix.name)
        before = document_digest(fix.path)
        document = self._reader.document(fix.name)
        if not document.header("archive_dir"):
            document = document.set_header("archive_dir", default.archive_dir)
        for kind in HEADER_KINDS:
            if not document.header(kind):
                document = document.set_header(kind, default.links[kind])
        write_document(fix.path, document.render(), before=before)

    def _rewrite(self, fix: RewritePaths) -> None:
        """All that the header says; below it only the configuration directory itself."""
        default = self._layout.default_paths(fix.name)
        before = document_digest(fix.path)
        document = self._reader.document(fix.name).set_header("archive_dir", default.archive_dir)
        for kind in HEADER_KINDS:
            document = document.set_header(kind, default.links[kind])
        document = _with_config_dir(document, fix.config_dir)
        write_document(fix.path, document.render(), before=before)

    def _adopt(self, fix: AdoptFiles) -> None:
        paths = self._paths(fix)
        if fix.new:
            make_room(self._layout, paths)
            _save(paths, fix.number, {kind: read_file(paths.links[kind]) for kind in KINDS})
        _link_files(paths, fix.number)
        self._relink(paths, fix.number)

    def _relink(self, paths: LineagePaths, number: int) -> None:
        """Links that name the version already are only written anew, which needs no journal."""
        if live_version(paths) == number:
            move_links(paths, number)
        else:
            move(MoveChange(paths.name, number), paths, self._state)


def _save(paths: LineagePaths, number: int, contents: Mapping[Kind, bytes]) -> None:
    """A new version, or what is missing of one that was begun."""
    begun = list_archive(paths).kinds.get(number)
    if begun is None:
        write_version(paths, number, _version(contents))
        return
    for kind in KINDS:
        if kind not in begun:
            mode = 0o600 if kind == "privkey" else 0o644
            write_file(paths.archived(kind, number), contents[kind], mode=mode)


def _complete(paths: LineagePaths, fix: CompleteVersion) -> None:
    """Empty files are replaced, missing ones made; both whole or not at all."""
    contents: dict[Kind, bytes] = {}
    for kind in KINDS:
        try:
            contents[kind] = read_file(paths.archived(kind, fix.number))
        except FileNotFoundError:
            continue
    rebuilt = rebuild(contents)
    for kind in HEADER_KINDS:
        if kind in fix.kinds and rebuilt is not None:
            write_file(paths.archived(kind, fix.number), rebuilt[kind], mode=0o644)


def _link_files(paths: LineagePaths, number: int) -> None:
    """Rename a link over each file that holds what the version holds; others stay."""
    saved = read_files(paths, number)
    targets = link_targets(paths, number)
    held = {
        "cert": saved.cert_pem,
        "chain": saved.chain_pem,
        "fullchain": saved.fullchain_pem,
        "privkey": saved.key_pem,
    }
    for kind in KINDS:
        path = paths.links[kind]
        if os.path.isfile(path) and not os.path.islink(path) and read_file(path) == held[kind]:
            temporary = temporary_name(path)
            with explained("link", path):
                os.symlink(targets[kind], temporary)
                os.rename(temporary, path)
            fsync_directory(os.path.dirname(path))


def _with_config_dir(document: RenewalDocument, config_dir: str) -> RenewalDocument:
    parameters = document.section(_PARAMETERS)
    if "config_dir" not in parameters:
        return document
    return document.replace_section(_PARAMETERS, {**parameters, "config_dir": config_dir})


def _version(contents: Mapping[Kind, bytes]) -> VersionFiles:
    return VersionFiles(
        cert_pem=contents["cert"],
        chain_pem=contents["chain"],
        fullchain_pem=contents["fullchain"],
        key_pem=contents["privkey"],
    )


def _tidy(fix: Chmod | RemoveStale) -> None:
    match fix:
        case Chmod():
            descriptor = os.open(fix.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                os.fchmod(descriptor, fix.mode)
            finally:
                os.close(descriptor)
        case RemoveStale():
            remove_file(fix.path)
        case _:
            assert_never(fix)
