"""The index: vectors and words, in step with the library whatever happens."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from knowledge.document import Passage
from knowledge.embed import HashEmbedder
from knowledge.errors import StorageError
from knowledge.index import PassageIndex
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.store import Database


class CountingEmbedder(HashEmbedder):
    """Counts the texts it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded = 0

    def embed(self, texts):
        self.embedded += len(texts)
        return super().embed(texts)


def passage(number: int, text: str, *, document: str = "d_1") -> Passage:
    return Passage(
        id=f"p_{number:04}", document_id=document, version=1, ordinal=number, start=0, end=len(text), text=text
    )


RULES = [
    passage(1, "Financial records must be kept for seven years."),
    passage(2, "Visitors must wear a badge at all times."),
    passage(3, "Personnel files are kept for six years.", document="d_2"),
    passage(4, "See section 5.2.1 on AAL2 authenticators.", document="d_2"),
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PassageIndex]:
    index = PassageIndex(tmp_path / "index", embedder=CountingEmbedder())
    yield index
    index.close()


def test_nearest_in_meaning_and_sharing_words(index):
    assert index.add(RULES) == 4
    [[best, *_], [badge, *_]] = index.dense(["records kept seven years", "wear a badge"], 2)
    assert best[0] == "p_0001"
    assert badge[0] == "p_0002"
    assert 0 < badge[1] <= 1
    [lexical] = index.lexical(["badges for a visitor"], 3)
    assert [id_ for id_, _ in lexical] == ["p_0002"]
    assert index.lexical(["5.2.1"], 3)[0][0][0] == "p_0004"


def test_search_limited_to_documents(index):
    index.add(RULES)
    assert {id_ for id_, _ in index.dense(["kept years"], 4, documents=["d_2"])[0]} == {"p_0003", "p_0004"}
    assert [id_ for id_, _ in index.lexical(["kept years"], 4, documents=["d_2"])[0]] == ["p_0003"]
    assert index.dense(["kept"], 4, documents=[]) == [[]]
    assert index.lexical(["kept"], 4, documents=["d_none"]) == [[]]


def test_an_empty_index_and_odd_queries_find_nothing(index):
    assert index.dense(["anything"], 5) == [[]]
    assert index.lexical(["anything"], 5) == [[]]
    index.add(RULES)
    assert index.lexical(["", "the of and", "zzz", "???"], 5) == [[], [], [], []]
    assert len(index.dense([""], 50)[0]) == 4
    assert index.dense([], 5) == index.lexical([], 5) == []


def test_removed_passages_are_found_no_more(index):
    index.add(RULES)
    index.lexical(["badge"], 1)
    assert index.remove(["p_0002", "p_none"]) == 1
    assert index.ids() == {"p_0001", "p_0003", "p_0004"}
    assert index.lexical(["badge"], 1) == [[]]


def test_sync_touches_only_the_difference(index):
    index.sync(RULES[:3])
    assert index.embedder.embedded == 3
    told = []
    assert index.sync(iter(RULES[1:]), progress=told.append) == (1, 1)
    assert told == [1]
    assert index.embedder.embedded == 4
    assert index.sync(RULES[1:]) == (0, 0)
    assert index.ids() == {rule.id for rule in RULES[1:]}


def test_check_names_what_is_missing_and_too_much(index):
    index.add(RULES[:2])
    assert index.check({"p_0002", "p_0009"}) == (["p_0009"], ["p_0001"])


def test_it_opens_again_as_it_was(index):
    index.add(RULES)
    before = index.dense(["records kept"], 4), index.lexical(["records kept"], 4)
    index.close()
    assert (index.dense(["records kept"], 4), index.lexical(["records kept"], 4)) == before


def test_vectors_kept_elsewhere_make_a_rebuild_free(tmp_path):
    with Database(":memory:") as database:
        embedder = CountingEmbedder()
        index = PassageIndex(tmp_path / "index", embedder=embedder, vectors=Library(database).records)
        index.add(RULES)
        before = index.vectors_of([rule.id for rule in RULES])
        assert index.rebuild(RULES) == 4
        assert embedder.embedded == 4
        after = index.vectors_of([rule.id for rule in RULES])
        assert all((before[id_] == after[id_]).all() for id_ in before)
        index.close()


def test_another_embedder_starts_afresh(index, tmp_path):
    index.sync(RULES)
    index.close()
    other = PassageIndex(tmp_path / "index", embedder=HashEmbedder(dimensions=32))
    assert other.ids() == set()
    other.sync(RULES)
    assert len(other.dense(["badge"], 4)[0]) == 4
    other.close()
    assert index.ids() == set()


def test_a_damaged_folder_is_a_storage_error_and_can_be_rebuilt(index, tmp_path):
    index.add(RULES)
    index.close()
    (tmp_path / "index/chroma.sqlite3").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StorageError, match="rebuilds it"):
        index.ids()
    assert index.rebuild(RULES) == 4
    assert len(index.dense(["badge"], 4)[0]) == 4


def test_rank_is_the_same_for_any_order_of_adding(tmp_path):
    texts = [f"Rule {number % 7} on records and badges of kind {number % 11}." for number in range(300)]
    rules = [passage(number, text) for number, text in enumerate(texts)]
    found = []
    for name, order in (("a", rules), ("b", rules[::-1])):
        index = PassageIndex(tmp_path / name, embedder=HashEmbedder())
        index.add(order)
        found.append([[id_ for id_, _ in index.lexical(["badges of kind 3"], 20)[0]]])
        index.close()
    assert found[0] == found[1]


def test_a_word_index_of_nothing_but_stop_words_is_empty():
    assert LexicalIndex([("p_1", "d", "the of and")]).search(["the"], 3) == [[]]


def test_nothing_is_reported_to_anyone(tmp_path):
    script = f"""
import socket, sys
from pathlib import Path
def refuse(*arguments, **options): raise SystemExit("a connection was tried")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from knowledge.embed import HashEmbedder
from knowledge.index import PassageIndex
index = PassageIndex(Path({str(tmp_path)!r}) / "index", embedder=HashEmbedder())
index.sync([])
index.dense(["text"], 3)
index.close()
assert "torch" not in sys.modules
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root, timeout=120)


def test_importing_the_modules_is_cheap():
    script = (
        "import sys, knowledge.index, knowledge.retrieve, knowledge.ingest\n"
        "heavy = {'chromadb', 'llama_index', 'onnxruntime', 'numpy', 'tokenizers', 'bm25s'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2], timeout=60)


def test_vectors_come_back_as_they_went_in(index):
    index.add(RULES)
    expected = HashEmbedder().embed([RULES[0].text])[0]
    assert numpy.allclose(index.vectors_of(["p_0001", "p_none"])["p_0001"], expected, atol=1e-6)
    assert index.vectors_of([]) == {}
