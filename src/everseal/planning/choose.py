"""Which lineage a request is about: a new one, a renewal, or nothing to do.

The rules are Certbot's.  Where a person has to decide, the answer is a question as a value;
whoever asked puts it to the person and calls again with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from typing import Literal

from everseal.model.errors import LineageMissing, OperatorError, UsageError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.planning.reasons import (
    DueReason,
    FirstCertificate,
    Forced,
    KeyKindChanged,
    NamesChanged,
    NewerVersionWaits,
    NotDueReason,
    RenewalChosen,
    Unchanged,
)

Answer = Literal["yes", "no", "keep", "renew"]
QuestionKind = Literal["expand", "identical", "update-names", "key-type"]
KeyType = Literal["rsa", "ecdsa"]


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator asked for, as far as choosing a lineage goes.

    ``key_type`` is None unless the operator named one; ``usual_key_type`` is what a new certificate
    gets without.  ``answers`` holds what questions of an earlier round were answered with.
    """

    identifiers: tuple[Identifier, ...]
    name: CertificateName | None = None
    duplicate: bool = False
    expand: bool = False
    force: bool = False
    keep: bool = False
    rehearse: bool = False
    new_names_agreed: bool = False
    key_type: KeyType | None = None
    usual_key_type: KeyType = "ecdsa"
    answers: Mapping[QuestionKind, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can say.

    ``default`` is what a run without a person takes, None where such a run must fail with ``flag``.
    ``wanted`` are the names asked for; ``key_change`` is set when the question is about the key.
    """

    kind: QuestionKind
    lineage: Lineage
    added: tuple[Identifier, ...] = ()
    removed: tuple[Identifier, ...] = ()
    default: Answer | None = None
    flag: str = ""
    wanted: tuple[Identifier, ...] = ()
    key_change: KeyKindChanged | None = None


@dataclass(frozen=True, slots=True)
class MakeNew:
    """A new lineage; the store finds a free name from ``wanted``."""

    wanted: CertificateName
    reason: FirstCertificate = field(default_factory=FirstCertificate)
    overlaps: tuple[Lineage, ...] = ()


@dataclass(frozen=True, slots=True)
class Renew:
    """A new version of an existing lineage.

    ``keep_key_type`` is the lineage's type of key where it stays although a new certificate would get
    another; None leaves the type to the settings.
    """

    lineage: Lineage
    identifiers: tuple[Identifier, ...]
    reason: DueReason
    keep_key_type: KeyType | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The existing certificate serves."""

    lineage: Lineage
    reason: NotDueReason


Choice = MakeNew | Renew | Keep | Question
DecideDue = Callable[[Lineage], DueReason | NotDueReason]


class NamesMissing(UsageError):
    """Neither names nor the name of a certificate were given."""

    def __init__(self) -> None:
        super().__init__(
            "no names were given for the certificate", remedy="give each name with -d, or --cert-name NAME"
        )


class SubsetRefused(OperatorError):
    """The operator declined to expand an existing certificate."""

    def __init__(self, lineage: Lineage) -> None:
        existing = ", ".join(each.value for each in lineage.certificate.identifiers)
        super().__init__(
            "To obtain a new certificate that contains these names without replacing your existing "
            f"certificate for {existing}, you must use the --duplicate option",
            remedy="add --duplicate to the command, or --expand to replace the existing certificate",
        )


class NamesKept(OperatorError):
    """The operator declined to change the names of a certificate."""

    def __init__(self, lineage: Lineage) -> None:
        super().__init__(
            f"Specified mismatched certificate name and domains: {lineage.name} keeps its names",
            remedy="give the names it has, or another --cert-name for a certificate of its own",
        )


class KeyTypeNeedsConsent(OperatorError):
    """A key type would change without the operator having named the certificate."""

    def __init__(self, lineage: Lineage, change: KeyKindChanged) -> None:
        super().__init__(
            f"Are you trying to change the key type of the certificate named {lineage.name} from "
            f"{change.old} to {change.new}? Please provide both --cert-name and --key-type on the "
            "command line to confirm the change you are trying to make.",
            remedy=f"add --cert-name {lineage.name} --key-type {change.new.lower()}, or leave out --key-type",
        )


def choose(request: Request, lineages: Sequence[Lineage], due: DecideDue) -> Choice:
    """Pick the lineage for ``request``.

    ``lineages`` are in the order of their renewal files.  ``due`` is asked for the renewal decision
    about a lineage where nothing else decides.
    Raises LineageMissing, NamesMissing, NamesKept, SubsetRefused, KeyTypeNeedsConsent.
    """
    if request.name is not None:
        named = identical(request, lineages)
        if named is not None:
            return _for_named(request, named, due)
        if not request.identifiers:
            raise LineageMissing(request.name.value)
        return MakeNew(request.name, overlaps=overlapping(request, lineages))
    if not request.identifiers:
        raise NamesMissing
    wanted = CertificateName.from_identifier(request.identifiers[0])
    if request.duplicate:
        return MakeNew(wanted)
    same = identical(request, lineages)
    if same is not None:
        return _for_identical(request, same, due)
    smaller = _largest_subset(request, lineages)
    if smaller is not None:
        return _for_subset(request, smaller)
    return MakeNew(wanted, overlaps=overlapping(request, lineages))


def identical(request: Request, lineages: Sequence[Lineage]) -> Lineage | None:
    """The lineage an identical request is about: the one named, or the last with the same names.

    Of ``x-0001`` and ``x``, made with ``--duplicate``, the last is ``x``.
    """
    if request.name is not None:
        return next((lineage for lineage in lineages if lineage.name == request.name), None)
    if request.duplicate:
        return None
    wanted = frozenset[object](request.identifiers)
    return next((each for each in reversed(lineages) if _names(each) == wanted), None)


def overlapping(request: Request, lineages: Sequence[Lineage]) -> tuple[Lineage, ...]:
    """Lineages that share names with the request: worth a word before a second one is made."""
    wanted = set(request.identifiers)
    return tuple(lineage for lineage in lineages if wanted & set(lineage.certificate.identifiers))


def _for_named(request: Request, lineage: Lineage, due: DecideDue) -> Choice:
    wanted = frozenset[object](request.identifiers)
    if not wanted or wanted == _names(lineage):
        return _for_identical(request, lineage, due)
    key = _key_type(request, lineage)
    if isinstance(key, Question):
        return key
    change = _names_changed(request, lineage)
    match "yes" if request.new_names_agreed else request.answers.get("update-names"):
        case None:
            return Question(
                "update-names",
                lineage,
                change.added,
                change.removed,
                default="yes",
                flag="--renew-with-new-domains",
                wanted=request.identifiers,
            )
        case "yes":
            return Renew(lineage, request.identifiers, change, key.kept)
        case _:
            raise NamesKept(lineage)


def _for_identical(request: Request, lineage: Lineage, due: DecideDue) -> Choice:
    key = _key_type(request, lineage)
    if isinstance(key, Question):
        return key
    if lineage.live != lineage.decisive and not request.rehearse:
        return Keep(lineage, NewerVersionWaits(lineage.live, lineage.latest))
    identifiers = request.identifiers or lineage.certificate.identifiers
    renewal = Renew(lineage, identifiers, Forced(), key.kept)
    if key.change is not None:
        return replace(renewal, reason=key.change)
    if request.force:
        return renewal
    decision = due(lineage)
    if isinstance(decision, DueReason):
        return replace(renewal, reason=decision)
    kept = Keep(lineage, Unchanged(lineage.certificate.not_after))
    match "keep" if request.keep else request.answers.get("identical"):
        case None:
            return Question(
                "identical",
                lineage,
                default="keep",
                flag="--keep-until-expiring or --force-renewal",
                wanted=identifiers,
            )
        case "renew" | "yes":
            return replace(renewal, reason=RenewalChosen())
        case "keep" | "no":
            return kept


def _for_subset(request: Request, lineage: Lineage) -> Choice:
    key = _key_type(request, lineage)
    if isinstance(key, Question):
        return key
    change = _names_changed(request, lineage)
    match "yes" if request.expand or request.force else request.answers.get("expand"):
        case None:
            return Question("expand", lineage, change.added, flag="--expand", wanted=request.identifiers)
        case "yes":
            return Renew(lineage, request.identifiers, change, key.kept)
        case _:
            raise SubsetRefused(lineage)


@dataclass(frozen=True, slots=True)
class _KeyType:
    """What becomes of the lineage's type of key: it changes, or is kept against the usual."""

    change: KeyKindChanged | None = None
    kept: KeyType | None = None


def _key_type(request: Request, lineage: Lineage) -> Question | _KeyType:
    """A change needs ``--key-type`` and ``--cert-name``, or a person's consent.

    A request that names no type asks for the usual one, and takes a refusal; one that names a type
    does not.
    """
    wanted = request.key_type or request.usual_key_type
    match lineage.certificate.key_type:
        case "RSA":
            present: KeyType = "rsa"
        case "ECDSA":
            present = "ecdsa"
        case _:
            return _KeyType()
    if wanted == present:
        return _KeyType()
    change = KeyKindChanged(present.upper(), wanted.upper())
    named = request.name is not None and request.key_type is not None
    match "yes" if named else request.answers.get("key-type"):
        case None:
            return Question(
                "key-type", lineage, default="no", flag="--cert-name and --key-type", key_change=change
            )
        case "yes":
            return _KeyType(change=change)
        case _:
            if request.key_type is not None:
                raise KeyTypeNeedsConsent(lineage, change)
            return _KeyType(kept=present)


def _names_changed(request: Request, lineage: Lineage) -> NamesChanged:
    wanted, present = set(request.identifiers), set(lineage.certificate.identifiers)
    return NamesChanged(
        added=tuple(each for each in request.identifiers if each not in present),
        removed=tuple(each for each in lineage.certificate.identifiers if each not in wanted),
    )


def _names(lineage: Lineage) -> AbstractSet[object]:
    """Everything the certificate is for; names that cannot be read count too, and equal no request."""
    facts = lineage.certificate
    return frozenset[object](facts.identifiers) | frozenset[object](facts.odd_names)


def _largest_subset(request: Request, lineages: Sequence[Lineage]) -> Lineage | None:
    wanted = frozenset[object](request.identifiers)
    inside = [each for each in lineages if frozenset() < _names(each) < wanted]
    return max(inside, key=lambda each: len(_names(each)), default=None)
