"""The contract of every entailment model, run on each adapter and each fake."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import MissingDependency, MissingModel
from knowledge.store import Database
from verify.nli import CachedEntailment, EntailmentModel, LexicalEntailment
from verify.nli_onnx import MODEL, WEIGHTS, OnnxEntailment
from verify.nli_transformers import TransformersEntailment, label_order
from verify.store import EntailmentCache

PAIRS = [
    ("Asia contains Singapore.", "Singapore is in Asia."),
    ("Asia contains Singapore.", "Singapore is in Europe."),
    ("The landlord must return the deposit within 45 days.", "The deposit must be returned within 45 days."),
    ("word " * 2_000, "A short hypothesis."),
    ("Short.", "hypothesis " * 1_000),
    ("", "Nothing is said."),
    ("Text\nwith lines\tand “quotes” — ünïcödé 漢字.", "Text."),
]


class EntailmentContract:
    """What every entailment model keeps."""

    @pytest.fixture
    def model(self) -> EntailmentModel:
        raise NotImplementedError

    def test_probabilities_sum_to_one(self, model):
        for judged in model.entail(PAIRS):
            scores = (judged.entailment, judged.neutral, judged.contradiction)
            assert all(0.0 <= score <= 1.0 for score in scores)
            assert sum(scores) == pytest.approx(1.0, abs=1e-4)

    def test_no_pairs_no_answers(self, model):
        assert model.entail([]) == []

    def test_order_is_kept_and_repeats_are_equal(self, model):
        forward, backward = model.entail(PAIRS), model.entail(PAIRS[::-1])
        for one, other in zip(forward, backward[::-1], strict=True):
            assert one.entailment == pytest.approx(other.entailment, abs=0.05)
        twice = model.entail([PAIRS[0], PAIRS[1], PAIRS[0]])
        assert twice[0] == twice[2]

    def test_has_a_name(self, model):
        assert model.name

    def test_same_text_is_entailed(self, model):
        text = "A tenant may appeal within 30 days of the notice."
        assert model.entail([(text, text)])[0].entailment > 0.5


class TestLexical(EntailmentContract):
    @pytest.fixture
    def model(self):
        return LexicalEntailment()

    def test_negation_on_one_side_contradicts(self, model):
        judged = model.entail([("Pets are not allowed in the building.", "Pets are allowed in the building.")])[0]
        assert judged.contradiction > judged.entailment

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_any_text_gives_probabilities(self, premise, hypothesis):
        judged = LexicalEntailment().entail([(premise, hypothesis)])[0]
        assert judged.entailment + judged.neutral + judged.contradiction == pytest.approx(1.0)


class Counting:
    """A model that counts the pairs that reach it."""

    name = "counting"

    def __init__(self):
        self.seen = 0

    def entail(self, pairs):
        self.seen += len(pairs)
        return LexicalEntailment().entail(pairs)


class TestCached(EntailmentContract):
    @pytest.fixture
    def model(self):
        return CachedEntailment(LexicalEntailment(), EntailmentCache(Database(":memory:")))

    def test_judges_each_pair_once_over_restarts(self, tmp_path):
        with Database(tmp_path / "w.db") as database:
            first = Counting()
            answers = CachedEntailment(first, EntailmentCache(database)).entail([*PAIRS, *PAIRS])
            assert first.seen == len(PAIRS)
        with Database(tmp_path / "w.db") as database:
            second = Counting()
            assert CachedEntailment(second, EntailmentCache(database)).entail([*PAIRS, *PAIRS]) == answers
            assert second.seen == 0

    def test_models_do_not_share_answers(self):
        cache = EntailmentCache(Database(":memory:"))
        one, other = Counting(), Counting()
        other.name = "other"
        CachedEntailment(one, cache).entail(PAIRS)
        CachedEntailment(other, cache).entail(PAIRS)
        assert one.seen == other.seen == len(PAIRS)

    def test_more_pairs_than_one_query_holds(self):
        cached = CachedEntailment(LexicalEntailment(), EntailmentCache(Database(":memory:")))
        pairs = [("A fee is due.", f"Fee {i} is due.") for i in range(1_203)]
        assert cached.entail(pairs) == cached.entail(pairs)


@cache
def packaged():
    """The model in the package, loaded once."""
    return OnnxEntailment()


@pytest.mark.model
@pytest.mark.skipif(not (WEIGHTS / MODEL).is_file(), reason="the entailment weights are not in the package yet")
class TestOnnx(EntailmentContract):
    @pytest.fixture
    def model(self):
        return packaged()

    def test_a_score_does_not_depend_on_the_other_pairs(self, model):
        assert model.entail(PAIRS) == [model.entail([pair])[0] for pair in PAIRS]

    def test_the_end_of_a_long_premise_is_cut_and_the_hypothesis_kept(self, model):
        fact = "The quorum of the Council is eight members."
        assert model.entail([(f"{fact} " + "Nothing else is said. " * 400, fact)])[0].entailment > 0.5


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(MissingModel, match="nli-minilm"):
        OnnxEntailment(tmp_path)


class TestLabels:
    def test_order_is_read_from_the_names(self):
        labels = {0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}
        assert label_order(labels, model="m") == {"contradiction": 0, "entailment": 2}

    def test_two_classes(self):
        assert label_order({0: "entailment", 1: "not_entailment"}, model="m") == {"entailment": 0}

    def test_other_classifiers_are_refused(self):
        with pytest.raises(MissingModel, match="POSITIVE"):
            label_order({0: "NEGATIVE", 1: "POSITIVE"}, model="sentiment")


def test_without_torch_the_extra_is_named():
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependency, match=r"groundsmith\[torch\]"):
            TransformersEntailment("any/model")
    else:
        pytest.skip("torch is installed")


@pytest.mark.model
class TestTransformers(EntailmentContract):
    """A tiny random model from a folder: the plumbing, not the judgement."""

    @pytest.fixture
    def model(self, tmp_path):
        pytest.importorskip("torch", reason="torch is not installed")
        return TransformersEntailment(str(_tiny(tmp_path)), max_length=64)

    def test_same_text_is_entailed(self, model):
        pytest.skip("a random model entails nothing")


def _tiny(folder):
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    ]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, id2label={0: "entailment", 1: "neutral", 2: "contradiction"},
        label2id={"entailment": 0, "neutral": 1, "contradiction": 2},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder
