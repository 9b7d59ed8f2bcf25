"""What is kept here, verified as it lies on disk: certificate, chain and key of every live version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import partial

from everseal.model.certificate import CertificateFacts, read_certificate
from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import Identifier
from everseal.reports.certificates import Blemish, Listed, Listing
from everseal.settings.authorities import is_test_server
from everseal.store.integrity import live_flaw
from everseal.wiring.house import House

IsRevoked = Callable[[Lineage, CertificateFacts], bool]


def listing(
    house: House, *, name: str | None, identifiers: Collection[Identifier], is_revoked: IsRevoked
) -> Listing:
    """Every lineage that can be used, called ``name`` and with all of ``identifiers`` where those are
    given, and every one that cannot, whatever its names."""
    now = house.surroundings.clock.now()
    examined = [_examine(house, now, each) for each in house.store.load_all()]
    damaged = tuple(each for each in examined if isinstance(each, Damaged))
    sound = [each for each in examined if not isinstance(each, Damaged)]
    wanted = [
        (lineage, facts)
        for lineage, facts in sound
        if (name is None or lineage.name.value == name) and set(identifiers) <= set(facts.identifiers)
    ]
    judged = house.each_request(partial(_judge, now, is_revoked), wanted)
    return Listing(
        tuple(judged),
        damaged,
        now,
        filtered=name is not None or bool(identifiers),
        passed_over=len(sound) - len(wanted),
    )


def _examine(
    house: House, now: datetime, each: Lineage | Damaged
) -> tuple[Lineage, CertificateFacts] | Damaged:
    """The lineage with the facts of its live certificate, or what is wrong with it."""
    if isinstance(each, Damaged):
        return each
    try:
        files = house.store.read_version(each.name, each.live)
        flaw = live_flaw(files, now=now)
        if flaw is None:
            return each, read_certificate(files.cert_pem)
    except OperatorError as error:
        return Damaged(each.name, each.conf_path, error)
    except FileNotFoundError as error:
        flaw = f"{error.filename} is missing"
    remedy = f"run `renew --force-renewal --cert-name {each.name}`, or put the files back from a backup"
    return Damaged(each.name, each.conf_path, LineageBroken(each.name.value, flaw, remedy=remedy))


def _judge(now: datetime, is_revoked: IsRevoked, kept: tuple[Lineage, CertificateFacts]) -> Listed:
    lineage, facts = kept
    return Listed(lineage, facts, tuple(_blemishes(lineage, facts, now, is_revoked)))


def _blemishes(
    lineage: Lineage, facts: CertificateFacts, now: datetime, is_revoked: IsRevoked
) -> Iterator[Blemish]:
    """An expired certificate's CA is not asked."""
    server = lineage.parameters.get("server")
    if isinstance(server, str) and is_test_server(server):
        yield "TEST_CERT"
    if facts.is_expired(now):
        yield "EXPIRED"
    elif is_revoked(lineage, facts):
        yield "REVOKED"
