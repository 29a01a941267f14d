"""Claims with several parts, taken apart with what the parts share; and those that stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.coordination import MOST, divided
from verify.verdict import Entailment, Label
from verify.verifier import Item, Verifier
from verify.words import content

CASES = {
    "things": (
        "The firm must consider the type of client, the size of transactions and the geographical area.",
        [
            "The firm must consider the type of client.",
            "The firm must consider the size of transactions.",
            "The firm must consider the geographical area.",
        ],
    ),
    "numbered": (
        "The notice must state: (i) the fee; (ii) the date; and (iii) the place.",
        ["The notice must state the fee.", "The notice must state the date.", "The notice must state the place."],
    ),
    "predicates": (
        "A visitor must sign the book and must wear a badge.",
        ["A visitor must sign the book.", "A visitor must wear a badge."],
    ),
    "predicates of an inner clause": (
        "A firm must ensure any notice that names a person is dated and is not sent without consent.",
        [
            "A firm must ensure any notice that names a person is dated.",
            "A firm must ensure any notice that names a person is not sent without consent.",
        ],
    ),
    "verbs, the condition in front": (
        "If a fee is due, the clerk must keep the receipt and notify the owner.",
        ["If a fee is due, the clerk must keep the receipt.", "If a fee is due, the clerk must notify the owner."],
    ),
    "a shared object": (
        "The bank must obtain and disclose the reference.",
        ["The bank must obtain the reference.", "The bank must disclose the reference."],
    ),
    "an object taken up again": (
        "The bank must keep the accounts of clients and include them in the pack.",
        ["The bank must keep the accounts of clients.", "The bank must include the accounts of clients in the pack."],
    ),
    "infinitives": (
        "The office may direct a firm to publish its accounts or to take other steps.",
        ["The office may direct a firm to publish its accounts.", "The office may direct a firm to take other steps."],
    ),
    "a figure at the end may hold for all": (
        "The firm must notify the owner and repay the deposit within 30 days.",
        ["The firm must notify the owner within 30 days.", "The firm must repay the deposit within 30 days."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("claim", "parts"), CASES.values(), ids=list(CASES))
def test_a_claim_falls_into_its_parts(claim, parts):
    assert [part.text for part in divided(claim)] == parts


@pytest.mark.parametrize(
    "claim",
    [
        "A firm must file a form or pay a fee.",
        "The fee is the lesser of the cost and the price of the book.",
        "The report may be left out if it (i) names the earlier one and (ii) confirms its figures.",
        "The Health and Safety Office decides.",
        "The notice must be given under the terms and conditions of sale.",
    ],
)
def test_what_holds_only_together_stays_whole(claim):
    assert divided(claim) == ()


@given(
    st.lists(st.sampled_from("must may sign, and the book; or (i) (ii) pay if within 30 days.".split()), max_size=24)
)
def test_no_word_is_lost_or_added(words):
    claim = " ".join(words)
    parts = divided(claim)
    assert len(parts) <= MOST
    if parts:
        assert content(claim) - content(" ".join(part.text for part in parts)) <= content("or i ii")
        assert all(claim[part.start : part.end].strip() for part in parts)


class Literal:
    """Entails what is one of the sentences it was given."""

    name = "literal"

    def __init__(self, *known):
        self.known = known

    def entail(self, pairs):
        held = [hypothesis in self.known for _, hypothesis in pairs]
        return [
            Entailment(entailment=0.9, neutral=0.1, contradiction=0.0)
            if yes
            else Entailment(entailment=0.1, neutral=0.9, contradiction=0.0)
            for yes in held
        ]


def judged(model, claim, *texts):
    from verify.evidence import Evidence

    cited = tuple(Evidence(passage_id=f"p{n}", document_id="d", text=text) for n, text in enumerate(texts))
    (result,) = Verifier(model, relevance=False).verify([Item(id="r", answer=claim, cited=cited)])
    return result


CLAIM = "The clerk must keep the receipt and notify the owner."
TEXT = "Receipts are kept by the clerk. It is the clerk who shall let the owner know."


def test_a_claim_is_as_sure_as_its_weakest_part():
    model = Literal("The clerk must keep the receipt.", "The clerk must notify the owner.")
    result = judged(model, CLAIM, TEXT)
    assert result.label is Label.SUPPORTED
    assert result.verdicts[0].judgements[-1].parts == model.known


def test_one_part_that_nothing_supports_keeps_the_claim_back():
    assert judged(Literal("The clerk must keep the receipt."), CLAIM, TEXT).label is Label.NOT_ENOUGH


def test_parts_may_rest_on_different_passages():
    model = Literal("The clerk must keep the receipt.", "The clerk must notify the owner.")
    result = judged(model, CLAIM, "Receipts are kept by the clerk.", "It is the clerk who shall let the owner know.")
    assert result.label is Label.SUPPORTED


def test_a_copy_with_one_word_changed_is_not_taken_apart():
    model = Literal("The clerk must keep the receipt.", "The clerk must notify the tenant.")
    text = "The clerk must keep the receipt and notify the owner."
    assert judged(model, "The clerk must keep the receipt and notify the tenant.", text).label is not Label.SUPPORTED


DUTIES = (
    "An Authorised Person must:\n"
    "(a)\tat least every calendar month, reconcile its records of Client Accounts with the statements received from agents;\n"
    "(b)\tat least every six months, count all Safe Custody Assets that it holds; and\n(c)\tkeep the results of each count for five years."
)
MONTHLY = "An Authorised Person must reconcile its records of Client Accounts every month, count the Safe Custody Assets every"
REAL = {
    f"{MONTHLY} six months and keep the results for five years.": True,
    f"{MONTHLY} three months and keep the results for five years.": False,
    f"{MONTHLY} six months and keep the results for ten years.": False,
    f"{MONTHLY} six months and destroy the results.": False,
    "An Authorised Person must count all Safe Custody Assets and keep the results of the count for five years.": True,
    "An agent must count all Safe Custody Assets and keep the results of the count for five years.": False,
}


@pytest.mark.model
def test_the_shipped_model_supports_a_compressed_list_and_no_changed_one():
    from verify.evidence import Evidence
    from verify.nli_onnx import OnnxEntailment
    from verify.probability import shipped

    model = OnnxEntailment()
    cited = (Evidence(passage_id="p", document_id="d", text=DUTIES),)
    items = [Item(id=claim, answer=claim, cited=cited) for claim in REAL]
    found = {
        each.id: each.label is Label.SUPPORTED
        for each in Verifier(model, estimate=shipped(model.name), relevance=False).verify(items)
    }
    assert found == REAL
