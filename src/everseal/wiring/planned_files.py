"""Which files an order would write or remove, for its plan."""

from __future__ import annotations

import os
from collections.abc import Iterator

from everseal.engine.pruning import removed_by_renewal
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.plan import AccountStep, PlannedFile, RegisterAccount
from everseal.planning.retention import Retention
from everseal.store.certbot_dir.layout import KINDS
from everseal.wiring.house import House


def account_files(house: House, server: str, account: AccountStep) -> Iterator[PlannedFile]:
    """What opening an account there writes; its folder is called after a key that is not made yet."""
    if isinstance(account, RegisterAccount):
        place = house.accounts.place(server)
        yield PlannedFile(f"{place}/*/private_key.json", "the account's key, made for it")
        yield PlannedFile(f"{place}/*/meta.json", "when and where it was opened")
        yield PlannedFile(f"{place}/*/regr.json", "its address at the CA")


def lineage_files(
    house: House, name: CertificateName, present: Lineage | None, retention: Retention
) -> Iterator[PlannedFile]:
    """What saving the next version writes, and then the versions that go."""
    paths = house.store.layout.default_paths(name)
    number = 1 if present is None else present.latest + 1
    archive = paths.archive_dir if present is None else present.archive_dir
    live = paths.live_dir if present is None else present.live_dir
    conf = paths.conf if present is None else present.conf_path
    what = {
        "cert": "the certificate alone",
        "privkey": "its private key",
        "chain": "the certificates above it",
        "fullchain": "certificate and chain, what most servers want",
    }
    for kind in KINDS:
        yield PlannedFile(f"{archive}/{kind}{number}.pem", what[kind])
    yield PlannedFile(f"{live}/*.pem", "links to the new version, moved all at once")
    yield PlannedFile(conf, "the settings it is renewed with")
    if present is None:
        yield from _readmes(house, paths.readme)
    else:
        now = house.surroundings.clock.now()
        for old in removed_by_renewal(present, retention, house.store, now=now):
            for kind in KINDS:
                yield PlannedFile(f"{archive}/{kind}{old}.pem", f"version {old}: removed")


def _readmes(house: House, beside_the_links: str) -> Iterator[PlannedFile]:
    root = os.path.join(house.store.layout.live_root, "README")
    if not os.path.lexists(root):
        yield PlannedFile(root, "what these directories are for")
    yield PlannedFile(beside_the_links, "what the links are for")
