"""Keyphrases of Inspec (test) and SemEval-2017: F1@5, @10 and @15, Porter-stemmed, exact, macro-averaged.

    python benchmarks/keyphrases.py [--data ../shared/data/keyphrase] [--markdown FILE]

Phrases are those of `graph.extract.SpacyExtractor`, ranked by `graph.salience.ranked`, and once more by
`graph.rerank.Reranker`, with document frequencies taken from the same documents, without their keyphrases. Weights of
the first were chosen on Inspec train and dev and the first half of SemEval-2017, those of the second on Inspec train
and dev alone. Recall is that of the wide list of candidates. Speed is in tokens of spaCy a second of processor time,
that is of one core, beside the bare tagger in the same run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graph.candidate import Tagged
from graph.canonical import canonical_key
from graph.extract import SpacyExtractor
from graph.extraction import DocumentPassages
from graph.phrase import admissible, inner
from graph.rerank import INSIDE, PLAIN, TIED, WIDE, Candidate, Reranker
from graph.salience import ranked
from graph.widen import plausible
from knowledge.embed_onnx import OnnxEmbedder

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "keyphrase"
CORPUS = ROOT.parent / "shared" / "data" / "corpora" / "nist-800-63"
CUTS = (5, 10, 15)
TUNED_ON = 246
BEFORE = {"Inspec test": "29.3 / 35.0 / 36.3", "SemEval-2017": "21.1 / 30.1 / 34.2"}


@dataclass(frozen=True, kw_only=True)
class Score:
    """One data set's figures: F1 in per cent by cut, recall of candidates, candidates a document, tokens a second."""

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


def gathered(text: Tagged) -> dict[str, Candidate]:
    """Return the candidates of a text by key: noun phrases, tied phrases, parts of phrases, and the wide list."""
    found: dict[str, Candidate] = {}

    def add(start: int, end: int, form: float) -> None:
        surface = text.text[start:end]
        key = canonical_key(surface)
        if not (plausible(key) if form == WIDE else admissible(key)):
            return
        known = found.get(key)
        place = start / len(text.text)
        if known is None:
            found[key] = Candidate(key=key, surface=surface, count=1, place=place, form=form)
        elif known.form == form:
            found[key] = replace(known, count=known.count + 1, place=min(place, known.place))

    for phrase in text.phrases:
        if not phrase.tied:
            add(phrase.start, phrase.end, PLAIN)
    for phrase in text.phrases:
        if phrase.tied:
            add(phrase.start, phrase.end, TIED)
    for phrase in text.phrases:
        for _, start, end in () if phrase.tied else inner(phrase, text.text):
            add(start, end, INSIDE)
    for start, end in text.wide:
        add(start, end, WIDE)
    return found


def rank(texts: Sequence[Mapping[str, Candidate]]) -> list[list[str]]:
    """Return the plain candidates of each text as written, best first, without the re-ranker."""
    plain = [{key: one for key, one in text.items() if one.form == PLAIN} for text in texts]
    spread = Counter(key for text in plain for key in text)
    return [
        [
            text[key].surface
            for key in ranked(
                {key: one.count for key, one in text.items()},
                documents=len(texts),
                document_frequency=spread,
                place={key: one.place for key, one in text.items()},
            )
        ]
        for text in plain
    ]


def rerank(tagged: Sequence[Tagged], texts: Sequence[Mapping[str, Candidate]], reranker: Reranker) -> list[list[str]]:
    """Return the candidates of each text as written, best first, by the re-ranker."""
    spread = Counter(key for text in texts for key in text)
    return [
        [
            one.surface
            for one in reranker.ranked(text.text, list(found.values()), documents=len(texts), document_frequency=spread)
        ]
        for text, found in zip(tagged, texts, strict=True)
    ]


