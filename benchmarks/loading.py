"""Loading of every file of the corpora: what fails and why, whether passages can be traced, and what pages are made of.

    python benchmarks/loading.py --data ../shared/data --markdown FILE

Three parts. (1) Every file is loaded and split; failures and texts that are empty are listed with what was said of them. (2) Random
passages of all formats are compared with their files by other means than our loaders: the stored span with the text, the heading
path with the headings before, the words with those that pypdfium2, BeautifulSoup, python-docx, python-pptx or openpyxl (or plain
decoding) give for the file, for PDFs those of the very pages. (3) In dc-code-html, where <article> holds the rule and an <aside
class="annotations"> in it the history, passages are told by where their words stand.

A passage's words are compared as runs of three words that follow one another, within cells, brackets and sentences, since table
rows are written as "header: cell" and notes put where they are referred to.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from knowledge.document import BlockKind, Document, Passage
from knowledge.errors import DocumentError
from knowledge.load import load_file
from knowledge.split import split

CORPORA = ("cisa-directives", "dc-code-html", "nist-800-63", "obliqa-adgm", "plain-language")
RUN = 3
ENOUGH = 0.9
"""Share of a passage's runs of words that must stand in its source."""
WORD = re.compile(r"[^\W_]+")
PART = re.compile(r"[;:()\n]|[.!?]\s")


@dataclass(kw_only=True)
class Load:
    """What became of one corpus."""

    corpus: str
    documents: list[tuple[Path, Document]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def warnings(self) -> Counter[str]:
        """Return how many documents have each kind of warning."""
        return Counter(
            kind for _, each in self.documents for kind in {said.partition(":")[0] for said in each.warnings}
        )


def files(folder: Path) -> Iterator[Path]:
    """Yield the documents of a corpus: its files, question sets apart."""
    yield from (
        path for path in sorted(folder.rglob("*")) if path.is_file() and "qa" not in path.relative_to(folder).parts
    )


def loaded(folder: Path) -> Load:
    """Load every file of a corpus."""
    found = Load(corpus=folder.name)
    began = time.perf_counter()
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            document = load_file(path, source=name)
        except DocumentError as error:
            found.failures.append((name, error.reason))
            continue
        found.documents.append((path, document))
        if not document.text.strip():
            found.failures.append((name, "; ".join(document.warnings)))
    found.seconds = time.perf_counter() - began
    return found


def runs(text: str) -> list[tuple[str, ...]]:
    """Return each run of three words of a text, in lower case."""
    words = WORD.findall(text.lower())
    return [tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)]


def parts(text: str) -> list[str]:
    """Return the stretches of a passage that stand together in its source: cells of a row, notes, sentences."""
    return [part for part in PART.split(text) if WORD.search(part)]


def share(text: str, source: frozenset[tuple[str, ...]], words: frozenset[str]) -> float:
    """Return the share of a text's runs that stand in a source; a part of less than three words counts by its words."""
    found = [run for part in parts(text) for run in runs(part)]
    short = [word for part in parts(text) if not runs(part) for word in WORD.findall(part.lower())]
    hits = sum(run in source for run in found) + sum(word in words for word in short)
    return hits / max(1, len(found) + len(short))


@lru_cache(maxsize=64)
def raw_pages(path: Path) -> tuple[str, ...]:
    """Return the words of a file by other means than ours, one text a page where it has pages."""
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        return tuple(_pdf_pages(path))
    if suffix == ".html":
        from bs4 import BeautifulSoup

        return (BeautifulSoup(path.read_bytes(), "html.parser").get_text(" "),)
    if suffix == ".docx":
        import docx

        paragraphs = docx.Document(str(path)).element.iter("{*}p")
        return (" ".join("".join(text.text or "" for text in each.iter("{*}t")) for each in paragraphs),)
    if suffix == ".pptx":
        from pptx import Presentation

        slides = Presentation(str(path)).slides
        return tuple(" ".join(each.text or "" for each in slide.element.iter("{*}t")) for slide in slides)
    if suffix == ".xlsx":
        import openpyxl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True)
        cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
        return (" ".join(str(cell.value) for cell in cells if cell.value is not None),)
    if suffix == ".md":
        from bs4 import BeautifulSoup
        from markdown_it import MarkdownIt

        text = path.read_text("utf-8", "replace")
        html = MarkdownIt("commonmark").enable("table").render(text)
        return (BeautifulSoup(html, "html.parser").get_text("") + " " + text,)
    return (path.read_bytes().decode("utf-8", "replace"),)


