"""Does the guarantee hold? How often the error among passed rows exceeds the stated level, over many random splits.

    python benchmarks/guarantee.py --data ../shared/data --rows 120 --scores scores.jsonl --markdown table.md

Rows of the labelled sets are judged once by the shipped verifier (model, rules and aggregation; each row against its own
evidence, no retrieval); `--scores` keeps what was found, so that the splits can be drawn again without judging. Then,
--splits times: part of the rows at random is the labelled sample, from which `verify.risk.certify` takes a threshold or
none; on the other part the error among passed rows is compared with the level. A run without a threshold passes nothing
and so cannot exceed it; such runs are counted apart. The simulation draws rows from a known distribution, where the
true error at each threshold is a formula.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from verification_rows import chosen_rows, items, names  # noqa: E402

from verify.calibration import Labelled, support_score  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import shipped  # noqa: E402
from verify.risk import certify  # noqa: E402
from verify.verdict import Thresholds  # noqa: E402
from verify.verifier import Verifier  # noqa: E402

CONFIDENCE = 0.95
LEVELS = (0.05, 0.1, 0.2, 0.3)
UNREACHED = 2.0
SKIPPED = ("obliqa_dev", "obliqa_expert_dev")
"""Their claims are questions, which claim nothing."""
BEST = (
    *("begin", "fever_symmetric", "fm2_dev", "hover_mini", "entfa_xsum", "llm_aggrefact_mini_dev"),
    *("ragtruth_sentences_dev", "equate_news_reddit"),
)
"""Sets of whose passed rows fewest are wrong, chosen after looking at the scores: they let low levels be certified at all."""


def judged(data: Path, *, rows: int, seed: int) -> Iterator[Labelled]:
    """Yield the reportable rows of every labelled set, judged by the shipped verifier."""
    model = OnnxEntailment(threads=2)
    never = Thresholds(support=UNREACHED)
    verifier = Verifier(model, thresholds=never, relevance=False, estimate=shipped(model.name))
    for name in names(data):
        if name in SKIPPED:
            continue
        began = time.monotonic()
        chosen = chosen_rows(data, name, rows=rows, seed=seed)
        for row, result in zip(chosen, verifier.verify(items(chosen, name)), strict=True):
            score = support_score(result.verdicts, thresholds=Thresholds())
            yield Labelled(score=score, right=row["label"] == 1, group=name)
        print(f"{name}: {len(chosen)} rows, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What came of many runs at one level: with a threshold, above the level, mean share passed, mean error of those with one."""

    level: float
    labels: int
    runs: int
    certified: int
    above: int
    passed: float
    error: float


def splits(rows: Sequence[Labelled], *, labels: int, level: float, runs: int, seed: int) -> Found:
    """Certify on `labels` random rows, look at all others; `runs` times."""
    draw = random.Random(seed)
    order = list(range(len(rows)))

    def once() -> tuple[list[Labelled], Callable[[float], tuple[float, float]]]:
        draw.shuffle(order)
        rest = [rows[number] for number in order[labels:]]
        return [rows[number] for number in order[:labels]], lambda threshold: outcome(rest, threshold)

    return runs_of(once, labels=labels, level=level, runs=runs)


def drawn(rows: Sequence[Labelled], *, labels: int, level: float, runs: int, seed: int) -> Found:
    """Certify on `labels` rows drawn with replacement; the error is known exactly, since the rows are the population."""
    draw = random.Random(seed)
    return runs_of(
        lambda: (draw.choices(rows, k=labels), lambda threshold: outcome(rows, threshold)),
        labels=labels,
        level=level,
        runs=runs,
    )


def simulated(*, worst: bool, labels: int, level: float, runs: int, seed: int) -> Found:
    """Certify on rows of a known distribution: scores uniform on 0 to 1, a row right with a probability known for its score.

    Ordinary: wrong with probability (1 - score) ^ 3, so that error rises as the threshold falls. `worst`: wrong with a
    probability just above the level at every score, so that every threshold that is certified is a mistake.
    """
    draw = random.Random(seed)
    above = level * 1.0001

    def row() -> Labelled:
        score = draw.random()
        return Labelled(score=score, right=draw.random() >= (above if worst else (1 - score) ** 3))

    def truth(threshold: float) -> tuple[float, float]:
        return 1 - threshold, above if worst else (1 - threshold) ** 3 / 4

    return runs_of(lambda: ([row() for _ in range(labels)], truth), labels=labels, level=level, runs=runs)


