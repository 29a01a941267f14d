"""How much should meaning, words, phrases and letters count? Learns the retriever's four weights on the tuning half.

    python benchmarks/retrieval_weights.py --data ../shared/data [--questions 350] [--embedder FOLDER] [--cache FOLDER]

The questions are those that `benchmarks/retrieval.py` does not report (`--half tuning`); NIST's are not touched. Of each
question the best 60 of the fused lists are taken, as the retriever takes them; the weights are those that make the right
passages likeliest (softmax over a question's candidates, each set counting the same, a little decay). Beside the weights of all
four sets stands how each set does with weights learnt on the other three.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from retrieval import CachedEmbedder
from retrieval_metrics import NAMES, figures
from retrieval_sets import QuestionSet, question_sets

from knowledge.embed import OnnxEmbedder
from knowledge.fusion import blend, ordered
from knowledge.index import exact
from knowledge.lexical import LexicalIndex
from knowledge.retrieve import SearchOptions
from knowledge.wording import Wording

PARTS = ("meaning", "words", "phrases", "letters")
STEPS = 300
RATE = 0.1
DECAY = 1e-3
DEFAULTS = SearchOptions()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question's candidates: ids, a row of four parts for each, and the ids that are right."""

    ids: list[str]
    parts: numpy.ndarray
    right: frozenset[str]


def candidates(
    asked: QuestionSet, questions: Sequence[tuple[str, frozenset[str]]], embedder: CachedEmbedder
) -> list[Asked]:
    """Return what the retriever would weigh for each question."""
    depth, most = DEFAULTS.candidates, DEFAULTS.wording
    said = [question for question, _ in questions]
    rows = dict(zip(asked.units, embedder.embed(list(asked.units.values())), strict=True))
    near = exact(embedder.embed(said), rows, depth)
    shared = [ordered(each) for each in LexicalIndex((i, "", t) for i, t in asked.units.items()).search(said, depth)]
    found = []
    for (question, right), *lists in zip(questions, near, shared, strict=True):
        fused = blend(*lists, weights=DEFAULTS.weights, floors=(None, 0.0))[:most]
        levels = [dict(blend(one, floors=(floor,))) for one, floor in zip(lists, (None, 0.0), strict=True)]
        ids, wording = [id_ for id_, _ in fused], Wording(question)
        texts = [asked.units[id_] for id_ in ids]
        of_lists = [[level.get(id_, 0.0) for id_ in ids] for level in levels]
        parts = numpy.array([*of_lists, wording.phrases(texts), wording.letters(texts)]).T
        found.append(Asked(ids=ids, parts=parts, right=right))
    return found


def learnt(sets: Sequence[Sequence[Asked]]) -> numpy.ndarray:
    """Return the weights that make the right candidates likeliest, that of meaning brought to 1."""
    weights, first, second = numpy.array([3.0, 3.0, 0.0, 0.0]), numpy.zeros(4), numpy.zeros(4)
    for step in range(1, STEPS + 1):
        slope = DECAY * weights + sum(_slope(each, weights) for each in sets) / len(sets)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        move = (first / (1 - 0.9**step)) / (numpy.sqrt(second / (1 - 0.99**step)) + 1e-8)
        weights = weights - RATE * move  # Adam (Kingma and Ba, 2015)
    return weights / weights[0]


def _slope(asked: Sequence[Asked], weights: numpy.ndarray) -> numpy.ndarray:
    """Return the gradient of the mean loss over questions that have a right candidate."""
    slopes = []
    for each in asked:
        wanted = numpy.array([id_ in each.right for id_ in each.ids], dtype=float)
        if wanted.any():
            scores = each.parts @ weights
            likely = numpy.exp(scores - scores.max())
            slopes.append((likely / likely.sum() - wanted / wanted.sum()) @ each.parts)
    return numpy.mean(slopes, axis=0)


def ranked(asked: Sequence[Asked], weights: numpy.ndarray) -> numpy.ndarray:
    """Return the mean figures of the candidates in the order that weights give."""
    rows = []
    for each in asked:
        order = ordered(zip(each.ids, (each.parts @ weights).tolist(), strict=True))
        rows.append(figures([id_ for id_, _ in order], each.right))
    return numpy.mean(rows, axis=0)


def main() -> int:
    """Learn, and print weights and figures as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--embedder", type=Path, help="a folder with an ONNX encoder; default: the one in the package")
    parser.add_argument("--questions", type=int, default=350, help="most questions of a set")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    options = parser.parse_args()
    embedder = CachedEmbedder(OnnxEmbedder(options.embedder) if options.embedder else OnnxEmbedder(), options.cache)
    sets: dict[str, list[Asked]] = {}
    for asked in question_sets(options.data):
        if not asked.name.startswith("nist"):
            sets[asked.name] = candidates(asked, asked.half(tuning=True, most=options.questions), embedder)
            embedder.save()
    shipped = numpy.array([*DEFAULTS.weights, DEFAULTS.phrase_weight, DEFAULTS.letter_weight])
    print(f"Learnt on all: {_said(learnt(list(sets.values())))}; shipped: {_said(shipped)}\n")
    print(
        "| set | questions | order | " + " | ".join(NAMES) + " | weights |\n|---|---|---|" + "---|" * (len(NAMES) + 1)
    )
    for name, asked_of in sets.items():
        others = learnt([each for other, each in sets.items() if other != name])
        ways = {"lists alone": numpy.array([1.0, 1, 0, 0]), "learnt on the other sets": others, "shipped": shipped}
        for way, weights in ways.items():
            values = " | ".join(f"{value:.4f}" for value in ranked(asked_of, weights))
            print(f"| {name} | {len(asked_of)} | {way} | {values} | {_said(weights)} |")
    return 0


def _said(weights: numpy.ndarray) -> str:
    return ", ".join(f"{part} {weight:.2f}" for part, weight in zip(PARTS, weights, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
