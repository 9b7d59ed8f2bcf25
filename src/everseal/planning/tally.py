"""What is used of a CA's limits, and what it said that is in force."""

from __future__ import annotations

from datetime import datetime

from everseal.model.frozen import dataclass
from everseal.planning.limits import CaLimits
from everseal.planning.refusals import Bucket, Hold


@dataclass(frozen=True, slots=True)
class BucketStanding:
    """How much is used of a limit for one subject, and when one more is possible.

    ``label`` are the names of a set, in short.  ``paused`` says that too many failures came in a row.
    """

    bucket: Bucket
    label: str
    used: int
    possible_at: datetime
    paused: bool = False


@dataclass(frozen=True, slots=True)
class CaStanding:
    """A CA by its directory URL; ``limits`` is None where it is not known what it limits."""

    server: str
    limits: CaLimits | None
    buckets: tuple[BucketStanding, ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is waited for no longer: what the CA at ``server`` said about ``subject``."""

    server: str
    subject: str
    detail: str
