import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import specimen
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st

from groundsmith.highlight import segments
from groundsmith.report import MOST_REJECTED, ReportData, flat, hops, render
from groundsmith.row import DatasetRow, RowClaim, RowSpan


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return BeautifulSoup(render(specimen.data()), "lxml")


def words(element: Tag | None) -> str:
    assert element is not None
    return " ".join(element.get_text(" ").split())


def test_landmarks_and_headings(page: BeautifulSoup) -> None:
    assert page.html is not None
    assert page.html["lang"] == "en"
    assert "Harbourview housing policies" in words(page.title)
    assert len(page.find_all("h1")) == 1
    for name in ("header", "nav", "main", "footer"):
        assert page.find(name) is not None
    assert words(page.find("a", class_="skip")) == "Skip to the report"
    assert all(table.caption is not None and table.find("th", scope="col") for table in page.find_all("table"))


def test_every_inner_link_and_label_has_its_target(page: BeautifulSoup) -> None:
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    targets = [str(link["href"]) for link in page.find_all("a")]
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    assert all(element["aria-labelledby"] in ids for element in page.find_all(attrs={"aria-labelledby": True}))


def test_nothing_is_asked_of_the_network(page: BeautifulSoup) -> None:
    text = str(page)
    assert page.find_all(["img", "link", "iframe", "object", "embed", "base", "form"]) == []
    assert not any(element.has_attr("src") or element.has_attr("style") for element in page.find_all(True))
    assert not re.search(r"url\(|@import|https?://", text)


