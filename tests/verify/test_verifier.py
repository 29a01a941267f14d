import pytest

from verify.evidence import Evidence
from verify.nli import LexicalEntailment
from verify.verdict import Entailment, Label, Thresholds
from verify.verifier import Item, Verifier


def passage(name, text, document="d"):
    return Evidence(passage_id=name, document_id=document, text=text)


ASIA = passage("asia", "Asia contains Singapore.")
FEE = passage("fee", "The filing fee is $50. It must be paid by the applicant.")
OTHER_FEE = passage("other", "The filing fee is not $50.")
OFFICE = passage("office", "Ms Tan directs the Rent Office.")
APPEAL = passage("appeal", "The Rent Office hears appeals.")


def one(item, *, model=None, retrieve=None, **options):
    (result,) = Verifier(model or LexicalEntailment(), retrieve, **options).verify([item])
    return result


class Scripted:
    """A model that looks up the premise's words."""

    name = "scripted"

    def __init__(self, *rules):
        self.rules, self.calls = rules, []

    def entail(self, pairs):
        self.calls.append(list(pairs))
        return [self._one(premise) for premise, _ in pairs]

    def _one(self, premise):
        for words, scores in self.rules:
            if all(word in premise for word in words):
                return Entailment(entailment=scores[0], neutral=1 - sum(scores), contradiction=scores[1])
        return Entailment(entailment=0.1, neutral=0.8, contradiction=0.1)


def test_singapore_is_in_asia():
    assert one(Item(id="1", answer="Singapore is in Asia.", cited=(ASIA,))).label is Label.SUPPORTED


def test_singapore_is_not_said_to_be_in_europe():
    result = one(Item(id="1", answer="Singapore is in Europe.", cited=(ASIA,)))
    assert result.label is not Label.SUPPORTED
    assert any(finding.rule == "name" for judgement in result.verdicts[0].judgements for finding in judgement.conflicts)


def test_question_and_answer_are_judged_as_one_statement():
    result = one(Item(id="1", question="What is the filing fee?", answer="$50", cited=(FEE,)))
    assert (result.label, result.verdicts[0].statement) == (Label.SUPPORTED, "The filing fee is $50.")
    assert result.passed
    assert [each.passage_id for each in result.evidence] == ["fee"]


def test_a_rule_blocks_what_the_model_lets_through():
    result = one(
        Item(id="1", question="What is the filing fee?", answer="$60", cited=(FEE,)),
        model=Scripted((("fee",), (0.95, 0.0))),
    )
    assert result.label is Label.NOT_ENOUGH
    assert "$60" in result.reason
    assert (
        one(
            Item(id="1", question="What is the filing fee?", answer="$60", cited=(FEE,)),
            model=Scripted((("fee",), (0.95, 0.0))),
            rules=False,
        ).label
        is Label.SUPPORTED
    )


def test_an_unfit_question_does_not_pass_however_true():
    result = one(
        Item(id="1", question="What is the filing fee in this policy?", answer="The filing fee is $50.", cited=(FEE,))
    )
    assert result.label is Label.SUPPORTED
    assert not result.passed
    assert not one(
        Item(id="1", question="What fee?", answer="The filing fee is $50.", cited=(FEE,)), relevance=False
    ).relevance


def test_a_contradiction_elsewhere_is_a_conflict():
    result = one(
        Item(id="1", answer="The filing fee is $50.", cited=(FEE,)), retrieve=lambda texts: [[OTHER_FEE] for _ in texts]
    )
    assert result.label is Label.CONFLICTING
    assert result.verdicts[0].contradicting == ("other",)
    assert {each.passage_id for each in result.evidence} == {"fee", "other"}


def test_cited_only_asks_no_retrieval():
    def retrieve(texts):
        raise AssertionError(texts)

    assert (
        one(Item(id="1", answer="The filing fee is $50.", cited=(FEE,)), retrieve=retrieve, cited_only=True).label
        is Label.SUPPORTED
    )


def test_nothing_to_judge_and_nothing_found_are_told_apart():
    silent = one(Item(id="1", answer="I hope this helps!", cited=(FEE,)))
    assert (silent.label, silent.confidence) == (Label.NOT_ENOUGH, None)
    lost = one(Item(id="1", answer="The filing fee is $50."))
    assert (lost.label, lost.reason) == (Label.NOT_ENOUGH, "nothing was retrieved")


def test_two_passages_support_together_what_neither_does_alone():
    model = Scripted((("Tan", "appeals"), (0.9, 0.0)))
    result = one(
        Item(id="1", answer="Ms Tan directs the office that hears appeals.", cited=(OFFICE, APPEAL)), model=model
    )
    verdict = result.verdicts[0]
    assert verdict.label is Label.SUPPORTED
    assert set(verdict.supporting) == {"office", "appeal"}
    alone = [each for each in verdict.judgements if not each.together]
    assert alone
    assert all(each.entailment.entailment < 0.5 for each in alone)
    assert [each.together for each in verdict.judgements if each.together] == [("office", "appeal")]


def test_the_worst_claim_decides():
    result = one(Item(id="1", answer="The filing fee is $50. The moon is made of cheese.", cited=(FEE,)))
    assert [verdict.label for verdict in result.verdicts] == [Label.SUPPORTED, Label.NOT_ENOUGH]
    assert result.label is Label.NOT_ENOUGH


def test_a_batch_is_one_model_call_and_one_retrieval():
    model, asked = Scripted((("fee",), (0.9, 0.0))), []

    def retrieve(texts):
        asked.append(list(texts))
        return [[FEE] for _ in texts]

    items = [Item(id=str(i), answer=f"The filing fee is $50 in case {'abcdefgh'[i]}.") for i in range(8)]
    results = list(Verifier(model, retrieve, batch=4).verify(items))
    assert [result.id for result in results] == [item.id for item in items]
    assert (len(model.calls), [len(texts) for texts in asked]) == (2, [4, 4])


