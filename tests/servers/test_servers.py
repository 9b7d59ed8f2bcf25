"""The servers themselves: what the fixtures promise to the tests that use them."""

import json
import ssl
import urllib.request
from dataclasses import replace

import dns.message
import dns.query
import pytest

from tests.conftest import StartPebble, StartProxy
from tests.servers.dns import ChallengeDns
from tests.servers.pebble import Pebble, PebbleSettings
from tests.servers.ports import Ports, is_free
from tests.servers.programs import requires
from tests.servers.proxy import Exchange, RecordingProxy


def test_both_generations_answer_and_show_their_roots(pebble: Pebble) -> None:
    assert pebble.directory()["newOrder"].startswith(f"https://127.0.0.1:{pebble.port}/")
    assert pebble.root().startswith("-----BEGIN CERTIFICATE-----")
    assert pebble.root(1) != pebble.root(0)
    assert pebble.intermediate().startswith("-----BEGIN CERTIFICATE-----")


def test_only_the_new_generation_has_renewal_information_and_profiles(
    pebble_old: Pebble, pebble_new: Pebble
) -> None:
    assert "renewalInfo" not in pebble_old.directory()
    assert "renewalInfo" in pebble_new.directory()
    assert set(pebble_new.directory()["meta"]["profiles"]) == {"default", "shortlived"}


def test_settings_reach_the_server(start_pebble: StartPebble) -> None:
    with_keys = start_pebble(
        "old", PebbleSettings(eab_keys={"kid-1": "c2VjcmV0LWtleS1vZi10aGlydHktdHdvLWJ5dGVz"})
    )
    assert with_keys.directory()["meta"]["externalAccountRequired"] is True


def ask(server: ChallengeDns, name: str, kind: str) -> list[str]:
    """The answers of the server, as text."""
    answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=server.port, timeout=10)
    return sorted(str(record) for found in answer.answer for record in found)


def test_dns_answers_what_tests_set(pebble_old: Pebble) -> None:
    server = pebble_old.dns
    assert ask(server, "any.example.", "A") == ["127.0.0.1"]
    server.set_txt("_acme-challenge.two.example", "one")
    server.set_txt("_acme-challenge.two.example", "two")
    assert ask(server, "_acme-challenge.two.example.", "TXT") == ['"one"', '"two"']
    server.clear_txt("_acme-challenge.two.example")
    assert ask(server, "_acme-challenge.two.example.", "TXT") == []
    server.set_addresses("six.example", [], ["::1"])
    assert ask(server, "six.example.", "AAAA") == ["::1"]


def get(proxy: RecordingProxy, url: str) -> bytes:
    context = ssl.create_default_context(cafile=str(proxy.ca_bundle))
    request = urllib.request.Request(url, headers={"User-Agent": "everseal-tests"})
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:
        content: bytes = answer.read()
    return content


def test_proxy_writes_down_what_passes_and_keeps_its_clients(
    pebble_new: Pebble, recording_proxy: StartProxy
) -> None:
    proxy = recording_proxy(pebble_new)
    directory = json.loads(get(proxy, proxy.directory_url))
    assert directory["newOrder"].startswith(proxy.directory_url.removesuffix("/dir"))
    get(proxy, directory["newNonce"])
    assert proxy.requests == [("GET", "/dir"), ("GET", "/nonce-plz")]
    assert proxy.connections == 2  # urllib.request closes each


def test_proxy_changes_answers(pebble_new: Pebble, recording_proxy: StartProxy) -> None:
    proxy = recording_proxy(pebble_new)

    def garble(exchange: Exchange) -> Exchange:
        return replace(exchange, body=b"{")

    proxy.alter = garble
    assert get(proxy, proxy.directory_url) == b"{"


def test_reserved_ports_are_free_and_given_once() -> None:
    with Ports() as first, Ports() as second:
        given = [first.reserve() for _ in range(5)] + [second.reserve() for _ in range(5)]
        assert len(set(given)) == 10
        assert all(is_free(port) for port in given)


def test_a_missing_program_fails_with_what_to_do() -> None:
    with pytest.raises(pytest.fail.Exception, match="run scripts/servers"):
        requires("no-such-server")
