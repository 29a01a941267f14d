"""Trains the entailment model on the mix that `verify.training.data` wrote; stops and resumes at any checkpoint.

python -m verify.training.train --mix mix.jsonl.gz --base path/to/all-MiniLM-L6-v2 --run run --minutes 75
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from torch.nn.functional import log_softmax

from knowledge.training.checkpoint import rate_at, resume, save
from verify.training.data import NOT_ENTAILED
from verify.training.network import PairClassifier, kind, load

MAX_LENGTH = 224
WARM = 0.04
# MPNet knows no token types, but the head needs to know which tokens are the hypothesis's.
_TYPED = TemplateProcessing(
    single="<s> $A </s>", pair="<s> $A </s> </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Padded token ids of some pairs, with their labels and sources."""

    inputs: tuple[Tensor, Tensor, Tensor]
    labels: Tensor
    sources: tuple[str, ...]


def read(
    path: Path, tokenizer: Tokenizer, *, held_only: bool = False
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read rows for training and held-out rows, tokenised."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if (row := json.loads(line))["held"] or not held_only]
    coded = tokenizer.encode_batch([(r["p"], r["h"]) for r in rows])
    for row, code in zip(rows, coded, strict=True):
        row["ids"], row["types"] = array("H", code.ids), array("B", code.type_ids)
    return [r for r in rows if not r["held"]], [r for r in rows if r["held"]]


def tokenizer_of(base: Path) -> Tokenizer:
    """Return the base's tokenizer, cutting the longer text of a pair."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    if kind(base) == "mpnet":
        tokenizer.post_processor = _TYPED
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_LENGTH, strategy="longest_first")
    return tokenizer


def batches(rows: Sequence[dict[str, Any]], *, size: int, seed: int) -> list[list[int]]:
    """Row numbers in batches of similar length; batches are shuffled within stretches of forty, so order is kept."""
    rng = random.Random(seed)
    made: list[list[int]] = []
    stretch = size * 40
    for start in range(0, len(rows), stretch):
        part = sorted(range(start, min(start + stretch, len(rows))), key=lambda i: len(rows[i]["ids"]))
        few = [part[i : i + size] for i in range(0, len(part), size)]
        rng.shuffle(few)
        made += few
    return made


def padded(rows: Sequence[dict[str, Any]]) -> Batch:
    """Return a batch as tensors."""
    longest = max(len(r["ids"]) for r in rows)
    ids = torch.tensor([[*r["ids"], *([0] * (longest - len(r["ids"])))] for r in rows])
    types = torch.tensor([[*r["types"], *([0] * (longest - len(r["ids"])))] for r in rows])
    mask = torch.tensor([[1] * len(r["ids"]) + [0] * (longest - len(r["ids"])) for r in rows])
    return Batch(
        inputs=(ids, mask, types), labels=torch.tensor([r["y"] for r in rows]), sources=tuple(r["s"] for r in rows)
    )


def loss_of(logits: Tensor, labels: Tensor, *, smoothing: float = 0.03) -> Tensor:
    """Cross entropy; a row known only as not entailed counts neutral and contradiction together."""
    logs = log_softmax(logits.float(), dim=-1)
    either = torch.logsumexp(logs[:, 1:], dim=-1)
    folded = labels == NOT_ENTAILED
    picked = logs.gather(1, labels.clamp(max=2).unsqueeze(1)).squeeze(1)
    hard = torch.where(folded, either, picked)
    return -((1 - smoothing) * hard + smoothing * logs.mean(-1)).mean()


def evaluate(model: PairClassifier, rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Balanced two-class accuracy at 0.5, over all rows and for each source of forty rows or more."""
    model.eval()
    hits: dict[str, list[tuple[bool, bool]]] = {}
    for numbers in batches(rows, size=64, seed=0):
        batch = padded([rows[i] for i in numbers])
        with torch.inference_mode():
            chance = model(*batch.inputs).float().softmax(-1)[:, 0]
        for p, y, source in zip(chance.tolist(), batch.labels.tolist(), batch.sources, strict=True):
            for key in ("all", source):
                hits.setdefault(key, []).append((y == 0, p >= 0.5))
    model.train()
    return {key: round(_balanced(found), 3) for key, found in sorted(hits.items()) if len(found) >= 40}


def _balanced(found: Sequence[tuple[bool, bool]]) -> float:
    parts = [[said == true for true, said in found if true is side] for side in (True, False)]
    return sum(sum(p) / len(p) for p in parts if p) / max(1, sum(bool(p) for p in parts))


def build(base: Path, rate: float, *, frozen: bool, frozen_layers: int = 0) -> tuple[PairClassifier, torch.optim.AdamW]:
    """Model and optimiser; the head learns five times as fast; word embeddings and the lowest layers may be left as they are."""
    model = load(base)
    if frozen:
        model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    if frozen_layers:
        body = model.encoder.encoder
        for part in (model.encoder.embeddings, *body.layer[:frozen_layers]):
            part.requires_grad_(False)
        # MPNet's is shared by all layers, so it would draw gradients through frozen ones
        if hasattr(body, "relative_attention_bias"):
            body.relative_attention_bias.requires_grad_(False)
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            groups.setdefault((name.startswith("encoder"), weight.ndim > 1), []).append(weight)
    settings = [
        {"params": w, "lr": rate * (1 if body else 5), "top": rate * (1 if body else 5), "weight_decay": 0.01 * matrix}
        for (body, matrix), w in groups.items()
    ]
    return model, torch.optim.AdamW(settings, fused=True)


def train(options: argparse.Namespace) -> None:
    """Run the loop: one pass over the mix, ended by rows or by minutes, whichever comes first."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    tokenizer = tokenizer_of(options.base)
    rows, held = read(options.mix, tokenizer)
    plan = batches(rows, size=options.batch, seed=options.seed)
    model, optimizer = build(options.base, options.rate, frozen=options.frozen, frozen_layers=options.frozen_layers)
    if options.weights:
        model.load_state_dict(torch.load(options.weights, weights_only=True)["model"])
    first, spent = resume(options.run, model, optimizer)
    print(f"{len(rows)} rows, {len(held)} held out, {len(plan)} steps, from step {first}", flush=True)
    began = time.monotonic() - spent
    model.train()
    for step, batch, progress in _steps(rows, plan, first, began, options.minutes * 60):
        loss = _step(model, optimizer, batch, progress, half=options.half)
        _report(options, model, optimizer, held, step, loss, progress, time.monotonic() - began)
        if progress >= 1:
            break
    save(options.run, model, optimizer, len(plan), time.monotonic() - began)
    print("done", json.dumps(evaluate(model, held)), flush=True)


def _steps(
    rows: Sequence[dict[str, Any]], plan: Sequence[Sequence[int]], first: int, began: float, seconds: float
) -> Iterator[tuple[int, Batch, float]]:
    for step in range(first, len(plan)):
        progress = max((step + 1) / len(plan), (time.monotonic() - began) / seconds)
        yield step, padded([rows[i] for i in plan[step]]), progress


def _step(
    model: PairClassifier, optimizer: torch.optim.Optimizer, batch: Batch, progress: float, *, half: bool
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = group["top"] * rate_at(progress, warm=WARM)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        logits = model(*batch.inputs)
    loss = loss_of(logits, batch.labels)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


_LOSSES: list[float] = []


def _report(
    options: argparse.Namespace,
    model: PairClassifier,
    optimizer: torch.optim.Optimizer,
    held: Sequence[dict[str, Any]],
    step: int,
    loss: float,
    progress: float,
    spent: float,
) -> None:
    """Print the mean loss every 25 steps, save every `--save-every` steps, evaluate every `--evaluate-every`."""
    _LOSSES.append(loss)
    if step % 25 == 24:
        mean = sum(_LOSSES[-25:]) / len(_LOSSES[-25:])
        print(f"step {step + 1} progress {progress:.3f} loss {mean:.4f} seconds {spent:.0f}", flush=True)
    if step % options.save_every == options.save_every - 1:
        save(options.run, model, optimizer, step + 1, spent)
    if step % options.evaluate_every == options.evaluate_every - 1:
        print("held", step + 1, json.dumps(evaluate(model, held)), flush=True)


def main() -> None:
    """Train the entailment model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--mix", type=Path, required=True)
    parser.add_argument(
        "--base", type=Path, required=True, help="folder with config.json, model.safetensors, tokenizer.json"
    )
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument(
        "--weights", type=Path, help="checkpoint of an earlier run to start from, with a fresh optimiser"
    )
    parser.add_argument("--minutes", type=float, default=75.0)
    parser.add_argument("--rate", type=float, default=7e-5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--frozen", action="store_true", help="leave the word embeddings as they are")
    parser.add_argument("--frozen-layers", type=int, default=0, help="leave the embeddings and this many layers too")
    parser.add_argument("--half", action="store_true", help="bfloat16, for processors that have it")
    parser.add_argument("--save-every", type=int, default=150)
    parser.add_argument("--evaluate-every", type=int, default=600)
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    train(options)


if __name__ == "__main__":
    main()
