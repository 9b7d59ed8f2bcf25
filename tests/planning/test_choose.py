from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.errors import LineageMissing
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.choose import (
    Answer,
    Choice,
    Keep,
    KeyTypeNeedsConsent,
    MakeNew,
    NamesKept,
    NamesMissing,
    Question,
    QuestionKind,
    Renew,
    Request,
    SubsetRefused,
    identical,
)
from everseal.planning.choose import choose as choose_lazily
from everseal.planning.reasons import (
    DueReason,
    Expired,
    Forced,
    KeyKindChanged,
    NamesChanged,
    NewerVersionWaits,
    NotDueReason,
    NotYet,
    Rehearsal,
    RenewalChosen,
    Unchanged,
)
from tests.planning.samples import END, NOW, make_lineage, names

NOT_DUE = NotYet(NOW, "lifetime", END)
ONE = make_lineage("a.example")
BOTH = make_lineage("both", "a.example", "b.example")


def choose(request: Request, lineages: Sequence[Lineage], due: DueReason | NotDueReason | None) -> Choice:
    """With the renewal decision at hand; None where it must not be asked for, since the CA may be asked."""

    def decide(lineage: Lineage) -> DueReason | NotDueReason:
        assert due is not None, f"nothing depends on whether {lineage.name} is due"
        return due

    return choose_lazily(request, lineages, decide)


def asking(*domains: str, name: str | None = None) -> Request:
    return Request(names(*domains), name=None if name is None else CertificateName(name))


def answering(request: Request, **answers: Answer) -> Request:
    given: Mapping[str, QuestionKind] = {
        "expand": "expand",
        "identical": "identical",
        "update_names": "update-names",
        "key_type": "key-type",
    }
    return replace(request, answers={given[kind]: answer for kind, answer in answers.items()})


def question_of(choice: Choice) -> Question:
    assert isinstance(choice, Question)
    return choice


class TestWithoutAName:
    def test_nothing_there_makes_a_new_one(self) -> None:
        assert choose(asking("*.a.example", "b.example"), [], None) == MakeNew(CertificateName("a.example"))

    def test_no_names_is_an_error(self) -> None:
        with pytest.raises(NamesMissing):
            choose(asking(), [ONE], None)

    def test_duplicate_makes_a_new_one_beside_the_same(self) -> None:
        request = replace(asking("a.example"), duplicate=True)
        assert choose(request, [ONE], None) == MakeNew(CertificateName("a.example"))
        assert identical(request, [ONE]) is None

    @pytest.mark.parametrize("domains", [("b.example", "c.example"), ("a.example", "c.example")])
    def test_overlap_makes_a_new_one_and_says_so(self, domains: tuple[str, ...]) -> None:
        choice = choose(asking(*domains), [BOTH], None)
        assert isinstance(choice, MakeNew)
        assert choice.overlaps == (BOTH,)

    def test_a_superset_makes_a_new_one(self) -> None:
        assert isinstance(choose(asking("a.example"), [BOTH], None), MakeNew)

    def test_order_does_not_matter_for_sameness(self) -> None:
        choice = choose(asking("b.example", "a.example"), [BOTH], Expired(NOW))
        assert choice == Renew(BOTH, names("b.example", "a.example"), Expired(NOW))

    def test_of_twins_the_last_file_is_taken(self) -> None:
        twin = make_lineage("a.example-0001", "a.example")
        assert identical(asking("a.example"), [twin, ONE]) is ONE

    def test_names_that_cannot_be_read_make_it_another_certificate(self) -> None:
        odd = make_lineage("odd", "a.example", odd_names=("not a name",))
        assert isinstance(choose(asking("a.example"), [odd], None), MakeNew)
        assert isinstance(choose(asking("a.example", "b.example"), [odd], None), MakeNew)

    def test_a_certificate_without_names_is_no_subset(self) -> None:
        bare = make_lineage("bare")
        bare = replace(bare, certificate=replace(bare.certificate, identifiers=()))
        assert isinstance(choose(asking("a.example"), [bare], None), MakeNew)


