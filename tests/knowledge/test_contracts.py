"""What every loader and every splitter must keep. A new format adds an example to EXAMPLES, and nothing else here."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen import canvas

from knowledge.document import Block, BlockKind, Document, Passage
from knowledge.errors import DocumentError
from knowledge.flagged import UnflaggedSplit
from knowledge.load import Limits, load_bytes
from knowledge.load.draft import Writer
from knowledge.load.format import CERTAIN, Format, formats, sample_of
from knowledge.sanitise import clean
from knowledge.split import estimate, split

_spec = importlib.util.spec_from_file_location("packages", Path(__file__).with_name("packages.py"))
assert _spec is not None
assert _spec.loader is not None
packages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(packages)

RULE = "The fee is due on the first of May"


def word() -> bytes:
    file, buffer = docx.Document(), io.BytesIO()
    file.add_heading("Fees", 1)
    file.add_paragraph(f"{RULE}.")
    file.save(buffer)
    return buffer.getvalue()


def pdf() -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer)
    paper.drawString(72, 700, f"{RULE} of every year that follows.")
    paper.save()
    return buffer.getvalue()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 20), "white").save(buffer, "PNG")
    return buffer.getvalue()


EXAMPLES: dict[str, Callable[[], bytes]] = {
    "csv": lambda: f"Rule,Who\n{RULE},residents\n".encode(),
    "docx": word,
    "epub": packages.book,
    "html": lambda: f"<html lang='en'><body><h1>Fees</h1><p>{RULE}.</p></body></html>".encode(),
    "json": lambda: json.dumps({"rule": RULE, "who": "residents"}).encode(),
    "markdown": lambda: f"# Fees\n\n{RULE}.\n\n## Who\n\nResidents.\n".encode(),
    "pdf": pdf,
    "picture": picture,
    "pptx": packages.slides,
    "text": lambda: f"{RULE}.\n\nIt is five dollars.\n".encode(),
    "xlsx": packages.workbook,
}
SAYS = {"pptx": "permit", "xlsx": "Fee: 40.5"}
"""What an example says that does not say the rule."""
READ = sorted(set(EXAMPLES) - {"picture"})
"""Pictures are read by the ocr extra only."""


@cache
def example(name: str) -> bytes:
    """Return an example's bytes, the same every time though some hold the time they were made at."""
    return EXAMPLES[name]()


def test_every_format_has_an_example():
    assert sorted(each.name for each in formats()) == sorted(EXAMPLES)


def require_sound(document: Document) -> None:
    """Raise AssertionError for a document that breaks what loaders promise."""
    path: list[tuple[int, str]] = []
    before: Block | None = None
    for block in document.blocks:
        text = document.text[block.start : block.end]
        assert 0 <= block.start < block.end <= len(document.text)
        assert before is None or before.end < block.start
        assert text.strip()
        assert block.page is None or block.page >= 1
        assert before is None or None in (block.page, before.page) or block.page >= before.page
        while path and block.kind is BlockKind.HEADING and path[-1][0] >= block.level:
            path.pop()
        assert block.headings == tuple(heading for _, heading in path)
        if block.kind is BlockKind.HEADING:
            assert 1 <= block.level <= 6
            path.append((block.level, text))
        before = block
    assert clean(document.text) == document.text
    assert document.title.strip()
    assert all(": " in warning for warning in document.warnings)
    assert all(words and "\n" not in words for _, words in document.metadata)


def example_format(name: str) -> Format:
    return next(each for each in formats() if each.name == name)


def outcome(data: bytes, source: str) -> Document | DocumentError:
    try:
        return load_bytes(data, source=source)
    except DocumentError as error:
        return error


