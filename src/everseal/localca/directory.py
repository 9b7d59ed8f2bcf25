"""The resources that need no account: directory, nonces, terms, trust anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from everseal.localca.call import Answer, Call
from everseal.localca.faults import Unlisted
from everseal.localca.quotas import Quotas
from everseal.localca.refusal import Refusal
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.office import Office

_LISTED: Final = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
_TERMS: Final = b"""This is a certificate authority for tests and home labs.
It promises nothing, and nobody outside should trust it.
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """The resources directory, newNonce, terms, unpause and root."""

    office: Office

    def read(self, call: Call) -> Answer:
        """RFC 8555 section 7.1.1, with the profiles draft's and RFC 9773's members."""
        settings = self.office.settings
        entries: dict[str, object] = {resource: call.links.to(resource) for resource in _LISTED}
        if settings.pre_authorization:
            entries["newAuthz"] = call.links.to("newAuthz")
        entries["renewalInfo"] = call.links.renewal_info
        for fault in call.drawn.faults:
            if isinstance(fault, Unlisted):
                entries = {name: url for name, url in entries.items() if name not in fault.resources}
        if call.drawn.has("random-directory-key"):
            entries[self.office.faults.word()] = "https://community.letsencrypt.org/t/33417"
        return Answer(200, {**entries, "meta": self._meta(call)})

    def nonce(self, call: Call) -> Answer:
        """The nonce itself is in the headers of every answer to a HEAD, GET or POST here."""
        return Answer(204, headers=(("Cache-Control", "no-store"),))

    def terms(self, call: Call) -> Answer:
        return Answer(200, _TERMS, media_type="text/plain; charset=utf-8")

    def unpause(self, call: Call) -> Answer:
        """Where a person ends the pause of names whose validations had failed too often."""
        lifted = Quotas(self.office).lift(call.arguments[0])
        if not lifted:
            raise Refusal("malformed", "there is no pause to be lifted here", 404)
        text = f"Certificates may be requested again for {', '.join(lifted)}.\n"
        return Answer(200, text.encode(), media_type="text/plain; charset=utf-8")

    def root(self, call: Call) -> Answer:
        return Answer(200, self.office.authority.root.pem(), media_type="application/x-pem-file")

    def _meta(self, call: Call) -> dict[str, object]:
        settings = self.office.settings
        meta: dict[str, object] = {
            "caaIdentities": list(settings.caa_identities),
            "profiles": {name: profile.description for name, profile in settings.profiles.items()},
            "externalAccountRequired": settings.external_account_required,
        }
        if settings.terms:
            meta["termsOfService"] = call.links.to("terms")
        return meta
