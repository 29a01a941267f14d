"""The exported form of the network; needs torch, so it runs where models are trained."""

import json

import pytest

torch = pytest.importorskip("torch")
SIZES = {"num_hidden_layers": 3, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 64, "vocab_size": 50}


def folder(path, kind):
    """A small encoder of random weights, as a model folder."""
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    torch.manual_seed(3)
    config, model = {"bert": (BertConfig, BertModel), "mpnet": (MPNetConfig, MPNetModel)}[kind]
    model(config(**SIZES)).save_pretrained(path)
    assert json.loads((path / "config.json").read_text())["model_type"] == kind
    return path


def batch():
    """Two pairs, the second padded; hypotheses begin at different tokens."""
    ids = torch.randint(5, 50, (2, 12), generator=torch.Generator().manual_seed(1))
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)
    types[0, 7:], types[1, 6:10], mask[1, 10:] = 1, 1, 0
    return ids, mask, types


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_the_exported_form_gives_the_scores_of_the_trained_one(tmp_path, kind):
    from verify.training.lean import LeanClassifier
    from verify.training.network import load

    model = load(folder(tmp_path, kind), attention="eager").eval()
    with torch.inference_mode():
        whole = model(*batch())
        lean = LeanClassifier(model).eval()(*batch())
    assert whole.shape == (2, 3)
    assert torch.allclose(whole, lean, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_frozen_layers_have_no_gradients(tmp_path, kind):
    from verify.training.train import build

    model, _ = build(folder(tmp_path, kind), 1e-4, frozen=False, frozen_layers=2)
    model(*batch()).sum().backward()
    with_gradient = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert any("layer.2." in name for name in with_gradient)
    assert not any(
        part in name for name in with_gradient for part in ("embeddings", "layer.0.", "layer.1.", "relative")
    )
