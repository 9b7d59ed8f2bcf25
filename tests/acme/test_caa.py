"""What CAA records let a CA do (RFC 8659, RFC 8657)."""

from __future__ import annotations

import pytest

from everseal.acme.caa import Applicant, objection
from everseal.model.errors import OperatorError
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.system.resolver import CaaRecord, LookupFailed

US = Applicant(("ca.example", "also.ca.example"), "https://ca.example/account/1")


class Zone:
    """CAA records by name, as ``tag value`` texts; a critical one begins with an exclamation mark."""

    def __init__(self, **records: list[str]) -> None:
        self.records = records
        self.asked: list[str] = []

    def __call__(self, name: str) -> tuple[CaaRecord, ...]:
        self.asked.append(name)
        return tuple(_record(text) for text in self.records.get(name.replace(".", "_"), []))


def _record(text: str) -> CaaRecord:
    tag, _, value = text.removeprefix("!").partition(" ")
    return CaaRecord(text.startswith("!"), tag, value)


def judged(name: str, *records: str, method: str = "http-01", applicant: Applicant = US) -> str | None:
    return objection(DnsName.parse(name), method, applicant, Zone(example_com=list(records)))


@pytest.mark.parametrize(
    "records",
    [
        [],
        ["issue ca.example"],
        ["issue  CA.Example. "],
        ["issue other.example", "issue also.ca.example"],
        ["issuewild ;"],
        ["iodef mailto:x@example.com"],
        ["issue ca.example; accounturi=https://ca.example/account/1"],
        ["issue ca.example; validationmethods=dns-01,http-01"],
        ["issue ca.example; policy=ev"],
        ["!issue ca.example"],
        ["unknown whatever"],
    ],
)
def test_what_lets_us_issue(records: list[str]) -> None:
    assert judged("www.example.com", *records) is None


@pytest.mark.parametrize(
    "records",
    [
        ["issue ;"],
        ["issue "],
        ["issue other.example"],
        ["issue ca.example; accounturi=https://ca.example/account/2"],
        [
            "issue ca.example; accounturi=https://ca.example/account/1; accounturi=https://ca.example/account/1"
        ],
        ["issue ca.example; validationmethods=dns-01"],
        ["issue ca.example; %%%"],
        ["issue ca.example", "!future value"],
    ],
)
def test_what_does_not(records: list[str]) -> None:
    assert judged("www.example.com", *records) is not None


def test_wildcards_have_rules_of_their_own() -> None:
    assert judged("*.example.com", "issue ca.example", "issuewild other.example") is not None
    assert judged("*.example.com", "issue other.example", "issuewild ca.example") is None
    assert judged("*.example.com", "issue ca.example") is None
    assert judged("example.com", "issue ca.example", "issuewild ;") is None


def test_an_account_that_is_yet_to_be_made_can_be_named_by_no_record() -> None:
    stranger = Applicant(US.identities, None)
    assert judged("example.com", "issue ca.example", applicant=stranger) is None
    bound = "issue ca.example; accounturi=https://ca.example/account/1"
    assert judged("example.com", bound, applicant=stranger) is not None


def test_the_closest_ancestor_with_records_counts() -> None:
    zone = Zone(com=["issue other.example"], b_com=["issue ca.example"])
    assert objection(DnsName("c.a.b.com"), "http-01", US, zone) is None
    assert zone.asked == ["c.a.b.com", "a.b.com", "b.com"]
    assert (
        objection(DnsName("x.com"), "http-01", US, zone) == "the CAA records of com allow only: other.example"
    )


def test_addresses_have_no_records() -> None:
    address: Identifier = IpAddress.parse("192.0.2.1")
    zone = Zone()
    assert objection(address, "http-01", US, zone) is None
    assert zone.asked == []


def test_what_cannot_be_looked_up_is_raised() -> None:
    def fails(name: str) -> tuple[CaaRecord, ...]:
        raise LookupFailed(name, "CAA", "SERVFAIL")

    with pytest.raises(OperatorError):
        objection(DnsName("a.example"), "http-01", US, fails)


def test_texts_of_a_zone_are_not_trusted() -> None:
    found = judged("example.com", "issue \x1b[31mred")
    assert found is not None
    assert "\x1b" not in found
