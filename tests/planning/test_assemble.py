from __future__ import annotations

from dataclasses import replace

from everseal.planning.plan import CertificateOptions, Issue, Plan, RegisterAccount
from everseal.planning.reasons import AutorenewOff
from everseal.planning.requests import Acquaintance, issuance
from tests.planning.samples import SERVER, make_issue, make_leave, names, plan_of

ORDER = ["newOrder", "authorization", "challenge", "order", "finalize", "order", "certificate"]
AFTERWARDS = "renewalInfo"


def resources(plan: Plan) -> list[list[str]]:
    return [[each.resource for each in action.requests] for action in plan.issues]


def test_one_name_from_cold_takes_nine_requests_and_a_question_afterwards() -> None:
    assert resources(plan_of(make_issue())) == [["directory", "newNonce", *ORDER, AFTERWARDS]]


def test_a_rehearsal_gives_up_earlier_proofs_and_has_nothing_to_ask_afterwards() -> None:
    again = ["newOrder", "authorization", "authorization"]
    assert resources(plan_of(replace(make_issue(), dry_run=True))) == [
        ["directory", "newNonce", *again, *ORDER]
    ]


def test_a_preferred_chain_may_be_another_one() -> None:
    chosen = replace(make_issue(), options=CertificateOptions(preferred_chain="Old Root"))
    assert resources(plan_of(chosen)) == [["directory", "newNonce", *ORDER, "certificate", AFTERWARDS]]


def test_eight_with_the_directory_remembered() -> None:
    assert resources(plan_of(make_issue(), remembered=[SERVER])) == [["newNonce", *ORDER, AFTERWARDS]]


def test_a_new_account_is_registered_once() -> None:
    stranger = replace(make_issue(), account=RegisterAccount())
    first, second = resources(plan_of(stranger, stranger))
    assert first == ["directory", "newNonce", "newAccount", *ORDER, AFTERWARDS]
    assert second == [*ORDER, AFTERWARDS]


def test_each_ca_is_met_on_its_own() -> None:
    elsewhere = replace(make_issue(), server="https://other.example/acme")
    third = make_issue()
    assert [len(each) for each in resources(plan_of(make_issue(), elsewhere, third))] == [10, 10, 8]


def test_what_issues_nothing_is_left_as_it_is() -> None:
    leave = make_leave(AutorenewOff())
    plan = plan_of(leave, make_issue())
    assert plan.actions[0] is leave
    assert isinstance(plan.actions[1], Issue)
    assert plan.reports == ()


def test_each_name_has_its_authorization_and_challenge() -> None:
    wanted = names("a.example", "*.a.example", "192.0.2.1")
    listed = issuance(wanted, Acquaintance(directory=True, nonce=True))
    assert [each.identifier for each in listed if each.resource == "authorization"] == [*wanted]
    challenges = [each for each in listed if each.resource == "challenge"]
    assert [each.identifier for each in challenges] == [*wanted]
    assert all(each.unless for each in challenges)


def test_methods() -> None:
    listed = issuance(names("a.example"), Acquaintance(account=False))
    assert [each.method for each in listed] == ["GET", "HEAD", *["POST"] * 8]
