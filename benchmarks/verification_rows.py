"""Rows of the labelled sets as the verifier takes them, and the scores that it and its baselines give to each."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundsmith.record import decode, encode
from knowledge.embed import Embedder
from verify import rules
from verify.claim import claims
from verify.evidence import Evidence, windows
from verify.likeness import likened
from verify.nli import EntailmentModel, Pair
from verify.refit import Judged
from verify.second import SecondReader
from verify.statement import statement
from verify.training.split import trainable
from verify.training.window import best, overlap, sentences
from verify.verdict import Entailment, Judgement
from verify.verifier import Item

AGGREFACT = "llm_aggrefact_mini_dev"
Row = Mapping[str, Any]
NOTHING = Judgement(
    passage_id="",
    entailment=Entailment(entailment=0.0, neutral=1.0, contradiction=0.0),
    overlap=0.0,
    passage_overlap=0.0,
    pairs=0.0,
)
"""What stands for a claim without a window."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A row with the judgements of its claims' windows, and the baselines' scores, 0 to 1.

    `second_half` tells the half of the set that it lies in, by its evidence. `answerable` marks the question whether a passage
    answers, which no claim is.
    """

    part: str
    right: bool
    second_half: bool
    overlap: float
    cosine: float
    claims: tuple[tuple[Judgement, ...], ...]
    answerable: bool = False

    @property
    def judged(self) -> Judged:
        """The row as weights are fitted to it."""
        return self.claims, self.right

    @property
    def model(self) -> float:
        """The worst claim's best window by the model alone."""
        return min(max(each.entailment.entailment for each in windows) for windows in self.claims)


def names(data: Path) -> list[str]:
    """Return the names of the sets with both labels."""
    found = (path.name.removesuffix(".jsonl.gz") for path in (data / "verification" / "dev").glob("*.jsonl.gz"))
    return sorted(name for name in found if name != "wice_spans_dev")


def load(data: Path, name: str, *, limit: int, seed: int, unrestricted: bool = False) -> list[Row]:
    """Rows of a set that may be reported, at most `limit` of them, drawn with a fixed seed; LLM-AggreFact is taken whole.

    With `unrestricted` also without the halves that the mix for comparison holds.
    """
    with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if not trainable(name, row := json.loads(line), unrestricted=unrestricted)]
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


def score(
    rows: Sequence[Row], *, model: EntailmentModel, embedder: Embedder, second: SecondReader | None = None
) -> list[Scored]:
    """Judge rows, each claim in the best windows of its evidence; overlap and cosine beside it."""
    asked = [
        (number, claim, window, passage.text)
        for number, row in enumerate(rows)
        for claim in statements(row)
        for passage in passages(_about(row, claim), row["evidence"])
        for window in windows(_about(row, claim), passage, limit=3)
    ]
    scores = model.entail([(window.premise, claim) for _, claim, window, _ in asked])
    found: dict[int, dict[str, list[Judgement]]] = {}
    pairs: dict[tuple[int, str], list[list[Pair]]] = {}
    for (number, claim, window, passage), entailment in zip(asked, scores, strict=True):
        asks = rows[number]["task"] == "answerable"
        findings = () if asks else rules.check(claim, window.text, passage=passage)
        made = Judgement(passage_id="", entailment=entailment, findings=findings)
        liked = likened(made, _about(rows[number], claim), premise=window.premise, around=passage)
        found.setdefault(number, {}).setdefault(claim, []).append(liked)
        pairs.setdefault((number, claim), []).append([(window.premise, claim)])
    if second:
        judged = [found[number][claim] for number, claim in pairs]
        second.reread(judged, list(pairs.values()), lambda each, scores: replace(each, entailment=scores))
    return [
        _scored(row, found.get(n, {}), cosine)
        for n, (row, cosine) in enumerate(zip(rows, _cosines(rows, embedder), strict=True))
    ]


def _about(row: Row, claim: str) -> str:
    """What words are looked for: those of the question, where it is asked whether a passage answers it."""
    return str(row["question"]) if row["task"] == "answerable" else claim


def _scored(row: Row, found: Mapping[str, list[Judgement]], cosine: float) -> Scored:
    evidence = str(row["evidence"])
    return Scored(
        part=str(row["split"]),
        right=row["label"] == 1,
        second_half=zlib.crc32(evidence.encode()) % 2 == 1,
        overlap=overlap(row["claim"], evidence),
        cosine=cosine,
        claims=tuple(tuple(windows) for windows in found.values()) or ((NOTHING,),),
        answerable=row["task"] == "answerable",
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
        record["set"]: [decode(Scored, row) for row in record["rows"]]
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }


def keep(path: Path, name: str, rows: Sequence[Scored]) -> None:
    """Append a scored set."""
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"set": name, "rows": [encode(row) for row in rows]}) + "\n")


def chosen_rows(data: Path, name: str, *, rows: int, seed: int) -> list[Row]:
    """Return at most `rows` rows of a set, drawn by the seed."""
    found = load(data, name, limit=rows, seed=seed)
    return found if len(found) <= rows else random.Random(seed).sample(found, rows)


def items(rows: Sequence[Row], name: str) -> list[Item]:
    """Return rows as the verifier takes them, each with its evidence cited; ids are their places."""
    return [
        Item(
            id=str(number),
            answer=str(row["claim"]),
            question=str(row["question"]) if row.get("question") and row["task"] == "answer" else None,
            cited=(Evidence(passage_id=str(number), document_id=name, text=str(row["evidence"])),),
        )
        for number, row in enumerate(rows)
    ]
