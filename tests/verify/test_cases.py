"""Policy questions with right and wrong answers: what the rules alone must catch, and the bar for rules and model together.

The rules were sharpened on these cases, so the shares reached here flatter them. Looked at for the first time, before any rule
was changed for them, at the default threshold: cases noise- to parking- 19 of 25 right kept and 22 of 27 wrong dropped
(weights half trained); museum- to vol- 22 of 24 and 23 of 30; grants- to whistle- 24 of 25 and 25 of 29.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from verify import relevance, rules
from verify.claim import claims
from verify.evidence import Evidence, windows
from verify.nli_onnx import MODEL, WEIGHTS, OnnxEntailment
from verify.probability import shipped
from verify.verdict import STRICT, Label, aggregate
from verify.verifier import Item, Verifier

CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
RIGHT = [case for case in CASES if case["right"]]
CAUGHT = [case for case in CASES if not case["right"] and case["rule"]]


def evidence(case):
    source = case["evidence"]
    return Evidence(
        passage_id="p", document_id="d", text=source["text"], title=source["title"], headings=tuple(source["headings"])
    )


def objections(case):
    """What the rules say against each window, and against question and answer as a pair."""
    source, found = evidence(case), []
    for claim in claims(case["answer"], question=case["question"]):
        for window in windows(claim.statement, source):
            said = rules.check(
                claim.statement, window.text, question=case["question"], passage=source.text, place=source.place
            )
            found.append([finding.rule for finding in said if finding.conflict])
    pair = (
        relevance.check(case["question"], case["answer"], source.text, context=source.place) if case["question"] else ()
    )
    return found, [finding.rule for finding in pair if finding.conflict]


def name(case):
    return case["id"]


def known(case):
    """A case as a parameter; one that the rules are known to get wrong is expected to fail."""
    miss = case.get("known_miss")
    return pytest.param(case, id=case["id"], marks=[pytest.mark.xfail(reason=miss, strict=True)] if miss else [])


def test_there_are_enough_of_both():
    assert len(RIGHT) >= 60
    assert len(CASES) - len(RIGHT) >= 60


@pytest.mark.parametrize("case", [known(case) for case in RIGHT])
def test_no_rule_objects_to_what_is_right(case):
    by_window, pair = objections(case)
    assert pair == []
    assert [] in by_window


@pytest.mark.parametrize("case", CAUGHT, ids=name)
def test_rules_object_to_what_is_wrong(case):
    by_window, pair = objections(case)
    assert all(by_window) or pair
    assert case["rule"] in {rule for found in by_window for rule in found} | set(pair)


@cache
def judged():
    """The results of all cases at the default threshold; a stricter one re-reads them."""
    items = [
        Item(id=case["id"], question=case["question"], answer=case["answer"], cited=(evidence(case),)) for case in CASES
    ]
    model = OnnxEntailment()
    return {result.id: result for result in Verifier(model, estimate=shipped(model.name)).verify(items)}


def strictly(result):
    """Whether a result passes at the strict thresholds, from the judgements it keeps."""
    labels = [aggregate(verdict.judgements, thresholds=STRICT).label for verdict in result.verdicts]
    return bool(labels) and set(labels) == {Label.SUPPORTED} and not any(each.conflict for each in result.relevance)


@pytest.mark.model
@pytest.mark.skipif(not (WEIGHTS / MODEL).is_file(), reason="the entailment weights are not in the package yet")
class TestWithTheModel:
    @pytest.fixture
    def results(self):
        return judged()

    def test_the_bar(self, results):
        right = [results[case["id"]].passed for case in RIGHT]
        wrong = [results[case["id"]].passed for case in CASES if not case["right"]]
        assert sum(right) / len(right) >= 0.8
        assert 1 - sum(wrong) / len(wrong) >= 0.9

    def test_the_strict_bar_lets_next_to_nothing_wrong_through(self, results):
        passed = {case["id"]: strictly(results[case["id"]]) for case in CASES}
        right = [passed[case["id"]] for case in RIGHT]
        wrong = [passed[case["id"]] for case in CASES if not case["right"]]
        assert sum(right) / len(right) >= 0.75
        assert 1 - sum(wrong) / len(wrong) >= 0.97

    def test_asia_contains_singapore(self, results):
        assert results["geo-01"].passed
        assert not results["geo-02"].passed
