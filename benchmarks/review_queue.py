"""Which order of review finds most wrong rows early? Every strategy over labelled sets, the labels standing in for a person.

    python benchmarks/review_queue.py --data ../shared/data --judged judged.jsonl --markdown table.md

Rows of the labelled sets are judged once by the shipped verifier (each against its own evidence, no retrieval) and embedded; `--judged`
keeps that. Each strategy then orders the rows and the labels answer, 100 rows long, as in a review: the auxiliary model learns anew
after every ten decisions. Counted among the rows reviewed: rows where the judge was wrong (passed and wrong, or refused and right), and, of
the rows that passed alone, the wrong ones. DEVELOPMENT is the set that the auxiliary model's features were chosen on; it stands apart.
Of random order the expected number is told.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from verification_rows import chosen_rows, items  # noqa: E402

from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402
from verify.auxiliary import features, opinions  # noqa: E402
from verify.calibration import support_score  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import shipped  # noqa: E402
from verify.review import Candidate, Strategy, distribution, ranked  # noqa: E402
from verify.verdict import Thresholds  # noqa: E402
from verify.verifier import Verifier  # noqa: E402

DEVELOPMENT = "policyqa_dev"
REPORTED = ("squad2_answers_dev", "ragtruth_sentences_dev", "begin", "fm2_dev")
LEARN_EVERY = 10


def judged(data: Path, name: str, *, rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield rows of a labelled set with what the shipped verifier makes of them."""
    model = OnnxEntailment(threads=1)
    verifier = Verifier(model, thresholds=Thresholds(), relevance=False, estimate=shipped(model.name))
    chosen = chosen_rows(data, name, rows=rows, seed=seed)
    for row, result in zip(chosen, verifier.verify(items(chosen, name)), strict=True):
        if not result.verdicts:
            continue
        worst = min(result.verdicts, key=lambda each: each.entailment or 0.0)
        yield {
            "set": name,
            "id": f"{name}:{row['id']}",
            "question": str(row.get("question") or ""),
            "answer": str(row["claim"]),
            "evidence": str(row["evidence"]),
            "right": row["label"] == 1,
            "passed": result.passed,
            "score": support_score(result.verdicts, thresholds=Thresholds()),
            "entailment": worst.entailment or 0.0,
            "contradiction": worst.contradiction or 0.0,
        }


