"""Exports an encoder as the int8 ONNX file of the package; a fine-tuned one is first drawn back towards its base.

python -m knowledge.training.export --base path/to/all-MiniLM-L6-v2 --run run --pairs pairs.jsonl.gz --out folder

How far it is drawn back is chosen on the held-out pairs. Without --run the base itself is exported.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from knowledge.training.data import Pair, read, tokenizer_of
from knowledge.training.network import TextEncoder, Weights, between, load, pooled
from knowledge.training.train import evaluate

NAME = "minilm.onnx"
INPUTS = ("input_ids", "attention_mask")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
TRAINED_TOKENS = 128
MADE_BY_RULE = "question"
SLACK = 0.005
OPSET = 17


class TraceableEncoder(nn.Module):
    """The same encoder with the mask widened and made additive here: the mask code of transformers does not trace."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit vectors (n, 384)."""
        wide = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        hidden = self.bert.embeddings(input_ids=input_ids)
        for layer in self.bert.encoder.layer:
            output = layer(hidden, wide)
            hidden = output[0] if isinstance(output, tuple) else output
        return pooled(hidden, attention_mask)


def chosen_share(base: Path, tuned: Weights, held: Sequence[Pair], shares: Sequence[float]) -> float:
    """Return the least share of the way from base to tuned that finds the held-out passages as well as the best one does.

    As well means within `SLACK` of mean reciprocal rank, over the sources that people wrote: questions made by rule repeat
    their passage's words, so that they reward learning the rules. Prints each share's figures.
    """
    model = load(base)
    plain = {name: weight.clone() for name, weight in model.state_dict().items()}
    means = {}
    for share in shares:
        model.load_state_dict(between(plain, tuned, share))
        means[share] = evaluate(model, [pair for pair in held if pair.source != MADE_BY_RULE])
        print(f"share {share:.2f}: {means[share]}", flush=True)
    return least_of({share: figures["mean"] for share, figures in means.items()})


def least_of(means: Mapping[float, float]) -> float:
    """Return the least share whose mean is within `SLACK` of the best."""
    return min(share for share, mean in means.items() if mean >= max(means.values()) - SLACK)


def mixed(base: Path, tuned: Weights | None, share: float) -> TextEncoder:
    """Return the encoder whose weights lie `share` of the way from base to tuned."""
    model = load(base)
    if tuned is not None:
        model.load_state_dict(between(model.state_dict(), tuned, share))
    return model.eval()


def write_onnx(model: TextEncoder, base: Path, path: Path) -> None:
    """Write the model in 32-bit floats with free batch size and length."""
    bert = BertModel.from_pretrained(str(base), add_pooling_layer=False, attn_implementation="eager").eval()
    bert.load_state_dict(model.bert.state_dict())
    example = torch.ones(2, 16, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            TraceableEncoder(bert).eval(),
            (example, example),
            str(path),
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=["embedding"],
            dynamic_axes={name: {0: "n", 1: "t"} for name in INPUTS} | {"embedding": {0: "n"}},
            dynamo=False,
        )


def quantize(source: Path, target: Path) -> None:
    """Write the model with int8 weights, one scale a channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def write(model: TextEncoder, base: Path, folder: Path, *, whole: bool = False) -> None:
    """Write the model's ONNX file (int8, or `whole` in 32-bit floats) and the tokenizer, as the package reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        floats = Path(scratch) / NAME
        write_onnx(model, base, floats)
        if whole:
            (folder / NAME).write_bytes(floats.read_bytes())
        else:
            quantize(floats, folder / NAME)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def main() -> None:
    """Export the embedder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--base", type=Path, required=True, help="folder with config, model.safetensors, tokenizer.json"
    )
    parser.add_argument("--run", type=Path, help="folder of the training run; without it the base is exported")
    parser.add_argument("--pairs", type=Path, help="its held-out pairs choose the share")
    parser.add_argument("--share", type=float, help="how far from the base, 0 to 1; without it, chosen on the pairs")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES, help="what to choose from")
    parser.add_argument("--whole", action="store_true", help="in 32-bit floats, to compare with")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tuned = torch.load(options.run / "checkpoint.pt", weights_only=True)["model"] if options.run else None
    share = options.share
    if tuned is not None and share is None:
        pairs = read(options.pairs, tokenizer_of(options.base, longest=TRAINED_TOKENS))
        held = [pair for pair in pairs if pair.group is None]
        share = chosen_share(options.base, tuned, held, options.shares)
        print(f"chosen {share}")
    write(mixed(options.base, tuned, share or 0.0), options.base, options.out, whole=options.whole)
    print(f"{options.out / NAME}: {(options.out / NAME).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
