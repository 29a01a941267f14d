"""Diversity of known question sets and of sets that repeat themselves: where the normal ranges of `groundsmith evaluate` come from.

    python benchmarks/diversity.py --data ../shared/data --markdown table.md

200 questions of each set, drawn with a seed. "one pattern" fills one sentence with six nouns and ten objects; "forty, five times" repeats
forty questions of SQuAD 2.0.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from groundsmith.datasets import ForeignRow  # noqa: E402
from groundsmith.evaluation import Tools, evaluate  # noqa: E402
from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402

ROWS = 200
WHAT = ("amount", "fee", "rent", "income", "age", "number")
WHOSE = (
    *("the grant", "a household", "the tenant", "an applicant", "a unit"),
    *("the program", "a month", "a year", "a permit", "the fund"),
)


def questions(data: Path, name: str) -> list[str]:
    """The different questions of a labelled set."""
    with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return sorted({json.loads(line)["question"] for line in lines})


def sets(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Names and questions, real sets first."""
    with (data / "corpora/obliqa-adgm/qa/qa.jsonl").open(encoding="utf-8") as lines:
        yield "ObliQA-XRef", [json.loads(line)["question"] for line in lines]
    squad = questions(data, "squad2_answers_dev")
    yield "SQuAD 2.0", squad
    yield "PolicyQA", questions(data, "policyqa_dev")
    yield "ObliQA", questions(data, "obliqa_dev")
    yield "one pattern", [f"What is the maximum {what} of {whose}?" for what in WHAT for whose in WHOSE]
    yield "forty, five times", squad[:40] * 5


def main() -> None:
    """Evaluate the sets and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", help="one of the sets, by name")
    parser.add_argument("--markdown", type=Path, help="file for the table")
    options = parser.parse_args()
    embedder, lines = OnnxEmbedder(), list[str]()
    for name, asked in sets(options.data):
        if options.only not in (None, name):
            continue
        chosen = random.Random(1).sample(asked, min(ROWS, len(asked)))
        found = evaluate(
            (ForeignRow(number=n, question=text, answer="") for n, text in enumerate(chosen)),
            tools=Tools(embedder=embedder, only=["diversity"]),
        )
        if not lines:
            lines = ["| set | questions | " + " | ".join(each.name for each in found.measures) + " | called |"]
            lines.append("|---" * (len(found.measures) + 3) + "|")
        figures = " | ".join(f"{each.score.value:.2f}" for each in found.measures)
        lines.append(f"| {name} | {found.rows} | {figures} | {found.verdict} |")
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