class TestLoaders:
    """The contract of loaders."""

    @pytest.mark.parametrize("name", READ)
    def test_reads_its_example_soundly_and_always_alike(self, name: str) -> None:
        data, source = example(name), f"a/b{example_format(name).suffixes[0]}"
        document = load_bytes(data, source=source)
        require_sound(document)
        assert document.source == source
        assert SAYS.get(name, "first of May") in document.text
        assert document == load_bytes(data, source=source)

    @pytest.mark.parametrize("name", sorted(EXAMPLES))
    def test_is_told_from_all_others_by_name_and_content(self, name: str) -> None:
        kind, data = example_format(name), example(name)
        sample = sample_of(data, source=f"x{kind.suffixes[0]}")
        others = [each.likelihood(sample) for each in formats() if each is not kind]
        assert kind.likelihood(sample) > max(others)
        renamed = sample_of(data, source="x.bin")
        if kind.likelihood(sample) == CERTAIN:
            assert kind.likelihood(renamed) == CERTAIN

    @pytest.mark.parametrize("name", READ)
    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def test_damage_is_an_error_of_the_file_or_is_read_soundly(self, name: str, data: st.DataObject) -> None:
        whole = example(name)
        cut = data.draw(st.integers(1, len(whole)))
        place, junk = data.draw(st.integers(0, cut - 1)), data.draw(st.binary(max_size=12))
        source = f"torn{example_format(name).suffixes[0]}"
        found = outcome(whole[:place] + junk + whole[place + len(junk) : cut], source)
        if isinstance(found, DocumentError):
            assert found.source.startswith(source)
            assert found.kind
        else:
            require_sound(found)

    @pytest.mark.parametrize("name", sorted(EXAMPLES))
    def test_a_file_over_the_limit_is_refused(self, name: str) -> None:
        with pytest.raises(DocumentError) as refused:
            load_bytes(example(name), source="large", limits=Limits(max_bytes=5))
        assert refused.value.kind == "too-large"


WORDS = st.text(alphabet="abcdefgh XYZ.;:?!é—0123456789", min_size=1, max_size=120)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents as loaders make them."""
    writer = Writer()
    page = 1
    for _ in range(draw(st.integers(1, 12))):
        page += draw(st.integers(0, 1))
        if draw(st.integers(0, 3)) == 0:
            writer.heading(draw(WORDS), draw(st.integers(1, 6)), page=page)
        else:
            kinds = [kind for kind in BlockKind if kind is not BlockKind.HEADING]
            writer.block(draw(WORDS), draw(st.sampled_from(kinds)), level=draw(st.integers(0, 2)), page=page)
    return writer.document(source="made.md", media_type="text/plain")


def letters(text: str) -> str:
    return "".join(text.split())


class TestSplitters:
    """The contract of splitters."""

    @pytest.mark.parametrize("cut", [split, UnflaggedSplit()], ids=["split", "unflagged"])
    @settings(max_examples=60)
    @given(document=documents(), most=st.integers(8, 80))
    def test_passages_are_slices_that_can_be_traced(
        self, cut: Callable[..., list[Passage]], document: Document, most: int
    ) -> None:
        passages = cut(document, max_tokens=most)
        end = 0
        for place, passage in enumerate(passages):
            assert document.text[passage.start : passage.end] == passage.text
            assert passage.start >= end
            assert passage.ordinal == place
            assert estimate(passage.text) <= most
            inside = [each for each in document.blocks if each.start < passage.end and each.end > passage.start]
            assert {each.headings for each in inside} == {passage.headings}
            assert BlockKind.HEADING not in {each.kind for each in inside}
            assert passage.page == inside[0].page
            assert (passage.document_id, passage.source, passage.title) == (
                document.id,
                document.source,
                document.title,
            )
            end = passage.end
        assert len({passage.id for passage in passages}) == len(passages)
        assert passages == cut(document, max_tokens=most)

    @settings(max_examples=60)
    @given(document=documents(), most=st.integers(8, 80))
    def test_every_block_but_headings_is_covered(self, document: Document, most: int) -> None:
        bodies = [each for each in document.blocks if each.kind is not BlockKind.HEADING]
        whole = "".join(document.text[each.start : each.end] for each in bodies)
        found = "".join(passage.text for passage in split(document, max_tokens=most))
        assert letters(found) == letters(whole)
