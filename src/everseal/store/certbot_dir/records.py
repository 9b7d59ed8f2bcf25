"""Pending orders and owed hooks as JSON, for the journals."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from everseal.model.errors import BadName
from everseal.model.lineage import ParameterValue
from everseal.model.names import CertificateName, DnsName, Identifier, IpAddress
from everseal.model.pending import OwedHook, OwedKind, PendingOrder, Presented, SolverSettings, Stage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

L = TypeVar("L", bound=str)

_STAGES: tuple[Stage, ...] = ("ordered", "presented", "finalizing", "issued")
_OWED: tuple[OwedKind, ...] = ("deploy", "post", "export")


class BadRecord(Exception):
    """A journal that this program did not write, or that somebody edited; the message says where."""


def encode_pending(pending: PendingOrder) -> bytes:
    """The journal's bytes; they hold the certificate key."""
    csr = None if pending.csr_der is None else base64.b64encode(pending.csr_der).decode("ascii")
    return encode({**members(pending), "csr_der": csr})


def decode_pending(data: bytes) -> PendingOrder:
    """Raises BadRecord."""
    record = Record.decode(data)
    csr = record.optional_text("csr_der")
    return PendingOrder(
        name=record.name("name"),
        server=record.text("server"),
        account_url=record.text("account_url"),
        order_url=record.optional_text("order_url"),
        identifiers=record.identifiers("identifiers"),
        key_pem=_latin(record.text("key_pem")),
        csr_der=None if csr is None else _base64(csr),
        presentations=_presentations(record),
        created=record.moment("created"),
        stage=_one_of(record.text("stage"), _STAGES),
        solver=record.text("solver"),
        settings=_settings_of(record.record("settings")) if record.has("settings") else None,
    )


def encode_presented(presented: Presented) -> bytes:
    """The journal's bytes."""
    return encode(members(presented))


def decode_presented(data: bytes) -> Presented:
    """Raises BadRecord."""
    record = Record.decode(data)
    return Presented(record.name("name"), _presentations(record), _settings_of(record.record("settings")))


def encode_owed(owed: OwedHook) -> bytes:
    """The record's bytes."""
    return encode(members(owed))


def decode_owed(data: bytes) -> OwedHook:
    """Raises BadRecord."""
    return owed_of(Record.decode(data))


def encode_restoring(path: str, since: datetime) -> bytes:
    """The record of a backup that is being brought back."""
    return encode({"path": path, "since": since.isoformat()})


def decode_restoring(data: bytes) -> tuple[str, datetime]:
    """Raises BadRecord."""
    record = Record.decode(data)
    return record.text("path"), record.moment("since")


def members(value: DataclassInstance) -> dict[str, object]:
    """The fields of a value by their names, each as JSON has it."""
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def owed_of(record: Record) -> OwedHook:
    return OwedHook(
        kind=_one_of(record.text("kind"), _OWED),
        command=record.text("command"),
        name=record.name("name") if record.has("name") else None,
        identifiers=record.identifiers("identifiers"),
        attempts=record.number("attempts"),
        not_before=record.moment("not_before") if record.has("not_before") else None,
    )


def _presentations(record: Record) -> tuple[Mapping[str, object], ...]:
    return tuple(inner.members for inner in record.records("presentations"))


def _settings_of(record: Record) -> SolverSettings:
    return SolverSettings(_parameters(record, "parameters"), _parameters(record, "own"))


def _parameters(record: Record, member: str) -> dict[str, ParameterValue]:
    """As a renewal file has them: texts, lists of texts, sections of texts."""
    found = record.record(member).members
    return {key: _parameter(value, f"{member}.{key}") for key, value in found.items()}


def _parameter(value: object, where: str) -> ParameterValue:
    match value:
        case str():
            return value
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case dict() if all(isinstance(each, str) for each in value.values()):
            return value
        case _:
            raise BadRecord(f"{where} is nothing that a renewal file holds")


def encode(members: Mapping[str, object]) -> bytes:
    return json.dumps(members).encode("ascii") + b"\n"


def _plain(value: object) -> object:
    """What is not told here is JSON as it is, or refused as it is encoded."""
    match value:
        case CertificateName():
            return value.value
        case DnsName() | IpAddress():
            return {"type": value.type, "value": value.value}
        case datetime():
            return value.isoformat()
        case bytes():
            return value.decode("latin-1")
        case OwedHook() | SolverSettings():
            return members(value)
        case tuple():
            return [_plain(each) for each in value]
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case _:
            return value


def _one_of(text: str, known: Sequence[L]) -> L:
    for candidate in known:
        if candidate == text:
            return candidate
    raise BadRecord(f"{text!r} is none of {', '.join(map(str, known))}")


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise BadRecord("the key is no PEM text") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRecord("csr_der is not base64") from None


class Record:
    """A JSON object whose members are asked for by type; each question raises BadRecord."""

    __slots__ = ("members",)

    def __init__(self, members: Mapping[str, object]) -> None:
        self.members = members

    @classmethod
    def decode(cls, data: bytes) -> Record:
        try:
            return cls.of(json.loads(data))
        except (ValueError, RecursionError):
            raise BadRecord("it is not JSON") from None

    @classmethod
    def of(cls, value: object) -> Record:
        if not isinstance(value, dict):
            raise BadRecord("an object was expected")
        return cls(value)

    def has(self, member: str) -> bool:
        return self.members.get(member) is not None

    def text(self, member: str) -> str:
        value = self.members.get(member)
        if not isinstance(value, str):
            raise BadRecord(f"{member} is not a text")
        return value

    def optional_text(self, member: str) -> str | None:
        return self.text(member) if self.has(member) else None

    def number(self, member: str) -> int:
        value = self.members.get(member)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadRecord(f"{member} is not a count")
        return value

    def flag(self, member: str) -> bool:
        value = self.members.get(member)
        if not isinstance(value, bool):
            raise BadRecord(f"{member} is neither true nor false")
        return value

    def moment(self, member: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(member))
        except ValueError:
            raise BadRecord(f"{member} is not a time") from None
        if moment.tzinfo is None:
            raise BadRecord(f"{member} has no time zone")
        return moment

    def name(self, member: str) -> CertificateName:
        try:
            return CertificateName.parse(self.text(member))
        except BadName as error:
            raise BadRecord(error.message) from None

    def items(self, member: str) -> Sequence[object]:
        value = self.members.get(member)
        if not isinstance(value, list):
            raise BadRecord(f"{member} is not a list")
        return value

    def texts(self, member: str) -> Sequence[str]:
        return [item for item in self.items(member) if isinstance(item, str)]

    def mapping(self, member: str) -> Mapping[str, str]:
        """Texts by texts; what is none is left out."""
        value = self.members.get(member)
        if not isinstance(value, dict):
            raise BadRecord(f"{member} is not an object")
        return {key: text for key, text in value.items() if isinstance(text, str)}

    def record(self, member: str) -> Record:
        return Record.of(self.members.get(member))

    def records(self, member: str) -> Sequence[Record]:
        return [Record.of(item) for item in self.items(member)]

    def identifiers(self, member: str) -> tuple[Identifier, ...]:
        return tuple(_identifier(record) for record in self.records(member))


def _identifier(record: Record) -> Identifier:
    value = record.text("value")
    try:
        match record.text("type"):
            case "dns":
                return DnsName.parse(value)
            case "ip":
                return IpAddress.parse(value)
            case other:
                raise BadRecord(f"{other!r} is no type of identifier")
    except BadName as error:
        raise BadRecord(error.message) from None
