"""Kinds of certificate that the CA offers by name (draft-ietf-acme-profiles)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from everseal.model.frozen import dataclass

_SHORT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a leaf of this kind looks like.

    ``validity`` counts from notBefore, which lies ``backdate`` before the moment of issuance.
    """

    description: str
    validity: timedelta
    common_name: bool = False
    subject_key_id: bool = False
    key_encipherment: bool = False
    most_names: int = 100
    addresses: bool = True

    @property
    def backdate(self) -> timedelta:
        """An hour, less for a certificate that lives only hours."""
        return min(_SHORT, self.validity / 12)


DEFAULT_PROFILE: Final = "default"


def usual_profiles(lifetime: timedelta = timedelta(days=7)) -> dict[str, Profile]:
    """The default kind, living for ``lifetime``, and three in the manner of a public CA."""
    return {
        DEFAULT_PROFILE: Profile("for tests and home labs", lifetime, key_encipherment=True),
        "classic": Profile(
            "90 days, with a common name",
            timedelta(days=90),
            common_name=True,
            subject_key_id=True,
            key_encipherment=True,
            addresses=False,
        ),
        "tlsserver": Profile("45 days, minimal", timedelta(days=45), most_names=25, addresses=False),
        "shortlived": Profile("160 hours, addresses too", timedelta(hours=160), most_names=25),
    }
