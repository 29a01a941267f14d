"""Exports a checkpoint as a small int8 ONNX file with its tokenizer, and measures what the rounding changed.

python -m verify.training.export --run run --base path/to/all-MiniLM-L6-v2 --out verify/weights --mix mix.jsonl.gz
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from verify.training.lean import LeanClassifier
from verify.training.network import kind, load
from verify.training.train import batches, padded, read, tokenizer_of

NAMES = {"bert": "nli-minilm.onnx", "mpnet": "nli-mpnet.onnx"}
"""The file by the architecture of its base."""
CLASSES = ("entailment", "neutral", "contradiction")
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def restored(run: Path, base: Path) -> LeanClassifier:
    """Load the model of a run's checkpoint, with attention that the exporter can follow, without needless work."""
    model = load(base, attention="eager")
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    print(f"checkpoint at step {state['step']}, {state['spent']:.0f} seconds")
    model.load_state_dict(state["model"])
    return LeanClassifier(model.eval()).eval()


def write_onnx(model: LeanClassifier, path: Path) -> None:
    """Write the model in 32-bit floats with free batch size and length."""
    example = torch.ones(2, 16, dtype=torch.long)
    types = torch.tensor([[0] * 9 + [1] * 7, [0] * 11 + [1] * 5])
    free = {0: "batch", 1: "length"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example, example, types),
            str(path),
            input_names=INPUTS,
            output_names=["logits"],
            dynamic_axes={**dict.fromkeys(INPUTS, free), "logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def quantize(source: Path, target: Path) -> None:
    """Write the model with int8 weights, one scale a channel; the small head stays in floats."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes = onnx.load(str(source)).graph.node
    quantize_dynamic(
        str(source),
        str(target),
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[n.name for n in nodes if {"mix", "classes"} & set(n.name.split("/"))],
    )


def probabilities(path: Path, rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """Class probabilities of tokenised rows under an ONNX file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = np.zeros((len(rows), 3))
    for numbers in batches(rows, size=16, seed=0):
        inputs = padded([rows[i] for i in numbers]).inputs
        (logits,) = session.run(None, dict(zip(INPUTS, (t.numpy() for t in inputs), strict=True)))
        shifted = np.exp(logits - logits.max(-1, keepdims=True))
        found[numbers] = shifted / shifted.sum(-1, keepdims=True)
    return found


def compare(whole: Path, small: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Print how far the int8 file agrees with the 32-bit one on the rows."""
    a, b = probabilities(whole, rows), probabilities(small, rows)
    same = float((a.argmax(-1) == b.argmax(-1)).mean())
    side = float(((a[:, 0] >= 0.5) == (b[:, 0] >= 0.5)).mean())
    gap = float(np.abs(a[:, 0] - b[:, 0]).mean())
    print(
        f"int8 against float32 on {len(rows)} rows: same class {same:.3f}, same side of 0.5 {side:.3f}, mean gap {gap:.4f}"
    )
    truth = np.array([r["y"] == 0 for r in rows])
    for name, p in (("float32", a[:, 0]), ("int8", b[:, 0])):
        print(f"{name}: recall {float((p[truth] >= 0.5).mean()):.3f}, rejection {float((p[~truth] < 0.5).mean()):.3f}")


def main() -> None:
    """Export the entailment model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("verify/weights"))
    parser.add_argument("--mix", type=Path, required=True, help="its held-out rows compare int8 with float32")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_of(options.base)
    _, held = read(options.mix, tokenizer, held_only=True)
    name = NAMES[kind(options.base)]
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / name
        write_onnx(restored(options.run, options.base), whole)
        quantize(whole, small)
        compare(whole, small, held)
        (options.out / name).write_bytes(small.read_bytes())
    tokenizer.no_truncation()
    tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)
    (options.out / "config.json").write_text(
        json.dumps({"id2label": dict(enumerate(CLASSES))}) + "\n", encoding="utf-8"
    )
    print(f"{options.out / name}: {(options.out / name).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