def _pdf_pages(path: Path) -> Iterator[str]:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    for page in pdf:
        text = page.get_textpage().get_text_range().replace("\ufffe", "-").replace("\x02", "-")
        yield re.sub(r"-\s*\r?\n\s*", "", text) + " " + re.sub(r"-\s*\r?\n\s*", "-", text)
    pdf.close()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Whether one passage can be traced: its span, heading path, page, and words."""

    span: bool
    headings: bool
    page: bool
    words: float


def trace(passage: Passage, document: Document, path: Path) -> Trace:
    """Compare a passage with its document, and with its file read by other means."""
    inside = [each for each in document.blocks if each.start < passage.end and each.end > passage.start]
    pages = sorted({each.page for each in inside if each.page})
    raw = raw_pages(path)
    paged = len(raw) > 1 or path.suffix.lower() in (".pdf", ".pptx")
    place = list(range(pages[0], pages[-1] + 2)) if paged and pages else []
    texts = [raw[page - 1] for page in place if page <= len(raw)] if place else list(raw)
    source = " ".join(texts)
    words = frozenset(WORD.findall(source.lower()))
    return Trace(
        span=document.text[passage.start : passage.end] == passage.text,
        headings=list(passage.headings) == path_before(document, passage.start),
        page=(passage.page == (inside[0].page if inside else None)) and (passage.page is not None) == paged,
        words=share(passage.text, frozenset(runs(source)), words),
    )


def path_before(document: Document, start: int) -> list[str]:
    """Return the heading path at a place, made anew from the headings before it and their levels."""
    path: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.start >= start:
            break
        if block.kind is BlockKind.HEADING:
            while path and path[-1][0] >= block.level:
                path.pop()
            path.append((block.level, document.text[block.start : block.end]))
    return [text for _, text in path]


def rule_runs(html: bytes) -> list[tuple[str, ...]]:
    """Return the runs of words in the rule of a page of the DC Code: its article without the annotations."""
    from bs4 import BeautifulSoup

    article = BeautifulSoup(html, "html.parser").find("article")
    for aside in article.find_all("aside") if article else []:
        aside.extract()
    return runs(article.get_text(" ")) if article else []


def origin(passage: Passage, html: bytes) -> str:
    """Return where most of a passage's words stand in a page of the DC Code: article, annotations or menus."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(html, "html.parser")
    article = page.find("article")
    notes = " ".join(each.extract().get_text(" ") for each in article.find_all("aside")) if article else ""
    rule = article.extract().get_text(" ") if article else ""
    parts = {"article": rule, "annotations": notes, "menus": page.get_text(" ")}
    shares = {
        name: share(passage.text, frozenset(runs(text)), frozenset(WORD.findall(text.lower())))
        for name, text in parts.items()
    }
    return "article" if shares["article"] >= ENOUGH else max(shares, key=lambda name: (shares[name], name))


def cell(text: object) -> str:
    """Return what stands in a cell of a Markdown table."""
    return str(text).replace("|", "\\|")


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    names = list(head)
    yield "| " + " | ".join(map(cell, names)) + " |"
    yield "|" + "---|" * len(names)
    yield from ("| " + " | ".join(map(cell, row)) + " |" for row in rows)
    yield ""


