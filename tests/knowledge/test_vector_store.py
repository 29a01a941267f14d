"""The contract that every vector store keeps: Chroma in a folder and on a server, Qdrant, any llama-index store."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from knowledge.chroma_store import ChromaStore
from knowledge.document import Passage
from knowledge.embed import HashEmbedder
from knowledge.errors import StorageError
from knowledge.index import PassageIndex
from knowledge.llama_index_store import LlamaIndexStore, qdrant
from knowledge.vector_store import narrowed

EMBEDDER = HashEmbedder(dimensions=32)
TEXTS = [
    "Financial records must be kept for seven years.",
    "Visitors must wear a badge at all times.",
    "Personnel files are kept for six years.",
    "Badges expire after twelve hours.",
    "Staff may not book business class.",
]


def passage(number: int, text: str) -> Passage:
    document = "d_odd" if number % 2 else "d_even"
    return Passage(
        id=f"p_{number:04}", document_id=document, version=1, ordinal=number, start=0, end=len(text), text=text
    )


RULES = [passage(number, text) for number, text in enumerate(TEXTS)]
VECTORS = EMBEDDER.embed(TEXTS)


class VectorStoreContract:
    """What the index relies on; a subclass has a fixture `open_store` that opens the same place for an embedder."""

    @pytest.fixture
    def store(self, open_store):
        store = open_store(EMBEDDER)
        store.erase()
        store.add(RULES, list(VECTORS))
        yield store
        store.close()

    def test_holds_what_was_added(self, store):
        assert store.ids() == {rule.id for rule in RULES}
        assert store.count() == len(RULES)
        assert sorted(store.contents()) == [(rule.id, rule.document_id, rule.text) for rule in RULES]

    def test_the_nearest_come_first_with_their_cosine(self, store):
        for query, vector in enumerate(VECTORS):
            [ranking] = store.nearest(vector[None], 5)
            expected = VECTORS @ vector
            assert ranking[0][0] == RULES[query].id
            assert [id_ for id_, _ in ranking] == [RULES[n].id for n in numpy.argsort(-expected)]
            assert [score for _, score in ranking] == pytest.approx(sorted(expected, reverse=True), abs=1e-5)

    def test_many_queries_at_once(self, store):
        assert [ranking[0][0] for ranking in store.nearest(VECTORS, 2)] == [rule.id for rule in RULES]
        assert all(len(ranking) == 2 for ranking in store.nearest(VECTORS, 2))

    def test_more_asked_for_than_there_are(self, store):
        assert len(store.nearest(VECTORS[:1], len(RULES))[0]) == len(RULES)

    def test_limited_to_documents(self, store):
        [ranking] = store.nearest(VECTORS[:1], 2, documents=["d_odd"])
        assert {id_ for id_, _ in ranking} == {"p_0001", "p_0003"}
        assert store.nearest(VECTORS[:1], 2, documents=["d_none"]) == [[]]

    def test_vectors_come_back_as_they_went_in(self, store):
        found = store.vectors_of(["p_0003", "p_none", "p_0000", "p_0003"])
        assert set(found) == {"p_0000", "p_0003"}
        assert numpy.allclose(found["p_0003"], VECTORS[3], atol=1e-6)

    def test_what_is_removed_is_found_no_more(self, store):
        store.remove(["p_0000", "p_0002"])
        assert store.ids() == {"p_0001", "p_0003", "p_0004"}
        assert "p_0000" not in dict(store.nearest(VECTORS[:1], 3)[0])
        store.add(RULES[:1], list(VECTORS[:1]))
        assert store.nearest(VECTORS[:1], 1)[0][0][0] == "p_0000"

    def test_it_opens_again_as_it_was(self, store):
        before = store.nearest(VECTORS, 3)
        store.close()
        assert store.nearest(VECTORS, 3) == before

    def test_erased_it_is_empty_and_of_use(self, store):
        store.erase()
        assert store.ids() == set()
        store.add(RULES[:2], list(VECTORS[:2]))
        assert store.count() == 2

    def test_embedders_do_not_mix(self, store, open_store):
        store.close()
        other = open_store(HashEmbedder(dimensions=16))
        assert other.ids() == set()
        other.forget_others()
        other.close()
        assert store.ids() == set()

    def test_the_index_works_on_it(self, store, tmp_path):
        index = PassageIndex(tmp_path / "unused", embedder=EMBEDDER, store=store)
        assert index.sync(RULES[1:]) == (0, 1)
        assert index.dense(["wear a badge"], 1)[0][0][0] == "p_0001"
        assert [id_ for id_, _ in index.dense(["records kept"], 3, ids={"p_0003"})[0]] == ["p_0003"]
        assert index.lexical(["badge"], 3, ids={"p_0003"})[0][0][0] == "p_0003"
        assert index.rebuild(RULES) == len(RULES)
        assert not (tmp_path / "unused").exists()


class TestChromaInAFolder(VectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        return lambda embedder: ChromaStore.in_folder(tmp_path / "index", embedder=embedder)


@pytest.fixture(scope="module")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("the command chroma is not installed beside this Python")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not _answers(port):
            pytest.skip("the Chroma server did not start within 20 seconds")
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(port: int) -> bool:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


class TestChromaOnAServer(VectorStoreContract):
    @pytest.fixture
    def open_store(self, chroma_server):
        return lambda embedder: ChromaStore.on_server(
            "127.0.0.1", chroma_server, embedder=embedder, collection="groundsmith-test"
        )

    def test_workspaces_share_a_server_unseen(self, store, chroma_server):
        other = ChromaStore.on_server("127.0.0.1", chroma_server, embedder=EMBEDDER, collection="groundsmith")
        assert other.ids() == set()
        other.erase()
        other.close()
        assert store.count() == len(RULES)


class TestQdrant(VectorStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        pytest.importorskip("llama_index.vector_stores.qdrant")
        folder = tmp_path / "index"
        return lambda embedder: LlamaIndexStore(
            folder, lambda: qdrant(folder / "qdrant", collection="rules", options={}), embedder=embedder
        )


class TestSimpleVectorStore(VectorStoreContract):
    """llama-index's own store in memory, which keeps nothing when closed: the index fills it again."""

    @pytest.fixture
    def open_store(self, tmp_path):
        def make():
            from llama_index.core.vector_stores import SimpleVectorStore

            return SimpleVectorStore()

        return lambda embedder: LlamaIndexStore(tmp_path / "index", make, embedder=embedder)

    def test_it_opens_again_as_it_was(self, store):
        store.close()
        assert store.ids() == set()


