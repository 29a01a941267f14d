"""Rows of the labelled sets as the verifier takes them, and the scores that it and its baselines give to each."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.embed import Embedder
from verify import rules
from verify.claim import claims
from verify.evidence import Evidence, windows
from verify.nli import EntailmentModel
from verify.probability import Combination, shipped
from verify.statement import statement
from verify.training.split import trainable
from verify.training.window import best, overlap, sentences
from verify.verdict import Judgement

AGGREFACT = "llm_aggrefact_mini_dev"
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A row with its scores, each 0 to 1. `second_half` tells the half of the set that it lies in, by its evidence."""

    part: str
    right: bool
    second_half: bool
    product: float
    model: float
    overlap: float
    cosine: float


def names(data: Path) -> list[str]:
    """Return the names of the sets with both labels."""
    found = (path.name.removesuffix(".jsonl.gz") for path in (data / "verification" / "dev").glob("*.jsonl.gz"))
    return sorted(name for name in found if name != "wice_spans_dev")


def load(data: Path, name: str, *, limit: int, seed: int) -> list[Row]:
    """Rows of a set that may be reported, at most `limit` of them, drawn with a fixed seed; LLM-AggreFact is taken whole."""
    with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if not trainable(name, row := json.loads(line))]
    if len(rows) <= limit or name == AGGREFACT:
        return rows
    return [rows[i] for i in sorted(random.Random(seed).sample(range(len(rows)), limit))]


def statements(row: Row) -> list[str]:
    """The statements a row makes, as the product splits them; whether a passage answers a question is one statement."""
    if row["task"] == "answerable":
        return [str(row["claim"])]
    question = row["question"] if row["task"] == "answer" else None
    made = [claim.statement for claim in claims(row["claim"], question=question)]
    return made or [statement(question, row["claim"]) if question else str(row["claim"])]


def passages(claim: str, evidence: str, *, count: int = 3) -> list[Evidence]:
    """The stretches of a row's evidence that share most words with a claim, as passages of the product's size."""
    texts = best(claim, evidence, size=180, count=count)
    return [Evidence(passage_id=str(n), document_id="", text=text) for n, text in enumerate(texts)]


def score(rows: Sequence[Row], *, model: EntailmentModel, embedder: Embedder) -> list[Scored]:
    """Score rows: the worst statement's best window, by the product and by the model alone; overlap and cosine beside it."""
    asked = [
        (number, claim, window.text, window.premise, passage.text, window.overlap)
        for number, row in enumerate(rows)
        for claim in statements(row)
        for passage in passages(claim, row["evidence"])
        for window in windows(claim, passage, limit=3)
    ]
    scores = model.entail([(premise, claim) for _, claim, _, premise, _, _ in asked])
    product: dict[tuple[int, str], float] = {}
    alone: dict[tuple[int, str], float] = {}
    estimate = shipped() or Combination(intercept=0.0, weights={"entailment": 1.0})
    for (number, claim, text, _, passage, shared), entailment in zip(asked, scores, strict=True):
        findings = () if rows[number]["task"] == "answerable" else rules.check(claim, text, passage=passage)
        made = Judgement(passage_id="", entailment=entailment, findings=findings, overlap=shared)
        key = (number, claim)
        product[key] = max(product.get(key, 0.0), estimate(made))
        alone[key] = max(alone.get(key, 0.0), entailment.entailment)
    worst, worst_alone = _worst(product), _worst(alone)
    return [
        _scored(row, worst.get(n, 0.0), worst_alone.get(n, 0.0), cosine)
        for n, (row, cosine) in enumerate(zip(rows, _cosines(rows, embedder), strict=True))
    ]


def _worst(by_claim: Mapping[tuple[int, str], float]) -> dict[int, float]:
    """The least score of each row's claims."""
    found: dict[int, float] = {}
    for (number, _), value in by_claim.items():
        found[number] = min(found.get(number, 1.0), value)
    return found


def _scored(row: Row, product: float, model: float, cosine: float) -> Scored:
    evidence = str(row["evidence"])
    return Scored(
        part=str(row["split"]),
        right=row["label"] == 1,
        second_half=zlib.crc32(evidence.encode()) % 2 == 1,
        product=product,
        model=model,
        overlap=overlap(row["claim"], evidence),
        cosine=cosine,
    )


def _cosines(rows: Sequence[Row], embedder: Embedder) -> list[float]:
    """Cosine, cut at 0, of each row's claim with the stretch of its evidence that shares most words with it."""
    texts = [text for row in rows for text in (_asked(row), best(_asked(row), row["evidence"])[0])]
    vectors = embedder.embed(texts)
    return [max(0.0, float(vectors[2 * n] @ vectors[2 * n + 1])) for n in range(len(rows))]


def _asked(row: Row) -> str:
    return " ".join(sentences(f"{row['question'] if row['task'] == 'answer' else ''} {row['claim']}"))


def stored(path: Path) -> dict[str, list[Scored]]:
    """Scored sets of an earlier, interrupted run."""
    if not path.exists():
        return {}
    return {
        record["set"]: [Scored(**row) for row in record["rows"]]
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }


def keep(path: Path, name: str, rows: Sequence[Scored]) -> None:
    """Append a scored set."""
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"set": name, "rows": [asdict(row) for row in rows]}) + "\n")


def halves(rows: Sequence[Scored]) -> Iterator[tuple[list[Scored], list[Scored]]]:
    """Yield each half of a set with the other, which it may be calibrated on."""
    first = [row for row in rows if not row.second_half]
    second = [row for row in rows if row.second_half]
    yield first, second
    yield second, first
