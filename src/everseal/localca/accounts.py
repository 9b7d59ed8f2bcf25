"""Accounts: new, found, changed, deactivated; external binding, key change, list of orders (RFC 8555 7.3)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from everseal.acme import jws
from everseal.localca.call import Answer, Call
from everseal.localca.envelope import (
    Jwk,
    json_object,
    public_jwk,
    read_protected,
    verify,
)
from everseal.localca.quotas import Quotas
from everseal.localca.records import Account
from everseal.localca.refusal import Refusal
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.links import Links
    from everseal.localca.office import Office

_ADDRESS: Final = re.compile(r"[^@,?\s]+@[^@,?\s]+\Z")
_MOST_CONTACTS: Final = 10


@dataclass(frozen=True, slots=True)
class Accounts:
    """The resources newAccount, account, orders and keyChange."""

    office: Office

    def new(self, call: Call) -> Answer:
        payload, jwk = call.envelope.object(), call.envelope.jwk
        with self.office.ledger.transaction():
            existing = self.office.ledger.account_of(jws.thumbprint(jwk))
            if existing:
                return self._existing(existing, call)
            if payload.get("onlyReturnExisting") is True:
                raise Refusal("accountDoesNotExist", "there is no account with this key")
            account = self._create(call, payload, jwk)
        location = ("Location", call.links.to("account", account.id))
        return Answer(201, _document(account, call.links), (location,))

    def change(self, call: Call) -> Answer:
        """Read (POST-as-GET), new contacts, or deactivation."""
        account = call.account
        if account.id != call.arguments[0]:
            raise Refusal("unauthorized", "this is another account", 403)
        if not call.envelope.is_read:
            payload = call.envelope.object()
            with self.office.ledger.transaction():
                account = self._changed(account, payload)
                self.office.ledger.put(account)
                if account.status == "deactivated":
                    self.office.ledger.note(call.time, "account deactivated", account.id)
        return Answer(200, _document(account, call.links))

    def orders(self, call: Call) -> Answer:
        """The account's orders, a page at a time, with Link rel="next" (RFC 8555 section 7.1.2.1)."""
        if call.account.id != call.arguments[0]:
            raise Refusal("unauthorized", "this is another account", 403)
        start, size = _cursor(call.query), self.office.settings.orders_per_page
        found = self.office.ledger.orders_of(call.account.id, after=start, limit=size + 1)
        page = [call.links.to("order", order.id) for order in found[:size]]
        headers: tuple[tuple[str, str], ...] = ()
        if len(found) > size:
            here = replace(call.links, opaque=False).to("orders", call.account.id)
            headers = (("Link", f'<{here}?cursor={start + size}>;rel="next"'),)
        return Answer(200, {"orders": page}, headers)

    def change_key(self, call: Call) -> Answer:
        """Roll-over: outer signature by the old key, inner by the new one (RFC 8555 section 7.3.5)."""
        account = call.account
        inner = call.envelope.object()
        protected = read_protected(inner)
        new_key = public_jwk(protected.get("jwk"))
        statement = json_object(verify(inner, new_key), "the inner payload")
        _check_inner_header(protected, call.url)
        self._check_statement(statement, account, call.links)
        self.office.gatekeeper.check_account_key(new_key)
        thumbprint = jws.thumbprint(new_key)
        with self.office.ledger.transaction():
            holder = self.office.ledger.account_of(thumbprint)
            if holder:
                location = ("Location", call.links.to("account", holder.id))
                raise Refusal("malformed", "the new key is in use by an account", 409, headers=(location,))
            account = replace(account, jwk=dict(new_key), thumbprint=thumbprint)
            self.office.ledger.put(account)
            self.office.ledger.note(call.time, "account key changed", account.id)
        return Answer(200, _document(account, call.links))

    def _existing(self, account: Account, call: Call) -> Answer:
        if account.status != "valid":
            raise Refusal("unauthorized", f"the account is {account.status}", 401)
        location = ("Location", call.links.to("account", account.id))
        return Answer(200, _document(account, call.links), (location,))

    def _create(self, call: Call, payload: Mapping[str, Any], jwk: Jwk) -> Account:
        self.office.gatekeeper.check_account_key(jwk)
        agreed = payload.get("termsOfServiceAgreed") is True
        if self.office.settings.terms and not agreed:
            link = ("Link", f'<{call.links.to("terms")}>;rel="terms-of-service"')
            raise Refusal("userActionRequired", "agree to the terms of service first", 403, headers=(link,))
        binding = payload.get("externalAccountBinding")
        identity = self._check_binding(binding, jwk, call)
        Quotas(self.office).register(call.peer)
        account = Account(
            id=self.office.new_id(),
            thumbprint=jws.thumbprint(jwk),
            jwk=dict(jwk),
            status="valid",
            contacts=_contacts(payload.get("contact", [])),
            terms_agreed=agreed,
            binding=binding if identity else None,
            created=call.time,
        )
        self.office.ledger.put(account)
        if identity:
            self.office.ledger.note_external_key(identity, account.id)
        self.office.ledger.note(call.time, "account created", account.id)
        return account

    def _check_binding(self, binding: object, jwk: Jwk, call: Call) -> str | None:
        """The key id of a good external account binding (RFC 8555 section 7.3.4)."""
        if binding is None:
            if self.office.settings.external_account_required:
                raise Refusal("externalAccountRequired", "an external account binding is required", 403)
            return None
        if not isinstance(binding, dict):
            raise Refusal("malformed", "the external account binding is not an object")
        identity, payload = self._open_binding(binding, call.url)
        if jws.thumbprint(public_jwk(json_object(payload, "the bound key"))) != jws.thumbprint(jwk):
            raise Refusal("malformed", "the external account binding is for another key")
        if call.drawn.has("external-key-once") and self.office.ledger.user_of_external_key(identity):
            raise Refusal("unauthorized", "the external account key has been used", 401)
        if call.drawn.has("external-key-expired"):
            raise Refusal("unauthorized", "the external account key has expired", 401)
        return identity

    def _open_binding(self, binding: Mapping[str, Any], url: str) -> tuple[str, bytes]:
        try:
            protected = jws.read_flattened(binding)[0]
        except jws.BadJws as error:
            raise Refusal("malformed", f"the external account binding: {error.message}") from None
        identity = str(protected.get("kid"))
        key = self.office.settings.external_keys.get(identity)
        if key is None:
            raise Refusal("unauthorized", "the external account key is unknown", 401)
        if protected.get("alg") not in jws.HMAC_ALGORITHMS or "nonce" in protected:
            raise Refusal("malformed", "the binding's header needs a MAC algorithm and no nonce")
        if protected.get("url") != url:
            raise Refusal("malformed", "the binding's url is not the URL of the request")
        try:
            payload = jws.verify_hmac(binding, key)[1]
        except jws.BadJws:
            raise Refusal("unauthorized", "the external account binding does not verify", 401) from None
        return identity, payload

    def _changed(self, account: Account, payload: Mapping[str, Any]) -> Account:
        match payload.get("status"):
            case None | "valid":
                pass
            case "deactivated":
                return replace(account, status="deactivated")
            case _:
                raise Refusal("malformed", "an account's status can only be set to deactivated")
        if "contact" in payload:
            account = replace(account, contacts=_contacts(payload["contact"]))
        agreed = payload.get("termsOfServiceAgreed") is True
        return replace(account, terms_agreed=account.terms_agreed or agreed)

    def _check_statement(self, statement: Mapping[str, Any], account: Account, links: Links) -> None:
        named = self.office.gatekeeper.account_at(statement.get("account"), links.base)
        old = public_jwk(statement.get("oldKey"))
        if named.id != account.id or not hmac.compare_digest(jws.thumbprint(old), account.thumbprint):
            raise Refusal("malformed", "the inner payload names another account or another old key")


