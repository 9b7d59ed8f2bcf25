"""What is kept here, verified as it lies on disk: certificate, chain and key of every live version.

What was found sound is remembered in the index.  Where that holds for all, little is loaded.
"""

from __future__ import annotations

import os
from contextlib import suppress

from everseal.model.errors import StoreUnusable
from everseal.reports.certificates import Listed, Listing
from everseal.settings.authorities import is_test_server
from everseal.store.certbot_dir.recollections import Recollections
from everseal.system.files import make_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from typing import Final

    from everseal.model.lineage import Damaged
    from everseal.model.names import CertificateName, Identifier
    from everseal.reports.certificates import Blemish

    IsRevoked = Callable[[CertificateName, int], bool]
    """Asks the CA about a version of a lineage."""

_ASKED_AT_ONCE: Final = 16


def listing(
    config_dir: str,
    *,
    now: datetime,
    name: str | None,
    identifiers: Collection[Identifier],
    is_revoked: IsRevoked,
) -> Listing:
    """Every lineage that can be used, called ``name`` and with all of ``identifiers`` where those are
    given, and every one that cannot, whatever its names.  Raises StoreUnusable."""
    sound, damaged = _examine_all(os.path.abspath(config_dir), now)
    sought = {each.value for each in identifiers}
    wanted = [each for each in sound if name in {None, each.name} and sought <= set(each.identifiers)]
    return Listing(
        _judged(wanted, now, is_revoked),
        damaged,
        now,
        filtered=name is not None or bool(identifiers),
        passed_over=len(sound) - len(wanted),
    )


def _examine_all(config_dir: str, now: datetime) -> tuple[list[Listed], list[Damaged]]:
    memory = Recollections(config_dir, "listing", now=now)
    found = {name: memory.recall(name) for name in memory.names}
    sound = {name: Listed(texts) for name, texts in found.items() if texts is not None}
    damaged: list[Damaged] = []
    if len(sound) < len(found):
        from everseal.wiring.examiner import Examiner

        examiner = Examiner(config_dir, memory)
        for name in [name for name in found if name not in sound]:
            match examiner.examine(name):
                case Listed() as listed:
                    sound[name] = listed
                case None:
                    continue
                case broken:
                    damaged.append(broken)
    if found:
        with suppress(StoreUnusable):
            make_directory(os.path.join(config_dir, ".everseal"), 0o700)
            memory.keep()
    return [sound[name] for name in found if name in sound], damaged


def _judged(wanted: Sequence[Listed], now: datetime, is_revoked: IsRevoked) -> Sequence[Listed]:
    def judge(listed: Listed) -> Listed:
        found = tuple(_blemishes(listed, now, is_revoked))
        return listed.with_blemishes(found) if found else listed

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
    elif listed.asks_ocsp:
        from everseal.model.names import CertificateName

        if is_revoked(CertificateName(listed.name), listed.version):
            yield "REVOKED"
