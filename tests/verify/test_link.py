import pytest

from verify.evidence import Evidence
from verify.link import Link, linked, links, resolved


def passage(text, *headings):
    return Evidence(passage_id=text[:9], document_id="d", text=text, headings=headings)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (passage("Verifiers SHALL comply with Section 5.2.2."), passage("No more than 100.", "5.2.2 Rate Limiting"), "Section 5.2.2"),
        (passage("He must comply with Rule 3.4.1."), passage("Keep records.", "3.4.1"), "Rule 3.4.1"),
        (passage("Leave under § 32-502 counts."), passage("It lasts 16 weeks.", "§ 32–502. Leave."), "§ 32-502"),
        (passage("A lead bank must report."), passage("“Lead bank” means a bank above $5 million."), "lead bank"),
        (passage("The CSP keeps the Pledge Form."), passage("A form that is signed.", "Definitions", "Pledge Form"), "Pledge Form"),
    ],
)  # fmt: skip
def test_a_passage_leans_on_the_one_it_names(first, second, text):
    assert [link.text for link in links(first, second)] == [text]
    assert linked(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (passage("Verifiers SHALL comply with Section 5.2.2."), passage("No more.", "5.2.1 Physical")),
        (passage("It takes 5.2 days."), passage("No more.", "5.2 Rates")),
        (passage("Banks must report."), passage("“Lead bank” means a bank above $5 million.")),
    ],
)
def test_others_are_not_linked(first, second):
    assert not linked(first, second)


def test_what_is_leant_on_is_put_in():
    assert (
        resolved("A lead bank reports.", Link(text="lead bank", meaning="bank above $5"), "")
        == "A bank above $5 reports."
    )
    link = Link(text="Rule 3.4", number="3.4")
    assert resolved("Follow Rule 3.4.", link, "Records must be kept.") == "Follow the rule that records must be kept."
    assert "Rule 3.4 (the rule" in resolved("Follow Rule 3.4.", link, "Records must be kept.", named=True)