def _check_inner_header(protected: Mapping[str, object], url: str) -> None:
    if "kid" in protected or "nonce" in protected:
        raise Refusal("malformed", "the inner header has a jwk, neither kid nor nonce")
    if protected.get("url") != url:
        raise Refusal("malformed", "inner and outer url differ")


def _document(account: Account, links: Links) -> dict[str, object]:
    document: dict[str, object] = {
        "status": account.status,
        "contact": list(account.contacts),
        "termsOfServiceAgreed": account.terms_agreed,
        "orders": links.to("orders", account.id),
    }
    if account.binding:
        document["externalAccountBinding"] = account.binding
    return document


def _contacts(value: object) -> tuple[str, ...]:
    """``mailto:`` with exactly one address each and no header fields (RFC 8555 section 7.3)."""
    if not isinstance(value, list) or len(value) > _MOST_CONTACTS:
        raise Refusal("malformed", "contact is not a short list")
    for contact in value:
        if not isinstance(contact, str) or not contact.isascii() or not contact.isprintable():
            raise Refusal("invalidContact", "a contact is not a URL")
        if not contact.startswith("mailto:"):
            raise Refusal("unsupportedContact", "only mailto: contacts are taken")
        if not _ADDRESS.match(contact.removeprefix("mailto:")):
            raise Refusal("invalidContact", "a mailto: contact has exactly one address and no header fields")
    return tuple(value)


def _cursor(query: str) -> int:
    name, _, value = query.partition("=")
    if name != "cursor":
        return 0
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Refusal("malformed", "the cursor is not one of ours")
    return int(value)
