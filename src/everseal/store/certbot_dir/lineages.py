"""Reading lineages: renewal file, links and archive, as Certbot or anybody else left them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from everseal.model.certificate import CertificateFacts, read_certificate
from everseal.model.errors import BadCertificate, LineageBroken, LineageExists, LineageMissing, OperatorError
from everseal.model.lineage import Damaged, Inventory, Lineage, ParameterValue
from everseal.model.names import CertificateName
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.archive import BadLink, linked_versions, list_archive, live_version
from everseal.store.certbot_dir.layout import HEADER_KINDS, Kind, Layout, LineagePaths
from everseal.store.pins import pinned_version
from everseal.system.files import explained, read_file

if TYPE_CHECKING:
    from everseal.settings.renewal_quoting import Value

_CONF: Final = ".conf"
_CONF_LIMIT: Final = 1024 * 1024
_CERTIFICATE_LIMIT: Final = 256 * 1024
_PARAMETERS: Final = "renewalparams"
_MOST_TWINS: Final = 9999


class LineageReader:
    """Looks at the directory; changes nothing and takes no lock."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def names(self) -> tuple[CertificateName, ...]:
        """Every renewal file's name, in the order of the file names.  Raises StoreUnusable."""
        with explained("read the directory", self._layout.renewal_dir):
            try:
                entries = os.listdir(self._layout.renewal_dir)
            except FileNotFoundError:
                return ()
        files = sorted(entry for entry in entries if entry.endswith(_CONF) and not entry.startswith("."))
        return tuple(CertificateName(file.removesuffix(_CONF)) for file in files)

    def document(self, name: CertificateName) -> RenewalDocument:
        """The renewal file; raises LineageMissing, LineageBroken, StoreUnusable."""
        path = self._layout.conf(name)
        try:
            data = read_file(path, limit=_CONF_LIMIT)
        except FileNotFoundError:
            raise _absent(name, path) from None
        try:
            return RenewalDocument.decode(data, path=path)
        except OperatorError as error:
            raise LineageBroken(name.value, error.message, remedy=error.remedy) from None

    def paths(self, name: CertificateName, document: RenewalDocument) -> LineagePaths:
        """Where the renewal file says that the lineage lives.  Raises LineageBroken."""
        links = {kind: self._link_path(name, document, kind) for kind in HEADER_KINDS}
        archive_dir = document.header("archive_dir") or os.path.join(self._layout.archive_root, name.value)
        return LineagePaths(
            name=name,
            conf=document.path,
            live_dir=os.path.dirname(links["cert"]),
            archive_dir=self._absolute(archive_dir),
            links=links,
        )

    def load(self, name: CertificateName) -> Lineage:
        """Raises LineageMissing, LineageBroken, StoreUnusable."""
        document = self.document(name)
        paths = self.paths(name, document)
        complete = list_archive(paths).complete
        live = _live(paths, complete)
        sections = _sections(document)
        pinned = pinned_version(sections, live=live) is not None
        return Lineage(
            name=name,
            conf_path=paths.conf,
            live_dir=paths.live_dir,
            archive_dir=paths.archive_dir,
            cert_path=paths.links["cert"],
            privkey_path=paths.links["privkey"],
            chain_path=paths.links["chain"],
            fullchain_path=paths.links["fullchain"],
            live=live,
            versions=complete,
            latest=complete[-1],
            certificate=_certificate(paths, live if pinned else complete[-1]),
            parameters=_section(document, _PARAMETERS),
            header=document.headers(),
            sections=sections,
            pinned=pinned,
        )

    def inventory(self, name: CertificateName) -> Inventory:
        """Raises LineageMissing, LineageBroken where the renewal file cannot be read, StoreUnusable."""
        document = self.document(name)
        paths = self.paths(name, document)
        live = live_version(paths)
        kinds = list_archive(paths).kinds
        return Inventory(
            name=name,
            live=live,
            pinned=pinned_version(_sections(document), live=live),
            missing={
                number: tuple(kind for kind in HEADER_KINDS if kind not in kinds[number])
                for number in sorted(kinds)
            },
        )

    def load_all(self) -> Sequence[Lineage | Damaged]:
        """Every lineage; one that cannot be read does not hide the others."""
        return self.load_each(self.names())

    def load_each(self, names: Sequence[CertificateName]) -> Sequence[Lineage | Damaged]:
        """Those of them that are still there, the damaged ones with their error."""
        found: list[Lineage | Damaged] = []
        for name in names:
            try:
                found.append(self.load(name))
            except LineageMissing:
                continue
            except OperatorError as error:
                found.append(Damaged(name=name, conf_path=self._layout.conf(name), error=error))
        return found

    def reserve_check(self, name: CertificateName) -> None:
        """Raises LineageExists when files stand where the new lineage ``name`` would go."""
        paths = self._layout.default_paths(name)
        if os.path.lexists(paths.conf):
            raise LineageExists(
                f"a renewal file for {name} exists: {paths.conf}", remedy="choose another --cert-name"
            )
        for what, directory in (("archive", paths.archive_dir), ("live", paths.live_dir)):
            if _holds_something(directory):
                raise LineageExists(
                    f"{what} directory exists for {name}: {directory} has files in it but no renewal file",
                    remedy=f"move {directory} away, or choose another --cert-name",
                )

    def free_name(self, wanted: CertificateName) -> CertificateName:
        """``wanted``, or the first of ``wanted-0001`` ... without a renewal file."""
        if not os.path.lexists(self._layout.conf(wanted)):
            return wanted
        for number in range(1, _MOST_TWINS + 1):
            candidate = CertificateName(f"{wanted}-{number:04d}")
            if not os.path.lexists(self._layout.conf(candidate)):
                return candidate
        raise LineageExists(
            f"every name from {wanted} to {candidate} is taken", remedy="choose another --cert-name"
        )

    def _link_path(self, name: CertificateName, document: RenewalDocument, kind: Kind) -> str:
        path = document.header(kind)
        if not path:
            raise LineageBroken(
                name.value,
                f"its renewal file {document.path} does not say where {kind} is",
                remedy=f"add the line `{kind} = {self._layout.default_paths(name).links[kind]}` at its top",
            )
        return self._absolute(path)

    def _absolute(self, path: str) -> str:
        """Relative paths count from the configuration directory; from here where only that exists."""
        if os.path.isabs(path):
            return path
        inside = os.path.join(self._layout.config_dir, path)
        here = os.path.abspath(path)
        return here if not os.path.lexists(inside) and os.path.lexists(here) else os.path.normpath(inside)


