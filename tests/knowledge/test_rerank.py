"""The re-ranker: a contract, a cross-encoder's file, and llama-index's postprocessors."""

from pathlib import Path

import pytest

from knowledge.errors import MissingModel, ModelError
from knowledge.rerank import LlamaIndexReranker, OnnxReranker

JUDGE = Path(__file__).parents[2] / "verify/weights"
QUERY = "How long must financial records be kept?"
TEXTS = [
    "Visitors must wear a badge at all times.",
    "Financial records must be kept for seven years.",
    "Staff may not book business class.",
]


@pytest.fixture(scope="module")
def cross_encoder():
    return OnnxReranker(JUDGE, max_tokens=256, passage_first=True)


class RerankerContract:
    """What the retriever relies on."""

    def test_one_score_a_text_in_order(self, reranker):
        scores = reranker.scores(QUERY, TEXTS)
        assert len(scores) == len(TEXTS)
        assert scores[1] is not None
        assert scores[1] == max(score for score in scores if score is not None)

    def test_a_score_does_not_depend_on_the_neighbours(self, reranker):
        assert reranker.scores(QUERY, TEXTS)[1:2] == reranker.scores(QUERY, TEXTS[1:2])

    def test_no_texts_no_scores(self, reranker):
        assert reranker.scores(QUERY, []) == []

    def test_odd_texts_are_read_too(self, reranker):
        assert len(reranker.scores("", ["", "word " * 5_000, "方針 \x00"])) == 3


@pytest.mark.model
class TestOnnxReranker(RerankerContract):
    """With the entailment model in the package, a cross-encoder that is at hand."""

    @pytest.fixture
    def reranker(self, cross_encoder):
        return cross_encoder


class Overlap:
    """A llama-index postprocessor by its method alone: words in common, the worst left out."""

    def postprocess_nodes(self, nodes, *, query_str):
        wanted = set(query_str.lower().split())
        for node in nodes:
            node.score = float(len(wanted & set(node.node.text.lower().split())))
        return sorted((node for node in nodes if node.score or len(nodes) == 1), key=lambda node: -node.score)


class TestLlamaIndexReranker(RerankerContract):
    @pytest.fixture
    def reranker(self):
        return LlamaIndexReranker(Overlap())

    def test_what_it_leaves_out_has_no_score(self, reranker):
        assert reranker.scores(QUERY, TEXTS)[2] is None


def test_a_postprocessor_of_llama_index_that_only_reorders():
    from llama_index.core.postprocessor import LongContextReorder

    scores = LlamaIndexReranker(LongContextReorder()).scores(QUERY, TEXTS)
    assert sorted(score for score in scores if score is not None) == [1.0, 2.0, 3.0]


def test_a_failure_is_one_line():
    class Broken:
        def postprocess_nodes(self, nodes, *, query_str):
            raise RuntimeError("no such model")

    with pytest.raises(ModelError, match="Broken failed: no such model"):
        LlamaIndexReranker(Broken()).scores(QUERY, TEXTS)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(MissingModel, match=r"tokenizer\.json"):
        OnnxReranker(tmp_path)