def test_the_policy_allows_just_what_is_there(page: BeautifulSoup) -> None:
    meta = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert isinstance(meta, Tag)
    assert "default-src 'none'" in meta["content"]
    for name in ("style", "script"):
        parts = page.find_all(name)
        assert len(parts) == 1
        digest = base64.b64encode(hashlib.sha256(parts[0].text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in meta["content"]


def test_a_sample_shows_claims_beside_marked_evidence(page: BeautifulSoup) -> None:
    first, second = page.find_all("article")
    assert words(first.h3).startswith("What is the income ceiling")
    assert "confidence 0.95" in words(first)
    marked = [mark.contents[0] for mark in first.find_all("mark")]
    assert marked == [
        "within 30 days of signing a lease",
        "The monthly income of a household of four must not exceed $4,200.",
    ]
    assert "Rent Supplement Policy › 3 Applying › 3.2 Time limits and income › page 4" in words(first.figcaption)
    assert "characters 5120–" in words(first.figcaption)
    assert "version 2" in words(first.figcaption)
    assert "amount : both say $4,200" in words(first)
    assert len(second.find_all("figure")) == 2
    assert "passage 2" in words(second.find_all("li")[1])


def test_a_verdict_is_a_word(page: BeautifulSoup) -> None:
    badges = {words(badge) for badge in page.find_all(class_="badge")}
    assert {"✓ supported", "✕ refuted", "≠ conflicting", "? not enough evidence", "proven"} <= badges


def test_across_two_documents(page: BeautifulSoup) -> None:
    rows = page.find("section", id="two").find("tbody").find_all("tr")  # type: ignore[union-attr]
    assert "0.91" in words(rows[0])
    assert "0.34 / 0.12" in words(rows[0])
    assert "proven" in words(rows[0])
    assert "one document is enough" in words(rows[1])


def test_funnel_reasons_coverage_and_record(page: BeautifulSoup) -> None:
    assert "entailed every claim 3 37.5%" in words(page.find("section", id="funnel"))
    assert "refuted by the documents 2" in words(page.find("section", id="funnel"))
    coverage = words(page.find("section", id="coverage"))
    assert "64 of 180 concepts" in coverage
    assert "resident permit 2 0.83" in coverage
    assert "Parking Order policies/parking.md 0 0 of 11" in coverage
    record = words(page.find("section", id="record"))
    assert "settings.sampling.levels 1, 2, 3" in record
    assert "settings.verification.rules yes" in record
    assert words(page.find("dl", class_="tiles")).startswith("rows passed 2 of 2 asked passed the checks 33%")


def test_an_empty_run_is_still_a_page() -> None:
    page = BeautifulSoup(
        render(ReportData(title="Empty", created="2026-11-21T02:00:00Z", kept=[], why="no model")), "lxml"
    )
    assert "0 rows passed. Fewer than asked, because: no model." in words(page.find(class_="lead"))
    assert "No row passed." in words(page.main)
    assert [words(link) for link in page.find_all("a")] == ["Skip to the report", "Rows that passed"]


def test_the_first_of_many_are_shown() -> None:
    bad = [specimen.rejected()[0]] * 50
    data = replace(specimen.data(), rejected=bad, rejected_total=800, kept_total=200)
    page = BeautifulSoup(render(data), "lxml")
    assert len(page.find_all("details", class_="rejected")) == MOST_REJECTED
    assert "The first 30 of 800 are shown." in words(page.find("section", id="rejected"))
    assert "The first 2 of 200 are shown." in words(page.find("section", id="kept"))
    assert "200 rows passed" in words(page.find(class_="lead"))


ATTACK = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\"'\x00\x1b\ud800"


def test_text_from_documents_and_models_is_text() -> None:
    row = specimen.kept()[1]
    evidence = tuple(
        replace(item, text=ATTACK, title=ATTACK, source=ATTACK, headings=(ATTACK,)) for item in row.evidence
    )
    claims = tuple(replace(claim, text=ATTACK, verdict=ATTACK, reason=ATTACK) for claim in row.claims)
    bad = replace(
        row, question=ATTACK, answer=ATTACK, reasoning=ATTACK, conditions={ATTACK: ATTACK}, evidence=evidence,
        claims=claims, verdict=ATTACK, rejected=ATTACK, reviewed=ATTACK, kind=ATTACK,
    )  # fmt: skip
    text = render(
        replace(
            specimen.data(),
            title=ATTACK,
            subtitle=ATTACK,
            why=ATTACK,
            kept=[replace(bad, rejected=None)],
            rejected=[bad],
            two_documents=[bad],
            reasons=[(ATTACK, 1)],
            record={ATTACK: ATTACK},
            tiles=[(ATTACK, ATTACK, ATTACK)],
        )
    )
    page = BeautifulSoup(text, "lxml")
    assert len(page.find_all("script")) == 1
    assert page.find_all("img") == []
    assert "49" not in words(page.h1)
    assert not re.search("[\x00\x1b\ud800]", text)
    text.encode("utf-8")


class Balance(HTMLParser):
    """Fails on a tag that is closed out of order."""

    void = frozenset({"meta", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert tag == "rect"

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def test_tags_are_balanced() -> None:
    parser = Balance()
    parser.feed(render(specimen.data()))
    assert parser.stack == []


def test_attempts_are_ordered_by_how_they_ended() -> None:
    good, bad = specimen.kept()[1], specimen.rejected()[2]
    plain = replace(good, multi_hop=None)
    assert [hop.word for hop in hops([bad, plain, good])] == ["proven", "kept", "rejected"]


def test_a_record_is_flattened() -> None:
    record = {"a": {"b": None, "c": [1, 2], "d": {"e": False}}, "f": 0, "g": 1}
    assert flat(record) == [("a.b", "–"), ("a.c", "1, 2"), ("a.d.e", "no"), ("f", "0"), ("g", "1")]


spans = st.builds(RowSpan, id=st.sampled_from(["p", "q"]), start=st.integers(-3, 30), end=st.integers(-3, 30))


@given(st.text(max_size=25), st.lists(st.lists(spans, max_size=3), max_size=4))
def test_stretches_joined_are_the_text(text: str, given_spans: list[list[RowSpan]]) -> None:
    claims = [RowClaim(text="c", start=0, end=1, verdict="supported", spans=tuple(each)) for each in given_spans]
    pieces = segments(text, "p", claims)
    assert "".join(piece.text for piece in pieces) == text
    at = 0
    for piece in pieces:
        assert piece.text
        for offset in range(at, at + len(piece.text)):
            covering = [
                number
                for number, each in enumerate(given_spans, start=1)
                if any(span.id == "p" and span.start <= offset < span.end for span in each)
            ]
            assert list(piece.claims) == covering
        at += len(piece.text)


def test_the_rows_stay_rows() -> None:
    for row in (*specimen.kept(), *specimen.rejected()):
        assert DatasetRow.from_json(row.to_json()) == row
        assert all(row.answer[claim.start : claim.end] == claim.text for claim in row.claims)
