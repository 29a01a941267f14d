"""How well embedders find the passage that answers, alone and fused with BM25, on questions none was trained on.

    python benchmarks/embedder.py --data ../shared/data --weights plain=knowledge/weights --weights tuned=FOLDER

Each FOLDER holds minilm.onnx and tokenizer.json, in int8 or in 32-bit floats (`knowledge.training.export --whole`). The
first is what the others are compared with: the difference in nDCG@10 with its 95 % interval over questions (paired
bootstrap). Fusion is the retriever's own default. Sets: the ADGM questions, ObliQA's development questions, those the
experts judged, NIST headings, and the reported halves of PolicyQA (each site searched by itself) and SQuAD 2.0.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from knowledge.embed_onnx import OnnxEmbedder
from knowledge.fusion import Ranking, blend
from knowledge.lexical import LexicalIndex
from verify.training.split import trainable

DEPTH = 100
SAMPLE = 300
POOL = 1200


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Questions with the numbers of their gold passages, and the passages: one list to search for each question's scope."""

    name: str
    questions: tuple[str, ...]
    gold: tuple[frozenset[int], ...]
    scopes: tuple[str, ...]
    passages: tuple[str, ...]
    homes: tuple[str, ...]


def tasks(data: Path, rng: random.Random) -> Iterator[Task]:
    """Yield every set."""
    yield _adgm(data / "corpora/obliqa-adgm/qa")
    yield _asked(data, "obliqa_dev", rng, keep=lambda row: row["meta"]["passages"] == 1)
    yield _asked(data, "obliqa_expert_dev", rng)
    yield _headings(data / "corpora/nist-800-63")
    yield _asked(data, "policyqa_dev", rng, scope=lambda row: str(row["meta"]["site"]))
    yield _asked(data, "squad2_answers_dev", rng)


