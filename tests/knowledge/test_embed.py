"""The embedder port: a contract each embedder keeps, and the real model on real text."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy
import pytest

from knowledge.document import Passage
from knowledge.embed import HashEmbedder, OnnxEmbedder, PrefixedEmbedder, embedded_text, query_vectors, unit
from knowledge.embed_endpoint import EndpointEmbedder
from knowledge.embed_llama_index import LlamaIndexEmbedder
from knowledge.embed_onnx import WEIGHTS
from knowledge.errors import MissingModel, ModelCallError, ModelError

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"
TEXTS = [
    "Records must be kept for seven years.",
    "",
    "Visitors wear a badge. " * 60,
    "Records must be kept for seven years.",
    "方針 секция \x00 résumé",
    "x" * 5_000,
]


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def onnx_embedder():
    return OnnxEmbedder()


class EmbedderContract:
    """What the index relies on."""

    def test_one_unit_row_a_text_in_order(self, embedder):
        vectors = embedder.embed(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert vectors.dtype == numpy.float32
        assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-4)
        assert (vectors[0] == vectors[3]).all()

    def test_a_text_has_one_vector_whatever_its_neighbours(self, embedder):
        alone = numpy.concatenate([embedder.embed([text]) for text in TEXTS])
        assert (alone == embedder.embed(TEXTS)).all()
        assert (alone[::-1] == embedder.embed(TEXTS[::-1])).all()

    def test_no_texts_no_rows(self, embedder):
        assert embedder.embed([]).shape == (0, embedder.dimensions)

    def test_threads_may_share_it(self, embedder):
        expected = embedder.embed(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(lambda _: embedder.embed(TEXTS), range(8)):
                assert (vectors == expected).all()


class TestHashEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self):
        return HashEmbedder()

    def test_shared_words_are_near(self, embedder):
        first, second, third = embedder.embed(["keep the records", "keep the files", "badge visitors wear"])
        assert first @ second > first @ third


@pytest.mark.model
class TestOnnxEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, onnx_embedder):
        return onnx_embedder

    def test_meaning_counts_not_words(self, embedder):
        rule, same, other = embedder.embed(
            [
                "Financial records must be retained for seven years.",
                "How long do we keep accounting documents?",
                "Every visitor must wear a badge.",
            ]
        )
        assert rule @ same > 0.4
        assert rule @ same > rule @ other + 0.2

    def test_tokens_are_counted_whole(self, embedder):
        assert embedder.count_tokens("Records must be kept.") == 5
        assert embedder.count_tokens("word " * 1_000) == 1_000

    @pytest.mark.corpus
    def test_questions_find_their_rules(self, embedder):
        folder = CORPORA / "obliqa-adgm/qa"
        if not folder.is_dir():
            pytest.skip("the corpora are not beside the checkout")
        rules = read(folder / "passages.jsonl")[:200]
        place = {rule["passage_id"]: number for number, rule in enumerate(rules)}
        asked = read(folder / "qa.jsonl")
        pairs = [
            (q["question"], place[e["passage_id"]]) for q in asked for e in q["evidence"] if e["passage_id"] in place
        ]
        passages, questions = embedder.embed([r["text"] for r in rules]), embedder.embed([q for q, _ in pairs])
        nearest = numpy.argsort(-(questions @ passages.T), axis=1)[:, :10]
        found = [want in row for (_, want), row in zip(pairs, nearest.tolist(), strict=True)]
        assert len(found) > 20
        assert numpy.mean(found) > 0.9


class TestPrefixedEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self):
        return PrefixedEmbedder(HashEmbedder(), query="query: ", passage="passage: ")

    def test_questions_and_passages_are_read_apart(self, embedder):
        plain = HashEmbedder()
        assert (embedder.embed(["a rule"]) == plain.embed(["passage: a rule"])).all()
        assert (query_vectors(embedder, ["a rule"]) == plain.embed(["query: a rule"])).all()
        assert embedder.name != plain.name


def their_embedding():
    """An embedding as llama-index has them, that reads questions apart."""
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Theirs(BaseEmbedding):
        def _get_text_embedding(self, text):
            return (HashEmbedder().embed([text])[0] * 3).tolist()

        def _get_query_embedding(self, query):
            return self._get_text_embedding(f"query {query}")

        async def _aget_query_embedding(self, query):
            return self._get_query_embedding(query)

    return Theirs()


class TestLlamaIndexEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self):
        return LlamaIndexEmbedder(their_embedding(), name="theirs")

    def test_questions_are_asked_as_questions(self, embedder):
        expected = HashEmbedder().embed(["query a rule"])
        assert numpy.allclose(query_vectors(embedder, ["a rule"]), expected, atol=1e-6)

    def test_a_failure_is_one_line(self):
        class Broken:
            def get_text_embedding_batch(self, texts):
                raise RuntimeError("no such model")

        with pytest.raises(ModelError, match="theirs: RuntimeError: no such model"):
            LlamaIndexEmbedder(Broken(), name="theirs").embed(["text"])


class Endpoint:
    """A scripted server of OpenAI's embedding protocol on loopback; `failures` are statuses it answers first."""

    def __init__(self):
        self.asked, self.failures, self.short = [], [], False

    def reply(self, body, key):
        self.asked.append((body, key))
        if self.failures:
            return self.failures.pop(0), {"error": {"message": "not now"}}
        rows = HashEmbedder(dimensions=body.get("dimensions", 64)).embed(body["input"])
        data = [
            {"object": "embedding", "index": number, "embedding": (row * 2).tolist()} for number, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return 200, {"object": "list", "data": data[::-1][self.short :], "model": body["model"], "usage": usage}


@pytest.fixture
def endpoint():
    script = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, reply = script.reply(body, self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(reply).encode())

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        script.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield script
        server.shutdown()
        thread.join()


class TestEndpointEmbedder(EmbedderContract):
    @pytest.fixture
    def open_endpoint(self, endpoint):
        opened = []

        def open_(**options):
            opened.append(EndpointEmbedder("small", base_url=endpoint.url, environment={"KEY": "secret"}, **options))
            return opened[-1]

        yield open_
        for embedder in opened:
            embedder.close()

    @pytest.fixture
    def embedder(self, open_endpoint):
        return open_endpoint(batch=3, api_key_variable="KEY")

    def test_batches_are_bounded_and_equal_texts_sent_once(self, embedder, endpoint):
        embedder.embed(["a", "b", "a", "c", "d", "a"])
        assert [body["input"] for body, _ in endpoint.asked] == [["a", "b", "c"], ["d"]]
        assert {key for _, key in endpoint.asked} == {"Bearer secret"}
        assert endpoint.asked[0][0]["model"] == "small"

    def test_shorter_vectors_can_be_asked_for(self, open_endpoint, endpoint):
        embedder = open_endpoint(dimensions=16)
        assert embedder.dimensions == 16
        assert embedder.embed(["a"]).shape == (1, 16)
        assert endpoint.asked[0][0]["dimensions"] == 16

    def test_a_busy_endpoint_is_asked_again(self, embedder, endpoint):
        endpoint.failures = [503]
        assert embedder.embed(["a"]).shape == (1, 64)
        assert len(endpoint.asked) == 2

    def test_a_refused_key_names_its_variable(self, embedder, endpoint):
        endpoint.failures = [401]
        with pytest.raises(ModelCallError, match="refused the key in KEY") as caught:
            embedder.embed(["a"])
        assert "secret" not in str(caught.value)

    def test_vectors_that_do_not_come_are_noticed(self, embedder, endpoint):
        endpoint.short = True
        with pytest.raises(ModelCallError, match="sent 1 vectors for 2 texts"):
            embedder.embed(["a", "b"])


@pytest.mark.parametrize("rows", [[[1.0, 2.0], [3.0]], [[1.0, float("nan")], [0.0, 1.0]], [[1.0, 0.0]], []])
def test_rows_that_are_no_vectors_are_refused(rows):
    with pytest.raises(ModelError, match=r"^model: "):
        unit(rows, count=2, name="model")


@pytest.mark.model
def test_weights_in_another_folder_have_another_name_only_if_they_differ(tmp_path, onnx_embedder):
    (tmp_path / "encoder.onnx").symlink_to(WEIGHTS / "minilm.onnx")
    (tmp_path / "tokenizer.json").symlink_to(WEIGHTS / "tokenizer.json")
    other = OnnxEmbedder(tmp_path)
    assert other.name.rpartition(":")[2] == onnx_embedder.name.rpartition(":")[2]
    assert other.dimensions == onnx_embedder.dimensions
    assert (other.embed(TEXTS[:2]) == onnx_embedder.embed(TEXTS[:2])).all()


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(MissingModel, match=r"one \.onnx file"):
        OnnxEmbedder(tmp_path).embed(["text"])


def test_headings_are_embedded_with_the_text():
    passage = Passage(id="p", document_id="d", version=1, ordinal=0, start=0, end=5, text="Seven", headings=("A", "B"))
    assert embedded_text(passage) == "A > B\nSeven"
