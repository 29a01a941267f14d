"""Measures the verifier on labelled claim and answer sets, beside its model alone, word overlap and embedding cosine.

    python benchmarks/verification.py --data ../shared/data --rows 200 --cache rows.jsonl --markdown table.md

Evidence is cut into passages, the three that share most words with a statement are judged, and the best window counts; a claim
of several statements scores as its worst. "As shipped" uses 0.5 and nothing of these rows. "Calibrated" is what
`groundsmith calibrate` does for a user who labelled rows of the kind: map and threshold come from one half of a set, the figures
from the other, both ways round. "Learned": the weights of the signals are refitted on the one half too, and the other is decided at
0.5. The baselines have no threshold of their own: overlap and cosine get theirs in the same way. Sets
that were partly trained on report only the half that training never saw (`verify.training.split`). Interrupted, it goes on
with the same --cache. Needs onnxruntime, tokenizers and numpy alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from verification_rows import AGGREFACT, Scored, keep, load, names, score, stored  # noqa: E402

from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402
from verify import answerable  # noqa: E402
from verify.calibration import Labelled, expected_calibration_error, platt, reliability  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import Combination, shipped  # noqa: E402
from verify.refit import refit, scores  # noqa: E402
from verify.second import SecondReader  # noqa: E402
from verify.training.split import FURTHER, HALVED  # noqa: E402

ANSWERABLE = answerable.shipped()
WAYS = ("product", "learned", "model", "overlap", "cosine")
KNOWN = shipped() or Combination(intercept=0.0, weights={"entailment": 1.0})
PUBLISHED = {  # balanced accuracy on the same parts, from the public LLM-AggreFact leaderboard
    "Bespoke-MiniCheck-7B": 77.4,
    "GPT-4o": 75.9,
    "MiniCheck-RoBERTa-L (0.4B)": 73.5,
    "HHEM-2.1-Open (0.1B)": 71.8,
    "AlignScore (0.4B)": 70.5,
    "SummaC-ZS (0.1B)": 67.7,
    "T5-NLI-Mixed (11B)": 61.1,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """Figures of one set, shares from 0 to 1, by way of scoring."""

    name: str
    rows: int
    shipped: dict[str, float]
    calibrated: dict[str, float]
    auc: dict[str, float]
    error_shipped: float
    error_calibrated: float


def balanced(labels: np.ndarray, said: np.ndarray) -> float:
    """Mean of the recalls of both classes; NaN where a class is absent."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """A set's labels, the half each row lies in, and its score by each of WAYS."""

    labels: np.ndarray
    second: np.ndarray
    values: dict[str, np.ndarray]


def columns(rows: Sequence[Scored]) -> Columns:
    """Score a set's rows in every way."""
    values = {
        "product": [scores([row.judged], known(row))[0] for row in rows],
        "model": [row.model for row in rows],
        "overlap": [row.overlap for row in rows],
        "cosine": [row.cosine for row in rows],
        "learned": learned(rows),
    }
    return Columns(
        labels=np.array([row.right for row in rows]),
        second=np.array([row.second_half for row in rows]),
        values={way: np.array(each) for way, each in values.items()},
    )


def known(row: Scored) -> Combination:
    """The weights that come with the package: of claims, or of whether a passage answers a question."""
    return ANSWERABLE if row.answerable else KNOWN


def learned(rows: Sequence[Scored]) -> list[float]:
    """Each row's score by weights that the other half of its set taught; by the shipped ones where that has one label only."""
    by = {}
    for half in (False, True):
        others = [row.judged for row in rows if row.second_half is not half]
        start = known(rows[0])
        by[half] = refit(others, known=start) if len({right for _, right in others}) == 2 else start
    return [scores([row.judged], by[row.second_half])[0] for row in rows]


def threshold(labels: np.ndarray, values: np.ndarray) -> float:
    """The score that separates labelled rows best by balanced accuracy, halfway between two of theirs."""
    between = [float(a + b) / 2 for a, b in pairwise(np.unique(values))] or [0.5]
    if labels.all() or not labels.any():
        return 0.5
    return max(between, key=lambda cut: balanced(labels, values >= cut))


def calibrated(found: Columns, way: str) -> float:
    """Balanced accuracy with each half's threshold found on the other half; that of what was learned there is 0.5."""
    values = found.values[way]
    if way == "learned":
        return balanced(found.labels, values >= 0.5)
    said = np.zeros(len(values), dtype=bool)
    for half in (found.second, ~found.second):
        said[half] = values[half] >= threshold(found.labels[~half], values[~half])
    return balanced(found.labels, said)


def calibration_error(found: Columns, *, learn: bool) -> float:
    """Expected calibration error of the product's probability; with `learn`, mapped by what the other half teaches."""
    rows = [
        Labelled(score=float(score), right=bool(right))
        for score, right in zip(found.values["product"], found.labels, strict=True)
    ]
    told: list[float] = []
    seen: list[Labelled] = []
    for half in (found.second, ~found.second):
        own, other = ([row for row, is_in in zip(rows, side, strict=True) if is_in] for side in (half, ~half))
        by = platt(other) if learn and len({row.right for row in other}) == 2 else float
        told += [by(row.score) for row in own]
        seen += own
    return float(expected_calibration_error(reliability(told, seen)) or 0.0)


