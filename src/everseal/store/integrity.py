"""Whether a version may serve: judged by content, never by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from everseal.model.errors import BadCertificate, OperatorError, Unsound
from everseal.model.lineage import NewVersion, VersionFiles
from everseal.model.names import CertificateName, Identifier

if TYPE_CHECKING:
    from everseal.model.soundness import Flaw

_OF_TIME: Final = frozenset({"expired", "not-yet-valid"})
# A version with these still serves, as somebody set it up: it is not for us to move it away.
_BEARABLE: Final = _OF_TIME | {"no-chain", "weak-key", "chain"}
# A version with these may be put to use again: it has been so before.
_BORNE_AGAIN: Final = frozenset({"no-chain", "weak-key"})


def split_version(version: NewVersion) -> VersionFiles:
    """The four files of a version: leaf, chain, both, key.  Raises BadCertificate."""
    from everseal.model.certificate import split_pem

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


def is_as_ordered(files: VersionFiles, identifiers: Collection[Identifier] | None, *, now: datetime) -> bool:
    """Whether a version that was on its way in passes every check, those of time apart.

    It may have waited long for the run that finishes it.
    """
    return _tell_the_same(files) and _flaws(files, identifiers, now) <= _OF_TIME


def is_whole(files: VersionFiles, *, now: datetime) -> bool:
    """Whether key, certificate and chain files belong together, so that a server can load them."""
    return _tell_the_same(files) and _flaws(files, None, now) <= _BEARABLE


def flaws_of_return(files: VersionFiles, *, now: datetime) -> tuple[Flaw, ...]:
    """What speaks against putting an earlier version to use again."""
    from everseal.model.soundness import Flaw, check_version

    found = check_version(key_pem=files.key_pem, fullchain_pem=files.fullchain_pem, identifiers=None, now=now)
    grave = [flaw for flaw in found if flaw.kind not in _BORNE_AGAIN]
    if not grave and not _tell_the_same(files):
        grave = [Flaw("mixed", "its fullchain.pem does not hold what cert.pem and chain.pem hold")]
    return tuple(grave)


def live_flaw(files: VersionFiles) -> str | None:
    """What a listing holds against a version in use, if anything, as Certbot judges.

    The certificate is signed by the first one of its chain, the full chain is the certificate and the chain
    after it, and the key is the certificate's.  Time, names and the rest of the chain are not looked at.
    """
    from everseal.model.certificate import split_pem
    from everseal.model.soundness import check_link

    try:
        issuer = split_pem(files.chain_pem)[0]
    except BadCertificate as error:
        return f"its chain cannot be read: {error.message}"
    if _unix(files.fullchain_pem) != _unix(files.cert_pem + files.chain_pem):
        return "its fullchain.pem does not match cert.pem and chain.pem"
    flaws = check_link(key_pem=files.key_pem, certificate_pem=files.cert_pem, issuer_pem=issuer)
    return flaws[0].text if flaws else None


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _flaws(files: VersionFiles, identifiers: Collection[Identifier] | None, now: datetime) -> set[str]:
    from everseal.model.soundness import check_version

    flaws = check_version(
        key_pem=files.key_pem, fullchain_pem=files.fullchain_pem, identifiers=identifiers, now=now
    )
    return {flaw.kind for flaw in flaws}


def _tell_the_same(files: VersionFiles) -> bool:
    """Whether the single files hold what the full chain holds; more may be in it, such as a root."""
    from everseal.model.certificate import split_pem

    try:
        leaf, *chain = split_pem(files.fullchain_pem)
        alone = split_pem(files.cert_pem)
        above = split_pem(files.chain_pem) if files.chain_pem.strip() else []
    except BadCertificate:
        return False
    return alone == [leaf] and chain[: len(above)] == above and bool(above) == bool(chain)


def newest_whole(numbers: Iterable[int], read: Callable[[int], VersionFiles], *, now: datetime) -> int | None:
    """The highest version whose files belong together; one that cannot be read does not."""
    for number in sorted(numbers, reverse=True):
        try:
            if is_whole(read(number), now=now):
                return number
        except (OperatorError, FileNotFoundError):
            continue
    return None