def _adgm(folder: Path) -> Task:
    rules, questions = (
        [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").split("\n") if line]
        for name in ("passages.jsonl", "qa.jsonl")
    )
    place = {rule["passage_id"]: number for number, rule in enumerate(rules)}
    asked = {
        q["question"]: {place[e["passage_id"]] for e in q["evidence"] if e["passage_id"] in place} for q in questions
    }
    return _task("obliqa-adgm", [(q, "", gold) for q, gold in asked.items() if gold], [(r["text"], "") for r in rules])


def _headings(folder: Path) -> Task:
    """Return NIST headings against the paragraph that stands first below each."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.md")):
        heading = ""
        for part in path.read_text(encoding="utf-8").split("\n\n"):
            text = " ".join(part.split())
            if text.startswith("#"):
                heading = text.lstrip("# ").split("{")[0].split("<")[0].strip()
            elif heading and len(text.split()) >= 20 and text[0].isalpha():
                found.setdefault(text, heading)
                heading = ""
    gold: dict[str, set[int]] = {}
    for number, heading in enumerate(found.values()):
        gold.setdefault(heading, set()).add(number)
    return _task(
        "nist headings", [(heading, "", each) for heading, each in gold.items()], [(text, "") for text in found]
    )


def _asked(
    data: Path,
    name: str,
    rng: random.Random,
    *,
    keep: Callable[[Mapping[str, Any]], bool] = lambda row: True,
    scope: Callable[[Mapping[str, Any]], str] = lambda row: "",
) -> Task:
    """Questions of a labelled set that its training half does not have, against all its other passages."""
    with gzip.open(data / "verification/dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if not trainable(name, row := json.loads(line))]
    asked: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row["label"] == 1 and keep(row):
            asked.setdefault((row["question"], scope(row)), set()).add(row["evidence"])
    chosen = rng.sample(sorted(asked), min(SAMPLE, len(asked)))
    needed = {(text, home) for question, home in chosen for text in asked[question, home]}
    others = sorted({(row["evidence"], scope(row)) for row in rows} - needed)
    passages = sorted(needed | set(rng.sample(others, min(max(0, POOL - len(needed)), len(others)))))
    place = {each: number for number, each in enumerate(passages)}
    return _task(name, [(q, home, {place[text, home] for text in asked[q, home]}) for q, home in chosen], passages)


def _task(name: str, asked: Sequence[tuple[str, str, set[int]]], passages: Sequence[tuple[str, str]]) -> Task:
    return Task(
        name=name,
        questions=tuple(question for question, _, _ in asked),
        scopes=tuple(scope for _, scope, _ in asked),
        gold=tuple(frozenset(gold) for _, _, gold in asked),
        passages=tuple(text for text, _ in passages),
        homes=tuple(home for _, home in passages),
    )


def dense(task: Task, embedder: OnnxEmbedder) -> list[Ranking]:
    """The nearest passages of each question's scope, by cosine."""
    scores = embedder.embed(task.questions) @ embedder.embed(task.passages).T
    inside = np.array(task.scopes)[:, None] == np.array(task.homes)[None, :]
    scores = np.where(inside, scores, -2.0)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return [
        [(str(n), float(row[n])) for n in numbers if row[n] > -2] for row, numbers in zip(scores, order, strict=True)
    ]


def lexical(task: Task) -> list[Ranking]:
    """The best passages of each question's scope, by BM25."""
    index = LexicalIndex(
        (str(n), home, text) for n, (text, home) in enumerate(zip(task.passages, task.homes, strict=True))
    )
    found: dict[int, Ranking] = {}
    for scope in sorted(set(task.scopes)):
        numbers = [n for n, each in enumerate(task.scopes) if each == scope]
        rankings = index.search([task.questions[n] for n in numbers], DEPTH, documents=[scope])
        found.update(zip(numbers, rankings, strict=True))
    return [found[n] for n in range(len(task.questions))]


def fused(near: Sequence[Ranking], shared: Sequence[Ranking]) -> list[Ranking]:
    """Both lists together, as the retriever does by default."""
    return [blend(a, b, floors=(None, 0.0)) for a, b in zip(near, shared, strict=True)]


def measured(task: Task, rankings: Sequence[Ranking]) -> np.ndarray:
    """Recall@5, recall@10, average precision at 10 and nDCG@10 of each question; shape (questions, 4)."""
    return np.array([_of_ranking(gold, ranking) for gold, ranking in zip(task.gold, rankings, strict=True)])


def _of_ranking(gold: frozenset[int], ranking: Ranking) -> tuple[float, float, float, float]:
    hits = np.array([int(id_) in gold for id_, _ in ranking[:10]] + [False] * 10, dtype=float)[:10]
    ranks = np.arange(1, 11)
    precision = (hits.cumsum() / ranks * hits).sum() / min(len(gold), 10)
    gain = (hits / np.log2(ranks + 1)).sum() / (1 / np.log2(ranks + 1))[: min(len(gold), 10)].sum()
    return hits[:5].sum() / len(gold), hits.sum() / len(gold), float(precision), float(gain)


def interval(first: np.ndarray, second: np.ndarray) -> str:
    """Return the mean difference of nDCG@10 with its 95 % interval, in points."""
    apart = (second - first)[:, 3] * 100
    draws = np.random.default_rng(7).integers(0, len(apart), (2000, len(apart)))
    low, high = np.percentile(apart[draws].mean(1), (2.5, 97.5))
    return f"{apart.mean():+.1f} ({low:+.1f} to {high:+.1f})"


def table(task: Task, embedders: Mapping[str, OnnxEmbedder]) -> list[str]:
    """Rows of the table for one set."""
    shared = lexical(task)
    rows = [_row(task, "BM25 alone", measured(task, shared), "")]
    ranked = {name: dense(task, embedder) for name, embedder in embedders.items()}
    for how in ("dense", "fused"):
        base: np.ndarray | None = None
        for name, near in ranked.items():
            figures = measured(task, near if how == "dense" else fused(near, shared))
            rows.append(_row(task, f"{name}, {how}", figures, "" if base is None else interval(base, figures)))
            base = figures if base is None else base
    return rows


def _row(task: Task, name: str, figures: np.ndarray, against: str) -> str:
    means = " | ".join(f"{value:.3f}" for value in figures.mean(0))
    return f"| {task.name} ({len(task.questions)}, {len(task.passages)}) | {name} | {means} | {against} |"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sets", nargs="*", help="only these sets")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    named = dict(each.split("=", 1) for each in options.weights)
    embedders = {name: OnnxEmbedder(Path(folder), threads=options.threads) for name, folder in named.items()}
    lines = [
        "| set (questions, passages) | ranking | recall@5 | recall@10 | MAP@10 | nDCG@10 | nDCG@10 against the first, points |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for task in tasks(options.data, random.Random(7)):
        if not options.sets or task.name in options.sets:
            rows = table(task, embedders)
            print("\n".join(rows), flush=True)
            lines += rows
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