def result(name: str, rows: Sequence[Scored]) -> Result:
    """Every figure of one set."""
    found = columns(rows)
    return Result(
        name=name,
        rows=len(rows),
        shipped={way: balanced(found.labels, found.values[way] >= 0.5) for way in ("product", "model")},
        calibrated={way: calibrated(found, way) for way in WAYS},
        auc={way: auc(found.labels, found.values[way]) for way in WAYS},
        error_shipped=calibration_error(found, learn=False),
        error_calibrated=calibration_error(found, learn=True),
    )


HEAD = (
    "set",
    "rows",
    "balanced accuracy as shipped",
    "its model alone",
    "calibrated",
    "learned",
    "overlap, calibrated",
    "cosine, calibrated",
    "AUC",
    "learned",
    "model alone",
    "overlap",
    "cosine",
    "calibration error as shipped",
    "calibrated",
)


def line(name: str, count: str, found: Sequence[Result]) -> str:
    """A row of the table: the mean over some sets."""
    figures = [
        [r.shipped["product"] for r in found],
        [r.shipped["model"] for r in found],
        *([r.calibrated[way] for r in found] for way in ("product", "learned", "overlap", "cosine")),
        *([r.auc[way] for r in found] for way in WAYS),
        [r.error_shipped for r in found],
        [r.error_calibrated for r in found],
    ]
    return f"| {name} | {count} | " + " | ".join(f"{np.mean(each):.2f}" for each in figures) + " |"


def table(found: Sequence[Result], halved: frozenset[str] = HALVED) -> list[str]:
    """Lines of the table: sets, then means. A judge that always says the same has 0.50 everywhere."""
    groups = {
        "**macro average**": list(found),
        "never trained on": [r for r in found if r.name not in halved],
        "unseen halves": [r for r in found if r.name in halved],
    }
    made = [line(r.name, f"{r.rows:,}", [r]) for r in found]
    return [
        f"| {' | '.join(HEAD)} |",
        "|---" * len(HEAD) + "|",
        *made,
        *(line(name, "", part) for name, part in groups.items() if part),
    ]


def better(found: Sequence[Result]) -> list[str]:
    """On how many sets the product, as shipped and with learned weights, beats each baseline, by AUC and by balanced accuracy."""
    lines = []
    for own in ("product", "learned"):
        for way in ("model", "overlap", "cosine"):
            higher = sum(r.auc[own] > r.auc[way] for r in found)
            sharper = sum(r.calibrated[own] > r.calibrated[way] for r in found)
            gain = float(np.mean([r.auc[own] - r.auc[way] for r in found]))
            lines.append(
                f"- {own} against {way}: higher AUC on {higher} of {len(found)} sets (mean {gain:+.3f}),"
                f" higher calibrated balanced accuracy on {sharper}"
            )
    return lines


def aggrefact(rows: Sequence[Scored]) -> list[str]:
    """LLM-AggreFact by part at 0.5, as shipped and with learned weights, beside published figures."""
    found, parts = columns(rows), np.array([row.part for row in rows])
    lines = [""]
    for way, named in (("product", "as shipped"), ("learned", "weights learned on its other half")):
        said = found.values[way] >= 0.5
        by_part = {str(part): balanced(found.labels[parts == part], said[parts == part]) for part in sorted(set(parts))}
        listed = ", ".join(f"{part} {value:.2f}" for part, value in by_part.items())
        mean = float(np.nanmean(list(by_part.values())))
        lines += [
            f"LLM-AggreFact sample, {named}: mean balanced accuracy of its {len(by_part)} parts at 0.5, in percent:"
            f" **{100 * mean:.1f}** ({listed}).",
            "",
        ]
    published = ", ".join(f"{name} {value}" for name, value in PUBLISHED.items())
    return [*lines, f"Published on the whole benchmark: {published}."]


def main() -> None:
    """Evaluate the verifier."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, help="folder with another nli-minilm.onnx and tokenizer.json")
    parser.add_argument(
        "--unrestricted",
        action="store_true",
        help="leave out the halves in the mix of verify.training.unrestricted too, to compare its weights with the shipped ones",
    )
    parser.add_argument(
        "--second", type=Path, help="folder or .onnx file of a model that reads again where the first is unsure"
    )
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--sets", nargs="*", help="names of the sets to measure; all by default")
    parser.add_argument("--cache", type=Path, help="file that keeps scored sets, to go on after an interruption")
    parser.add_argument("--markdown", type=Path, help="file for the table")
    options = parser.parse_args()
    model, embedder = OnnxEntailment(options.weights, threads=options.threads), OnnxEmbedder()
    second = SecondReader(model=OnnxEntailment(options.second, threads=options.threads)) if options.second else None
    scored = stored(options.cache) if options.cache else {}
    for name in options.sets or names(options.data):
        if name in scored:
            continue
        began = time.monotonic()
        rows = load(options.data, name, limit=options.rows, seed=options.seed, unrestricted=options.unrestricted)
        scored[name] = score(rows, model=model, embedder=embedder, second=second)
        if options.cache:
            keep(options.cache, name, scored[name])
        print(f"{name:26} {len(rows):5} rows {time.monotonic() - began:.0f} s", flush=True)
    found = [result(name, rows) for name, rows in sorted(scored.items())]
    halved = HALVED | FURTHER if options.unrestricted else HALVED
    lines = [*table(found, halved), "", *better(found), *(aggrefact(scored[AGGREFACT]) if AGGREFACT in scored else [])]
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
