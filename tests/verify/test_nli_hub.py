"""Models by name, of every kind: tiny random ones from folders show how each is asked and read, not how it judges."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import MissingDependency, MissingModel
from verify.nli import LexicalEntailment
from verify.nli_hub import OrderedEntailment, hub_model, onnx_model
from verify.nli_onnx import MODEL, WEIGHTS
from verify.verdict import Entailment

PAIRS = [("the rent is due in may", "rent is due"), ("a", "b " * 300), ("word " * 500, "rent"), ("", "nothing")]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def wordpieces(folder: Path) -> None:
    from transformers import BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{c}" for c in LETTERS)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)


def bert(folder: Path, labels: dict[int, str]) -> str:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    folder.mkdir()
    wordpieces(folder)
    config = BertConfig(
        vocab_size=57, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, id2label=labels, label2id={name: n for n, name in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def t5(folder: Path, kind: str, **more: Any) -> str:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.manual_seed(2)
    folder.mkdir()
    words = ["<pad>", "</s>", "<unk>", "0", "1", *LETTERS, "predict", "rent", "due", "is"]
    plain = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    config = transformers.T5Config(
        vocab_size=len(words), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0,
        pad_token_id=0, eos_token_id=1, num_labels=2, **more,
    )  # fmt: skip
    getattr(transformers, kind)(config).save_pretrained(folder)
    return str(folder)


def encoder(folder: Path, kind: str, labels: int, **more: Any) -> str:
    """A random encoder of the architecture that a checker was published in, its words cut as a byte-pair tokenizer gives them out."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.manual_seed(3)
    folder.mkdir()
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *LETTERS, "rent", "due", "is", "the"]
    plain = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    transformers.PreTrainedTokenizerFast(tokenizer_object=plain, **marks).save_pretrained(folder)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=80, type_vocab_size=1, pad_token_id=1, num_labels=labels, **more,
    )  # fmt: skip
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    return str(folder)


