"""The embedder port: a contract each embedder keeps, and the real model on real text."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

from knowledge.document import Passage
from knowledge.embed import HashEmbedder, OnnxEmbedder, embedded_text
from knowledge.errors import MissingModel

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


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(MissingModel, match="one .onnx file"):
        OnnxEmbedder(tmp_path).embed(["text"])


def test_headings_are_embedded_with_the_text():
    passage = Passage(id="p", document_id="d", version=1, ordinal=0, start=0, end=5, text="Seven", headings=("A", "B"))
    assert embedded_text(passage) == "A > B\nSeven"