def report(data: Path, *, sample: int, seed: int) -> Iterator[str]:
    """Yield the report as lines of Markdown."""
    loads = [loaded(data / "corpora" / corpus) for corpus in CORPORA]
    yield "### Every file"
    yield ""
    head = (
        "corpus",
        "files",
        "read",
        "without text or refused",
        "words",
        "seconds",
        "documents with each kind of warning",
    )
    yield from table(head, (_load_row(each) for each in loads))
    yield from table(
        ("not read", "what was said"), ((f"{each.corpus}/{name}", why) for each in loads for name, why in each.failures)
    )
    chances = [
        (passage, document, path) for each in loads for path, document in each.documents for passage in split(document)
    ]
    yield from _provenance(chances, sample=sample, seed=seed)
    yield from _article(next(each for each in loads if each.corpus == "dc-code-html"))


def _load_row(load: Load) -> list[object]:
    words = sum(len(document.text.split()) for _, document in load.documents)
    read = sum(1 for _, document in load.documents if document.text.strip())
    said = ", ".join(f"{kind} {count}" for kind, count in sorted(load.warnings.items()))
    return [load.corpus, read + len(load.failures), read, len(load.failures), f"{words:,}", f"{load.seconds:.1f}", said]


def _provenance(chances: list[tuple[Passage, Document, Path]], *, sample: int, seed: int) -> Iterator[str]:
    by_suffix: dict[str, list[tuple[Passage, Document, Path]]] = {}
    for chance in chances:
        by_suffix.setdefault(chance[2].suffix.lower(), []).append(chance)
    share_of_each = sample // len(by_suffix)
    draw = random.Random(seed)
    rows, misses, total = [], [], Counter[str]()
    taken = {name: draw.sample(all_, min(share_of_each, len(all_))) for name, all_ in sorted(by_suffix.items())}
    rest = sample - sum(map(len, taken.values()))
    left = [each for name, all_ in sorted(by_suffix.items()) for each in all_ if each not in taken[name]]
    for each in draw.sample(left, min(rest, len(left))):
        taken[each[2].suffix.lower()].append(each)
    for suffix, picked in taken.items():
        traces = []
        for passage, document, path in sorted(picked, key=lambda each: (str(each[2]), each[0].start)):
            found = trace(passage, document, path)
            traces.append(found)
            if not (found.span and found.headings and found.page and found.words >= ENOUGH):
                misses.append((path.name, passage.page or "", f"{found.words:.2f}", passage.text[:120]))
        counts = [sum(getattr(each, name) for each in traces) for name in ("span", "headings", "page")]
        traced = sum(each.words >= ENOUGH for each in traces)
        rows.append([suffix, len(traces), *counts, traced])
        total.update({str(place): value for place, value in enumerate([len(traces), *counts, traced])})
    rows.append(["all", *(total[str(place)] for place in range(5))])
    yield f"### {sum(map(len, taken.values())):,} random passages, seed {seed}"
    yield ""
    yield from table(("format", "passages", "span", "heading path", "page", "words in the file (on the page)"), rows)
    if misses:
        yield from table(("file", "page", "share of runs", "passages short of that, in full: the first words"), misses)


def _article(load: Load) -> Iterator[str]:
    counts: Counter[str] = Counter()
    others, kept, whole = [], 0, 0
    for path, document in load.documents:
        html = path.read_bytes()
        wanted = rule_runs(html)
        held = frozenset(runs(document.text))
        kept, whole = kept + sum(run in held for run in wanted), whole + len(wanted)
        for passage in split(document):
            place = origin(passage, html)
            counts[place] += 1
            if place != "article":
                others.append((path.name, place, passage.text[:120]))
    yield "### DC Code: where passages come from"
    yield ""
    total = counts.total()
    yield from table(
        ("from", "passages", "share"),
        ((name, f"{counts[name]:,}", f"{counts[name] / total:.2%}") for name in ("article", "annotations", "menus")),
    )
    yield f"Of the {whole:,} runs of three words in the articles, {kept / max(1, whole):.2%} stand in the documents read."
    yield ""
    if others:
        yield from table(("file", "from", "passage"), others[:20])


def main() -> None:
    """Print the report, or write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sample", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    text = "\n".join(report(options.data, sample=options.sample, seed=options.seed))
    if options.markdown:
        options.markdown.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
