"""The sample corpus is what its README says: size, formats, two versions, one planted contradiction."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from knowledge.document import Document
from knowledge.load import load_file

CORPUS = Path(__file__).parent.parent / "examples" / "harbourview"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {path.name: load_file(path, source=path.name) for path in sorted(CORPUS.iterdir())}


def test_size_and_formats(documents: dict[str, Document]) -> None:
    assert len(documents) >= 14
    assert sum(len(document.text.split()) for document in documents.values()) >= 15_000
    assert {Path(name).suffix for name in documents} == {".md", ".html", ".pdf", ".docx"}


def test_every_document_loads_without_a_warning(documents: dict[str, Document]) -> None:
    assert {name: document.warnings for name, document in documents.items() if document.warnings} == {}


def test_menus_and_footers_are_left_out(documents: dict[str, Document]) -> None:
    text = documents["HBA-10-senior-benefit.html"].text
    assert "cookies" not in text
    assert "Quay Street" not in text
    assert "The senior benefit is not taxable." in text


def test_tables_keep_row_and_column_tied(documents: dict[str, Document]) -> None:
    assert "Household size: 4; Monthly income ceiling: $5,400." in documents["HBA-01-eligibility.md"].text
    pdf = documents["HBA-11-family-and-childcare-benefit.pdf"].text
    assert "Age of the child: Under 3 years; Family benefit per month: $165." in pdf
    docx = documents["HBA-15-fraud-and-overpayment.docx"].text
    assert "Amount obtained by fraud: Less than $500; Consequence: Written warning and repayment." in docx


def test_the_two_versions_differ_in_one_figure(documents: dict[str, Document]) -> None:
    bodies = [documents[f"HBA-04-rent-supplement-{version}.md"].text.split("1 Purpose")[1] for version in ("v1", "v2")]
    changed = [line for line in difflib.ndiff(*(body.split() for body in bodies)) if line[0] in "+-"]
    assert changed == ["- $640", "+ $710"]


def test_the_contradiction_is_planted(documents: dict[str, Document]) -> None:
    rule = re.compile(r"An appeal against a decision of the Authority must be lodged within (\d+) days")
    found = {name: rule.findall(document.text) for name, document in documents.items() if rule.search(document.text)}
    assert found == {"HBA-07-appeals-and-review.md": ["30"], "HBA-16-complaints-and-service-standards.html": ["21"]}