class TestSubset:
    REQUEST = asking("a.example", "b.example", "c.example")

    def test_the_largest_is_asked_about(self) -> None:
        question = question_of(choose(self.REQUEST, [ONE, BOTH], None))
        assert (question.kind, question.lineage, question.default) == ("expand", BOTH, None)
        assert (question.added, question.flag) == (names("c.example"), "--expand")
        assert question.wanted == self.REQUEST.identifiers

    def test_of_equals_the_first_is_asked_about(self) -> None:
        other = make_lineage("other", "b.example", "c.example")
        assert question_of(choose(self.REQUEST, [BOTH, other], None)).lineage is BOTH

    def test_the_identical_one_comes_before_a_subset(self) -> None:
        choice = choose(asking("a.example", "b.example"), [ONE, BOTH], Expired(NOW))
        assert isinstance(choice, Renew)
        assert choice.lineage is BOTH

    @pytest.mark.parametrize(
        "request_",
        [
            replace(REQUEST, expand=True),
            replace(REQUEST, force=True),
            answering(REQUEST, expand="yes"),
        ],
    )
    def test_yes_renews_with_all_names(self, request_: Request) -> None:
        change = NamesChanged(names("c.example"), ())
        assert choose(request_, [BOTH], None) == Renew(BOTH, request_.identifiers, change)

    def test_no_explains_duplicate(self) -> None:
        with pytest.raises(SubsetRefused, match=r"a\.example, b\.example, you must use the --duplicate"):
            choose(answering(self.REQUEST, expand="no"), [BOTH], None)


class TestIdentical:
    REQUEST = asking("a.example")

    def test_due_renews(self) -> None:
        due = Expired(NOW)
        assert choose(self.REQUEST, [ONE], due) == Renew(ONE, names("a.example"), due)

    def test_not_due_asks_and_keeps_where_nobody_answers(self) -> None:
        question = question_of(choose(self.REQUEST, [ONE], NOT_DUE))
        assert (question.kind, question.default) == ("identical", "keep")

    def test_keep_keeps(self) -> None:
        kept = Keep(ONE, Unchanged(END))
        assert choose(replace(self.REQUEST, keep=True), [ONE], NOT_DUE) == kept
        assert choose(answering(self.REQUEST, identical="keep"), [ONE], NOT_DUE) == kept

    def test_a_person_may_renew(self) -> None:
        choice = choose(answering(self.REQUEST, identical="renew"), [ONE], NOT_DUE)
        assert choice == Renew(ONE, names("a.example"), RenewalChosen())

    def test_force_renews_even_with_keep(self) -> None:
        request = replace(self.REQUEST, force=True, keep=True)
        assert choose(request, [ONE], NOT_DUE) == Renew(ONE, names("a.example"), Forced())

    def test_a_newer_version_is_put_to_use_first(self) -> None:
        behind = make_lineage("a.example", live=2, latest=3)
        choice = choose(replace(self.REQUEST, force=True), [behind], Forced())
        assert choice == Keep(behind, NewerVersionWaits(2, 3))
        assert isinstance(choose(replace(self.REQUEST, rehearse=True), [behind], Rehearsal()), Renew)


class TestNamed:
    def test_no_such_lineage_and_no_names(self) -> None:
        with pytest.raises(LineageMissing, match="No certificate with name x found"):
            choose(asking(name="x"), [ONE], None)

    def test_no_such_lineage_makes_it(self) -> None:
        choice = choose(asking("a.example", name="x"), [ONE], None)
        assert choice == MakeNew(CertificateName("x"), overlaps=(ONE,))

    def test_without_names_it_keeps_its_own(self) -> None:
        assert choose(asking(name="both"), [BOTH], Expired(NOW)) == Renew(
            BOTH, names("a.example", "b.example"), Expired(NOW)
        )

    def test_the_same_names_are_identical(self) -> None:
        question = question_of(choose(asking("b.example", "a.example", name="both"), [BOTH], NOT_DUE))
        assert question.kind == "identical"

    def test_other_names_are_asked_about_even_with_force_or_expand(self) -> None:
        request = replace(asking("b.example", "c.example", name="both"), force=True, expand=True)
        question = question_of(choose(request, [BOTH], None))
        assert (question.kind, question.default) == ("update-names", "yes")
        assert (question.added, question.removed) == (names("c.example"), names("a.example"))

    @pytest.mark.parametrize("agreed", [True, False])
    def test_other_names_by_option_or_answer(self, agreed: bool) -> None:
        request = asking("b.example", "c.example", name="both")
        request = (
            replace(request, new_names_agreed=True) if agreed else answering(request, update_names="yes")
        )
        change = NamesChanged(names("c.example"), names("a.example"))
        assert choose(request, [BOTH], None) == Renew(BOTH, request.identifiers, change)

    def test_refusing_other_names_is_an_error(self) -> None:
        request = answering(asking("c.example", name="both"), update_names="no")
        with pytest.raises(NamesKept, match="Specified mismatched certificate name and domains"):
            choose(request, [BOTH], None)

    def test_the_name_comes_before_duplicate(self) -> None:
        request = replace(asking(name="both"), duplicate=True)
        assert isinstance(choose(request, [BOTH], Expired(NOW)), Renew)


