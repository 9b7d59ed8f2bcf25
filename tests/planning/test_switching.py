from __future__ import annotations

import pytest

from everseal.model.certificate import read_certificate
from everseal.model.errors import Unsound
from everseal.model.history import ExaminedVersion, History
from everseal.model.names import CertificateName, DnsName
from everseal.planning.switching import VersionMissing, decide_switch
from tests.store.minting import mint

NAME = CertificateName("example.org")


def version(number: int, *names: str, flaws: tuple[str, ...] = (), expired: bool = False) -> ExaminedVersion:
    facts = read_certificate(mint(*(names or ("example.org",))).leaf_pem)
    return ExaminedVersion(number, facts, flaws, expired)


def history(*versions: ExaminedVersion, live: int | None = None, pinned: int | None = None) -> History:
    return History(NAME, live, pinned, versions)


def test_going_back_pins_and_compares_names() -> None:
    past = history(version(1, "a.test", "b.test"), version(2, "b.test", "c.test"), live=2)
    step = decide_switch(past, 1)
    assert (step.live, step.to, step.pins, step.changes_something) == (2, 1, True, True)
    assert (step.added, step.removed) == ((DnsName("a.test"),), (DnsName("c.test"),))


def test_going_to_the_latest_pins_nothing() -> None:
    step = decide_switch(history(version(1), version(2), live=1, pinned=1), 2)
    assert (step.pins, step.changes_something) == (False, True)


def test_a_live_version_behind_the_latest_can_be_pinned_where_it_is() -> None:
    assert decide_switch(history(version(1), version(2), live=1), 1).changes_something
    assert not decide_switch(history(version(1), version(2), live=1, pinned=1), 1).changes_something
    assert not decide_switch(history(version(1), version(2), live=2), 2).changes_something


def test_links_that_do_not_agree_are_no_hindrance() -> None:
    step = decide_switch(history(version(1), version(2)), 2)
    assert (step.live, step.changes_something, step.added, step.removed) == (None, True, (), ())


def test_what_is_not_there() -> None:
    with pytest.raises(VersionMissing, match="has no version 3") as raised:
        decide_switch(history(version(1), version(2), live=2), 3)
    assert raised.value.remedy == "choose one of: 1, 2"


def test_what_is_not_sound() -> None:
    past = history(version(1, flaws=("it is broken", "and expired")), version(2), live=2)
    with pytest.raises(Unsound, match="was not put to use: it is broken; and expired"):
        decide_switch(past, 1, even_if_expired=True)


def test_what_has_only_expired_can_be_insisted_on() -> None:
    past = history(version(1, flaws=("it expired",), expired=True), live=1)
    with pytest.raises(Unsound) as raised:
        decide_switch(past, 1)
    assert raised.value.remedy == "renew example.org, or add --even-if-expired"
    assert decide_switch(past, 1, even_if_expired=True).expired
