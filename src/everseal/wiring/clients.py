"""ACME clients, one per CA and run: they share connections, nonces and the directory."""

from __future__ import annotations

import os
import sys
import threading

from everseal.acme.client import Client
from everseal.acme.eab import ExternalAccountBinding
from everseal.acme.exchange import Exchange
from everseal.acme.pacing import MOST_QUESTIONS, Pacing
from everseal.model.events import Exchanged, Warned
from everseal.ports import CaMemory
from everseal.settings.values import Settings
from everseal.system.http import Transport
from everseal.system.proxies import proxies_from_environment
from everseal.system.telling import TellingTransport
from everseal.system.transport import UrllibTransport
from everseal.version import VERSION
from everseal.wiring.rates import rates_at
from everseal.wiring.surroundings import Surroundings


class ClientPool:
    """Makes a client when a CA is first talked to, and gives the same one afterwards."""

    def __init__(self, surroundings: Surroundings, memory: CaMemory) -> None:
        self._surroundings = surroundings
        self._memory = memory
        self._clients: dict[tuple[str, str], Client] = {}
        self._networks: list[UrllibTransport] = []
        self._transports: dict[tuple[str | None, bool], Transport] = {}
        self._lock = threading.Lock()

    def client(self, settings: Settings) -> Client:
        server = settings.required("server")
        bundle = settings.text("ca_bundle")
        with self._lock:
            key = (server, bundle or "")
            if key not in self._clients:
                self._clients[key] = self._make(server, settings)
            return self._clients[key]

    def remember(self) -> None:
        """Keep every directory that was fetched, so that the next run need not ask."""
        now = self._surroundings.clock.now()
        for client in self._clients.values():
            if (directory := client.fetched_directory) is not None:
                self._memory.remember_directory(client.directory_url, directory.json, now=now)

    def hang_up(self) -> None:
        """Close the connections that are idle; later requests open new ones."""
        for network in self._networks:
            network.close()

    def _make(self, server: str, settings: Settings) -> Client:
        around = self._surroundings
        return Client(
            server,
            transport=self._transport(settings),
            clock=around.clock,
            random=around.random,
            user_agent=user_agent(settings),
            allow_http=settings.flag("allow_http"),
            allow_origins=settings.items("allow_origin"),
            remembered=self._memory.remembered_directory(server, now=around.clock.now()),
            pacing=Pacing(around.clock, rates_at(server)),
            on_exchange=self._report,
        )

    def _report(self, exchange: Exchange) -> None:
        self._surroundings.emit(
            Exchanged(
                exchange.method,
                exchange.url,
                exchange.resource,
                exchange.status,
                poll=exchange.poll,
                retry=exchange.retry,
                seconds=exchange.seconds,
            )
        )

    def _transport(self, settings: Settings) -> Transport:
        environment = self._surroundings.environment
        bundle = settings.text("ca_bundle") or environment.get("REQUESTS_CA_BUNDLE")
        verify = not settings.flag("no_verify_ssl")
        key = (bundle, verify)
        if key not in self._transports:
            if not verify:
                self._surroundings.emit(
                    Warned(
                        "--no-verify-ssl: whoever is on the way to the CA can read and change everything, "
                        "the certificate included; use --ca-bundle FILE to trust a private CA"
                    )
                )
            network = UrllibTransport(
                ca_bundle=bundle,
                verify=verify,
                proxies=proxies_from_environment(environment),
                connections=MOST_QUESTIONS,
            )
            self._networks.append(network)
            tell = self._surroundings.tell
            self._transports[key] = network if tell is None else TellingTransport(network, tell)
        return self._transports[key]


def user_agent(settings: Settings) -> str:
    """What the CA sees (RFC 8555 section 6.1): the operator's text, or who and where we are."""
    given = settings.text("user_agent")
    if given is not None:
        return given
    comment = settings.text("user_agent_comment")
    where = os.uname().sysname + (f"; {comment}" if comment else "")
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"Everseal/{VERSION} ({where}) Python/{python}"


def external_account(settings: Settings) -> ExternalAccountBinding | None:
    """Both of ``--eab-kid`` and ``--eab-hmac-key``, or nothing.  Raises BadEab."""
    kid, key = settings.text("eab_kid"), settings.text("eab_hmac_key")
    if kid is None or key is None:
        return None
    return ExternalAccountBinding.parse(kid, key, settings.required("eab_hmac_alg"))
