"""Fits the weights of `verify.answering` on questions with right and wrong answers, and writes them with their make-up.

python -m verify.training.answering --data ../shared/data --out verify/weights/answering.json

Rows are the trainable halves of SQuAD 2.0 and PolicyQA, their questions with the answers to other questions of the passage and with
a word changed, and questions made by rule of public-domain law and guidance. The signals are counted, never learnt, so that scores
of a part left out are as on text never seen; the point of refusal comes from such scores.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from verify.asked import SIGNALS, read
from verify.auxiliary import Logistic, fit
from verify.opposite import contrary_of
from verify.training import figures, perturb, policy
from verify.training.cloze import Cloze, clozes
from verify.training.data import reported, rows
from verify.training.split import normal, trainable
from verify.training.window import content, overlap, sentences

SETS = {"squad2_answers_dev": "article", "policyqa_dev": "site"}
SENTENCES = 0.3
"""Share of answers that are put as their whole sentence too, as many written answers are."""
POINTS = (0.05, 0.08, 0.1, 0.15, 0.2, 0.3)
"""Probabilities at which the shares refused are shown; `verify.verdict.Thresholds` holds those chosen."""
FOLDS = 4
WEIGHTS = {**dict.fromkeys(SETS, 2.0), "rule": 0.3}
"""What a row counts, by the first word of its source; others count 1."""
Change = Callable[[str, random.Random], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A question and an answer from `text`; `right` says whether it replies. `group` keeps a document's rows in one fold."""

    question: str
    answer: str
    text: str
    right: bool
    source: str
    group: str


def labelled(data: Path, rng: random.Random) -> Iterator[Case]:
    """Yield the rows of the trainable halves, and their questions with the answers to other questions of the same passage."""
    for name, key in SETS.items():
        by_text: dict[str, list[dict[str, Any]]] = {}
        for row in rows(data / "verification" / "dev" / f"{name}.jsonl.gz"):
            if trainable(name, row) and row["claim"].strip(" .").lower() in row["evidence"].lower():
                by_text.setdefault(row["evidence"], []).append(row)
        for text, found in by_text.items():
            for row in found:
                case = Case(
                    question=row["question"],
                    answer=row["claim"],
                    text=text,
                    right=row["label"] == 1,
                    source=name,
                    group=str(row["meta"][key]),
                )
                yield case
                if case.right:
                    yield from _others(case, found, rng)


def _others(case: Case, found: Sequence[dict[str, Any]], rng: random.Random) -> Iterator[Case]:
    """Yield a right case with answers to other questions, as its whole sentence, and under a changed question."""
    right = {row["claim"] for row in found if row["label"] == 1 and row["question"] == case.question}
    answers = {row["claim"] for row in found if row["label"] == 1}
    others = sorted(each for each in answers if not any(_alike(each, one) for one in right))
    for other in rng.sample(others, min(2, len(others))):
        yield replace(case, answer=other, right=False, source="other answer")
    own = next((each for each in sentences(case.text) if case.answer.lower() in each.lower()), "")
    if own and rng.random() < SENTENCES:
        yield replace(case, answer=own, source="sentence")
        elsewhere = [each for each in sentences(case.text) if not any(one.lower() in each.lower() for one in right)]
        if elsewhere:
            yield replace(case, answer=rng.choice(elsewhere), right=False, source="other sentence")
    changed = _changed(case, rng)
    if changed:
        yield replace(case, question=changed, right=False, source="changed question")


def _alike(one: str, other: str) -> bool:
    """Whether two answers may mean the same: half of the words of the shorter one stand in the other."""
    first, second = sorted((content(one), content(other)), key=len)
    return one.lower() in other.lower() or other.lower() in one.lower() or 2 * len(first & second) >= max(1, len(first))


def _changed(case: Case, rng: random.Random) -> str | None:
    """Return the question asked of something else: a word turned to its contrary, another figure or name, a "not"."""
    ways: list[Change] = [contrary, perturb.flip, _renamed(case), _refigured(case)]
    rng.shuffle(ways)
    if rng.random() < 0.25:
        ways = [perturb.oppose, *ways]
    return next((made for way in ways if (made := way(case.question, rng)) and made != case.question), None)


