"""Gathers a second mix, for comparison only: halves of every labelled set whatever its licence. Its weights may not be shipped.

python -m verify.training.unrestricted --data ../shared/data --licensed mix.jsonl.gz --out unrestricted.jsonl.gz

It tells how much of a shortfall is owed to the data that the shipped weights may not use. LLM-AggreFact and the experts'
judgements of ObliQA stay aside whole, and so do rows of documents that LLM-AggreFact holds too.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verify.training.data import label_of, of_row, rows, write
from verify.training.policy import ENTAILMENT, Pair
from verify.training.split import FURTHER, HALVED, normal, trainable
from verify.training.window import sentences

ASIDE = ("llm_aggrefact_mini_dev", "obliqa_expert_dev")
SENTENCE_SETS = {"lingnli": 2500, "dream_answers": 2500, "logiqa2_nli": 1500, "nli4ct": 1600, "rte": 1500, "inli": 1500}
SHARED_CLAIMS = frozenset({"contractnli_dev", "healthver", "obliqa_dev", "policyqa_dev"})
"""Sets that put the same claim, or answer, to many documents."""
SHARED_EVIDENCE = frozenset({"obliqa_dev"})
"""Sets that put many questions to the same passage; their halves share no question."""
UNUSED = frozenset({"ragtruth_dev"})
"""Whole replies, whose sentences are in the mix."""
_LONG = 10
"""Words from which on a sentence tells a document."""


def documents_aside(data: Path) -> frozenset[str]:
    """Long sentences, in normal form, of the evidence of the sets that are kept aside whole."""
    texts = {row["evidence"] for name in ASIDE for row in rows(_set(data, name)) if name != "obliqa_expert_dev"}
    return frozenset(each for text in texts for each in _told(text))


def _set(data: Path, name: str) -> Path:
    return data / "verification" / "dev" / f"{name}.jsonl.gz"


def _told(text: str) -> Iterator[str]:
    return (each for each in map(normal, sentences(text)) if len(each.split()) >= _LONG)


def balanced_rows(
    data: Path, name: str, rng: random.Random, *, wanted: int, aside: frozenset[str]
) -> list[dict[str, Any]]:
    """Return about `wanted` rows of a set's trainable half, as many of each label; a row comes twice at the most."""
    found = [
        row
        for row in rows(_set(data, name))
        if trainable(name, row, unrestricted=True) and not any(each in aside for each in _told(row["evidence"]))
    ]
    sides = [[row for row in found if (label_of(row) == ENTAILMENT) is right] for right in (True, False)]
    share = min(wanted // 2, 2 * min(map(len, sides)))
    return [row for side in sides for row in rng.sample(side * 2 if len(side) < share else side, share)]


def passage_pairs(data: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Yield pairs of every halved set, evidence cut to the window that fits best."""
    aside = documents_aside(data)
    for name in sorted((HALVED | FURTHER) - UNUSED):
        for row in balanced_rows(data, name, rng, wanted=wanted, aside=aside):
            yield from ((name, pair) for pair in of_row(name, row, rng))


def sentence_pairs(data: Path, rng: random.Random) -> Iterator[tuple[str, Pair]]:
    """Yield rows of the sentence-pair sets that the shipped mix leaves out."""
    for name, wanted in SENTENCE_SETS.items():
        for row in rng.sample(list(rows(data / "nli" / "train" / f"{name}.jsonl.gz")), wanted):
            yield name, (row["premise"], row["hypothesis"], label_of(row))


def reported(data: Path) -> tuple[set[str], set[str]]:
    """Evidence, and claims of eight words or more, of the rows that are reported, in normal form."""
    evidence: set[str] = set()
    claims: set[str] = set()
    for path in sorted((data / "verification" / "dev").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        kept = [row for row in rows(path) if not trainable(name, row, unrestricted=True)]
        if name not in SHARED_EVIDENCE:
            evidence |= {normal(row["evidence"]) for row in kept}
        if name not in SHARED_CLAIMS:
            claims |= {each for row in kept if len((each := normal(row["claim"])).split()) >= 8}
    return evidence, claims


def licensed_pairs(path: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Yield pairs of the shipped mix, of its sentence sets and of policy text, so that nothing is unlearned."""
    found = [row for row in rows(path) if not row["held"] and row["s"] not in HALVED]
    for row in rng.sample(found, min(wanted, len(found))):
        yield row["s"], (row["p"], row["h"], row["y"])


def main() -> None:
    """Write the mix and print its make-up."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--licensed", type=Path, required=True, help="the mix that verify.training.data wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1400, help="rows of each labelled set")
    parser.add_argument("--replay", type=int, default=8000, help="pairs of the licensed mix")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    pairs = [*passage_pairs(options.data, rng, wanted=options.rows), *sentence_pairs(options.data, rng)]
    evidence, claims = reported(options.data)
    kept = [(name, pair) for name, pair in pairs if normal(pair[0]) not in evidence and normal(pair[1]) not in claims]
    print("dropped for overlap with reported rows:", len(pairs) - len(kept))
    kept += licensed_pairs(options.licensed, rng, wanted=options.replay)
    rng.shuffle(kept)
    write(options.out, kept)


if __name__ == "__main__":
    main()
