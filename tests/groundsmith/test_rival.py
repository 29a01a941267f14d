"""A question that the documents answer in two ways is told from one that they answer twice alike."""

import pytest
import scripted

from generate.sample import Draft
from graph.combine import Combination
from groundsmith.assay import Assay
from groundsmith.authorship import Written
from groundsmith.ingestion import ingest_into
from groundsmith.planning import Planned
from groundsmith.rival import rival
from groundsmith.workspace import Workspace
from verify.evidence import Evidence


def source(text: str, title: str = "") -> Evidence:
    return Evidence(passage_id="p", document_id="d", text=text, title=title)


QUESTION = "Under what condition must the verifier use an authenticated channel?"
ANSWER = "The verifier must use an authenticated channel when collecting a secret."


@pytest.mark.parametrize(
    ("text", "is_rival"),
    [
        ("The verifier must use an authenticated channel when the network is open to others.", True),
        (f"As said before. {ANSWER}", False),
        ("The verifier must use the authenticated channel, when collecting secrets.", False),
        ("The verifier must use approved encryption when the network is open to others.", False),
        ("", False),
    ],
)
def test_another_condition_of_the_same_duty_is_a_rival(text, is_rival):
    assert bool(rival(QUESTION, ANSWER, [source(text)])) is is_rival


def test_what_is_asked_under_a_document_has_rivals_in_that_document_alone():
    other = "A refusal does not count if the home is far from school."
    question = "Under the Offer Policy, under what condition does a refusal not count, and under the Fee Policy, what is the late fee?"
    answer = "A refusal does not count if a doctor confirms it. The late fee is $25."
    assert rival(question, answer, [source(other, "Offer Policy")]) == other
    assert rival(question, answer, [source(other, "Fee Policy")]) == ""
    assert rival(question, answer, [source(answer, "Offer Policy")]) == ""


def test_another_doer_of_the_same_deed_is_a_rival():
    found = rival("Who may approve a transfer request?", "The agency may approve a transfer request.",
                  [source("The board may approve a transfer request.")])  # fmt: skip
    assert found == "The board may approve a transfer request."


def test_a_row_with_a_rival_in_the_library_does_not_pass(place):
    (place / "more.md").write_text(
        "# Desk rules\n\nThe registrar may waive the fee for a second copy of the file.\n\n"
        "## Other desk\n\nThe treasurer may waive the fee for a second copy of the file.\n",
        encoding="utf-8",
    )
    with Workspace.open(place, environment={}) as workspace:
        ingest_into(workspace, [place / "more.md"], prune=False, tick=scripted.silent)
        graph = workspace.graph()
        passage = next(each for each in workspace.library.passages() if "registrar may" in each.text)
        combination = Combination(id="k_1", level=1, concepts=(), topics=(), references=(passage.id,), support=1.0)
        item = Planned(ordinal=0, combination=combination, passages=(passage,), concepts=(), conditions={})
        question = "Who may waive the fee for a second copy of the file?"
        answer = "The registrar may waive the fee for a second copy of the file."
        written = Written(planned=item, draft=Draft(question=question, answer=answer))
        ((_, row, reason),) = Assay.of(workspace, graph).rows([written], run="r_1")
    assert (reason, row.verdict) == ("ambiguous", "supported")
    assert "treasurer" in (row.rejected or "")