def known(path: Path, data: Path, names: Sequence[str], *, rows: int, seed: int) -> list[dict[str, Any]]:
    """Return the judged rows, from the file where they are there; what is judged anew is added to it."""
    found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for name in names:
        if any(row["set"] == name for row in found):
            continue
        began = time.monotonic()
        fresh = list(judged(data, name, rows=rows, seed=seed))
        with path.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in fresh)
        found += fresh
        print(f"{name}: {len(fresh)} rows, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Pile:
    """Judged rows of one set: features of the auxiliary model, vectors, what the judge said, and the truth."""

    name: str
    features: np.ndarray
    vectors: np.ndarray
    candidates: tuple[Candidate, ...]
    scores: np.ndarray
    right: np.ndarray
    passed: np.ndarray

    @property
    def sought(self) -> np.ndarray:
        """Where the judge was wrong."""
        found: np.ndarray = self.right != self.passed
        return found

    def part(self, places: np.ndarray) -> Pile:
        """Return some of the rows."""
        return Pile(
            name=self.name,
            features=self.features[places],
            vectors=self.vectors[places],
            candidates=tuple(self.candidates[place] for place in places),
            scores=self.scores[places],
            right=self.right[places],
            passed=self.passed[places],
        )


def embedded(rows: Sequence[dict[str, Any]], cache: Path) -> dict[str, np.ndarray]:
    """Return the vectors of questions, answers, evidence, and question with answer, by the shipped embedder; kept in a file."""
    if cache.exists():
        return dict(np.load(cache))
    embedder = OnnxEmbedder()
    found = {part: embedder.embed([row[part] for row in rows]) for part in ("question", "answer", "evidence")}
    found["whole"] = embedder.embed([f"{row['question']} {row['answer']}" for row in rows])
    np.savez(cache, **found)
    return found


def pile(name: str, rows: Sequence[dict[str, Any]], cache: Path) -> Pile:
    """Return a set's rows as the strategies see them."""
    vectors = embedded(rows, cache)
    texts = [(row["question"], row["answer"], row["evidence"]) for row in rows]
    return Pile(
        name=name,
        features=features(vectors["question"], vectors["answer"], vectors["evidence"], texts),
        vectors=vectors["whole"],
        candidates=tuple(_candidate(row) for row in rows),
        scores=np.array([row["score"] for row in rows]),
        right=np.array([row["right"] for row in rows]),
        passed=np.array([row["passed"] for row in rows]),
    )


def _candidate(row: dict[str, Any]) -> Candidate:
    _, against, neither = distribution(row["entailment"], row["contradiction"])
    rest = against + neither
    refuted = against / rest if rest else 0.5
    right = row["score"]
    return Candidate(id=row["id"], distribution=(right, (1 - right) * refuted, (1 - right) * (1 - refuted)))


def reviewed(rows: Pile, strategy: Strategy, *, length: int, seed: int = 0) -> list[int]:
    """Return the places reviewed, in order; with disagreement the labels of the first rows teach the order of the next."""
    if strategy is not Strategy.DISAGREEMENT:
        return ranked(rows.candidates, strategy, vectors=rows.vectors, wanted=length, seed=seed)[:length]
    people: dict[int, bool] = {}
    while len(people) < min(length, len(rows.right)):
        others = opinions(rows.features, list(rows.scores), people)
        candidates = [replace(each, other=other) for each, other in zip(rows.candidates, others, strict=True)]
        order = (place for place in ranked(candidates, strategy, seed=seed) if place not in people)
        people.update((place, bool(rows.right[place])) for place in list(islice(order, LEARN_EVERY)))
    return list(people)[:length]


def table(piles: Sequence[Pile], *, length: int) -> list[str]:
    """Return a Markdown table: of each set, the rows sought that each strategy finds, and how many there are."""
    lines = [
        "| set | rows | sought | " + " | ".join(Strategy) + " |",
        "|---|---|---|" + "---|" * len(Strategy),
    ]
    totals: Counter[str] = Counter()
    for rows in piles:
        found: dict[str, float] = {}
        for strategy in Strategy:
            if strategy is Strategy.RANDOM:
                found[strategy] = float(rows.sought.mean()) * min(length, len(rows.right))
            else:
                found[strategy] = float(rows.sought[reviewed(rows, strategy, length=length)].sum())
        totals.update({**found, "rows": len(rows.right), "sought": int(rows.sought.sum())})
        cells = " | ".join(f"{found[strategy]:.0f}" for strategy in Strategy)
        lines.append(f"| {rows.name} | {len(rows.right)} | {rows.sought.sum()} | {cells} |")
    cells = " | ".join(f"{totals[strategy]:.0f}" for strategy in Strategy)
    return [*lines, f"| together | {totals['rows']:.0f} | {totals['sought']:.0f} | {cells} |"]


def main() -> None:
    """Judge, order, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--judged", type=Path, default=Path("judged.jsonl"), help="Keeps what the judge said.")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--length", type=int, default=100, help="Rows reviewed.")
    parser.add_argument("--sets", nargs="*", default=[DEVELOPMENT, *REPORTED])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    rows = known(options.judged, options.data, options.sets, rows=options.rows, seed=options.seed)
    piles = [
        pile(name, [row for row in rows if row["set"] == name], options.judged.with_suffix(f".{name}.npz"))
        for name in options.sets
    ]
    told = [each for each in piles if each.name != DEVELOPMENT]
    chosen = [each for each in piles if each.name == DEVELOPMENT]
    passed = [each.part(np.flatnonzero(each.passed)) for each in told]
    lines = [f"Rows where the judge was wrong, among the first {options.length} reviewed:", ""]
    lines += table(told, length=options.length)
    lines += ["", f"Wrong rows among those that passed, the first {options.length} of them reviewed:", ""]
    lines += table(passed, length=options.length)
    lines += ["", "The development set, where the judge was wrong:", "", *table(chosen, length=options.length)]
    text = "\n".join(lines) + "\n"
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
