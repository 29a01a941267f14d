"""The truth table of aggregation, and its laws."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.verdict import (
    STRICT,
    Abstention,
    Entailment,
    Finding,
    Judgement,
    Label,
    Thresholds,
    Verdict,
    aggregate,
    combine,
)

CONFLICT = Finding(
    rule="amount",
    conflict=True,
    detail="“$5” is not in the evidence, which says “$6”",
    claim_text="$5",
    evidence_text="$6",
)
MATCH = Finding(rule="amount", conflict=False, detail="“$5” stands in the evidence")


def judged(passage="p1", *, yes=0.0, no=0.0, findings=(), overlap=1.0, together=(), **rest):
    scores = Entailment(entailment=yes, neutral=1 - yes - no, contradiction=no)
    return Judgement(
        passage_id=passage, entailment=scores, findings=tuple(findings), overlap=overlap, together=together, **rest
    )


YES, OPEN, NO = {"yes": 0.9}, {"yes": 0.2, "no": 0.1}, {"no": 0.9}

TABLE = [
    ("nothing retrieved", [], Label.NOT_ENOUGH),
    ("one supports", [judged(**YES)], Label.SUPPORTED),
    ("one supports, with a figure that agrees", [judged(**YES, findings=[MATCH])], Label.SUPPORTED),
    ("one supports, one is silent", [judged(**YES), judged("p2", **OPEN)], Label.SUPPORTED),
    ("one is silent", [judged(**OPEN)], Label.NOT_ENOUGH),
    ("a rule blocks the only support", [judged(**YES, findings=[CONFLICT])], Label.NOT_ENOUGH),
    ("a rule blocks one window, another of the passage supports", [judged(**YES, findings=[CONFLICT]), judged(**YES)], Label.SUPPORTED),
    ("one contradicts", [judged(**NO)], Label.REFUTED),
    ("one contradicts, one is silent", [judged(**NO), judged("p2", **OPEN)], Label.REFUTED),
    ("one contradicts and speaks of other things", [judged(**NO, overlap=0.3)], Label.NOT_ENOUGH),
    ("one supports, another contradicts", [judged(**YES), judged("p2", **NO)], Label.CONFLICTING),
    ("one supports, an unrelated one contradicts", [judged(**YES), judged("p2", **NO, overlap=0.3)], Label.SUPPORTED),
    ("two windows of one passage disagree", [judged(**YES), judged(**NO)], Label.SUPPORTED),
    ("a weak contradiction", [judged(no=0.6)], Label.NOT_ENOUGH),
    ("a weak contradiction that a rule shares", [judged(no=0.6, findings=[CONFLICT])], Label.REFUTED),
    ("two together support", [judged(**OPEN), judged("p2", **OPEN), judged(**YES, together=("p1", "p2"))], Label.SUPPORTED),
    ("one supports, one on another case contradicts", [judged(**YES), judged("p2", **NO, missing=("transfer",))], Label.SUPPORTED),
    ("both lack a word, and they disagree", [judged(**YES, missing=("a",)), judged("p2", **NO, missing=("a",))], Label.CONFLICTING),
    ("a rival figure in a rule on another case", [judged(no=0.6, findings=[CONFLICT], missing=("transfer",))], Label.NOT_ENOUGH),
    ("the weightier supports", [judged(**YES, authority=2), judged("p2", **NO, authority=1)], Label.SUPPORTED),
    ("the weightier contradicts", [judged(**YES, authority=1), judged("p2", **NO, authority=2)], Label.REFUTED),
    ("versions differ", [judged(**YES, document_id="d"), judged("p2", **NO, document_id="d", version=2)], Label.CONFLICTING),
]  # fmt: skip


@pytest.mark.parametrize(("judgements", "label"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_truth_table(judgements, label):
    decision = aggregate(judgements)
    assert decision.label is label
    assert 0.0 <= decision.confidence <= 1.0
    assert bool(decision.reason) is (label is not Label.SUPPORTED)
    assert bool(decision.supporting) is (label in {Label.SUPPORTED, Label.CONFLICTING})
    assert bool(decision.contradicting) is (label in {Label.REFUTED, Label.CONFLICTING})


@pytest.mark.parametrize(("version", "label"), [(1, Label.SUPPORTED), (3, Label.REFUTED), (2, Label.CONFLICTING)])
def test_a_newer_version_can_be_made_to_win(version, label):
    both = [judged(**YES, document_id="d", version=2), judged("p2", **NO, document_id="d", version=version)]
    decision = aggregate(both, prefer_newer=True)
    assert decision.label is label
    assert decision.overruled == {1: ("p2",), 3: ("p1",), 2: ()}[version]
    elsewhere = [both[0], judged("p2", **NO, document_id="e", version=version)]
    assert aggregate(elsewhere, prefer_newer=True).label is Label.CONFLICTING


@pytest.mark.parametrize(
    ("judgements", "why"),
    [
        ([], Abstention.NOTHING_RETRIEVED),
        ([judged(**OPEN)], Abstention.NEUTRAL),
        ([judged(**YES, findings=[CONFLICT])], Abstention.RULE),
        ([judged(yes=0.4), judged("p2", no=0.5)], Abstention.DISAGREEMENT),
        ([judged(**YES), judged("p2", **NO)], Abstention.DISAGREEMENT),
        ([judged(**YES)], None),
        ([judged(**NO)], None),
    ],
)
def test_abstention_says_why(judgements, why):
    assert aggregate(judgements).abstention is why


def test_the_smallest_set_is_what_is_needed():
    three, two = judged("p1", yes=0.99, together=("p1", "p2", "p3")), judged("p2", **YES, together=("p2", "p4"))
    assert aggregate([three, two]).needed == ("p2", "p4")
    assert aggregate([three, two, judged("p9", yes=0.6)]).needed == ("p9",)
    assert aggregate([judged(**NO)]).needed == ()


def test_both_passages_of_a_joint_support_are_named():
    decision = aggregate([judged(**OPEN), judged("p2", **OPEN), judged("p1", **YES, together=("p1", "p2"))])
    assert decision.supporting == ("p1", "p2")


def test_reasons_say_what_to_look_at():
    assert aggregate([]).reason == "nothing was retrieved"
    assert "which says “$6”" in aggregate([judged(**YES, findings=[CONFLICT])]).reason
    assert "0.20" in aggregate([judged(**OPEN)]).reason


def test_strict_drops_what_is_doubtful():
    assert aggregate([judged(yes=0.65)]).label is Label.SUPPORTED
    assert aggregate([judged(yes=0.65)], thresholds=STRICT).label is Label.NOT_ENOUGH


scores = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda pair: (pair[0], (1 - pair[0]) * pair[1]))
judgement = st.builds(
    lambda passage, pair, blocked, overlap, missing, authority, version: judged(
        passage,
        yes=pair[0],
        no=pair[1],
        findings=[CONFLICT] if blocked else [],
        overlap=overlap,
        missing=tuple(sorted(missing)),
        authority=authority,
        document_id="d",
        version=version,
    ),
    st.sampled_from(["p1", "p2", "p3"]),
    scores,
    st.booleans(),
    st.floats(0, 1),
    st.frozensets(st.sampled_from(["a", "b"])),
    st.integers(0, 2),
    st.integers(1, 3),
)
some = st.lists(judgement, max_size=6)


@given(some, st.randoms(), st.booleans())
def test_order_does_not_matter(judgements, random, newer):
    shuffled = list(judgements)
    random.shuffle(shuffled)
    one, other = aggregate(judgements, prefer_newer=newer), aggregate(shuffled, prefer_newer=newer)
    assert (one.label, one.confidence, set(one.supporting), one.needed, one.abstention) == (
        other.label,
        other.confidence,
        set(other.supporting),
        other.needed,
        other.abstention,
    )


@given(some, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_higher_bar_never_turns_a_claim_into_a_supported_one(judgements, one, other, newer):
    low, high = Thresholds(support=min(one, other)), Thresholds(support=max(one, other))
    if aggregate(judgements, thresholds=high, prefer_newer=newer).label is Label.SUPPORTED:
        assert aggregate(judgements, thresholds=low, prefer_newer=newer).label is Label.SUPPORTED


@given(some, st.integers(0, 9), st.booleans())
def test_a_neutral_passage_never_changes_the_label(judgements, authority, newer):
    neutral = judged("p9", yes=0.05, no=0.05, authority=authority, document_id="d", version=9)
    before = aggregate(judgements, prefer_newer=newer).label
    assert aggregate([*judgements, neutral], prefer_newer=newer).label is before


@given(some)
def test_equal_support_never_hides_a_contradiction(judgements):
    plain = [replace(each, missing=(), authority=0) for each in judgements]
    before = aggregate(plain).label
    after = aggregate([*plain, judged("p9", yes=1.0)]).label
    assert after is (Label.CONFLICTING if before in {Label.REFUTED, Label.CONFLICTING} else Label.SUPPORTED)


def verdict(label, confidence, reason=""):
    return Verdict(claim="c", statement="C.", start=0, end=1, label=label, confidence=confidence, reason=reason)


def test_an_answer_is_as_good_as_its_worst_claim():
    good, open_, bad, torn = (
        verdict(label, 0.9, label.value)
        for label in (Label.SUPPORTED, Label.NOT_ENOUGH, Label.REFUTED, Label.CONFLICTING)
    )
    assert combine([good, good])[0] is Label.SUPPORTED
    assert combine([good, open_])[0] is Label.NOT_ENOUGH
    assert combine([open_, torn])[0] is Label.CONFLICTING
    assert combine([torn, bad, good])[0] is Label.REFUTED


def test_the_least_certain_claim_gives_the_confidence():
    assert combine([verdict(Label.SUPPORTED, 0.9), verdict(Label.SUPPORTED, 0.6)])[1] == 0.6


def test_no_claims_is_an_outcome_of_its_own():
    label, confidence, reason = combine([])
    assert (label, confidence) == (Label.NOT_ENOUGH, None)
    assert "no claim" in reason
