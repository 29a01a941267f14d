"""Fits the weights of `verify.probability` on labelled rows of permitted licence, and writes them with their make-up.

python -m verify.training.combination --data ../shared/data --mix mix.jsonl.gz --out verify/weights/probability.json
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.claim import claims
from verify.evidence import Evidence
from verify.nli import EntailmentModel
from verify.nli_onnx import OnnxEntailment
from verify.probability import Combination
from verify.refit import Judged, fit
from verify.training.split import HALVED, trainable
from verify.training.window import best
from verify.verifier import Item, Verifier

Row = Mapping[str, Any]
LEFT_TO_LABELS = ("overlap with the passage", "pairs of words", "length")
"""Signals whose effect differs between kinds of text, even in its direction: only a user's own labels give them weight."""


def labelled(data: Path, mix: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, list[Row]]]:
    """Yield rows of each permitted set: its half for training, and the pairs held out of the training mix."""
    for name in sorted(HALVED):
        with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [row for line in lines if trainable(name, row := json.loads(line))]
        yield name, rng.sample(rows, min(wanted, len(rows)))
    held: dict[str, list[Row]] = {}
    with gzip.open(mix, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["held"] and row["s"] not in HALVED:
                made = {"evidence": row["p"], "claim": row["h"], "label": int(row["y"] == 0), "task": "claim"}
                held.setdefault("policy" if row["s"] == "policy" else "sentences", []).append(made)
    yield from sorted(held.items())


def item(number: int, row: Row) -> Item:
    """A row as the verifier takes it: the three stretches of its evidence that share most words with it as passages."""
    texts = best(str(row["claim"]), str(row["evidence"]), size=180, count=3)
    cited = tuple(Evidence(passage_id=str(n), document_id="", text=text) for n, text in enumerate(texts))
    question = row["question"] if row["task"] == "answer" else None
    return Item(id=str(number), answer=str(row["claim"]), question=question, cited=cited)


def judged(model: EntailmentModel, rows: Sequence[Row]) -> list[Judged]:
    """Return the judgements of each row's claims, with its label; rows without a claim are left out."""
    results = Verifier(model, relevance=False).verify(
        item(n, row) for n, row in enumerate(rows) if claims(row["claim"])
    )
    found = []
    for result in results:
        by_claim = [list(verdict.judgements) for verdict in result.verdicts if verdict.judgements]
        if by_claim:
            found.append((by_claim, rows[int(result.id)]["label"] == 1))
    return found


def write(path: Path, made: Combination, *, model: str, rows: Mapping[str, int]) -> None:
    """Write and print weights with the model whose scores they weigh, and how many rows of each set they were fitted on."""
    record = {
        "intercept": made.intercept,
        "weights": dict(made.weights),
        "spread": dict(made.spread),
        "model": model,
        "rows": dict(rows),
    }
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record))


def main() -> None:
    """Fit the combination and write it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mix", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="folder with another entailment model")
    parser.add_argument("--rows", type=int, default=300, help="rows of each set")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    model = OnnxEntailment(options.weights)
    sets = list(labelled(options.data, options.mix, random.Random(options.seed), wanted=options.rows))
    made = fit([judged(model, rows) for _, rows in sets], without=LEFT_TO_LABELS)
    write(options.out, made, model=model.name, rows={name: len(rows) for name, rows in sets})


if __name__ == "__main__":
    main()
