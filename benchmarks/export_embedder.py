"""What eight bits cost: export an encoder as the package's embedder is exported, and measure it against the original.

    python benchmarks/export_embedder.py --model MODEL_FOLDER --data ../shared/data/corpora --out FOLDER

MODEL_FOLDER holds the published safetensors and tokenizer. Needs the `train` extra (torch, onnx). Mean pooling
and the L2 norm are inside the graph: it takes `input_ids` and `attention_mask` and gives `embedding` (n, 384).
Prints the mean cosine with the fp32 torch original over 1,000 real passages, and recall@10 of both on two
retrieval tasks: the ADGM questions against their passages, and NIST headings against the paragraph below each.
The fine-tuned embedder of the package is measured by benchmarks/embedder.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROOT = Path(__file__).parents[1]
MAX_TOKENS = 256
Embed = Callable[[Sequence[str]], np.ndarray]


def reference(folder: Path) -> Embed:
    """Return the published pipeline itself: transformers' forward pass, mean pooling, L2 norm."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = prepared(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def embed(texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            encoded = tokenizer.encode_batch([texts[n] for n in chosen])
            ids = torch.tensor([e.ids for e in encoded])
            mask = torch.tensor([e.attention_mask for e in encoded])
            with torch.inference_mode():
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
                mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
                found[chosen] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return found

    return embed


def prepared(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that cuts at MAX_TOKENS and pads to the longest of a batch."""
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


def export(folder: Path, target: Path) -> None:
    """Write the int8 ONNX file and the tokenizer."""
    from knowledge.training.export import mixed, write

    write(mixed(folder, None, 0.0), folder, target)


def batched(weights: Path, size: int = 32) -> Embed:
    """Return the exported model run in padded batches of texts of like length, on all cores, for comparison."""
    import onnxruntime
    from tokenizers import Tokenizer

    session = onnxruntime.InferenceSession(str(weights / "minilm.onnx"), providers=["CPUExecutionProvider"])
    tokenizer = prepared(Tokenizer.from_file(str(weights / "tokenizer.json")))

    def embed(texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            encoded = tokenizer.encode_batch([texts[n] for n in chosen])
            ids = np.array([each.ids for each in encoded], dtype=np.int64)
            mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
            found[chosen] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return found

    return embed


def paragraphs(folder: Path) -> list[tuple[str, str]]:
    """Return (heading, paragraph below it) of the Markdown files of a folder, in order of their names."""
    found = []
    for path in sorted(folder.rglob("*.md")):
        heading = ""
        for part in path.read_text(encoding="utf-8").split("\n\n"):
            text = " ".join(part.split())
            if text.startswith("#"):
                heading = text.lstrip("# ").split("{")[0].split("<")[0].strip()
            elif heading and len(text.split()) >= 20 and text[0].isalpha():
                found.append((heading, text))
                heading = ""
    return found


def recall(embed: Embed, queries: Sequence[str], gold: Sequence[set[int]], passages: np.ndarray, k: int = 10) -> float:
    """Return the mean share of a query's gold passages among its k nearest."""
    nearest = np.argsort(-(embed(queries) @ passages.T), axis=1)[:, :k]
    return float(np.mean([len(want & set(map(int, got))) / len(want) for want, got in zip(gold, nearest, strict=True)]))


def compare(original: Embed, exported: Embed, weights: Path, data: Path) -> dict[str, float]:
    """Return cosine, recall and speed of the two on real passages."""
    rules, questions = (
        [json.loads(line) for line in (data / "obliqa-adgm/qa" / name).read_text(encoding="utf-8").split("\n") if line]
        for name in ("passages.jsonl", "qa.jsonl")
    )
    place = {rule["passage_id"]: number for number, rule in enumerate(rules)}
    gold = [{place[e["passage_id"]] for e in q["evidence"] if e["passage_id"] in place} for q in questions]
    asked = [(q["question"], want) for q, want in zip(questions, gold, strict=True) if want]
    headed = paragraphs(data / "nist-800-63")
    texts = [rule["text"] for rule in rules] + [text for _, text in headed]
    figures = {"passages": float(len(texts)), "questions": float(len(asked)), "headings": float(len(headed))}
    vectors = {}
    for name, embed in (("original", original), ("exported", exported)):
        begun = time.perf_counter()
        vectors[name] = embed(texts)
        figures[f"{name}: passages/s"] = len(texts) / (time.perf_counter() - begun)
        some, rest = vectors[name][: len(rules)], vectors[name][len(rules) :]
        figures[f"{name}: recall@10, questions"] = recall(embed, [q for q, _ in asked], [w for _, w in asked], some)
        titles = [heading for heading, _ in headed]
        figures[f"{name}: recall@10, headings"] = recall(embed, titles, [{n} for n in range(len(headed))], rest)
    begun = time.perf_counter()
    together = batched(weights)(texts)
    figures["exported, batches of 32: passages/s"] = len(texts) / (time.perf_counter() - begun)
    apart = (together * vectors["exported"]).sum(1)
    figures["least cosine, batch against alone"] = float(apart.min())
    cosine = (vectors["original"] * vectors["exported"]).sum(1)
    return figures | {"mean cosine": float(cosine.mean()), "least cosine": float(cosine.min())}


def main() -> int:
    """Export, compare, print; return 1 when the export falls short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the published model")
    parser.add_argument("--data", type=Path, required=True, help="folder of corpora")
    parser.add_argument("--keep", action="store_true", help="measure the file already in the folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for minilm.onnx and tokenizer.json")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if not options.keep:
        export(options.model, options.out)
    from knowledge.embed_onnx import OnnxEmbedder

    figures = compare(reference(options.model), OnnxEmbedder(options.out).embed, options.out, options.data)
    figures["megabytes"] = (options.out / "minilm.onnx").stat().st_size / 1e6
    for name, value in figures.items():
        print(f"{name:38} {value:10.4f}")
    worse = max(
        figures[f"original: recall@10, {task}"] - figures[f"exported: recall@10, {task}"]
        for task in ("questions", "headings")
    )
    return int(figures["mean cosine"] < 0.99 or worse > 0.01)


if __name__ == "__main__":
    raise SystemExit(main())
