"""Fits the weights of `verify.answerable` on questions with their own and with near passages, and writes them with their make-up.

python -m verify.training.answerable --data ../shared/data --out verify/weights/answerable.json

Questions are those that people asked in the trainable half of SQuAD 2.0. Each is put to its own passage and to one of the others
that share most words with it. Beside the fit, figures are printed for questions made by rule of public-domain law and of encyclopedia
passages: those repeat their passage's words, so the model is surer of them than of people's, and a fit to them asks too much.
"""

from __future__ import annotations

import argparse
import collections
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.answerable import judgements
from verify.evidence import Evidence
from verify.nli import EntailmentModel
from verify.nli_onnx import OnnxEntailment
from verify.probability import Combination
from verify.refit import Judged, fit, scores
from verify.training import policy
from verify.training.cloze import clozes
from verify.training.combination import write
from verify.training.data import encyclopedia_documents, reported
from verify.training.relevance import questions
from verify.training.split import normal
from verify.training.window import content

NEAREST = 40
"""Passages that words rank nearest, of which one is drawn to stand for those that do not answer."""
WITHOUT = (
    "contradiction",
    "overlap with the passage",
    "length",
    "conflicts with a counterpart",
    "conflicts without one",
    "agreeing figures",
)
"""Signals without a weight: rules do not judge questions, and length and what a passage shares depend on how rows are drawn."""
QUESTIONS = "squad2_answers_dev"
"""PolicyQA is left out: another site's policy often answers its questions, which are those of one questionnaire."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question put to a passage, and whether the passage is its own."""

    question: str
    text: str
    own: bool


def made(documents: Iterable[tuple[str, list[policy.Line]]], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield questions made by rule, each with the passage it was made from."""
    for title, lines in documents:
        for window in policy.windows_of(title, lines, rng, limit=1):
            found = [each for fact in window.facts for each in clozes(fact, rng) if each.kind != "polar"]
            if found:
                yield rng.choice(found).question, window.text


def put(pairs: Sequence[tuple[str, str]], rng: random.Random, *, wanted: int) -> list[Asked]:
    """Put questions to their own passages, and each to another of the nearest; `wanted` rows in all."""
    texts = sorted({text for _, text in pairs})
    words = [content(text) for text in texts]
    holders: dict[str, list[int]] = collections.defaultdict(list)
    for number, each in enumerate(words):
        for word in each:
            holders[word].append(number)
    found = []
    for question, text in rng.sample(list(pairs), min(wanted // 2, len(pairs))):
        found.append(Asked(question=question, text=text, own=True))
        others = [texts[n] for n in _nearest(question, holders) if texts[n] != text]
        if others:
            found.append(Asked(question=question, text=rng.choice(others), own=False))
    return found


def _nearest(question: str, holders: dict[str, list[int]]) -> list[int]:
    """The numbers of the passages that share most with the question, each word counted by its rarity."""
    weight: dict[int, float] = collections.Counter()
    for word in content(question):
        places = holders.get(word, [])
        for number in places:
            weight[number] += 1.0 / len(places) ** 0.5
    return sorted(weight, key=lambda number: (-weight[number], number))[: NEAREST + 1]


def sets(data: Path, rng: random.Random, *, wanted: int) -> dict[str, list[Asked]]:
    """Return the rows by set; passages and questions that are reported on are left out."""
    evidence, claims = reported(data)
    kept_aside = frozenset(path.name for path in (data / "corpora" / "dc-code-html").iterdir())
    law = list(policy.law_documents(data / "corpora-large" / "dc-code-html.tar.gz", kept_aside))
    sources = {
        "law": list(made(rng.sample(law, min(6 * wanted, len(law))), rng)),
        "encyclopedia": list(made(encyclopedia_documents(data), rng)),
        QUESTIONS: questions(data, QUESTIONS),
    }
    return {
        name: put(
            [(q, t) for q, t in pairs if normal(t) not in evidence and normal(q) not in claims], rng, wanted=wanted
        )
        for name, pairs in sources.items()
    }


def judged(model: EntailmentModel, rows: Sequence[Asked]) -> list[Judged]:
    """Return what the model says of each row's passage, as one claim with its windows, and the label."""
    asked = [(row.question, Evidence(passage_id=str(n), document_id="", text=row.text)) for n, row in enumerate(rows)]
    return [((read,), row.own) for read, row in zip(judgements(model, asked), rows, strict=True) if read]


def report(name: str, rows: Sequence[Judged], by: Combination) -> str:
    """Return recall and rejection of a set's rows at 0.5, and how many right ones 0.9 keeps."""
    found = scores(rows, by)
    yes = [score for score, (_, own) in zip(found, rows, strict=True) if own]
    no = [score for score, (_, own) in zip(found, rows, strict=True) if not own]
    recall, rejection = sum(s >= 0.5 for s in yes) / len(yes), sum(s < 0.5 for s in no) / len(no)
    sure = sum(s >= 0.9 for s in yes) / len(yes), sum(s >= 0.9 for s in no) / len(no)
    return (
        f"{name:24} {len(rows):5} recall {recall:.3f} rejection {rejection:.3f}; at 0.9 {sure[0]:.3f} and {sure[1]:.3f}"
    )


def main() -> None:
    """Fit the weights and write them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, help="folder with another entailment model")
    parser.add_argument("--rows", type=int, default=600, help="rows of each set")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    model = OnnxEntailment(options.weights)
    drawn = sets(options.data, random.Random(options.seed), wanted=options.rows)
    rows = {name: judged(model, each) for name, each in drawn.items()}
    found = fit([rows[QUESTIONS]], without=WITHOUT)
    for name, each in rows.items():
        print(report(name, each, found), flush=True)
    write(options.out, found, model=model.name, rows={QUESTIONS: len(rows[QUESTIONS])})


if __name__ == "__main__":
    main()