def contrary(text: str, rng: random.Random) -> str | None:
    """Return the text with one word's contrary in its place."""
    places = [(found, other) for found in re.finditer(r"[A-Za-z]+", text) for other in contrary_of(found[0].lower())]
    if not places:
        return None
    found, other = rng.choice(places)
    return text[: found.start()] + other + text[found.end() :]


def _renamed(case: Case) -> Change:
    def way(question: str, rng: random.Random) -> str | None:
        own = figures.entities(question)
        names = [each.text for each in figures.entities(case.text) if each.text not in question]
        return figures.put(question, rng.choice(own), rng.choice(names)) if own and names else None

    return way


def _refigured(case: Case) -> Change:
    def way(question: str, rng: random.Random) -> str | None:
        own = figures.slots(question)
        if not own:
            return None
        slot = rng.choice(own)
        value = figures.other_value(slot, figures.slots(case.text), rng)
        return figures.put(question, slot, value) if value else None

    return way


def ruled(data: Path, rng: random.Random) -> Iterator[Case]:
    """Yield questions made by rule of public-domain policy text, with their answers, others' answers, and changed questions."""
    kept_aside = frozenset(p.name for p in (data / "corpora" / "dc-code-html").iterdir())
    documents = list(policy.law_documents(data / "corpora-large" / "dc-code-html.tar.gz", kept_aside))
    documents += list(policy.markdown_documents(data / "corpora" / "plain-language")) * 3
    rng.shuffle(documents)
    for title, lines in documents:
        for window in policy.windows_of(title, lines, rng, limit=2):
            yield from _of_window(window, rng)


def _of_window(window: policy.Window, rng: random.Random) -> Iterator[Case]:
    made = [(fact, each) for fact in window.facts for each in _asked(fact, rng)]
    for fact, cloze in rng.sample(made, min(3, len(made))):
        case = Case(
            question=cloze.question,
            answer=cloze.answer,
            text=window.text,
            right=True,
            source="rule",
            group=normal(window.text)[:200],
        )
        yield case
        rivals = [other for source, other in made if source != fact and not _alike(other.answer, cloze.answer)]
        if rivals:
            other = rng.choice([each for each in rivals if each.kind == cloze.kind] or rivals)
            yield replace(case, answer=other.answer, right=False, source="rule, other answer")
        changed = _of_changed_fact(fact, cloze, window, rng)
        if changed:
            yield replace(case, question=changed, right=False, source="rule, changed question")
        if rng.random() < SENTENCES:
            yield from _as_sentences(case, fact, window, rng)


def _as_sentences(case: Case, fact: str, window: policy.Window, rng: random.Random) -> Iterator[Case]:
    yield replace(case, answer=fact, source="rule, sentence")
    others = [each for each in window.facts if each != fact and overlap(case.question, each) < 0.7]
    if others:
        yield replace(case, answer=rng.choice(others), right=False, source="rule, other sentence")


def _asked(fact: str, rng: random.Random) -> list[Cloze]:
    """The questions of a fact, in other words half of the time; those that yes answers are left to the entailment model."""
    said = perturb.trim(fact, rng) if rng.random() < 0.5 else fact
    found = clozes(perturb.plain(perturb.reword(said, rng, rng.choice((0.0, 0.4)))), rng)
    return [each for each in found if each.kind != "polar" and len(each.question.split()) <= 40]


def _of_changed_fact(fact: str, cloze: Cloze, window: policy.Window, rng: random.Random) -> str | None:
    """Return the question as a changed fact would have it, the answer being the same: it presumes what is not said."""
    others = [each for each in (*window.facts, *window.elsewhere) if each != fact]
    subjects = [found for each in others if (found := perturb.subject(each))]
    details = [found for each in others for found in perturb.conditions(each)]
    ways: list[Change] = [
        perturb.flip,
        perturb.oppose,
        contrary,
        lambda text, rng: policy.new_value(text, rng, window),
        lambda text, rng: policy.new_name(text, rng, window),
        lambda text, rng: perturb.with_subject(text, subjects, rng),
        lambda text, rng: perturb.with_detail(text, details, rng),
    ]
    for way in rng.sample(ways, len(ways)):
        said = way(fact, rng)
        asked = clozes(perturb.plain(said), rng) if said else []
        made = next((each.question for each in asked if each.answer == cloze.answer), None)
        if made and normal(made) != normal(cloze.question):
            return made
    return None


