from __future__ import annotations

from typing import get_args

from everseal.acme.exchange import Resource
from everseal.acme.pacing import OTHER, Rate
from everseal.settings.authorities import KNOWN
from everseal.wiring.rates import rates_at


def test_lets_encrypt_publishes_them_and_others_do_not() -> None:
    servers = dict(KNOWN)
    assert rates_at(servers["letsencrypt"])["newNonce"] == Rate(20, 10)
    assert rates_at(servers["letsencrypt-staging"])[OTHER] == Rate(20, 20)
    assert rates_at("https://ca.example/dir") == {}


def test_every_rate_is_of_a_resource() -> None:
    for _name, server in KNOWN:
        assert rates_at(server).keys() <= {*get_args(Resource), OTHER}
