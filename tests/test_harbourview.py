"""The sample corpus is what its README says: size, formats, two versions, one planted contradiction."""

from __future__ import annotations

import difflib
import json
import re
import runpy
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from bs4 import BeautifulSoup

from knowledge.document import Document
from knowledge.load import load_file

EXAMPLES = Path(__file__).parent.parent / "examples"
CORPUS = EXAMPLES / "harbourview"


def plain(path: Path) -> str:
    """Return a document's words by plain means, so that the loaders are not the judge of the corpus."""
    if path.suffix == ".html":
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").article
        text = article.get_text(" ") if article else ""
    elif path.suffix == ".pdf":
        text = "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    elif path.suffix == ".docx":
        word = docx.Document(str(path))
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        text = "\n".join([*(paragraph.text for paragraph in word.paragraphs), *cells])
    else:
        text = path.read_text(encoding="utf-8")
    return " ".join(text.replace("**", "").split())


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads((EXAMPLES / "harbourview-facts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.name: plain(path) for path in sorted(CORPUS.iterdir())}


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


def test_the_facts_count_the_corpus(facts: dict[str, Any], texts: dict[str, str]) -> None:
    assert facts["documents"] == len(texts)
    assert facts["words"] == pytest.approx(sum(len(text.split()) for text in texts.values()), rel=0.01)
    assert facts["words"] >= 15_000


def test_every_fact_is_stated_in_its_document(facts: dict[str, Any], texts: dict[str, str]) -> None:
    assert len(facts["facts"]) >= 60
    assert {fact["document"] for fact in facts["facts"]} == set(texts)
    for fact in facts["facts"]:
        assert fact["answer"] in fact["evidence"]
        assert fact["evidence"] in texts[fact["document"]]


def test_the_facts_name_the_contradiction_and_the_change(facts: dict[str, Any], texts: dict[str, str]) -> None:
    planted, changed = facts["planted_contradiction"], facts["changed_figure"]
    for document, text in zip(planted["documents"], planted["texts"], strict=True):
        assert text in texts[document]
    old, new = (texts[document] for document in changed["documents"])
    assert changed["old"] in old
    assert old.split("1 Purpose")[1].replace(changed["old"], changed["new"]) == new.split("1 Purpose")[1]


def test_rendering_again_gives_the_committed_files(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    script = runpy.run_path(str(EXAMPLES / "render_harbourview.py"))
    for source in sorted(script["SOURCES"].glob("*.md")):
        kind = "pdf" if source.name.startswith(script["PDF"]) else "docx"
        script[f"write_{kind}"](source, made := tmp_path / f"{source.stem}.{kind}")
        assert plain(made) == plain(CORPUS / made.name)


def test_every_reference_points_to_a_section(texts: dict[str, str]) -> None:
    found = re.findall(r"section (\d+(?:\.\d+)?) of (HBA-\d\d)", " ".join(texts.values()))
    assert len(found) >= 20
    for section, number in found:
        (text, *_) = (text for name, text in texts.items() if name.startswith(number))
        assert re.search(rf"(?:^|\s){re.escape(section)} [A-Z]", text), f"section {section} of {number}"
