"""Words kept on disk: the same answers as made anew, and nothing kept is ever believed against the passages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import Document, Passage, passage_id
from knowledge.embed import HashEmbedder
from knowledge.index import PassageIndex
from knowledge.lexical import LexicalIndex, lexical_key
from knowledge.lexical_store import FEW, LexicalStore
from knowledge.library import Library
from knowledge.retrieve import Retriever
from knowledge.store import Database

TEXTS = [f"Rule {number} is about badge {number % 7} and visitors of house {number % 11}." for number in range(FEW)]
ROWS = [(f"p_{number:04}", f"d_{number % 5}", text) for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def words() -> LexicalIndex:
    return LexicalIndex(ROWS)


@pytest.fixture(scope="module")
def kept(words: LexicalIndex, tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    store = LexicalStore(tmp_path_factory.mktemp("words"))
    store.put(words)
    found = store.get(words.key)
    assert found is not None
    return found


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["rule", "badge", "3", "visitors", "zebra", "the", "77"]), max_size=5))
def test_kept_words_answer_as_made_ones(words: LexicalIndex, kept: LexicalIndex, said: list[str]) -> None:
    asked = [" ".join(said)]
    assert kept.search(asked, 9) == words.search(asked, 9)
    assert kept.search(asked, 9, documents=["d_2"]) == words.search(asked, 9, documents=["d_2"])
    assert kept.ceilings(asked) == words.ceilings(asked)


def test_the_key_tells_passages_and_settings_apart(words: LexicalIndex) -> None:
    ids = [row[0] for row in ROWS]
    assert words.key == lexical_key(reversed(ids))
    assert len({lexical_key(ids), lexical_key(ids[1:]), lexical_key(ids, k1=1.2), lexical_key(ids, b=0.5)}) == 4


@pytest.mark.parametrize("file", ["vocab.index.json", "passages.json", "indptr.csc.index.npy"])
@pytest.mark.parametrize("damage", [b"", b"not what it was"])
def test_damaged_words_are_made_anew(words: LexicalIndex, tmp_path: Path, file: str, damage: bytes) -> None:
    store = LexicalStore(tmp_path / "words")
    store.put(words)
    (tmp_path / "words" / words.key / file).write_bytes(damage)
    assert store.get(words.key) is None
    store.put(words)
    assert store.get(words.key) is not None


def test_only_the_latest_is_kept_and_a_few_not_at_all(words: LexicalIndex, tmp_path: Path) -> None:
    store = LexicalStore(tmp_path / "words")
    store.put(LexicalIndex(ROWS[:10]))
    assert not store.folder.exists()
    more = LexicalIndex([*ROWS, ("p_more", "d", "One badge more.")])
    for each in (words, more):
        store.put(each)
    assert [place.name for place in store.folder.iterdir()] == [more.key]


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(words: LexicalIndex, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("in the way")
    store = LexicalStore(tmp_path / "words")
    store.put(words)
    assert store.get(words.key) is None


def document(name: str, texts: list[str]) -> tuple[Document, list[Passage]]:
    made = Document(source=name, title="", text="\n".join(texts), media_type="text/plain")
    passages, start = [], 0
    for ordinal, text in enumerate(texts):
        id_ = passage_id(document_id=made.id, headings=(), text=text, occurrence=0)
        place = {"ordinal": ordinal, "start": start, "end": start + len(text)}
        passages.append(Passage(id=id_, document_id=made.id, version=1, text=text, **place))
        start += len(text) + 1
    return made, passages


def test_a_second_process_reads_what_the_first_kept_until_the_passages_change(tmp_path: Path) -> None:
    with Database(tmp_path / "w.db") as database:
        library = Library(database)
        library.add(*document("rules.txt", TEXTS))

        def found(text: str) -> str:
            index = PassageIndex(tmp_path / "index", embedder=HashEmbedder())
            try:
                hits = Retriever(library, index).search(text, k=1)
                return hits[0].passage.text
            finally:
                index.close()

        first = found("zebra crossing badge 3")
        [kept_then] = (tmp_path / "index" / "words").iterdir()
        written = (kept_then / "vocab.index.json").stat().st_mtime_ns
        assert found("zebra crossing badge 3") == first
        assert (kept_then / "vocab.index.json").stat().st_mtime_ns == written
        library.add(*document("zebra.txt", ["A zebra crossing is not a badge."]))
        assert "zebra" in found("zebra crossing badge 3")
        [kept_now] = (tmp_path / "index" / "words").iterdir()
        assert kept_now.name != kept_then.name
