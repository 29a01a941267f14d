"""PDF pages made here: struck-out words, boxes around words, heads of tables that no line parts."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.pdfgen import canvas

from knowledge.load import load_bytes


def page(draw: Callable[[canvas.Canvas], None]) -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer, pagesize=(612, 792))
    paper.setFont("Helvetica", 11)
    draw(paper)
    paper.save()
    return buffer.getvalue()


def test_struck_out_words_are_left_out_and_said():
    def draw(paper):
        paper.drawString(72, 700, "A vehicle must stay below 15 miles per hour on the beach at all times.")
        start = 72 + paper.stringWidth("A vehicle must stay below ", "Helvetica", 11)
        end = start + paper.stringWidth("15 miles", "Helvetica", 11)
        paper.line(start, 703.5, end, 703.5)

    document = load_bytes(page(draw), source="draft.pdf")
    assert document.text == "A vehicle must stay below per hour on the beach at all times."
    assert any(warning.startswith("struck-out: 2 words on page 1") for warning in document.warnings)


def test_underlined_words_and_ruled_off_headings_stay():
    def draw(paper):
        paper.drawString(72, 700, "A vehicle must stay below 15 miles per hour on the beach at all times.")
        paper.line(72, 698.5, 200, 698.5)
        paper.line(40, 703.5, 580, 703.5)

    assert "A vehicle must stay below 15 miles" in load_bytes(page(draw), source="draft.pdf").text


def test_boxes_around_words_of_a_sentence_are_no_table():
    def draw(paper):
        paper.drawString(72, 700, "You must yield")
        paper.drawString(147, 700, "to the vehicle with the water on its left,")
        paper.drawString(72, 686, "and then pull")
        paper.drawString(139, 686, "safely out of the track so that it can pass.")
        for left, right in ((70, 100), (100, 146)):
            for bottom in (683, 697):
                paper.rect(left, bottom, right - left, 14)

    text = load_bytes(page(draw), source="draft.pdf").text
    assert "You must yield to the vehicle with the water on its left" in text


def test_the_heads_of_columns_stay_apart_where_no_line_parts_them():
    def draw(paper):
        for place, words in enumerate(("Words with", "uncommon meanings", "How they confuse", "a reader")):
            paper.drawString(80 + 240 * (place // 2), 706 - 14 * (place % 2), words)
        paper.drawString(80, 670, "Pages means paper")
        paper.drawString(320, 670, "What is a page?")
        paper.rect(72, 684, 480, 36)
        paper.rect(72, 660, 240, 24)
        paper.rect(312, 660, 240, 24)

    document = load_bytes(page(draw), source="table.pdf")
    row = "Words with uncommon meanings: Pages means paper; How they confuse a reader: What is a page?"
    assert row in document.text


def test_a_broad_line_under_a_heading_strikes_nothing():
    def draw(paper):
        paper.drawString(72, 700, "Action Two")
        paper.rect(72, 696.5, paper.stringWidth("Action Two", "Helvetica", 11), 5.6, stroke=0, fill=1)

    assert "Action Two" in load_bytes(page(draw), source="draft.pdf").text


def test_a_bullet_in_a_symbol_typeface_is_a_bullet():
    def draw(paper):
        for place, words in enumerate(("Update the directive.", "Report to the office.")):
            paper.setFont("ZapfDingbats", 11)
            paper.drawString(72, 700 - 14 * place, "l")
            paper.setFont("Helvetica", 11)
            paper.drawString(90, 700 - 14 * place, words)

    document = load_bytes(page(draw), source="list.pdf")
    assert document.text == "Update the directive.\nReport to the office."


def test_a_sentence_goes_on_over_wide_leading():
    def draw(paper):
        for place, words in enumerate(("Rule one is that berths are let", "for a year and no longer than that.")):
            paper.drawString(72, 700 - 24 * place, words)
        for place in range(12):
            paper.drawString(72, 600 - 13 * place, "Lines of the rest are set close to one another, as usual.")

    text = load_bytes(page(draw), source="wide.pdf").text
    assert "berths are let for a year" in text


def test_a_line_to_fill_in_is_kept_and_one_that_leads_to_a_page_is_not():
    def draw(paper):
        paper.drawString(72, 700, "How would you rate this class? ________")
        paper.drawString(72, 686, "_" * 60)
        paper.drawString(72, 672, "Leave and absence ........ 14")

    assert load_bytes(page(draw), source="form.pdf").text == "How would you rate this class? ________"