def runs_of(
    once: Callable[[], tuple[Sequence[Labelled], Callable[[float], tuple[float, float]]]],
    *,
    labels: int,
    level: float,
    runs: int,
) -> Found:
    """Repeat: take a sample and the truth about thresholds, certify on the one, count what the other says."""
    passed: list[float] = []
    errors: list[float] = []
    for _ in range(runs):
        sample, truth = once()
        threshold = certify(sample, error=level, confidence=CONFIDENCE).threshold
        if threshold is not None:
            share, error = truth(threshold)
            passed.append(share)
            errors.append(error)
    return Found(
        level=level,
        labels=labels,
        runs=runs,
        certified=len(errors),
        above=sum(error > level for error in errors),
        passed=sum(passed) / max(1, len(passed)),
        error=sum(errors) / max(1, len(errors)),
    )


def outcome(rows: Sequence[Labelled], threshold: float) -> tuple[float, float]:
    """Return the share of rows that pass a threshold, and the share of wrong ones among them, 0 when none passes."""
    passed = [row for row in rows if row.score >= threshold]
    return len(passed) / len(rows), sum(not row.right for row in passed) / max(1, len(passed))


def table(title: str, found: Sequence[Found]) -> str:
    """Write the figures as a Markdown table."""
    lines = [
        f"### {title}",
        "",
        "| level | labels | runs with a threshold | above the level | share of all runs | mean error of passed rows "
        "| mean share passed |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        some = each.certified > 0
        lines.append(
            f"| {each.level:.0%} | {each.labels} | {each.certified} of {each.runs} | {each.above} "
            f"| {each.above / each.runs:.1%} | {f'{each.error:.1%}' if some else '-'} | {f'{each.passed:.1%}' if some else '-'} |"
        )
    return "\n".join(lines) + "\n"


def report(rows: Sequence[Labelled], best: Sequence[Labelled], *, runs: int, seed: int) -> str:
    """Run everything; `best` are the rows of sets on which the judge does well."""
    options: dict[str, int] = {"runs": runs, "seed": seed}
    sizes = (200, 400, 1000)
    parts = [
        table(
            f"All sets, {len(rows):,} rows: half labelled, error on the other half",
            [splits(rows, labels=len(rows) // 2, level=level, **options) for level in LEVELS],
        ),
        table(
            f"The sets judged best, {len(best):,} rows: half labelled, error on the other half",
            [splits(best, labels=len(best) // 2, level=level, **options) for level in LEVELS],
        ),
        table(
            "The sets judged best as the population: labels drawn from it, error known exactly",
            [drawn(best, labels=size, level=level, **options) for size in sizes for level in LEVELS],
        ),
        table(
            "Simulation, error rises as the threshold falls",
            [simulated(worst=False, labels=n, level=level, **options) for n in sizes for level in LEVELS],
        ),
        table(
            "Simulation, worst case: every threshold is just above the level",
            [simulated(worst=True, labels=n, level=level, **options) for n in sizes for level in LEVELS],
        ),
    ]
    return "\n".join(parts)


def stored(path: Path) -> list[Labelled]:
    """Read rows that were judged before."""
    with path.open(encoding="utf-8") as lines:
        return [Labelled(**json.loads(line)) for line in lines]


def main() -> None:
    """Measure how often the guarantee is broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, default=120, help="rows of each set")
    parser.add_argument("--splits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--scores", type=Path, help="file for the judged rows; read when it is there")
    parser.add_argument("--best", nargs="*", default=BEST, help="sets on which the judge does well")
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    options = parser.parse_args()
    if options.scores and options.scores.exists():
        rows = stored(options.scores)
    else:
        rows = list(judged(options.data, rows=options.rows, seed=options.seed))
    if options.scores and not options.scores.exists():
        options.scores.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")
    best = [row for row in rows if row.group in set(options.best)]
    made = report(rows, best, runs=options.splits, seed=options.seed)
    print(made)
    if options.markdown:
        options.markdown.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
