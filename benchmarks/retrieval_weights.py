"""How much should meaning, words, phrases and letters count? Learns the retriever's four weights on the tuning half.

    python benchmarks/retrieval_weights.py --data ../shared/data [--questions 350] [--embedder FOLDER] [--cache FOLDER]

The questions are those that `benchmarks/retrieval.py` does not report (`--half tuning`); NIST's are not touched. Where units
follow each other as in their source, the questions are asked a second time of four units at a time, since the embedder reads
the beginning of a long unit only. Of each question the best 60 of the fused lists are taken, as the retriever takes them; the
weights are those that make the right passages likeliest (softmax over a question's candidates, each set counting the same, a
little decay). Beside the weights of all sets stands how each set does with weights learnt on the others' questions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from retrieval import CachedEmbedder
from retrieval_metrics import NAMES, figures
from retrieval_sets import QuestionSet, question_sets

from knowledge.embed import OnnxEmbedder
from knowledge.fusion import blend, completed, ordered
from knowledge.index import exact
from knowledge.lexical import LexicalIndex
from knowledge.retrieve import SearchOptions
from knowledge.wording import Wording

PARTS = ("meaning", "words", "phrases", "letters")
IN_ORDER = ("adgm", "policyqa_dev", "squad2_answers_dev")
MERGED = 4
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
    index = LexicalIndex((i, "", t) for i, t in asked.units.items())
    shared = [ordered(each) for each in index.search(said, depth)]
    found = []
    for (question, right), *lists in zip(questions, near, shared, strict=True):
        lists[0] = completed(*lists)
        tops = (1.0, index.ceilings([question])[0] or None)
        fused = blend(*lists, weights=DEFAULTS.weights, floors=(0.0, 0.0), tops=tops)[:most]
        levels = [dict(blend(one, floors=(0.0,), tops=(top,))) for one, top in zip(lists, tops, strict=True)]
        ids, wording = [id_ for id_, _ in fused], Wording(question)
        texts = [asked.units[id_] for id_ in ids]
        of_lists = [[level.get(id_, 0.0) for id_ in ids] for level in levels]
        parts = numpy.array([*of_lists, wording.phrases(texts), wording.letters(texts)]).T
        found.append(Asked(ids=ids, parts=parts, right=right))
    return found


def merged(asked: QuestionSet) -> QuestionSet:
    """Return a set with four units at a time as one."""
    ids = list(asked.units)
    home = {id_: ids[number - number % MERGED] for number, id_ in enumerate(ids)}
    units = {
        id_: "\n".join(asked.units[each] for each in ids[number : number + MERGED])
        for number, id_ in enumerate(ids)
        if number % MERGED == 0
    }
    questions = [(question, frozenset(home[id_] for id_ in right)) for question, right in asked.questions]
    return replace(asked, name=f"{asked.name}, {MERGED} units at a time", units=units, questions=questions)


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
        if asked.name.startswith("nist"):
            continue
        for each in (asked, *((merged(asked),) if asked.name in IN_ORDER else ())):
            sets[each.name] = candidates(each, each.half(tuning=True, most=options.questions), embedder)
            embedder.save()
    shipped = numpy.array([*DEFAULTS.weights, DEFAULTS.phrase_weight, DEFAULTS.letter_weight])
    print(f"Learnt on all: {_said(learnt(list(sets.values())))}; shipped: {_said(shipped)}\n")
    print(
        "| set | questions | order | " + " | ".join(NAMES) + " | weights |\n|---|---|---|" + "---|" * (len(NAMES) + 1)
    )
    for name, asked_of in sets.items():
        others = learnt([each for other, each in sets.items() if other.split(",")[0] != name.split(",")[0]])
        lists = numpy.eye(4)
        ways = {"meaning alone": lists[0], "words alone": lists[1], "both, equal": lists[0] + lists[1]}
        ways |= {"learnt on the others": others, "shipped": shipped}
        for way, weights in ways.items():
            values = " | ".join(f"{value:.4f}" for value in ranked(asked_of, weights))
            print(f"| {name} | {len(asked_of)} | {way} | {values} | {_said(weights)} |")
    return 0


def _said(weights: numpy.ndarray) -> str:
    return ", ".join(f"{part} {weight:.2f}" for part, weight in zip(PARTS, weights, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
