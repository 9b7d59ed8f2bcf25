"""What is kept here, verified as it lies on disk: certificate, chain and key of every live version."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from everseal.model.errors import LineageBroken, LineageMissing, OperatorError
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.reports.certificates import Blemish, Listed, Listing
from everseal.settings.authorities import is_test_server
from everseal.store.certbot_dir.store import CertbotStore
from everseal.wiring.verdicts import Verdicts, paths_of, stamp_of

IsRevoked = Callable[[CertificateName, int], bool]
"""Asks the CA about a version of a lineage."""

_MEMORY: Final = "verdicts.json"
_ASKED_AT_ONCE: Final = 16


def listing(
    store: CertbotStore,
    *,
    now: datetime,
    name: str | None,
    identifiers: Collection[Identifier],
    is_revoked: IsRevoked,
) -> Listing:
    """Every lineage that can be used, called ``name`` and with all of ``identifiers`` where those are
    given, and every one that cannot, whatever its names."""
    examined = _examine_all(store, now)
    damaged = tuple(each for each in examined if isinstance(each, Damaged))
    sound = [each for each in examined if isinstance(each, Listed)]
    sought = {each.value for each in identifiers}
    wanted = [each for each in sound if name in {None, each.name} and sought <= set(each.identifiers)]
    return Listing(
        tuple(_judged(wanted, now, is_revoked)),
        damaged,
        now,
        filtered=name is not None or bool(identifiers),
        passed_over=len(sound) - len(wanted),
    )


def _examine_all(store: CertbotStore, now: datetime) -> list[Listed | Damaged]:
    verdicts = Verdicts(os.path.join(store.layout.state_dir, _MEMORY))
    found: list[Listed | Damaged] = []
    for name in store.names():
        listed = verdicts.recall(name.value)
        try:
            found.append(listed or _examine(store, name, verdicts, now))
        except LineageMissing:
            continue
        except OperatorError as error:
            found.append(Damaged(name, store.layout.conf(name), error))
    verdicts.save()
    return found


def _examine(store: CertbotStore, name: CertificateName, verdicts: Verdicts, now: datetime) -> Listed:
    """The lineage with the facts of its live certificate; raises what is wrong with it."""
    from everseal.model.certificate import read_certificate
    from everseal.store.integrity import live_flaw

    lineage = store.load(name)
    stamp = stamp_of(paths_of(lineage))
    try:
        files = store.read_version(name, lineage.live)
        flaw = live_flaw(files)
    except FileNotFoundError as error:
        flaw = f"{error.filename} is missing"
    if flaw is not None:
        raise _unfit(lineage, flaw)
    known = lineage.live == lineage.decisive
    listed = Listed.of(lineage, lineage.certificate if known else read_certificate(files.cert_pem))
    verdicts.note(lineage, stamp, listed, now=now)
    return listed


def _unfit(lineage: Lineage, flaw: str) -> LineageBroken:
    name = lineage.name.value
    remedy = f"run `renew --force-renewal --cert-name {name}`, or put the files back from a backup"
    return LineageBroken(name, flaw, remedy=remedy)


def _judged(wanted: Sequence[Listed], now: datetime, is_revoked: IsRevoked) -> Sequence[Listed]:
    def judge(listed: Listed) -> Listed:
        found = tuple(_blemishes(listed, now, is_revoked))
        return replace(listed, blemishes=found) if found else listed

    if not any(each.asks_ocsp for each in wanted):
        return [judge(each) for each in wanted]
    from everseal.wiring.parallel import Crew

    return Crew(_ASKED_AT_ONCE, "ocsp")(judge, wanted)


def _blemishes(listed: Listed, now: datetime, is_revoked: IsRevoked) -> Iterator[Blemish]:
    """An expired certificate's CA is not asked."""
    if listed.server is not None and is_test_server(listed.server):
        yield "TEST_CERT"
    if listed.not_after <= now:
        yield "EXPIRED"
    elif listed.asks_ocsp and is_revoked(CertificateName(listed.name), listed.version):
        yield "REVOKED"
