"""The two things a scan of thousands of certificates asks: until when, and for which names.

No value objects are built and next to nothing is loaded; see :mod:`everseal.model.certificate` for the rest.
"""

from __future__ import annotations

from everseal.model import anatomy
from everseal.model.anatomy import Anatomy
from everseal.model.der import BadDer


def read_validity_and_names(pem: bytes) -> tuple[int, int, tuple[str, ...]]:
    """notBefore and notAfter in seconds since 1970, and the names of the first certificate in ``pem``.

    The names are its DNS names and IP addresses in its own order and spelling, or the subject's common
    name when it has none.  Raises BadCertificate.
    """
    anatomy.refuse_huge(pem)
    try:
        parts = Anatomy(anatomy.first_certificate(pem))
        not_before, not_after = anatomy.validity(parts)
    except BadDer as error:
        raise anatomy.unreadable(str(error)) from None
    names = tuple(anatomy.name_text(kind, octets) for kind, octets in anatomy.alternative_names(parts))
    if not names:
        subject = anatomy.common_name(anatomy.attributes(parts, parts.subject))
        names = () if subject is None else (subject,)
    return not_before, not_after, names
