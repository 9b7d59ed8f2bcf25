"""The ACME client: every verb of RFC 8555 and RFC 9773, for one CA.

One client serves many accounts and orders from any number of threads, over one transport.  Its errors
are AcmeError (the CA refused, or answered nonsense), HttpFailure (no answer) and UnsafeUrl (the CA
refers to where it must not); all are OperatorError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from everseal.acme import accounts, orders
from everseal.acme.answer import read_answer
from everseal.acme.ari import RenewalInfo, parse_renewal_info
from everseal.acme.chain import DownloadedChain
from everseal.acme.challenges import Challenge
from everseal.acme.directory import Directory
from everseal.acme.eab import ExternalAccountBinding
from everseal.acme.exchange import Exchange, OnExchange, ignore
from everseal.acme.jws import b64url
from everseal.acme.known_ca import KnownCa
from everseal.acme.objects import Account, Authorization, Order
from everseal.acme.orders import Verdicts
from everseal.acme.pacing import Pacing
from everseal.acme.problems import AcmeError, AlreadyRevoked, BadAnswer, ServerInternal
from everseal.acme.session import Ground, Identity, Posting, Session
from everseal.acme.states import OrderStatus
from everseal.acme.wire import Territory
from everseal.model.clock import Clock, Random
from everseal.model.keys import Signer
from everseal.model.names import Identifier
from everseal.model.text import printable
from everseal.system.http import HttpFailure, Transport

__all__ = ["Account", "Client", "DownloadedChain", "Exchange"]

_LONGEST_AGENT: Final = 500
_RENEWAL_INFO: Final = "the CA's renewal information cannot be used"


class Client:
    """A CA by its directory URL.  Nothing is requested before the first verb.

    ``remembered`` is a directory's JSON from an earlier run (``Directory.json``); it saves a request and
    is replaced by a fresh one at the first surprise.  ``allow_origins`` are origins besides the
    directory's own and those it lists; ``allow_http`` is for test CAs; ``pacing`` bounds how fast the CA is
    asked.  Raises UnsafeUrl.
    """

    def __init__(
        self,
        directory_url: str,
        *,
        transport: Transport,
        clock: Clock,
        random: Random,
        user_agent: str,
        allow_http: bool = False,
        allow_origins: Collection[str] = (),
        remembered: Mapping[str, object] | None = None,
        on_exchange: OnExchange = ignore,
        pacing: Pacing | None = None,
    ) -> None:
        territory = Territory.around(directory_url, allow_http=allow_http, allow_origins=allow_origins)
        agent = printable(user_agent, _LONGEST_AGENT).encode("ascii", "replace").decode("ascii")
        ground = Ground(territory)
        session = Session(transport, clock, random, agent, ground, on_exchange, pacing or Pacing(clock))
        self._ca = KnownCa(directory_url, session, remembered=remembered)

    @property
    def directory_url(self) -> str:
        return self._ca.url

    def directory(self) -> Directory:
        """The CA's directory: remembered, or fetched once."""
        return self._ca.directory()

    @property
    def fetched_directory(self) -> Directory | None:
        """What this client has fetched, without asking the CA; None where it fetched nothing."""
        return self._ca.fetched

    def refresh_directory(self) -> Directory:
        """The CA's directory, fetched now."""
        return self._ca.refresh()

    def clock_ahead(self) -> timedelta | None:
        """How far the CA's clock is ahead of this machine's, by its latest answer; None where it is not told.

        Where nothing has been asked yet, the nonce of the next request is fetched for it.
        """
        session = self._ca.session
        if session.ahead is None:
            self._ca.directory()
            session.greet()
        return session.ahead

    def register(
        self,
        signer: Signer,
        *,
        contacts: Sequence[str] = (),
        terms_agreed: bool = False,
        eab: ExternalAccountBinding | None = None,
    ) -> Account:
        """A new account for the key, or the one it has already.  Contacts are e-mail addresses or URLs.

        Whoever passes ``terms_agreed`` has asked the operator (RFC 8555 section 7.3.3).
        """
        return accounts.register(self._ca, signer, contacts=contacts, terms_agreed=terms_agreed, eab=eab)

    def find_account(self, signer: Signer) -> Account | None:
        """The account that the CA has for the key, or None."""
        return accounts.find(self._ca, signer)

    def read_account(self, account: Account) -> Account:
        """The account as the CA has it now."""
        return accounts.request(self._ca, account, None)

    def update_contacts(self, account: Account, contacts: Sequence[str]) -> Account:
        """Replace the contacts; none empties them."""
        urls = [accounts.contact_url(contact) for contact in contacts]
        return accounts.request(self._ca, account, {"contact": urls})

    def deactivate_account(self, account: Account) -> Account:
        """End the account, for good."""
        return accounts.request(self._ca, account, {"status": "deactivated"})

    def change_key(self, account: Account, new_signer: Signer) -> Account:
        """Roll the account over to another key, which is to be kept durably before this is called.

        Raises KeyInUse when another account has that key.  After an HttpFailure it is not known which key
        the CA takes: keep both, and ask again with find_account.
        """
        return accounts.change_key(self._ca, account, new_signer)

    def offers_profile(self, profile: str) -> bool:
        """Whether the CA has a kind of certificate by this name, also by a directory read anew."""
        return self._ca.offers_profile(profile)

    def new_order(
        self,
        account: Account,
        identifiers: Sequence[Identifier],
        *,
        profile: str | None = None,
        replaces: str | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Order:
        """Ask for a certificate.  The CA may answer with an order it has already, in any status.

        ``replaces`` is the certID of the certificate this one follows (RFC 9773 section 5); it is left out
        where the CA knows no renewal information or refuses it, and the order then has none.  Raises
        InvalidProfile for a profile that the CA does not list.
        """
        wanted = orders.OrderRequest(tuple(identifiers), profile, replaces, not_before, not_after)
        return orders.place(self._ca, account, wanted)

    def order(self, account: Account, url: str) -> Order:
        """The order as it is now."""
        return orders.read(self._ca, account, url)[0]

    def authorization(self, account: Account, url: str) -> Authorization:
        """The authorization as it is now; raises BadToken for a token that is not safe to use."""
        return orders.read_authorization(self._ca, account, url)

    def deactivate_authorization(self, account: Account, url: str) -> Authorization:
        """Give up a proof (RFC 8555 section 7.5.2)."""
        return orders.read_authorization(self._ca, account, url, {"status": "deactivated"})

    def respond(self, account: Account, challenge: Challenge) -> Challenge:
        """Tell the CA to look; whatever proves control is in place before."""
        return orders.respond(self._ca, account, challenge)

    def wait_for_order(
        self, account: Account, order: Order, *, until: Collection[OrderStatus], deadline: float
    ) -> Order:
        """Poll the order until its status is one of ``until``, or INVALID.

        ``deadline`` is on the monotonic clock; raises IssuanceTimeout when it comes.
        """
        return orders.wait(self._ca, account, order, until=until, deadline=deadline)

    def order_failure(self, account: Account, order: Order) -> AcmeError:
        """The error that says why an order is invalid, name by name; reads its authorizations."""
        return orders.verdicts(self._ca, account, order).error

    def order_verdicts(self, account: Account, order: Order) -> Verdicts:
        """The same, with the names that the CA could verify and those that it could not."""
        return orders.verdicts(self._ca, account, order)

    def finalize(self, account: Account, order: Order, csr_der: bytes) -> Order:
        """Ask for issuance of a ready order; it is then mostly PROCESSING.

        The key is on disk before this is called: the certificate may exist though the answer is lost.
        """
        return orders.finalize(self._ca, account, order, csr_der)

    def certificate(self, account: Account, target: Order | str) -> DownloadedChain:
        """The chain of a valid order, or an alternate by its URL."""
        url = target if isinstance(target, str) else target.certificate
        if url is None:
            raise BadAnswer("there is none yet", context="the order has no certificate")
        return orders.download(self._ca, account, url)

    def revoke(self, by: Account | Signer, certificate_der: bytes, reason: int | None = None) -> None:
        """Revoke by the account's key or the certificate's own (RFC 8555 section 7.6).

        Raises AlreadyRevoked, BadRevocationReason, Unauthorized.
        """
        identity = Identity(by.signer, by.url) if isinstance(by, Account) else Identity(by)
        payload: dict[str, object] = {"certificate": b64url(certificate_der)}
        if reason is not None:
            payload["reason"] = reason

        def revoke_at(url: str) -> None:
            self._revoke(Posting("revokeCert", url, identity, payload, repeatable=False))

        self._ca.at("revokeCert", revoke_at)

    def offers_renewal_info(self) -> bool:
        """Whether the CA says when certificates are to be renewed; it is asked only once."""
        return self._ca.directory(hurried=True).renewal_info is not None

    def renewal_info(self, certificate_id: str, *, not_after: datetime) -> RenewalInfo:
        """When the CA wants the certificate with this identifier and end renewed; raises Unsupported,
        BadAnswer.

        Asked once and for a few seconds: whoever gets no answer does without one.
        """

        def ask(base: str) -> RenewalInfo:
            url = f"{base.rstrip('/')}/{certificate_id}"
            response = self._ca.session.get("renewalInfo", url, hurried=True)
            return parse_renewal_info(
                read_answer(response, context=_RENEWAL_INFO, url=url),
                retry_after=self._ca.session.retry_after(response),
                not_after=not_after,
            )

        return self._ca.at("renewalInfo", ask)

    def _revoke(self, posting: Posting) -> None:
        """When the first answer is lost and the CA then finds it revoked already, it is done."""
        try:
            self._ca.session.post(posting)
        except (HttpFailure, ServerInternal) as lost:
            if isinstance(lost, HttpFailure) and not lost.is_transient:
                raise
            with suppress(AlreadyRevoked):
                self._ca.session.post(posting)