def plain_section(values: Mapping[str, Value]) -> dict[str, ParameterValue]:
    """A section's values as a lineage holds them: texts, tuples of texts, one level of subsections."""
    plain: dict[str, ParameterValue] = {}
    for key, value in values.items():
        if isinstance(value, str | tuple):
            plain[key] = value
        else:
            plain[key] = {inner: _text(content) for inner, content in value.items()}
    return plain


def _sections(document: RenewalDocument) -> dict[str, dict[str, ParameterValue]]:
    return {key: _section(document, key) for key in document.sections() if key != _PARAMETERS}


def _section(document: RenewalDocument, name: str) -> dict[str, ParameterValue]:
    return plain_section(document.section(name))


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _live(paths: LineagePaths, complete: Sequence[int]) -> int:
    versions = linked_versions(paths)
    for found in versions.values():
        if isinstance(found, BadLink):
            raise _broken_link(paths, found, complete)
    numbers = {found for found in versions.values() if isinstance(found, int)}
    if not complete or len(numbers) != 1:
        listed = ", ".join(f"{kind} to {number}" for kind, number in versions.items())
        raise LineageBroken(
            paths.name.value,
            f"its links in {paths.live_dir} point to different versions ({listed})",
            remedy="run `renew`, which moves all four to the newest sound version",
        )
    return numbers.pop()


def _absent(name: CertificateName, path: str) -> LineageMissing | LineageBroken:
    """A link that leads nowhere is a lineage all the same, and is not passed over."""
    try:
        why = f"{path} is a link to {os.readlink(path)}, which is not there"
    except OSError:
        return LineageMissing(name.value)
    return LineageBroken(name.value, why, remedy=f"put back what it leads to, or {path} from a backup")


def _broken_link(paths: LineagePaths, link: BadLink, complete: Sequence[int]) -> LineageBroken:
    if not complete:
        remedy = f"put the files back into {paths.archive_dir} from a backup, or delete {paths.name}"
    elif link.is_file:
        kind = os.path.basename(link.path).removesuffix(".pem")
        target = os.path.join(paths.archive_dir, f"{kind}{complete[-1]}.pem")
        remedy = f"make it a link again: ln -sfr {target} {link.path}"
    else:
        remedy = "run `renew`, which moves the links to the newest sound version"
    return LineageBroken(paths.name.value, f"{link.path} {link.why}", remedy=remedy)


def _certificate(paths: LineagePaths, number: int) -> CertificateFacts:
    path = paths.archived("cert", number)
    try:
        return read_certificate(read_file(path, limit=_CERTIFICATE_LIMIT))
    except FileNotFoundError:
        raise LineageBroken(
            paths.name.value, f"{path} vanished while it was read", remedy="run the command again"
        ) from None
    except BadCertificate as error:
        raise LineageBroken(
            paths.name.value,
            f"{path}: {error.message}",
            remedy="run `renew`, or put the file back from a backup",
        ) from None


def _holds_something(directory: str) -> bool:
    with explained("read the directory", directory):
        try:
            return bool(os.listdir(directory))
        except FileNotFoundError:
            return False
