import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.strategy.place import asked_under, joined, name_of, placed, points, tells_which


@pytest.mark.parametrize(
    ("title", "headings", "shown"),
    [
        ("5 Authenticator and Verifier Requirements", (), "“Authenticator and Verifier Requirements”"),
        ("Appendix B—Threats", (), "“Appendix B—Threats”"),
        ("§ 28–3814. Debt collection.", (), "§ 28–3814"),
        ("HBA-05 Transfers", (), "HBA-05 Transfers"),
        ("hba 13 accessibility adaptations", ("HBA-13 Accessibility Adaptations",), "HBA-13 Accessibility Adaptations"),
        ("HBA 13 Adaptations", (), "HBA 13 Adaptations"),
        ("Fee Policy", (), "the Fee Policy"),
        ("The Fee Policy", (), "the Fee Policy"),
        ("rules.pdf", (), ""),
        ("rules.pdf", ("Fee Policy", "2 Late fees"), "the Fee Policy"),
        ("rules.pdf", ("2 Late fees",), "“Late fees”"),
        ("Part 1 General", ("Scope",), ""),
        ("1. INTRODUCTION", (), ""),
        ("BINDING OPERATIONAL DIRECTIVE", (), ""),
        ("Emergency Directive 21-01", (), "Emergency Directive 21-01"),
        ("Write short paragraphs", (), "“Write short paragraphs”"),
        ("Federation", (), "“Federation”"),
        ("Law of the Sea", (), "the Law of the Sea"),
        ("Part 1 General", (), ""),
        ("Appendix A—Definitions", (), ""),
        ("A title that goes on for far more words than anybody would read", (), ""),
    ],
)
def test_a_title_is_named_as_a_sentence_would(title, headings, shown):
    assert name_of(title, headings) == shown


REMOVAL = "Who must give 28 days of written notice before a removal?"


@pytest.mark.parametrize(
    ("question", "answer", "title", "expected"),
    [
        (REMOVAL, "The officer", "HBA-02 Waiting List", f"Under HBA-02 Waiting List, w{REMOVAL[1:]}"),
        (REMOVAL, "The officer", "Removal Policy", REMOVAL),
        (REMOVAL, "The officer", "notes.pdf", REMOVAL),
        (REMOVAL, "The officer", "§ 3-14. Removal.", f"Under § 3-14, w{REMOVAL[1:]}"),
        ("How must the quarterly report be posted?", "online", "Quarterly Data", None),
        ("What must be used for the operations of the office of ethics?", "money in the fund", "Ethics Office", None),
        ("How often must a board of ethics meet?", "monthly", "Ethics Board", "How often must a board of ethics meet?"),
    ],
)
def test_a_question_that_leans_on_its_document_is_asked_under_its_title(question, answer, title, expected):
    found = placed(question, answer=answer, title=title)
    assert found == (expected or f"Under “{title}”, {question[0].lower()}{question[1:]}")


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("Who must confirm the removal?", True),
        ("Who must confirm the removal of a household?", False),
        ("If a notice was sent, who must confirm the notice?", False),
        ("What must the tenant pay?", False),
        ("Who must send the requested information?", True),
        ("What may the housing office waive?", False),
        ("What may the office waive?", True),
        ("Who should send a notification of the event to the subscriber?", True),
        ("Who must assess the mechanisms for their efficacy?", True),
        ("Who must publish the results of its assessment?", True),
        ("Who must publish its assessment of risks?", False),
    ],
)
def test_what_is_meant_to_be_known_is_noticed(question, leans):
    assert points(question) is leans


@pytest.mark.parametrize(
    ("title", "headings", "telling"),
    [
        ("Fee Policy", (), True),
        ("Appeals", (), True),
        ("§ 3-14. Removal.", (), True),
        ("5 Federation", (), False),
        ("Appendix B—Threats", (), False),
        ("notes.pdf", (), False),
        ("notes.pdf", ("Fee Policy",), True),
        ("notes.pdf", ("2 Late fees",), False),
    ],
)
def test_a_chapter_does_not_tell_which_one_is_meant(title, headings, telling):
    assert tells_which(title, headings) is telling


names = st.sampled_from(["HBA-02 Waiting List", "§ 3-14", "“Session Management”", "the Fee Policy, in Brief"])


@given(names, names)
def test_the_part_of_a_question_under_a_document_is_found_again(one, two):
    parts = ["who must pay the fee?", "within how many days must a tenant, if late, appeal?"]
    question = joined(parts, [one, two])
    if one != two:
        assert [asked_under(question, name) for name in (one, two)] == parts
    assert asked_under(question, "another policy") == question