def measure(
    name: str, rows: Sequence[dict[str, object]], extractor: SpacyExtractor, reranker: Reranker | None = None
) -> Score:
    """Return the figures of one data set."""
    texts = [str(row["text"]) for row in rows]
    gold = [[str(phrase) for phrase in row["keyphrases"]] for row in rows]  # type: ignore[attr-defined]
    tokens = sum(1 for text in extractor.tokens(texts) for _ in text)
    start = time.process_time()
    tagged = list(extractor.phrases(texts))
    candidates = [gathered(text) for text in tagged]
    predicted = rank(candidates) if reranker is None else rerank(tagged, candidates, reranker)
    seconds = time.process_time() - start
    recalls = []
    for found, wanted in zip(candidates, gold, strict=True):
        stemmed = {stems(phrase) for phrase in wanted} - {""}
        recalls.append(len(stemmed & {stems(one.surface) for one in found.values()}) / len(stemmed))
    pairs = list(zip(predicted, gold, strict=True))
    return Score(
        name=name,
        documents=len(rows),
        f1=tuple(100 * sum(f1_at(*pair, cut) for pair in pairs) / len(pairs) for cut in CUTS),
        recall=sum(recalls) / len(recalls),
        candidates=sum(map(len, candidates)) / len(candidates),
        speed=tokens / seconds,
    )


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Tokens a second of processor time on a corpus: the bare tagger, and the extractor as the graph uses it."""

    tokens: int
    bare: float
    extraction: float
    frames: float
    reranked: float | None


def speed(documents: Sequence[DocumentPassages], reranker: Reranker | None) -> Speed:
    """Return what extraction costs on documents cut into passages; the bare tagger reads the same passages."""
    texts = [passage.text for _, passages in documents for passage in passages]
    extractor = SpacyExtractor()
    start = time.process_time()
    tokens = sum(1 for text in extractor.tokens(texts) for _ in text)
    bare = tokens / (time.process_time() - start)

    def run(one: SpacyExtractor, given: Sequence[DocumentPassages], count: int) -> float:
        list(one.phrases(["The model is loaded before the clock starts."]))
        start = time.process_time()
        list(one.extract(given))
        return count / (time.process_time() - start)

    part = documents[: max(1, len(documents) // 10)]
    some = sum(1 for text in extractor.tokens([each.text for _, found in part for each in found]) for _ in text)
    return Speed(
        tokens=tokens,
        bare=bare,
        extraction=run(SpacyExtractor(frames=False), documents, tokens),
        frames=run(SpacyExtractor(), documents, tokens),
        reranked=run(SpacyExtractor(reranker=reranker), part, some) if reranker else None,
    )


def corpus(folder: Path) -> list[DocumentPassages]:
    """Return the Markdown documents of a folder, cut into passages."""
    from knowledge.load import load_file
    from knowledge.split import split

    loaded = [load_file(path, source=path.name) for path in sorted(folder.rglob("*.md"))]
    return [(f"{document.id}-{at}", split(document)) for at, document in enumerate(loaded)]


def read(path: Path, split: str | None) -> list[dict[str, object]]:
    """Return the rows of a data file, of one split if there is one."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if split is None or row["split"] == split]


def table(scores: Sequence[Score]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| set | documents | F1@5 / @10 / @15 | best before | candidate recall | candidates | tokens/s a core |",
        "|---|---|---|---|---|---|---|",
    ]
    for score in scores:
        figures = " / ".join(f"{value:.1f}" for value in score.f1)
        before = BEFORE.get(score.name, "")
        lines.append(
            f"| {score.name} | {score.documents} | **{figures}** | {before} | {score.recall:.3f} | "
            f"{score.candidates:.0f} | {score.speed:,.0f} |"
        )
    return "\n".join(lines)


def costs(found: Speed) -> str:
    """Return the speeds as a Markdown table."""
    rows = [
        ("the bare tagger", found.bare),
        ("extraction without policy frames", found.extraction),
        ("extraction with policy frames", found.frames),
        ("the same with the re-ranker, a tenth of the documents", found.reranked),
    ]
    lines = ["| what | tokens/s a core |", "|---|---|"]
    return "\n".join(lines + [f"| {name} | {value:,.0f} |" for name, value in rows if value is not None])


def main() -> int:
    """Measure all sets and print the tables."""
    parser = argparse.ArgumentParser(description="F1 of keyphrases on Inspec and SemEval-2017.")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="Markdown documents on which speed is measured.")
    parser.add_argument("--no-rerank", action="store_true", help="Leave the re-ranker out.")
    parser.add_argument("--markdown", type=Path, help="Write the tables to this file too.")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"{options.data}: the keyphrase data is not here; name its folder with --data", file=sys.stderr)
        return 2
    extractor = SpacyExtractor()
    list(extractor.phrases(["The model is loaded before the clock starts."]))
    inspec = read(options.data / "inspec.jsonl.gz", "test")
    semeval = read(options.data / "semeval2017.jsonl.gz", None)
    sets = {"Inspec test": inspec, "SemEval-2017": semeval, "SemEval-2017, second half": semeval[TUNED_ON:]}
    text = table([measure(name, rows, extractor) for name, rows in sets.items()])
    reranker = None if options.no_rerank else Reranker(OnnxEmbedder())
    if reranker is not None:
        del sets["SemEval-2017, second half"]
        text += "\n\nWith the re-ranker:\n\n"
        text += table([measure(name, rows, extractor, reranker) for name, rows in sets.items()])
    if options.corpus.is_dir():
        text += "\n\n" + costs(speed(corpus(options.corpus), reranker))
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
