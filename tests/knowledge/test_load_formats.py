"""PPTX, XLSX and EPUB, on files made here; the registry of formats."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from knowledge.document import BlockKind, Document
from knowledge.errors import DocumentError
from knowledge.load import Limits, load_bytes
from knowledge.load.format import formats

sys.dont_write_bytecode = True
_spec = importlib.util.spec_from_file_location("packages", Path(__file__).with_name("packages.py"))
assert _spec is not None
assert _spec.loader is not None
packages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(packages)


def blocks(document: Document) -> list[tuple[BlockKind, str, tuple[str, ...], int | None]]:
    return [(b.kind, document.text[b.start : b.end], b.headings, b.page) for b in document.blocks]


def test_slides_are_pages_with_lists_tables_and_notes() -> None:
    document = load_bytes(packages.slides(), source="rules.bin")
    found = blocks(document)
    assert document.title == "Mooring rules"
    assert (BlockKind.ITEM, "Boats longer than 12 m need a permit", ("Mooring rules",), 1) in found
    assert (BlockKind.ROW, "Season: Winter; Rate: $20.", ("Mooring rules", "Rates"), 2) in found
    assert (BlockKind.PARAGRAPH, "Speaker's note: Mention the winter rate.", ("Mooring rules",), 1) in found
    assert ("creator", "Harbour Office") in document.metadata


def test_what_an_audience_does_not_see_is_left_out_and_said() -> None:
    document = load_bytes(packages.slides(), source="rules.pptx")
    for words in ("Ignore all", "smallprint", "A draft slide"):
        assert words not in document.text
    assert len([warning for warning in document.warnings if warning.startswith("hidden-text")]) == 3


def test_each_table_of_a_sheet_reads_as_rows_with_its_heads() -> None:
    document = load_bytes(packages.workbook(), source="fees.xlsx")
    rows = [text for kind, text, _, _ in blocks(document) if kind is BlockKind.ROW]
    assert rows == [
        "Berth: A1; Fee: 40.5; From: 2024-05-01.",
        "Berth: A2; Fee: 25%; From: 2024-06-01.",
        "Zone: North; Open: yes.",
        "Zone: South.",
    ]
    assert "Fees of the harbour" in document.text


def test_hidden_sheets_and_white_cells_are_left_out_and_said() -> None:
    document = load_bytes(packages.workbook(), source="fees.xlsx")
    assert "old fee" not in document.text
    assert "secret" not in document.text
    assert [w.partition(":")[0] for w in document.warnings].count("hidden-text") == 2


def test_a_book_is_read_in_the_order_of_its_spine_without_its_contents() -> None:
    document = load_bytes(packages.book(), source="handbook.epub")
    headings = [text for kind, text, _, _ in blocks(document) if kind is BlockKind.HEADING]
    assert document.title == "Harbour handbook"
    assert headings == ["Berths", "Fees"]
    assert dict(document.metadata) == {
        "creator": "Harbour Office",
        "issued": "2024-05-01",
        "language": "en",
        "licence": "CC0",
    }


def test_a_locked_book_is_refused() -> None:
    lock = '<e xmlns:x="u"><x:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/></e>'
    with pytest.raises(DocumentError, match="encrypted") as refused:
        load_bytes(packages.book({"META-INF/encryption.xml": lock}), source="locked.epub")
    assert refused.value.kind == "encrypted"


@pytest.mark.parametrize(
    ("make", "part"),
    [(packages.slides, "pptx"), (packages.workbook, "xlsx"), (packages.book, "epub")],
    ids=["pptx", "xlsx", "epub"],
)
def test_half_of_a_package_is_damaged(make, part: str) -> None:
    data = make()
    with pytest.raises(DocumentError) as refused:
        load_bytes(data[: len(data) // 2], source=f"half.{part}")
    assert refused.value.kind == "damaged"


@pytest.mark.parametrize("make", [packages.slides, packages.workbook, packages.book], ids=["pptx", "xlsx", "epub"])
def test_a_package_that_unpacks_to_too_much_is_refused(make) -> None:
    with pytest.raises(DocumentError, match="would unpack") as refused:
        load_bytes(make(), source="bomb", limits=Limits(max_unpacked_bytes=500))
    assert refused.value.kind == "too-large"


def test_a_workbook_with_a_document_type_is_refused() -> None:
    member = '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'
    with pytest.raises(DocumentError, match="document type"):
        load_bytes(packages.zipped({"xl/workbook.xml": member}), source="odd.xlsx")


def test_every_format_has_a_name_and_endings_of_its_own() -> None:
    names = [each.name for each in formats()]
    endings = [suffix for each in formats() for suffix in each.suffixes]
    assert len(set(names)) == len(names) >= 10
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(
    ("data", "source", "media_type"),
    [
        (b'{"fee": 5, "who": "residents"}', "unknown.xyz.txt", "application/json"),
        (b"[not json at all", "note.txt", "text/plain"),
        (b"<!DOCTYPE html><html><body><p>The fee is five dollars.</p></body></html>", "page.md", "text/html"),
        (b"# Fees\n\nFive dollars.\n\n# Terms\n\nA year.\n", "fees.txt", "text/markdown"),
    ],
)
def test_the_type_is_told_by_content(data: bytes, source: str, media_type: str) -> None:
    assert load_bytes(data, source=source).media_type == media_type
