"""What documents state of themselves."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from knowledge.load import load_bytes
from knowledge.stated import LONGEST, NAMES, named, stated, value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DC.date", "issued"),
        ("article:published_time", "issued"),
        ("dcterms.modified", "modified"),
        ("effective_date", "valid"),
        ("Author", "creator"),
        ("dc:rights", "licence"),
        ("viewport", ""),
        ("", ""),
    ],
)
def test_names_of_fields_in_use(name, expected):
    assert named(name) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("D:20210305101112+01'00'", "2021-03-05"),
        ("2021-03-05T10:11:12Z", "2021-03-05"),
        ("March 5, 2021", "2021-03-05"),
        ("5 March 2021", "2021-03-05"),
        (date(2021, 3, 5), "2021-03-05"),
        (["Ann", "Ben"], "Ann, Ben"),
        ("3.2\n", "3.2"),
        (None, ""),
        (True, ""),
        ({"a": 1}, ""),
    ],
)
def test_contents_become_one_line(content, expected):
    assert value(content) == expected


def test_front_matter_head_and_information_are_kept():
    front = b"---\ntitle: Leave\ndate: 2021-03-05\nauthor: Office\nlicense: CC0\nversion: 2.1\n---\n# Leave\n\nText.\n"
    assert dict(load_bytes(front, source="a.md").metadata) == {
        "creator": "Office",
        "issued": "2021-03-05",
        "version": "2.1",
        "licence": "CC0",
    }
    page = (
        b'<html lang="en-GB"><head><title>T</title><meta name="dcterms.modified" content="2020-01-02">'
        b'<link rel="license" href="https://example.org/l"></head><body><p>The fee is five dollars.</p></body></html>'
    )
    assert dict(load_bytes(page, source="a.html").metadata) == {
        "modified": "2020-01-02",
        "language": "en-GB",
        "licence": "https://example.org/l",
    }
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer)
    paper.setAuthor("Office")
    paper.drawString(72, 700, "Harbour policy. Version 3.2, effective 1 March 2025. Owner: Records Office.")
    paper.save()
    found = dict(load_bytes(buffer.getvalue(), source="a.pdf").metadata)
    assert (found["creator"], found["version"], found["valid"]) == ("Office", "3.2", "2025-03-01")


def test_what_the_file_states_counts_before_what_the_text_says():
    assert stated([("version", "4")], "Version 3.2 of the rules") == (("version", "4"),)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=400))), st.text(max_size=300))
def test_only_known_names_and_short_lines_come_out(fields, text):
    for name, words in stated([*fields, ("author", text)], text):
        assert name in NAMES
        assert 0 < len(words) <= LONGEST
        assert "\n" not in words
