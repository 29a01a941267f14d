"""Pairs on whether a passage answers a question: the passage the question was asked of, and the nearest of other passages."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from verify.answerable import CLAIM
from verify.training.policy import ENTAILMENT, NEUTRAL, Pair
from verify.training.split import trainable
from verify.training.window import best, content

SETS = ("policyqa_dev", "squad2_answers_dev")


def relevance_pairs(data: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Yield about `wanted` pairs a set, half of them passages close in wording that were not the question's own."""
    for name in SETS:
        asked = questions(data, name)
        passages = sorted({evidence for _, evidence in asked})
        for question, evidence in rng.sample(asked, min(wanted // 2, len(asked))):
            claim = CLAIM.format(question)
            yield f"relevance_{name}", (best(question, evidence)[0], claim, ENTAILMENT)
            yield f"relevance_{name}", (best(question, _nearest(question, evidence, passages, rng))[0], claim, NEUTRAL)


def questions(data: Path, name: str) -> list[tuple[str, str]]:
    """Questions of the trainable half that are answered in their passage."""
    found: set[tuple[str, str]] = set()
    with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            stated = row["label"] == 1 and row["claim"].lower() in row["evidence"].lower()
            if stated and trainable(name, row):
                found.add((row["question"], row["evidence"]))
    return sorted(found)


def _nearest(question: str, own: str, passages: Sequence[str], rng: random.Random) -> str:
    """Of 150 other passages the one that shares most words with the question."""
    words = content(question)
    others = [p for p in rng.sample(passages, min(150, len(passages))) if p != own]
    return max(others, key=lambda p: (len(words & content(p)), p))