PUBLISHED = {
    "MiniCheck-RoBERTa-Large": ("Roberta", 2, {}),
    "MiniCheck-DeBERTa-v3-Large": ("DebertaV2", 2, {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
    "hallucination_evaluation_model": ("DebertaV2", 1, {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
}
"""The folder's name, by which the kind is known, and the architecture its weights have."""


def scores(name: str) -> list[Entailment]:
    model = hub_model(name, max_length=64)
    judged = model.entail(PAIRS)
    assert model.name
    assert model.entail([]) == []
    for one, other in zip(judged, reversed(model.entail(PAIRS[::-1])), strict=True):
        assert one.entailment == pytest.approx(other.entailment, abs=1e-4)
        assert one.entailment + one.neutral + one.contradiction == pytest.approx(1, abs=1e-4)
    return judged


@pytest.mark.model
class TestWithTinyModels:
    def test_labels_in_any_order(self, tmp_path: Path) -> None:
        name = bert(tmp_path / "any", {0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"})
        assert scores(name) == scores(f"hub:{name}")
        assert any(each.contradiction > 0 for each in scores(name))

    def test_minicheck_as_an_encoder_has_support_as_class_one(self, tmp_path: Path) -> None:
        name = bert(tmp_path / "MiniCheck-tiny", {0: "LABEL_0", 1: "LABEL_1"})
        assert all(each.contradiction == 0 for each in scores(name))
        turned = json.loads(Path(name, "config.json").read_text())
        turned["id2label"] = {"0": "supported", "1": "unsupported"}
        Path(name, "config.json").write_text(json.dumps(turned))
        before, after = scores(name)[0].entailment, 1 - scores(name)[0].entailment
        assert before + after == pytest.approx(1)

    def test_unnamed_classes_are_refused_unless_told(self, tmp_path: Path) -> None:
        name = bert(tmp_path / "unnamed", {0: "LABEL_0", 1: "LABEL_1"})
        with pytest.raises(MissingModel, match="LABEL_0"):
            hub_model(name)
        assert scores(f"yes-no:{name}")

    def test_minicheck_as_t5_is_read_at_its_first_token(self, tmp_path: Path) -> None:
        name = t5(tmp_path / "MiniCheck-T5-tiny", "T5ForConditionalGeneration")
        torch = pytest.importorskip("torch")
        import transformers

        judged = scores(name)[0]
        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        model = transformers.T5ForConditionalGeneration.from_pretrained(name).eval()
        feed = tokenizer([f"predict: {PAIRS[0][0]}</s>{PAIRS[0][1]}"], return_tensors="pt")
        with torch.inference_mode():
            logits = model(**feed, decoder_input_ids=torch.zeros((1, 1), dtype=torch.long)).logits[0, 0]
        wanted = torch.softmax(logits[[3, 4]], dim=-1)[1].item()
        assert judged.entailment == pytest.approx(wanted, abs=1e-3)

    def test_another_t5_is_refused_unless_told(self, tmp_path: Path) -> None:
        name = t5(tmp_path / "writer", "T5ForConditionalGeneration")
        with pytest.raises(MissingModel, match="yes-no:"):
            hub_model(name)
        assert scores(f"yes-no:{name}")

    @pytest.mark.parametrize("published", PUBLISHED)
    def test_the_architectures_that_were_published(self, tmp_path: Path, published: str) -> None:
        kind, labels, more = PUBLISHED[published]
        name = encoder(tmp_path / published, kind, labels, **more)
        judged = scores(name)
        assert all(0 < each.entailment < 1 and each.contradiction == 0 for each in judged)
        torch = pytest.importorskip("torch")
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(name).eval()
        premise, claim = PAIRS[0]
        asked = (f"{premise}</s>{claim}",) if labels == 2 else (premise, claim)
        with torch.inference_mode():
            logits = model(**tokenizer(*asked, return_tensors="pt")).logits[0]
        wanted = torch.softmax(logits, dim=-1)[1] if labels == 2 else torch.sigmoid(logits[0])
        assert judged[0].entailment == pytest.approx(wanted.item(), abs=1e-4)

    def test_hhem_one_is_a_score(self, tmp_path: Path) -> None:
        name = bert(tmp_path / "hhem-tiny", {0: "LABEL_0"})
        assert all(0 < each.entailment < 1 for each in scores(name))

    def test_hhem_two_is_read_without_its_own_code(self, tmp_path: Path) -> None:
        pytest.importorskip("torch", reason="torch is not installed")
        from safetensors.torch import load_file, save_file

        base = t5(tmp_path / "base", "T5ForTokenClassification")
        folder = tmp_path / "two"
        shutil.copytree(base, folder)
        weights = {f"t5.{key}": value for key, value in load_file(folder / "model.safetensors").items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "config.json").write_text(json.dumps({"model_type": "HHEMv2Config", "foundation": base}))
        assert all(0 < each.entailment < 1 for each in scores(str(folder)))

    def test_what_is_not_there_is_named(self, tmp_path: Path) -> None:
        pytest.importorskip("torch", reason="torch is not installed")
        with pytest.raises(MissingModel, match="absent"):
            hub_model(str(tmp_path / "absent"))


def test_without_torch_the_extra_is_named() -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependency, match=r"groundsmith\[torch\]"):
            hub_model("hub:some/model")
    else:
        pytest.skip("torch is installed")


@pytest.mark.model
def test_an_onnx_file_takes_its_order_from_its_configuration(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for file in (MODEL, "tokenizer.json"):
        (tmp_path / file).symlink_to(WEIGHTS / file)
    with pytest.raises(MissingModel, match="id2label"):
        onnx_model(tmp_path)
    labels = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    (tmp_path / "config.json").write_text(json.dumps({"id2label": labels}))
    pair = ("Asia contains Singapore.", "Singapore is in Asia.")
    straight = hub_model(str(tmp_path / MODEL)).entail([pair])[0]
    assert straight.entailment > 0.5
    (tmp_path / "config.json").write_text(json.dumps({"id2label": labels | {"0": "contradiction", "2": "entailment"}}))
    turned = hub_model(str(tmp_path)).entail([pair])[0]
    assert turned.contradiction == pytest.approx(straight.entailment, abs=1e-6)
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "entailment", "1": "other"}}))
    with pytest.raises(MissingModel, match="neutral"):
        onnx_model(tmp_path)


def test_outputs_are_put_in_order() -> None:
    model = OrderedEntailment(LexicalEntailment(), {"entailment": 2, "contradiction": 0})
    plain, turned = (each.entail([("Rent is due.", "Rent is due.")])[0] for each in (LexicalEntailment(), model))
    assert turned.contradiction == plain.entailment
    assert turned.entailment == pytest.approx(plain.contradiction)


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match="holds no model"):
        hub_model(str(tmp_path))