class TestKeyType:
    RSA = make_lineage("a.example", key_type="RSA")

    def test_unasked_it_is_a_question_and_stays_where_nobody_answers(self) -> None:
        question = question_of(choose(asking("a.example"), [self.RSA], Expired(NOW)))
        assert (question.kind, question.default) == ("key-type", "no")
        assert question.key_change == KeyKindChanged("RSA", "ECDSA")
        answered = answering(asking("a.example"), key_type="no")
        choice = choose(answered, [self.RSA], Expired(NOW))
        assert choice == Renew(self.RSA, names("a.example"), Expired(NOW), keep_key_type="rsa")

    def test_a_person_may_agree(self) -> None:
        answered = answering(asking("a.example"), key_type="yes")
        choice = choose(answered, [self.RSA], NOT_DUE)
        assert choice == Renew(self.RSA, names("a.example"), KeyKindChanged("RSA", "ECDSA"))

    def test_key_type_and_name_are_consent(self) -> None:
        request = replace(asking(name="a.example"), key_type="rsa")
        choice = choose(request, [ONE], NOT_DUE)
        assert choice == Renew(ONE, names("a.example"), KeyKindChanged("ECDSA", "RSA"))

    def test_a_key_type_alone_is_not_dropped_silently(self) -> None:
        request = replace(asking("a.example"), key_type="rsa")
        assert question_of(choose(request, [ONE], NOT_DUE)).default == "no"
        with pytest.raises(KeyTypeNeedsConsent) as caught:
            choose(answering(request, key_type="no"), [ONE], NOT_DUE)
        assert (
            "Please provide both --cert-name and --key-type on the command line to confirm the change "
            "you are trying to make." in caught.value.message
        )

    def test_the_same_type_is_no_question(self) -> None:
        request = replace(asking("a.example"), key_type="ecdsa")
        assert isinstance(choose(request, [ONE], Expired(NOW)), Renew)

    def test_it_is_asked_before_names_and_expansion(self) -> None:
        assert question_of(choose(asking("c.example", name="a.example"), [self.RSA], None)).kind == "key-type"
        wider = asking("a.example", "b.example")
        assert question_of(choose(wider, [self.RSA], None)).kind == "key-type"
        kept = choose(answering(wider, key_type="no", expand="yes"), [self.RSA], None)
        assert isinstance(kept, Renew)
        assert kept.keep_key_type == "rsa"
        named = answering(asking("c.example", name="a.example"), key_type="no", update_names="yes")
        renewed = choose(named, [self.RSA], None)
        assert isinstance(renewed, Renew)
        assert renewed.keep_key_type == "rsa"

    def test_a_type_no_ca_takes_cannot_stay(self) -> None:
        odd = make_lineage("a.example", key_type="Ed25519")
        assert choose(asking("a.example"), [odd], Expired(NOW)) == Renew(
            odd, names("a.example"), Expired(NOW)
        )


DOMAINS = [f"{letter}.example" for letter in "abcd"]
domain_sets = st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=4, unique=True)
REPLIES: Mapping[QuestionKind, Answer] = {
    "expand": "yes",
    "identical": "renew",
    "update-names": "yes",
    "key-type": "no",
}


@given(domain_sets, st.lists(domain_sets, max_size=4), st.booleans())
def test_questions_come_to_an_end(wanted: list[str], present: list[list[str]], rsa: bool) -> None:
    lineages: list[Lineage] = [
        make_lineage(f"n{number}", *domains, key_type="RSA" if rsa else "ECDSA")
        for number, domains in enumerate(present)
    ]
    request = asking(*wanted)
    for _ in range(3):
        choice = choose(request, lineages, NOT_DUE)
        if not isinstance(choice, Question):
            break
        assert choice.kind not in request.answers
        request = replace(request, answers={**request.answers, choice.kind: REPLIES[choice.kind]})
    assert isinstance(choice, MakeNew | Renew)
    same = any(set(domains) == set(wanted) for domains in present)
    subset = any(set(domains) < set(wanted) for domains in present)
    assert isinstance(choice, Renew) == (same or subset)
