"""Accounts at a CA: registering, finding, changing, ending (RFC 8555 section 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from everseal.acme.answer import Answer, json_of, read_answer
from everseal.acme.eab import ExternalAccountBinding
from everseal.acme.jws import compact_json, sign_flattened
from everseal.acme.known_ca import KnownCa
from everseal.acme.objects import Account, parse_account
from everseal.acme.problems import AccountDoesNotExist, AcmeError, BadAnswer
from everseal.acme.session import Identity, Posting
from everseal.acme.wire import UnsafeUrl, origin_of, resolve
from everseal.model.errors import OperatorError
from everseal.model.keys import Signer
from everseal.system.http import HttpFailure, HttpResponse

_CONTEXT = "the CA's account cannot be used"


class KeyInUse(OperatorError):
    """Another account of this CA has the new key already; ``account_url`` is that account."""

    def __init__(self, account_url: str) -> None:
        super().__init__(
            f"the new account key belongs to another account already, {account_url}",
            remedy="make a new key: one key never serves two accounts",
        )
        self.account_url = account_url


def register(
    ca: KnownCa,
    signer: Signer,
    *,
    contacts: Sequence[str],
    terms_agreed: bool,
    eab: ExternalAccountBinding | None,
) -> Account:
    """A new account, or the one that the key has already."""
    members: dict[str, object] = {}
    if contacts:
        members["contact"] = [contact_url(contact) for contact in contacts]
    if terms_agreed:
        members["termsOfServiceAgreed"] = True

    def post(url: str) -> Account:
        bound = {} if eab is None else {"externalAccountBinding": eab.bind(signer.public_jwk(), url)}
        return _new_account(ca, signer, {**members, **bound}, url)

    return ca.at("newAccount", post)


def find(ca: KnownCa, signer: Signer) -> Account | None:
    """The account that the key has, or None."""
    try:
        return ca.at("newAccount", lambda url: _new_account(ca, signer, {"onlyReturnExisting": True}, url))
    except AccountDoesNotExist:
        return None


def request(ca: KnownCa, account: Account, payload: object | None) -> Account:
    """Read the account (no payload) or change it."""
    response = ca.post(Posting("account", account.url, Identity(account.signer, account.url), payload))
    return parse_account(
        read_answer(response, context=_CONTEXT, url=account.url), account.url, account.signer
    )


def change_key(ca: KnownCa, account: Account, new: Signer) -> Account:
    """Let ``new`` sign for the account from now on (RFC 8555 section 7.3.5).

    When the answer is lost or says that the key is taken, the CA is asked whose the key is now.
    """
    try:
        ca.at("keyChange", lambda url: _post_key_change(ca, account, new, url))
    except (HttpFailure, AcmeError) as error:
        if not _may_be_taken(error):
            raise
        holder = find(ca, new)
        if holder is None:
            raise
        if holder.url != account.url:
            raise KeyInUse(holder.url) from error
    return replace(account, signer=new)


def contact_url(contact: str) -> str:
    """``mailto:`` in front of an address that has no scheme."""
    return contact if ":" in contact else f"mailto:{contact}"


def _new_account(ca: KnownCa, signer: Signer, payload: object, url: str) -> Account:
    response = ca.session.post(Posting("newAccount", url, Identity(signer), payload))
    account_url = resource_url(response, url, _CONTEXT)
    value = json_of(response.body)
    members = value if isinstance(value, dict) else {}
    return parse_account(Answer(members, _CONTEXT, url), account_url, signer)


def resource_url(response: HttpResponse, url: str, context: str) -> str:
    """The ``Location`` of what was made at ``url``; raises BadAnswer."""
    location = response.header("Location")
    if not location:
        raise BadAnswer("there is no Location", context=context, url=url)
    target = resolve(url, location)
    try:
        origin_of(target)
    except UnsafeUrl:
        raise BadAnswer("its Location is no URL", context=context, url=url) from None
    return target


def _post_key_change(ca: KnownCa, account: Account, new: Signer, url: str) -> None:
    inner = sign_flattened(
        compact_json({"account": account.url, "oldKey": dict(account.signer.public_jwk())}),
        {"jwk": dict(new.public_jwk()), "url": url},
        new,
    )
    identity = Identity(account.signer, account.url)
    ca.session.post(Posting("keyChange", url, identity, inner, repeatable=False))


def _may_be_taken(error: HttpFailure | AcmeError) -> bool:
    """Whether the CA may have the key already: it acted and the answer was lost, or it says so."""
    if isinstance(error, HttpFailure):
        return error.was_sent
    status = error.problem.status
    return status is not None and (status == 409 or status >= 500)