def clean(cases: Iterable[Case], data: Path) -> list[Case]:
    """Return each case once, without the texts and answers that are reported on."""
    evidence, claims = reported(data)
    kept: dict[tuple[str, str, str], Case] = {}
    for each in cases:
        if normal(each.text) in evidence or (normal(each.answer) in claims and not each.source.startswith("policyqa")):
            continue
        if len(each.question.split()) > 2 and each.answer.strip():
            kept.setdefault((normal(each.question), normal(each.answer), normal(each.text)), each)
    return list(kept.values())


def counted(cases: Sequence[Case]) -> np.ndarray:
    """Return the signals of each case; shape (n, signals)."""
    found = [read(each.question, each.answer, [each.text]) for each in cases]
    return np.array([[each.signals[name] for name in SIGNALS] if each else [0.0] * len(SIGNALS) for each in found])


def unseen(cases: Sequence[Case], signals: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return each case's probability by weights fitted without its article, site or passage."""
    right = np.array([each.right for each in cases], dtype=float)
    folds = np.array([hashlib.sha256(each.group.encode()).digest()[2] % FOLDS for each in cases])
    chance = np.zeros(len(cases))
    for fold in range(FOLDS):
        rest = folds != fold
        chance[~rest] = scored(fit(signals[rest], right[rest], weights[rest]), signals[~rest])
    return chance


def scored(model: Logistic, signals: np.ndarray) -> np.ndarray:
    """Return the probability of each row of signals."""
    odds = (signals - model.mean) / model.scale @ model.weights + model.intercept
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def ranked(right: Sequence[float], wrong: Sequence[float]) -> float:
    """Return the chance that a right row scores above a wrong one (AUC)."""
    low = np.sort(np.array(wrong))
    below = np.searchsorted(low, right, "left") + np.searchsorted(low, right, "right")
    return float(below.mean() / 2 / len(low))


def main() -> None:
    """Fit the weights, write them, and print what they do on rows left out."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--ruled", type=int, default=4000, help="rows made by rule")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    made = [*labelled(options.data, rng)]
    for case in ruled(options.data, rng):
        made.append(case)
        if sum(each.source.startswith("rule") for each in made[-options.ruled :]) >= options.ruled:
            break
    cases = clean(made, options.data)
    signals = counted(cases)
    weights = np.array([WEIGHTS.get(each.source.partition(",")[0], 1.0) for each in cases])
    chance = unseen(cases, signals, weights)
    model = fit(signals, np.array([each.right for each in cases], dtype=float), weights)
    plain = model.weights / model.scale
    record = {
        "intercept": round(float(model.intercept - (plain * model.mean).sum()), 4),
        "weights": {name: round(float(each), 4) for name, each in zip(SIGNALS, plain, strict=True)},
        "rows": dict(sorted(collections.Counter(each.source for each in cases).items())),
    }
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record))
    _told(cases, chance)


def _told(cases: Sequence[Case], chance: np.ndarray) -> None:
    """Print the share refused at each of POINTS by source, and how well wrong rows are told from the set's right ones."""
    by: dict[tuple[str, bool], list[float]] = {}
    for case, each in zip(cases, chance.tolist(), strict=True):
        by.setdefault((case.source, case.right), []).append(each)
    for (source, right), found in sorted(by.items()):
        shares = " ".join(f"{sum(each < point for each in found) / len(found):.3f}" for point in POINTS)
        same = by.get((source, True), [])
        told = f" AUC {ranked(same, found):.3f}" if not right and same else ""
        print(f"{source:24} {'right' if right else 'wrong'} {len(found):5} {shares}{told}")


if __name__ == "__main__":
    main()
