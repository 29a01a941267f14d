"""A passage that begins inside a list is judged under the words its list leans on."""

from __future__ import annotations

from knowledge.document import Passage
from verify.evidence import Evidence, windows


def item(lead: str) -> Passage:
    text = "two photographs and a proof of address."
    place = {"id": "p", "document_id": "d", "version": 1, "ordinal": 3, "start": 0, "end": len(text)}
    return Passage(**place, text=text, lead=lead, title="Badges")


def test_the_lead_in_goes_before_the_passage_in_front():
    evidence = Evidence.of(item("An applicant must bring:"), before="Fees are paid at the desk.")
    premises = [window.premise for window in windows("An applicant brings two photographs.", evidence)]
    assert any(premise.startswith("An applicant must bring: two photographs") for premise in premises)
    assert not any("Fees" in premise for premise in premises)


def test_without_one_the_passage_in_front_stays():
    assert Evidence.of(item(""), before="Bring these:").before == "Bring these:"
