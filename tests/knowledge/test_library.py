"""The library: documents, versions, passages, names."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import Block, BlockKind, Document, Passage, passage_id
from knowledge.entry import Refusal
from knowledge.errors import StorageError, UsageError
from knowledge.library import Library
from knowledge.store import Database


@pytest.fixture
def library() -> Iterator[Library]:
    with Database(":memory:") as database:
        yield Library(database)


def document(text: str = "One rule.\n\nTwo rules.", source: str = "rules.md") -> Document:
    block = Block(kind=BlockKind.PARAGRAPH, start=0, end=len(text), page=2, headings=("Part A", "§ 1"))
    return Document(source=source, title="Rules", text=text, media_type="text/markdown", blocks=(block,))


def passages(document: Document) -> list[Passage]:
    found, start = [], 0
    for ordinal, text in enumerate(document.text.split("\n\n")):
        key = passage_id(document_id=document.id, headings=("§ 1",), text=text, occurrence=0)
        found.append(
            Passage(
                id=key,
                document_id=document.id,
                version=1,
                ordinal=ordinal,
                start=start,
                end=start + len(text),
                text=text,
                title=document.title,
                source=document.source,
                headings=("§ 1",),
                page=2,
                tokens=3,
                kinds=("paragraph",),
            )
        )
        start += len(text) + 2
    return found


def test_what_goes_in_comes_out(library):
    original = document()
    entry = library.add(original, passages(original))
    assert library.document(entry.id) == original
    assert list(library.passages()) == passages(original)
    assert library.document_text(entry.id) == original.text
    assert (entry.version, entry.passages, entry.words) == (1, 2, 4)
    assert library.documents() == [entry]
    assert library.passage_ids() == {passage.id for passage in passages(original)}


def test_adding_the_same_again_changes_nothing(library):
    first = library.add(document(), passages(document()))
    second = library.add(document(), passages(document()))
    assert first == second
    assert library.versions(first.id) == [1]


def test_new_text_is_a_new_version_and_old_passages_stay_readable(library):
    old, new = document(), document("One rule.\n\nThree rules.")
    library.add(old, passages(old))
    entry = library.add(new, passages(new))
    assert entry.version == 2
    assert [passage.text for passage in library.passages()] == ["One rule.", "Three rules."]
    assert library.passage(passages(old)[1].id).text == "Two rules."
    assert library.passage(passages(old)[1].id).version == 1
    assert library.passage(passages(old)[0].id).version == 2
    assert library.document_text(entry.id, version=1) == old.text
    assert [passage.text for passage in library.passages(entry.id, version=1)] == ["One rule.", "Two rules."]


def test_new_passages_of_the_same_text_are_a_new_version(library):
    original = document()
    library.add(original, passages(original))
    assert library.add(original, passages(original)[:1]).version == 2
    assert library.passage_count() == 1


def test_duplicates_are_listed_only_when_asked_for(library):
    first = library.add(document(), passages(document()))
    copy = library.add(document(source="copy.md"), [], duplicate_of=first.id)
    assert library.documents() == [first]
    assert {entry.id for entry in library.documents(duplicates=True)} == {first.id, copy.id}


def test_remove_takes_everything_and_may_be_repeated(library):
    entry = library.add(document(), passages(document()))
    library.remove(entry.id)
    library.remove(entry.id)
    assert library.documents() == []
    assert library.passage_ids() == set()
    with pytest.raises(UsageError, match="not in the library"):
        library.document(entry.id)


def test_unknown_ids_are_left_out_or_named(library):
    entry = library.add(document(), passages(document()))
    known = passages(document())[1].id
    assert list(library.passages_by_id(["p_none", known, known])) == [known]
    with pytest.raises(UsageError, match="p_none"):
        library.passage("p_none")
    with pytest.raises(UsageError, match="version 9"):
        library.document(entry.id, version=9)


def test_more_ids_than_a_statement_takes(library):
    text = "\n\n".join(f"Rule number {number}." for number in range(2_500))
    library.add(document(text), passages(document(text)))
    ids = [passage.id for passage in library.passages()]
    assert list(library.passages_by_id(ids[::-1])) == ids[::-1]


def test_a_moved_document_keeps_its_id_and_shows_its_new_source(library):
    entry = library.add(document(), passages(document()))
    library.touch(replace(entry, source="new/rules.md", location="new/rules.md"))
    assert library.document(entry.id).id == entry.id
    assert {passage.source for passage in library.passages()} == {"new/rules.md"}
    assert library.source_for("rules.md", "rules.md") != "rules.md"
    assert library.source_for("rules.md", "rules.md", besides=entry.id) == "rules.md"


def test_a_name_already_taken_is_told_apart_by_its_place(library):
    library.add(document(), [], location="rules.md")
    assert library.source_for("rules.md", "rules.md") == "rules.md"
    other = library.source_for("rules.md", "/elsewhere/rules.md")
    assert other.startswith("rules~")
    assert other.endswith(".md")
    assert other != library.source_for("rules.md", "/third/rules.md")


def test_refusals_are_kept_until_the_file_can_be_read(library):
    library.refuse(Refusal(source="a.pdf", location="a.pdf", kind="damaged", reason="a.pdf: it is cut short"))
    assert [refusal.kind for refusal in library.refusals()] == ["damaged"]
    library.add(document(source="a.pdf"), [])
    assert library.refusals() == []


def test_a_failed_write_leaves_the_version_before(library):
    entry = library.add(document(), passages(document()))
    twice = [passages(document("Other."))[0]] * 2
    with pytest.raises(StorageError, match="UNIQUE"):
        library.add(document("Other."), twice)
    assert library.entry(entry.id) == entry
    assert [passage.text for passage in library.passages()] == ["One rule.", "Two rules."]


def test_a_locked_database_is_a_storage_error(tmp_path: Path):
    with Database(tmp_path / "w.db") as database, Database(tmp_path / "w.db") as other:
        library = Library(database)
        database.connection.execute("PRAGMA busy_timeout=50")
        other.connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            library.add(document(), [])
        other.connection.execute("ROLLBACK")


def test_a_full_disk_is_a_storage_error(tmp_path: Path):
    with Database(tmp_path / "w.db") as database:
        library = Library(database)
        pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
        database.connection.execute(f"PRAGMA max_page_count={pages + 2}")
        with pytest.raises(StorageError, match="full"):
            library.add(document("word " * 50_000), [])
        assert library.documents() == []


def test_a_damaged_database_is_a_storage_error(tmp_path: Path):
    with Database(tmp_path / "w.db") as database:
        Library(database).add(document("word " * 50_000), [])
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "w.db"
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with pytest.raises(StorageError), Database(path) as database:
        Library(database).documents()


@given(st.lists(st.text(min_size=1).filter(lambda text: "\n\n" not in text and text.strip()), max_size=6))
def test_any_text_comes_back_unchanged(texts):
    with Database(":memory:") as database:
        library = Library(database)
        original = document("\n\n".join(text for text in texts if text.isprintable()) or "x")
        library.add(original, passages(original)[:1])
        assert library.document(original.id) == original
        assert [passage.text for passage in library.passages()] == [passages(original)[0].text]
