"""How entries, documents and passages stand in the rows of the library's tables, and are read from them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields

from knowledge.document import Block, BlockKind, Document, Passage
from knowledge.embed import embedded_text
from knowledge.entry import Entry
from knowledge.identity import digest

ENTRY = tuple(field.name for field in fields(Entry))
"""The columns of an entry."""


def as_json(value: object) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def blocks_text(blocks: Sequence[Block]) -> str:
    """Return a document's blocks as they are kept."""
    return as_json([[block.kind, block.start, block.end, block.level, block.page, block.headings] for block in blocks])


def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(
        Block(kind=BlockKind(kind), start=start, end=end, level=level, page=page, headings=tuple(headings))
        for kind, start, end, level, page, headings in json.loads(text)
    )


def entry_of(row: sqlite3.Row) -> Entry:
    """Return the entry in a row of `documents`."""
    values = {name: row[name] for name in ENTRY}
    return Entry(**values | {"warnings": tuple(json.loads(row["warnings"]))})


def document_of(row: sqlite3.Row) -> Document:
    """Return the document in a row of `versions`, which has its origin besides."""
    return Document(
        source=row["origin"],
        title=row["title"],
        text=row["text"],
        media_type=row["media_type"],
        blocks=_blocks(row["blocks"]),
        language=row["language"],
        warnings=tuple(json.loads(row["warnings"])),
        metadata=tuple((name, value) for name, value in json.loads(row["metadata"])),
    )


def passage_row(passage: Passage, *, document_id: str, version: int) -> tuple[object, ...]:
    """Return a current passage's row."""
    place = (document_id, version, passage.ordinal, passage.id, passage.start, passage.end, passage.text)
    shape = (as_json(passage.headings), passage.page, passage.tokens, as_json(passage.kinds))
    return (*place, *shape, digest(embedded_text(passage)), 1, passage.lead)


def passage_of(row: sqlite3.Row) -> Passage:
    """Return the passage in a row of `passages`, which has source and title besides."""
    names = (
        "id",
        "document_id",
        "version",
        "ordinal",
        "start",
        "end",
        "text",
        "title",
        "source",
        "page",
        "tokens",
        "lead",
    )
    return Passage(
        **{name: row[name] for name in names},
        headings=tuple(json.loads(row["headings"])),
        kinds=tuple(json.loads(row["kinds"])),
    )
