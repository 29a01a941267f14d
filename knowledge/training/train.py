"""Fine-tunes the embedder on the pairs that `verify.training.questions` wrote; stops and resumes at any checkpoint.

python -m knowledge.training.train --pairs pairs.jsonl.gz --base path/to/all-MiniLM-L6-v2 --run run --minutes 40
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from knowledge.training.checkpoint import rate_at, resume, save
from knowledge.training.data import Pair, batches, read, tokenizer_of
from knowledge.training.network import TextEncoder, embed, load, padded

TEMPERATURE = 0.05
WARM = 0.06


def loss_of(queries: Tensor, passages: Tensor, same: Tensor) -> Tensor:
    """Cross entropy of each query finding its own passage, and each passage its query, among those of the batch.

    `queries` and `passages` are (n, 384) unit vectors; `same` (n, n) marks pairs that are no negatives because query or
    passage are equal. Multiple negatives ranking (Henderson et al., 2017, arXiv:1705.00652, section 4.4), both ways.
    """
    scores = (queries @ passages.T / TEMPERATURE).masked_fill(same, float("-inf"))
    own = torch.arange(len(scores))
    ahead = nn.functional.cross_entropy(scores, own)
    return (ahead + nn.functional.cross_entropy(scores.T, own)) / 2


def equal(batch: Sequence[Pair]) -> Tensor:
    """Mark pairs of different rows whose query or passage is the same, as (n, n)."""
    number: dict[tuple[int, ...], int] = {}
    queries = torch.tensor([number.setdefault(p.query, len(number)) for p in batch])
    passages = torch.tensor([number.setdefault(p.passage, len(number)) for p in batch])
    same = (queries[:, None] == queries) | (passages[:, None] == passages)
    return same & ~torch.eye(len(batch), dtype=torch.bool)


def evaluate(model: nn.Module, held: Sequence[Pair]) -> dict[str, float]:
    """Mean reciprocal rank of each held-out query's own passage among all held-out passages, by source."""
    model.eval()
    kept = sorted({pair.passage for pair in held})
    place = {passage: number for number, passage in enumerate(kept)}
    scores = embed(model, [list(p.query) for p in held]) @ embed(model, [list(p) for p in kept]).T
    own = torch.tensor([place[pair.passage] for pair in held])
    ranks = (scores > scores.gather(1, own[:, None])).sum(1) + 1
    model.train()
    found: dict[str, list[float]] = {}
    for pair, rank in zip(held, ranks.tolist(), strict=True):
        found.setdefault(pair.source, []).append(1 / rank)
    means = {source: sum(each) / len(each) for source, each in sorted(found.items()) if len(each) >= 10}
    return {source: round(mean, 4) for source, mean in {**means, "mean": sum(means.values()) / len(means)}.items()}


def build(base: Path, rate: float, *, frozen: int) -> tuple[TextEncoder, torch.optim.AdamW]:
    """Model and optimiser; the embeddings and the lowest `frozen` layers stay as they are, which also saves their gradients."""
    model = load(base)
    for part in [model.bert.embeddings, *model.bert.encoder.layer[:frozen]]:
        part.requires_grad_(False)
    learnt = [weight for weight in model.parameters() if weight.requires_grad]
    return model, torch.optim.AdamW(learnt, lr=rate, weight_decay=0.01)


def train(options: argparse.Namespace) -> None:
    """Run the loop: one pass over the pairs, ended by pairs or by minutes, whichever comes first."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    pairs = read(options.pairs, tokenizer_of(options.base, longest=options.tokens))
    plan = batches(pairs, size=options.batch, seed=options.seed)
    held = [pair for pair in pairs if pair.group is None][: options.held]
    model, optimizer = build(options.base, options.rate, frozen=options.frozen)
    step, spent = resume(options.run, model, optimizer)
    began, losses = time.monotonic() - spent, list[float]()
    print(f"{len(pairs)} pairs, {len(held)} held out, {len(plan)} steps, from step {step}", flush=True)
    progress = 0.0
    while step < len(plan) and progress < 1:
        spent = time.monotonic() - began
        progress = max((step + 1) / len(plan), spent / (options.minutes * 60))
        losses.append(
            _step(model, optimizer, [pairs[n] for n in plan[step]], options.rate * rate_at(progress, warm=WARM))
        )
        step += 1
        if step % 20 == 0:
            print(
                f"step {step} progress {progress:.3f} loss {sum(losses[-20:]) / 20:.4f} seconds {spent:.0f}", flush=True
            )
        if step % options.save_every == 0:
            save(options.run, model, optimizer, step, spent)
    save(options.run, model, optimizer, step, time.monotonic() - began)
    print("held", json.dumps(evaluate(model, held)), flush=True)


def _step(model: TextEncoder, optimizer: torch.optim.Optimizer, batch: Sequence[Pair], rate: float) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    queries = model(*padded([list(p.query) for p in batch]))
    passages = model(*padded([list(p.passage) for p in batch]))
    loss = loss_of(queries, passages, equal(batch))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def main() -> None:
    """Fine-tune the embedder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument(
        "--base", type=Path, required=True, help="folder with config, model.safetensors, tokenizer.json"
    )
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--rate", type=float, default=2e-5)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--tokens", type=int, default=128, help="where a passage is cut in training")
    parser.add_argument("--frozen", type=int, default=3, help="how many of the lower layers stay as they are")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--save-every", type=int, default=40)
    parser.add_argument("--held", type=int, default=1500)
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    train(options)


if __name__ == "__main__":
    main()
