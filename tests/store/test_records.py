from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.names import CertificateName, DnsName, IpAddress
from everseal.model.pending import OwedHook, PendingOrder, Presented, SolverSettings
from everseal.store.certbot_dir import records
from everseal.store.certbot_dir.changes import (
    Change,
    CommitChange,
    DeleteChange,
    MoveChange,
    RenameChange,
    RestoreChange,
    decode_change,
    encode_change,
)
from everseal.store.certbot_dir.records import BadRecord

texts = st.text(max_size=40)
names = st.from_regex(r"[a-z0-9*][a-z0-9.\-äé_ ]{0,20}", fullmatch=True).map(CertificateName)
identifiers = st.lists(
    st.one_of(
        st.from_regex(r"(\*\.)?[a-z]{1,9}\.[a-z]{2,5}", fullmatch=True).map(DnsName),
        st.ip_addresses().map(lambda address: IpAddress.parse(str(address))),
    ),
    max_size=4,
).map(tuple)
links = st.tuples(texts, texts, texts, texts)
moments = st.datetimes(timezones=st.just(UTC))
owed_hooks = st.builds(
    OwedHook,
    kind=st.sampled_from(["deploy", "post", "export"]),
    command=texts,
    name=st.none() | names,
    identifiers=identifiers,
    attempts=st.integers(0, 99),
    not_before=st.none() | moments,
)
parameters = st.dictionaries(
    texts,
    texts | st.lists(texts, max_size=2).map(tuple) | st.dictionaries(texts, texts, max_size=2),
    max_size=3,
)
presentations = st.lists(st.dictionaries(texts, texts | st.booleans()), max_size=3).map(tuple)
solver_settings = st.builds(SolverSettings, parameters=parameters, own=parameters)
pending_orders = st.builds(
    PendingOrder,
    name=names,
    server=texts,
    account_url=texts,
    order_url=st.none() | texts,
    identifiers=identifiers,
    key_pem=st.binary(max_size=60),
    csr_der=st.none() | st.binary(max_size=60),
    presentations=presentations,
    created=moments,
    stage=st.sampled_from(["ordered", "presented", "finalizing", "issued"]),
    solver=texts,
    settings=st.none() | solver_settings,
)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        CommitChange,
        name=names,
        number=st.integers(1, 10**6),
        live_dir=texts,
        archive_dir=texts,
        new=st.booleans(),
        conf_before=st.none() | texts,
        conf_text=texts,
        identifiers=st.none() | identifiers,
        owed=st.lists(owed_hooks, max_size=2).map(tuple),
    ),
    st.builds(
        RenameChange,
        name=names,
        new_name=names,
        number=st.integers(1, 10**6),
        live_dir=texts,
        new_live_dir=texts,
        archive_dir=texts,
        new_archive_dir=texts,
        links=links,
        conf_text=texts,
    ),
    st.builds(
        MoveChange,
        name=names,
        number=st.integers(1, 10**6),
        pinned=st.booleans(),
        owed=st.lists(owed_hooks, max_size=2).map(tuple),
    ),
    st.builds(
        RestoreChange,
        name=names,
        number=st.integers(1, 10**6),
        live_dir=texts,
        archive_dir=texts,
        links=links,
        files=st.dictionaries(texts, texts, max_size=3),
        folders=st.lists(texts, max_size=2).map(tuple),
        conf_before=st.none() | texts,
        conf_text=texts,
        conf_mode=st.integers(0, 0o777),
        conf_uid=st.integers(0, 10**6),
        conf_gid=st.integers(0, 10**6),
        owed=st.lists(owed_hooks, max_size=2).map(tuple),
    ),
    st.builds(DeleteChange, name=names, live_dir=texts, archive_dir=texts, links=links),
)


@given(changes)
def test_a_change_reads_back(change: Change) -> None:
    assert decode_change(encode_change(change)) == change


@given(pending_orders)
def test_a_pending_order_reads_back(pending: PendingOrder) -> None:
    assert records.decode_pending(records.encode_pending(pending)) == pending


@given(st.builds(Presented, name=names, presentations=presentations, settings=solver_settings))
def test_what_is_in_place_reads_back(presented: Presented) -> None:
    assert records.decode_presented(records.encode_presented(presented)) == presented


@given(owed_hooks)
def test_an_owed_hook_reads_back(owed: OwedHook) -> None:
    assert records.decode_owed(records.encode_owed(owed)) == owed


DECODERS: list[Callable[[bytes], object]] = [
    decode_change,
    records.decode_pending,
    records.decode_owed,
    records.decode_presented,
]


@given(data=st.binary(max_size=80), decode=st.sampled_from(DECODERS))
def test_anything_else_is_a_bad_record(data: bytes, decode: Callable[[bytes], object]) -> None:
    with pytest.raises(BadRecord):
        decode(data)


@given(pending=pending_orders, place=st.integers(min_value=0), byte=st.integers(0, 255))
def test_a_damaged_record_is_read_or_refused(pending: PendingOrder, place: int, byte: int) -> None:
    data = bytearray(records.encode_pending(pending))
    data[place % len(data)] = byte
    try:
        records.decode_pending(bytes(data))
    except BadRecord:
        return


@pytest.mark.parametrize("name", ["../up", "a/b", "", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    data = encode_change(MoveChange(CertificateName(name), 1))
    with pytest.raises(BadRecord):
        decode_change(data)


@pytest.mark.parametrize("links", [[], ["a"] * 3, ["a"] * 5, ["a", "b", "c", 4]])
def test_a_journal_with_other_links_than_four_is_refused(links: list[object]) -> None:
    change = DeleteChange(CertificateName("a"), "live/a", "archive/a", ("a", "b", "c", "d"))
    members = json.loads(encode_change(change)) | {"links": links}
    with pytest.raises(BadRecord, match="links"):
        decode_change(json.dumps(members).encode())


def test_the_key_of_a_pending_order_hides() -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    pending = PendingOrder(CertificateName("a"), "s", "a", None, (), b"PRIVATE", None, (), created, "ordered")
    assert "PRIVATE" not in repr(pending)


def test_a_journal_from_before_the_settings_were_kept_is_read() -> None:
    created = datetime(2026, 11, 1, tzinfo=UTC)
    pending = PendingOrder(CertificateName("a"), "s", "a", None, (), b"PRIVATE", None, (), created, "ordered")
    members = json.loads(records.encode_pending(pending))
    assert members.pop("settings") is None
    assert records.decode_pending(json.dumps(members).encode()) == pending


@pytest.mark.parametrize("value", [3, None, [1], {"a": {}}, [["a"]]])
def test_settings_that_no_renewal_file_holds(value: object) -> None:
    created = datetime(2026, 11, 1, tzinfo=UTC)
    settings = SolverSettings({"authenticator": "webroot"})
    pending = PendingOrder(
        CertificateName("a"), "s", "a", None, (), b"", None, (), created, "ordered", settings=settings
    )
    members = json.loads(records.encode_pending(pending))
    members["settings"]["parameters"]["webroot_path"] = value
    with pytest.raises(BadRecord, match=r"parameters\.webroot_path"):
        records.decode_pending(json.dumps(members).encode())
