"""Measures the shipped entailment model on labelled claim and answer sets, against plain word overlap.

    python benchmarks/verification.py --data ../shared/data --rows 400 --markdown table.md

Evidence is cut into windows of about 120 words; the three that share most words with the claim are scored and the best
score counts. A claim of several sentences scores as its worst sentence. An answer is judged as the statement it makes
with its question. Sets that were partly trained on report only the half that training never saw, split by article,
site or evidence (`verify.training.split`); the others are reported in full, up to --rows rows drawn with a fixed seed.
Needs onnxruntime, tokenizers and numpy alone; each pair is a pass of its own, as in the product.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.statement import statement  # noqa: E402
from verify.training.split import HALVED, trainable  # noqa: E402
from verify.training.window import best, overlap, sentences  # noqa: E402

AGGREFACT = "llm_aggrefact_mini_dev"
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """Figures of one set: shares from 0 to 1, NaN where only one class is present."""

    name: str
    rows: int
    balanced: float
    auc: float
    overlap_auc: float
    note: str


def hypotheses(row: Row) -> list[str]:
    """Sentences to be checked for a row: the statement of an answer, else the claim's sentences."""
    if row["task"] == "answer":
        return [statement(row["question"], row["claim"])]
    if row["task"] == "answerable":
        return [row["claim"]]
    return [s for s in sentences(row["claim"]) if len(s.split()) > 2] or [row["claim"]]


def pairs_of(rows: Iterable[Row], *, windows: int) -> list[tuple[int, int, str, str]]:
    """Row, sentence, window and sentence text for everything the model has to read."""
    found = []
    for i, row in enumerate(rows):
        for j, text in enumerate(hypotheses(row)):
            found += [(i, j, w, text) for w in best(text, row["evidence"], count=windows)]
    return found


def scores(model: OnnxEntailment, rows: Sequence[Row], *, windows: int) -> np.ndarray:
    """Score of each row: the worst sentence's best window."""
    pairs = pairs_of(rows, windows=windows)
    judged = model.entail([(premise, text) for _, _, premise, text in pairs])
    top: dict[tuple[int, int], float] = collections.defaultdict(float)
    for (i, j, _, _), found in zip(pairs, judged, strict=True):
        top[i, j] = max(top[i, j], found.entailment)
    worst = np.ones(len(rows))
    for (i, _), p in top.items():
        worst[i] = min(worst[i], p)
    return worst


def balanced(labels: np.ndarray, said: np.ndarray) -> float:
    """Mean of the recalls of both classes."""
    if labels.all() or not labels.any():
        return float("nan")
    return float((said[labels].mean() + (~said[~labels]).mean()) / 2)


def auc(labels: np.ndarray, values: np.ndarray) -> float:
    """Chance that a supported row scores above an unsupported one; ties count half."""
    if labels.all() or not labels.any():
        return float("nan")
    yes, no = values[labels], np.sort(values[~labels])
    below = np.searchsorted(no, yes, side="left") + np.searchsorted(no, yes, side="right")
    return float(below.mean() / 2 / len(no))


def load(path: Path, *, limit: int, seed: int) -> list[Row]:
    """Rows of a set that may be reported, at most `limit` of them, drawn with a fixed seed; order of the file kept."""
    name = path.name.removesuffix(".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if not trainable(name, row := json.loads(line))]
    if len(rows) <= limit or name == AGGREFACT:
        return rows
    return [rows[i] for i in sorted(random.Random(seed).sample(range(len(rows)), limit))]


def measure(
    model: OnnxEntailment, path: Path, *, limit: int, seed: int, windows: int
) -> tuple[Result, dict[str, float]]:
    """Figures of one set, and its balanced accuracy by part."""
    rows = load(path, limit=limit, seed=seed)
    name = path.name.removesuffix(".jsonl.gz")
    labels = np.array([row["label"] == 1 for row in rows])
    values = scores(model, rows, windows=windows)
    floor = np.array([overlap(row["claim"], row["evidence"]) for row in rows])
    parts = {
        part: balanced(labels[chosen], values[chosen] >= 0.5)
        for part in sorted({str(row["split"]) for row in rows})
        if (chosen := np.array([str(row["split"]) == part for row in rows])).any()
    }
    result = Result(
        name=name,
        rows=len(rows),
        balanced=balanced(labels, values >= 0.5),
        auc=auc(labels, values),
        overlap_auc=auc(labels, floor),
        note="unseen half" if name in HALVED else "never trained on",
    )
    return result, parts


def table(results: Sequence[Result], parts: Mapping[str, float]) -> str:
    """Write the figures as a Markdown table with their means."""
    lines = [
        "| set | rows | balanced accuracy at 0.5 | AUC | AUC of word overlap | rows reported |",
        "|---|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(f"| {r.name} | {r.rows} | {r.balanced:.2f} | {r.auc:.2f} | {r.overlap_auc:.2f} | {r.note} |")
    both = [r for r in results if not np.isnan(r.balanced)]
    for title, chosen in (
        ("**macro average**", both),
        ("never trained on", [r for r in both if r.name not in HALVED]),
        ("unseen halves", [r for r in both if r.name in HALVED]),
    ):
        if chosen:
            means = [float(np.mean([getattr(r, f) for r in chosen])) for f in ("balanced", "auc", "overlap_auc")]
            lines.append(
                f"| {title} | {sum(r.rows for r in chosen)} | " + " | ".join(f"{m:.2f}" for m in means) + " | |"
            )
    return "\n".join([*lines, "", *_parts(parts)]) + "\n"


def _parts(parts: Mapping[str, float]) -> list[str]:
    """Lines on the parts of LLM-AggreFact."""
    known = {name: value for name, value in parts.items() if not np.isnan(value)}
    if not known:
        return []
    listed = ", ".join(f"{name} {value:.2f}" for name, value in known.items())
    mean = float(np.mean(list(known.values())))
    return [f"LLM-AggreFact sample, mean balanced accuracy of its {len(known)} parts: **{mean:.3f}** ({listed})."]


def main() -> None:
    """Evaluate the shipped entailment model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, help="folder with another nli-minilm.onnx and tokenizer.json")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--sets", nargs="*", help="names of the sets to measure; all by default")
    parser.add_argument("--markdown", type=Path, help="file for the table")
    options = parser.parse_args()
    model = OnnxEntailment(options.weights, threads=options.threads)
    results: list[Result] = []
    aggrefact: dict[str, float] = {}
    for path in sorted((options.data / "verification" / "dev").glob("*.jsonl.gz")):
        if options.sets and path.name.removesuffix(".jsonl.gz") not in options.sets:
            continue
        began = time.monotonic()
        result, parts = measure(model, path, limit=options.rows, seed=options.seed, windows=options.windows)
        results.append(result)
        aggrefact = parts if result.name == AGGREFACT else aggrefact
        print(
            f"{result.name:26} {result.rows:5} {result.balanced:.3f} {result.auc:.3f} {result.overlap_auc:.3f}"
            f" {result.note} ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
    made = table(results, aggrefact)
    print(made)
    if options.markdown:
        options.markdown.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
