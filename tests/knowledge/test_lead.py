"""Lead-ins: items and rows keep the words they lean on, through every level of a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import Document, Passage
from knowledge.embed import embedded_text
from knowledge.load import load_bytes, load_file
from knowledge.split import split

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"


def cut(text: str, *, most: int = 24, source: str = "x.md") -> list[Passage]:
    return split(load_bytes(text.encode(), source=source), max_tokens=most)


def lead_of(passages: list[Passage], opening: str) -> str:
    return next(passage.lead for passage in passages if passage.text.startswith(opening))


def test_an_item_has_the_words_in_front_of_its_list():
    items = "\n".join(f"- item number {n} with some more words in it, so that it is long" for n in range(4))
    passages = cut(f"# Rules\n\nThe applicant must:\n\n{items}\n")
    assert passages[0].lead == ""
    assert passages[0].text.startswith("The applicant must:")
    assert all(passage.lead == "The applicant must:" for passage in passages[1:])
    assert embedded_text(passages[1]) == f"Rules\nThe applicant must:\n{passages[1].text}"


def test_a_statute_is_followed_through_its_levels():
    text = """<article><h1>§ 1. Waiver</h1>
    <p>(a) No employee shall use his or her title for private gain of any kind.</p>
    <p>(b) An employee may seek a waiver if the employee:</p>
    <p>(1) Advises the supervisor of the nature of the matter and of its circumstances in writing;</p>
    <p>(2) Receives in advance a written determination made by the Board that:</p>
    <p>(A) The interest is not so substantial as to be deemed likely to affect integrity; or</p>
    <p>(B) Another legally cognizable basis for waiver exists and is stated in the determination.</p>
    <p>(c)(1) Any elected official shall make full disclosure of the interest before a vote is taken.</p>
    <p>(2) The statement shall be delivered to the clerk of the Council on the same business day.</p></article>"""
    passages = cut(text, source="x.html", most=32)
    both = "(b) An employee may seek a waiver if the employee: (2) Receives in advance a written determination made by the Board that:"
    assert lead_of(passages, "(1) Advises") == "(b) An employee may seek a waiver if the employee:"
    assert lead_of(passages, "(B) Another") == both
    assert lead_of(passages, "(c)(1)") == ""
    assert lead_of(passages, "(2) The statement") == ""


def test_a_letter_i_is_a_letter_after_h():
    letters = "\n".join(f"({c}) the record named {c} in the register, with its date and its page" for c in "abcdefghij")
    passages = cut(f"Keep these:\n\n{letters}\n", source="x.txt")
    assert {passage.lead for passage in passages[1:]} == {"Keep these:"}


def test_a_count_through_the_whole_document_is_no_list():
    text = (
        "The objectives are to promote:\n\n45) Security. An organisation states its strategy for the year, and its board"
        " approves of it.\n\n46) Encryption. Data is encrypted at rest and on its way, by algorithms that are approved."
    )
    assert [passage.lead for passage in cut(text, source="x.txt")] == ["", "", ""]


def test_a_long_lead_in_is_kept_from_its_end():
    lead = "For the purposes of this part, " + "taking account of one thing or another, " * 20 + "the applicant must:"
    items = "\n".join(f"- item number {n} with some more words in it, so that it is long" for n in range(4))
    passages = cut(f"{lead}\n\n{items}\n", most=50)
    assert passages[-1].lead.startswith("… ")
    assert passages[-1].lead.endswith("the applicant must:")


def test_a_list_goes_on_after_one_inside_it_whose_lead_in_is_not_its_own():
    filler = "the record of the matter with its date and the page that it stands on in the book of the office"
    text = f"(1) {filler};\n(2) {filler};\n(2A) Recordings made by the police:\n(A) {filler};\n(B) {filler};\n(3) {filler}.\n"
    passages = cut(text, source="x.txt")
    assert lead_of(passages, "(B)") == "(2A) Recordings made by the police:"
    assert lead_of(passages, "(3)") == ""


def test_a_row_has_its_caption_and_a_continued_row_its_first_cell():
    long = "a reason that goes on, " * 12
    text = f"Table 3-1 Retention\n\n| Record | Kept |\n|---|---|\n| Badge log | 7 years |\n| Visitor list | {long} |\n"
    passages = cut(text)
    assert passages[0].text.startswith("Table 3-1 Retention\n\nRecord: Badge log; Kept: 7 years.")
    assert passages[-1].lead.startswith("Table 3-1 Retention")
    assert "Visitor list" in passages[-1].lead


def test_a_change_of_the_lead_in_changes_the_passage():
    items = "\n".join(f"- item number {n} with some more words in it, so that it is long" for n in range(3))
    may, must = cut(f"The applicant may:\n\n{items}\n"), cut(f"The applicant must:\n\n{items}\n")
    assert may[-1].text == must[-1].text
    assert may[-1].id != must[-1].id


@given(text=st.text(alphabet="ab(c1)i.:;- \n", max_size=400), most=st.integers(8, 40))
def test_a_lead_stands_further_up_in_the_document(text: str, most: int) -> None:
    document = load_bytes(("Begin here: " + text).encode(), source="any.txt")
    folded = "".join(document.text.split())
    for passage in split(document, max_tokens=most):
        assert document.text[passage.start : passage.end] == passage.text
        words = "".join(passage.lead.split()).removeprefix("…")
        assert not words or words[:10] in folded


def test_an_exact_count_of_tokens_is_kept_to():
    document = Document(source="w", title="w", text="word " * 50 + "x" * 5_000 + " The rule.", media_type="text/plain")
    passages = split(document, max_tokens=20, count_tokens=lambda text: len(text.split()))
    assert all(len(passage.text.split()) <= 20 and len(passage.text) <= 20 * 30 for passage in passages)


@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora here")
def test_the_minimum_wage_of_2019_is_not_left_alone():
    path = CORPORA / "dc-code-html/32-1003.html"
    passages = split(load_file(path, source=path.name))
    lead = lead_of(passages, "(iv) July 1, 2019")
    assert lead.startswith("(5)(A) Except as provided")
    assert lead.endswith("the minimum hourly wage shall be as of:")