def test_results_stream_batch_by_batch():
    read = []

    def items():
        for i in range(6):
            read.append(i)
            yield Item(id=str(i), answer="The filing fee is $50.", cited=(FEE,))

    results = Verifier(LexicalEntailment(), batch=2).verify(items())
    next(results)
    assert read == [0, 1]


def test_equal_ids_keep_their_own_claims():
    items = [
        Item(id="x", answer="The filing fee is $50.", cited=(FEE,)),
        Item(id="x", answer="Singapore is in Asia.", cited=(ASIA,)),
    ]
    assert [len(result.verdicts) for result in Verifier(LexicalEntailment()).verify(items)] == [1, 1]


@pytest.mark.parametrize(("support", "label"), [(0.5, Label.SUPPORTED), (0.95, Label.NOT_ENOUGH)])
def test_thresholds_are_the_callers(support, label):
    model = Scripted((("fee",), (0.9, 0.0)))
    item = Item(id="1", answer="A filing fee of $50 is asked.", cited=(FEE,))
    assert one(item, model=model, thresholds=Thresholds(support=support)).label is label


def test_a_sentence_of_the_evidence_needs_no_model():
    model = Scripted()
    result = one(Item(id="1", answer="The filing fee is  $50", cited=(FEE,)), model=model)
    assert (result.label, result.confidence) == (Label.SUPPORTED, 0.99)
    part = one(
        Item(
            id="1",
            answer="It is paid by the applicant.",
            cited=(passage("p", "No one knows if it is paid by the applicant."),),
        ),
        model=model,
    )
    assert part.label is Label.NOT_ENOUGH


@pytest.mark.parametrize(("value", "label"), [(0.9, Label.SUPPORTED), (0.1, Label.NOT_ENOUGH)])
def test_an_estimate_takes_the_place_of_entailment(value, label):
    item = Item(id="1", answer="The filing fee is $50.", cited=(FEE,))
    result = one(item, estimate=lambda judgement: value)
    (verdict,) = result.verdicts
    assert (verdict.label, verdict.entailment) == (label, value)
    assert {each.probability for each in verdict.judgements} == {value}


def test_a_set_records_what_each_of_its_passages_is_needed_for():
    model = Scripted((("Tan", "appeals"), (0.9, 0.0)), (("Tan",), (0.3, 0.0)))
    item = Item(id="1", answer="Ms Tan directs the office that hears appeals.", cited=(OFFICE, APPEAL))
    (verdict,) = one(item, model=model).verdicts
    (joined,) = [each for each in verdict.judgements if each.together]
    assert dict(zip(joined.together, joined.without, strict=True)) == {"appeal": 0.3, "office": 0.0}
    assert set(verdict.needed) == {"office", "appeal"}
    assert one(item, model=model, joint=False).label is Label.NOT_ENOUGH


RULE = passage("rule", "A lead bank must appoint an auditor.")
MEANING = passage("meaning", "“Lead bank” means a bank that holds deposits above $5 million.")


def test_a_defined_term_joins_retrieved_passages():
    answer = "A bank that holds deposits above $5 million must appoint an auditor."
    (verdict,) = one(
        Item(id="1", answer=answer), model=Scripted(), retrieve=lambda texts: [[RULE, FEE, MEANING] for _ in texts]
    ).verdicts
    assert (verdict.label, set(verdict.needed)) == (Label.SUPPORTED, {"rule", "meaning"})
    for left in (RULE, MEANING):
        alone = one(Item(id="1", answer=answer), model=Scripted(), retrieve=lambda texts, p=left: [[p] for _ in texts])
        assert alone.label is Label.NOT_ENOUGH


def test_parts_of_a_claim_may_rest_on_different_passages():
    sign = passage("sign", "A visitor must sign the book at the gate.")
    badge = passage("badge", "A visitor must wear a yellow badge indoors.")
    item = Item(
        id="1",
        answer="A visitor must sign the book at the gate and must wear a yellow badge indoors.",
        cited=(sign, badge),
    )
    (verdict,) = one(item, model=Scripted()).verdicts
    assert (verdict.label, set(verdict.needed)) == (Label.SUPPORTED, {"sign", "badge"})


def test_a_rule_alike_on_another_case_is_no_conflict():
    claim = "An application for transfer is decided within 25 working days."
    transfer = passage("transfer", "Transfer. An application for transfer is decided within 25 working days.")
    succession = passage("succession", "Succession. An application for succession is decided within 15 working days.")
    model = Scripted((("succession",), (0.1, 0.9)))
    result = one(
        Item(id="1", answer=claim), model=model, retrieve=lambda texts: [[transfer, succession] for _ in texts]
    )
    assert (result.label, result.abstention) == (Label.SUPPORTED, None)
    later = passage("later", "An application for transfer is decided within 15 working days.")
    model = Scripted((("15",), (0.1, 0.9)))
    result = one(Item(id="1", answer=claim), model=model, retrieve=lambda texts: [[transfer, later] for _ in texts])
    assert result.label is Label.CONFLICTING


def test_authority_decides_between_passages():
    def ranked(name):
        return one(
            Item(id="1", answer="The filing fee is $50.", cited=(FEE,)),
            retrieve=lambda texts: [[OTHER_FEE] for _ in texts],
            authority=lambda each: int(each.passage_id == name),
        )

    assert ranked("fee").label is Label.SUPPORTED
    assert ranked("fee").verdicts[0].overruled == ("other",)
    assert ranked("other").label is Label.REFUTED
