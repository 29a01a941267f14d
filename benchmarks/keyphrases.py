"""Keyphrases of Inspec (test) and SemEval-2017: F1@5, @10 and @15, Porter-stemmed, exact, macro-averaged.

    python benchmarks/keyphrases.py [--data ../shared/data/keyphrase]

Phrases are those of `graph.extract.SpacyExtractor`, ranked by `graph.salience.ranked` with document frequencies taken from
the same documents, without their keyphrases. Weights were chosen on Inspec train and dev and the first half of
SemEval-2017.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.candidate import Tagged
from graph.canonical import canonical_key
from graph.extract import SpacyExtractor
from graph.phrase import admissible
from graph.salience import ranked

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "keyphrase"
CUTS = (5, 10, 15)
TUNED_ON = 246
BEFORE = {"Inspec test": "29.3 / 35.0 / 36.3", "SemEval-2017": "21.1 / 30.1 / 34.2"}


@dataclass(frozen=True, kw_only=True)
class Score:
    """One data set's figures: F1 in per cent by cut, recall of candidates, candidates a document, words a second."""

    name: str
    documents: int
    f1: tuple[float, ...]
    recall: float
    candidates: float
    speed: float


def stems(phrase: str) -> str:
    """Return a phrase's words, split at white space, lower-cased and Porter-stemmed."""
    import Stemmer

    return " ".join(Stemmer.Stemmer("porter").stemWords(phrase.lower().split()))


def f1_at(predicted: Sequence[str], gold: Iterable[str], cut: int) -> float:
    """Return F1 of the first `cut` different predictions against the gold phrases, both stemmed, 0 to 1."""
    wanted = {stems(phrase) for phrase in gold} - {""}
    first = list(dict.fromkeys(stems(phrase) for phrase in predicted))[:cut]
    hits = len(wanted.intersection(first))
    if not hits:
        return 0.0
    precision, recall = hits / len(first), hits / len(wanted)
    return 2 * precision * recall / (precision + recall)


def rank(tagged: Sequence[Tagged]) -> list[list[str]]:
    """Return the phrases of each text as written, best first."""
    counts: list[Counter[str]] = []
    surfaces: list[dict[str, str]] = []
    places: list[dict[str, float]] = []
    for text in tagged:
        count, surface, place = Counter[str](), dict[str, str](), dict[str, float]()
        for phrase in text.phrases:
            written = text.text[phrase.start : phrase.end]
            key = canonical_key(written)
            if not phrase.tied and admissible(key):
                count[key] += 1
                surface.setdefault(key, written)
                place.setdefault(key, phrase.start / len(text.text))
        counts.append(count)
        surfaces.append(surface)
        places.append(place)
    spread = Counter(key for count in counts for key in count)
    return [
        [surface[key] for key in ranked(count, documents=len(tagged), document_frequency=spread, place=place)]
        for count, surface, place in zip(counts, surfaces, places, strict=True)
    ]


def measure(name: str, rows: Sequence[dict[str, object]], extractor: SpacyExtractor) -> Score:
    """Return the figures of one data set."""
    texts = [str(row["text"]) for row in rows]
    gold = [[str(phrase) for phrase in row["keyphrases"]] for row in rows]  # type: ignore[attr-defined]
    start = time.perf_counter()
    predicted = rank(list(extractor.phrases(texts)))
    seconds = time.perf_counter() - start
    pairs = list(zip(predicted, gold, strict=True))
    recalls = []
    for phrases, wanted in pairs:
        stemmed = {stems(phrase) for phrase in wanted} - {""}
        recalls.append(len(stemmed & {stems(phrase) for phrase in phrases}) / len(stemmed))
    return Score(
        name=name,
        documents=len(rows),
        f1=tuple(100 * sum(f1_at(*pair, cut) for pair in pairs) / len(pairs) for cut in CUTS),
        recall=sum(recalls) / len(recalls),
        candidates=sum(map(len, predicted)) / len(predicted),
        speed=sum(len(text.split()) for text in texts) / seconds,
    )


def read(path: Path, split: str | None) -> list[dict[str, object]]:
    """Return the rows of a data file, of one split if there is one."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if split is None or row["split"] == split]


def table(scores: Sequence[Score]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| set | documents | F1@5 / @10 / @15 | best before | candidate recall | candidates | words/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for score in scores:
        figures = " / ".join(f"{value:.1f}" for value in score.f1)
        before = BEFORE.get(score.name, "")
        lines.append(
            f"| {score.name} | {score.documents} | **{figures}** | {before} | {score.recall:.2f} | "
            f"{score.candidates:.0f} | {score.speed:,.0f} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure all sets and print the table."""
    parser = argparse.ArgumentParser(description="F1 of keyphrases on Inspec and SemEval-2017.")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"{options.data}: the keyphrase data is not here; name its folder with --data", file=sys.stderr)
        return 2
    extractor = SpacyExtractor()
    list(extractor.phrases(["The model is loaded before the clock starts."]))
    inspec = read(options.data / "inspec.jsonl.gz", "test")
    semeval = read(options.data / "semeval2017.jsonl.gz", None)
    sets = {"Inspec test": inspec, "SemEval-2017": semeval, "SemEval-2017, second half": semeval[TUNED_ON:]}
    print(table([measure(name, rows, extractor) for name, rows in sets.items()]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
