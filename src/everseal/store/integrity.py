"""Whether a version may serve: judged by content, never by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from everseal.model.errors import BadCertificate, OperatorError, Unsound
from everseal.model.lineage import NewVersion, VersionFiles
from everseal.model.names import CertificateName, Identifier

# A version with these is still one piece: it may stay live when nothing better is there.
_BEARABLE: Final = frozenset({"expired", "not-yet-valid", "no-chain", "weak-key"})


def split_version(version: NewVersion) -> VersionFiles:
    """The four files of a version: leaf, chain, both, key.  Raises BadCertificate."""
    from everseal.model.pem import split_pem

    leaf, *chain = split_pem(version.fullchain_pem)
    chain_pem = b"".join(chain)
    return VersionFiles(
        cert_pem=leaf, chain_pem=chain_pem, fullchain_pem=leaf + chain_pem, key_pem=version.key_pem
    )


def demand_sound(
    name: CertificateName, files: VersionFiles, identifiers: Collection[Identifier] | None, *, now: datetime
) -> None:
    """Raises Unsound naming the first check that ``files`` fail."""
    from everseal.model.soundness import check_version

    flaws = check_version(
        key_pem=files.key_pem, fullchain_pem=files.fullchain_pem, identifiers=identifiers, now=now
    )
    if flaws:
        raise Unsound(
            f"the new certificate for {name} was not put to use: {flaws[0].text}",
            remedy="the certificate in use stays as it was; tell the CA, or try again later",
        )


def is_whole(files: VersionFiles, identifiers: Collection[Identifier] | None, *, now: datetime) -> bool:
    """Whether key, certificate and chain belong together, whatever the time says."""
    from everseal.model.soundness import check_version

    if not _tell_the_same(files):
        return False
    flaws = check_version(
        key_pem=files.key_pem, fullchain_pem=files.fullchain_pem, identifiers=identifiers, now=now
    )
    return all(flaw.kind in _BEARABLE for flaw in flaws)


def _tell_the_same(files: VersionFiles) -> bool:
    """Whether the single files hold what the full chain holds; more may be in it, such as a root."""
    from everseal.model.pem import split_pem

    try:
        leaf, *chain = split_pem(files.fullchain_pem)
        alone = split_pem(files.cert_pem)
        above = split_pem(files.chain_pem) if files.chain_pem.strip() else []
    except BadCertificate:
        return False
    return alone == [leaf] and chain[: len(above)] == above and bool(above) == bool(chain)


def newest_whole(
    numbers: Iterable[int], read: Callable[[int], VersionFiles], *, now: datetime
) -> int | None:
    """The highest version whose files belong together; one that cannot be read does not."""
    for number in sorted(numbers, reverse=True):
        try:
            if is_whole(read(number), None, now=now):
                return number
        except (OperatorError, FileNotFoundError):
            continue
    return None
