"""The combination of scores, overlap and findings: readable, monotone, and tied to the model it was fitted on."""

import pytest

from verify.nli_onnx import OnnxEntailment
from verify.probability import Combination, log_odds, shipped, signals
from verify.verdict import Entailment, Finding, Judgement
from verify.verifier import Item, Verifier


def judgement(entailment, *, overlap=1.0, findings=()):
    scores = Entailment(entailment=entailment, neutral=1 - entailment, contradiction=0.0)
    return Judgement(passage_id="p", entailment=scores, overlap=overlap, findings=findings)


RIVAL = Finding(rule="number", conflict=True, detail="30, not 15", claim_text="30", evidence_text="15")


def test_the_weights_belong_to_the_shipped_model():
    assert shipped(OnnxEntailment().name) is shipped(OnnxEntailment().name) is not None


def test_another_model_has_no_combination():
    assert shipped("lexical") is None


def test_more_entailment_is_more_probable():
    chances = [shipped()(judgement(score)) for score in (0.01, 0.2, 0.5, 0.8, 0.99)]
    assert chances == sorted(chances)
    assert 0 < chances[0] < 0.5 < chances[-1] < 1


def test_a_conflict_makes_support_less_probable():
    assert shipped()(judgement(0.8, findings=(RIVAL,))) < shipped()(judgement(0.8))


def test_what_is_explained_adds_up():
    made = Combination(intercept=-1.0, weights={"entailment": 0.5, "overlap": 2.0})
    each = judgement(0.9, overlap=0.5)
    assert log_odds(made(each)) == pytest.approx(-1.0 + sum(made.explain(each).values()))
    assert made.explain(each)["overlap"] == pytest.approx(1.0)


def test_counts_of_findings_have_an_end():
    assert signals(judgement(0.5, findings=(RIVAL,) * 5))["conflicts with a counterpart"] == 2.0


def test_the_verifier_judges_by_it():
    class Half:
        name = "half"

        def entail(self, pairs):
            return [Entailment(entailment=0.5, neutral=0.5, contradiction=0.0) for _ in pairs]

    from verify.evidence import Evidence

    cited = (Evidence(passage_id="p", document_id="d", text="The clerk shall keep a register of all grants made."),)
    item = Item(id="1", answer="The office has a list of grants.", cited=cited)
    sure = Combination(intercept=9.0, weights={})
    (result,) = Verifier(Half(), estimate=sure, rules=False).verify([item])
    assert result.verdicts[0].judgements[0].support == pytest.approx(sure(judgement(0.5)))
