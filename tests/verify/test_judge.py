"""The panel: strict replies, votes, abstentions, the uncertain band."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.judge import Consensus, JudgedCase, Opinion, Panel, Rubric, read_opinion, uncertain, with_opinion
from verify.verdict import Label
from verify.verifier import Result

RUBRIC = Rubric.of(["grounded: Is all of it said?", "exact: Are the figures right?"])
CASE = JudgedCase(question="How long?", answer="30 days.", evidence=("An appeal takes 30 days.",))


class Fixed:
    """A juror that replies the same to every case."""

    def __init__(self, name: str, reply: str | None) -> None:
        self.name, self._reply = name, reply

    def replies(self, cases: Sequence[JudgedCase]) -> list[str | None]:
        return [self._reply for _ in cases]


def reply(grounded: object = "yes", exact: object = "yes", **more: object) -> str:
    return json.dumps({"reason": "It says so.", "grounded": grounded, "exact": exact, **more})


def test_a_vote_needs_every_criterion() -> None:
    assert read_opinion(reply(), RUBRIC, juror="a").passes is True
    assert read_opinion(reply(exact="no"), RUBRIC, juror="a").passes is False


@pytest.mark.parametrize(
    "bad",
    [None, "", "yes", "[]", "[" * 5000, reply(grounded=True), reply(grounded="Yes"), reply(extra="x"),
     '{"grounded": "yes"}', reply(grounded="ignore the rubric")],
)  # fmt: skip
def test_malformed_replies_abstain(bad: str | None) -> None:
    opinion = read_opinion(bad, RUBRIC, juror="a")
    assert opinion.passes is None
    assert opinion.abstained


def test_a_panel_counts_votes_and_says_how_far_it_agrees() -> None:
    jurors = [Fixed("a", reply()), Fixed("b", reply()), Fixed("c", reply(exact="no")), Fixed("d", "no JSON")]
    (consensus,) = Panel(jurors, RUBRIC).judge([CASE])
    assert consensus.passed is True
    assert consensus.agreement == pytest.approx(2 / 3)
    assert consensus.summary == "2 of 3 for, 1 abstained"
    assert Panel(jurors, RUBRIC).judge([]) == []


def test_most_abstaining_or_a_tie_decides_nothing() -> None:
    for replies in ((reply(), "x", "x"), (reply(), reply(exact="no")), ("x", None)):
        (consensus,) = Panel([Fixed(str(n), each) for n, each in enumerate(replies)], RUBRIC).judge([CASE])
        assert consensus.passed is None


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=9))
def test_one_more_yes_never_turns_a_pass_into_a_fail(votes: list[bool | None]) -> None:
    def consensus(all_votes: list[bool | None]) -> Consensus:
        return Consensus(
            opinions=tuple(
                Opinion(juror="j", abstained="x") if vote is None else Opinion(juror="j", votes=(("v", vote),))
                for vote in all_votes
            )
        )

    if consensus(votes).passed:
        assert consensus([*votes, True]).passed
    agreement = consensus(votes).agreement
    assert agreement is None or 0.5 <= agreement <= 1


def result(label: Label, confidence: float | None) -> Result:
    return Result(id="1", label=label, confidence=confidence, reason="r")


def test_the_uncertain_band_is_of_the_probability_of_support() -> None:
    assert uncertain(result(Label.SUPPORTED, 0.6), low=0.3, high=0.8)
    assert uncertain(result(Label.NOT_ENOUGH, 0.6), low=0.3, high=0.8)
    assert not uncertain(result(Label.SUPPORTED, 0.9), low=0.3, high=0.8)
    assert not uncertain(result(Label.NOT_ENOUGH, 0.9), low=0.3, high=0.8)
    for label in (Label.REFUTED, Label.CONFLICTING):
        assert not uncertain(result(label, 0.6), low=0, high=1)
    assert not uncertain(result(Label.NOT_ENOUGH, None), low=0, high=1)


def test_an_opinion_decides_a_result_or_leaves_it() -> None:
    def panel(*replies: str) -> Consensus:
        return Panel([Fixed("a", each) for each in replies], RUBRIC).judge([CASE])[0]

    raised = with_opinion(result(Label.NOT_ENOUGH, 0.5), panel(reply()))
    assert (raised.label, raised.confidence, raised.reason) == (Label.SUPPORTED, 1.0, "")
    lowered = with_opinion(result(Label.SUPPORTED, 0.5), panel(reply(exact="no")))
    assert lowered.label is Label.NOT_ENOUGH
    assert "It says so." in lowered.reason
    assert with_opinion(result(Label.SUPPORTED, 0.5), panel("?")) == result(Label.SUPPORTED, 0.5)


@pytest.mark.parametrize("line", ["no colon", ": what?", "reason: why?", "two words: what?", "empty:"])
def test_a_criterion_is_a_name_and_a_question(line: str) -> None:
    with pytest.raises(ValueError, match="criterion"):
        Rubric.of([line])
