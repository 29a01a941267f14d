"""Provenance: the stored span, page and heading path of every passage reproduce it, whatever the format."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundsmith.ingestion import ingest_into
from groundsmith.workspace import Workspace
from knowledge.document import BlockKind, Document, Passage
from knowledge.ingest import ingest
from knowledge.library import Library
from knowledge.load.draft import Writer
from knowledge.split import split
from knowledge.store import Database

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"
FILES = (
    "nist-800-63/rev3/sp800-63b",
    "nist-800-63/rev3/sp800-63a",
    "dc-code-html/32-1003.html",
    "dc-code-html/1-1163.33.html",
    "dc-code-html/28-3814.html",
    "cisa-directives/documents/bod-20-01.pdf",
    "cisa-directives/documents/bod-16-01.pdf",
    "obliqa-adgm/docs/AML_VER09.211223.txt",
    "obliqa-adgm/docs/GPM VER03.120623.txt",
)
OTHERS = ("docx", "xlsx", "pptx")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Database(tmp_path / "w.db") as database:
        yield Library(database)


def reproduces(document: Document, passage: Passage) -> bool:
    """Return whether a passage is where it says it is."""
    within = [b for b in document.blocks if b.start < passage.end and passage.start < b.end]
    return (
        document.text[passage.start : passage.end] == passage.text
        and {block.headings for block in within} == {passage.headings}
        and within[0].page == passage.page
        and not any(block.kind == BlockKind.HEADING for block in within)
    )


@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora here")
def test_a_thousand_passages_of_all_formats(library, tmp_path):
    office = [next(iter(sorted(CORPORA.rglob(f"*.{suffix}")))) for suffix in OTHERS]
    ingest([*(CORPORA / name for name in FILES), *office], library=library, root=tmp_path)
    documents = {entry.id: library.document(entry.id) for entry in library.documents()}
    passages = list(library.passages())
    kinds = {document.media_type for document in documents.values()}
    assert len(kinds) >= 6
    chosen = random.Random(7).sample(passages, min(1_000, len(passages)))
    assert len(chosen) == 1_000
    assert [each for each in chosen if not reproduces(documents[each.document_id], each)] == []
    assert any(each.page for each in chosen)


BLOCKS = st.lists(
    st.tuples(
        st.sampled_from([*BlockKind]),
        st.text(alphabet="abc (1)i.:;,\n", min_size=1, max_size=120),
        st.integers(1, 3),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    max_size=12,
)


@given(blocks=BLOCKS, most=st.integers(8, 40))
@settings(deadline=None)
def test_generated_documents(blocks, most):
    writer = Writer()
    for kind, text, level, page in blocks:
        if kind == BlockKind.HEADING:
            writer.heading(text, level, page=page)
        else:
            writer.block(text, kind, level=level if kind == BlockKind.ITEM else 0, page=page)
    document = writer.document(source="any.txt", media_type="text/plain")
    passages = split(document, max_tokens=most)
    assert all(reproduces(document, passage) for passage in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))


def test_passages_are_sized_in_the_tokens_of_the_embedder(tmp_path):
    Workspace.create(tmp_path).close()
    path = tmp_path / "docs" / "rules.md"
    path.parent.mkdir()
    path.write_text("# Rules\n\n" + "See https://example.gov/a1b2c3/x_y_z?q=17&r=9 for rule 4.7.2(1)(b). " * 60)
    with Workspace.open(tmp_path, overrides={"library.passage_tokens": "60"}) as workspace:
        ingest_into(workspace, [path], prune=False, tick=lambda *_, **__: None)
        passages = list(workspace.library.passages())
        counted = [workspace.embedder.count_tokens(passage.text) for passage in passages]
    assert [passage.tokens for passage in passages] == counted
    assert 30 < max(counted) <= 60