def test_an_interrupted_addition_is_undone(tmp_path):
    from llama_index.core.vector_stores import SimpleVectorStore

    class Breaking(SimpleVectorStore):
        def add(self, nodes, **options):
            super().add(nodes, **options)
            if any("badge" in node.text for node in nodes):
                raise RuntimeError("the power went")

    kept = Breaking()
    store = LlamaIndexStore(tmp_path, lambda: kept, embedder=EMBEDDER)
    store.add(RULES[:1], [VECTORS[0]])
    with pytest.raises(StorageError, match="the power went"):
        store.add(RULES[1:3], list(VECTORS[1:3]))
    store.close()
    assert store.ids() == {"p_0000"}
    assert len(kept.data.embedding_dict) == 1
    store.close()


def test_a_server_that_is_not_there_is_named(tmp_path):
    store = ChromaStore.on_server("127.0.0.1", 9, embedder=EMBEDDER, collection="groundsmith-test")
    with pytest.raises(StorageError, match=r"Chroma at 127\.0\.0\.1:9.*library\.store_host"):
        store.ids()
    store.close()


def test_narrowing_asks_for_more_until_there_is_enough():
    ids = [(f"p_{number:03}", 1.0 - number / 100) for number in range(100)]
    asked = []

    def search(k):
        asked.append(k)
        return [ids[:k]]

    assert narrowed(search, 3, total=100, keep=lambda id_: id_ >= "p_050") == [ids[50:53]]
    assert asked == [3, 12, 48, 100]
    assert narrowed(search, 3, total=100, keep=lambda id_: False) == [[]]
