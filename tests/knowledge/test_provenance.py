"""Each passage can be traced to its place: documents of random content in every format, and real ones."""

from __future__ import annotations

import html
import importlib.util
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pptx import Presentation
from reportlab.pdfgen import canvas

from knowledge.load import load_bytes, load_file
from knowledge.split import split

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "data" / "corpora"
Section = tuple[str, list[str]]


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


packages = _module("packages", Path(__file__).with_name("packages.py"))


@st.composite
def sections(draw: st.DrawFn) -> list[Section]:
    """Sections whose every word says where it stands: `s2p1w7` is the eighth word of the second paragraph of the third."""
    made = []
    for place in range(draw(st.integers(1, 4))):
        lengths = draw(st.lists(st.integers(4, 60), min_size=1, max_size=3))
        texts = [
            " ".join(f"s{place}p{number}w{word}" for word in range(length)) for number, length in enumerate(lengths)
        ]
        made.append((f"Heading s{place}h", [f"{text.capitalize()}." for text in texts]))
    return made


def markdown(made: list[Section]) -> bytes:
    return "\n\n".join(part for head, texts in made for part in (f"# {head}", *texts)).encode()


def page(made: list[Section]) -> bytes:
    body = "".join(
        f"<h1>{head}</h1>" + "".join(f"<p>{html.escape(text)}</p>" for text in texts) for head, texts in made
    )
    return f"<!DOCTYPE html><html><body><main>{body}</main></body></html>".encode()


def letter(made: list[Section]) -> bytes:
    file, buffer = docx.Document(), io.BytesIO()
    for head, texts in made:
        file.add_heading(head, 1)
        for text in texts:
            file.add_paragraph(text)
    file.save(buffer)
    return buffer.getvalue()


def slides(made: list[Section]) -> bytes:
    deck, buffer = Presentation(), io.BytesIO()
    for head, texts in made:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = head
        slide.placeholders[1].text_frame.text = "\n".join(texts)
    deck.save(buffer)
    return buffer.getvalue()


def workbook(made: list[Section]) -> bytes:
    book, buffer = Workbook(), io.BytesIO()
    book.remove(book.active)
    for head, texts in made:
        sheet = book.create_sheet(head)
        sheet.append(["Rule", "Text"])
        for number, text in enumerate(texts):
            sheet.append([f"R{number}", text])
    book.save(buffer)
    return buffer.getvalue()


def epub(made: list[Section]) -> bytes:
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(made)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(made)))
    head = '<package xmlns="http://www.idpf.org/2007/opf"><metadata/>'
    package = f"{head}<manifest>{items}</manifest><spine>{spine}</spine></package>"
    chapters = {f"OEBPS/c{n}.xhtml": page([each]) for n, each in enumerate(made)}
    return packages.zipped({"META-INF/container.xml": packages.CONTAINER, "OEBPS/book.opf": package, **chapters})


def pdf(made: list[Section]) -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer, pagesize=(612, 792))
    for head, texts in made:
        paper.setFont("Helvetica-Bold", 18)
        paper.drawString(72, 720, head)
        paper.setFont("Helvetica", 11)
        height = 690
        for text in texts:
            words = text.split()
            for start in range(0, len(words), 8):
                paper.drawString(72, height, " ".join(words[start : start + 8]))
                height -= 13
            height -= 13
        paper.showPage()
    paper.save()
    return buffer.getvalue()


FORMATS: dict[str, Callable[[list[Section]], bytes]] = {
    "md": markdown,
    "html": page,
    "docx": letter,
    "pptx": slides,
    "xlsx": workbook,
    "epub": epub,
    "pdf": pdf,
}
PAGED = ("pdf", "pptx")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=12)
@given(made=sections(), most=st.integers(24, 200))
def test_span_heading_and_page_say_where_each_word_stood(kind: str, made: list[Section], most: int) -> None:
    document = load_bytes(FORMATS[kind](made), source=f"made.{kind}")
    found: list[str] = []
    for passage in split(document, max_tokens=most):
        assert document.text[passage.start : passage.end] == passage.text
        words = re.findall(r"s\d+p\d+w\d+", passage.text.lower())
        places = {word.partition("p")[0] for word in words}
        assert places
        assert passage.headings[-1] == f"Heading {min(places)}h"
        assert len(places) == 1
        assert passage.page == (int(min(places)[1:]) + 1 if kind in PAGED else None)
        found += words
    assert found == re.findall(r"s\d+p\d+w\d+", " ".join(text for _, texts in made for text in texts).lower())


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return _module("bench_loading", ROOT / "benchmarks" / "loading.py")


@pytest.mark.corpus
@pytest.mark.skipif(not CORPORA.exists(), reason="../shared/data/corpora is not there")
@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx", ".xlsx", ".md", ".html", ".txt"])
def test_passages_of_real_files_are_found_in_them_by_other_means(bench: ModuleType, suffix: str) -> None:
    paths = [
        path for path in sorted(CORPORA.rglob(f"*{suffix}")) if path.stat().st_size < 200_000 and "qa" not in path.parts
    ]
    short, count = [], 0
    for path in paths[:: max(1, len(paths) // 3)][:3]:
        document = load_file(path, source=path.name)
        for passage in split(document)[:25]:
            found = bench.trace(passage, document, path)
            count += 1
            assert (found.span, found.headings, found.page) == (True, True, True)
            short += [passage.text] if found.words < bench.ENOUGH else []
    assert len(short) <= 0.05 * count + 1


@pytest.mark.corpus
@pytest.mark.skipif(not CORPORA.exists(), reason="../shared/data/corpora is not there")
def test_passages_of_the_code_come_from_its_articles_and_never_from_menus(bench: ModuleType) -> None:
    paths = sorted((CORPORA / "dc-code-html").rglob("*.html"))[::12]
    places = [
        bench.origin(passage, path.read_bytes())
        for path in paths
        for passage in split(load_file(path, source=path.name))
    ]
    assert len(places) > 50
    assert places.count("article") >= 0.99 * len(places)
    assert "menus" not in places


def test_a_passage_out_of_place_is_told(bench: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><body><nav>Home of all the menus and links</nav><article><h1>Fees</h1><p>The fee is due in May.</p>"
        "<aside class='annotations'>It was ten dollars in 1990.</aside></article></body></html>"
    )
    document = load_file(path, source="a.html")
    (passage,) = split(document)
    assert bench.origin(passage, path.read_bytes()) == "article"
    assert bench.trace(passage, document, path).words == 1.0
    path.write_text(path.read_text().replace("due in May", "never to be paid"))
    bench.raw_pages.cache_clear()
    assert bench.trace(passage, document, path).words < bench.ENOUGH
