"""Gathers the training mix: labelled sets whose licence lets weights be shipped, and pairs made by rule from policy text.

python -m verify.training.data --data ../shared/data --out mix.jsonl.gz
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verify import answerable
from verify.statement import statement
from verify.training import figures, policy
from verify.training.policy import CONTRADICTION, ENTAILMENT, NEUTRAL, Pair
from verify.training.relevance import relevance_pairs
from verify.training.split import HALVED, normal, trainable
from verify.training.window import best, content, overlap, sentences

NOT_ENTAILED = 3
_LABELS = {"entailment": ENTAILMENT, "neutral": NEUTRAL, "contradiction": CONTRADICTION}

# Rows wanted of each sentence-pair set; only sets under CC BY, CC BY-SA, Apache-2.0, MIT or C-UDA terms.
SENTENCE_SETS = {
    "snli_devsplit": 2000,
    "inli": 5000,
    "new_protocols": 6000,
    "conjnli_adversarial": 2000,
    "counterfactual_nli": 2000,
    "fever_dev_pairs": 5000,
    "stress_numeric": 1500,
    "help_conjunction": 700,
    "factcg_doc": 2060,
    "mnli_taxinli": 3000,
    "folio": 400,
    "semi_automatic_nli": 2500,
}
PASSAGE_SETS = sorted(HALVED)
_SHARED_CLAIMS = frozenset(
    {"contractnli_dev", "policyqa_dev"}
)  # the same hypothesis or answer is put to every document
_IN_PASSAGES = {
    "fever_dev_pairs": 0.5,
    "new_protocols": 0.3,
    "inli": 0.2,
    "mnli_taxinli": 0.2,
    "semi_automatic_nli": 0.3,
}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a packed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def label_of(row: Mapping[str, Any]) -> int:
    """Return the class of a row: three classes where the source tells them apart, else `NOT_ENTAILED`."""
    if row.get("label3"):
        return _LABELS[row["label3"]]
    return ENTAILMENT if row["label"] in {1, "entailment"} else NOT_ENTAILED


def sentence_pairs(data: Path, rng: random.Random) -> Iterator[tuple[str, Pair]]:
    """Rows of the sentence-pair sets; some premises are put among sentences of other rows."""
    for name, wanted in SENTENCE_SETS.items():
        found = [
            r for r in rows(data / "nli" / "train" / f"{name}.jsonl.gz") if not str(r.get("part", "")).endswith("_news")
        ]
        chosen = rng.sample(found, min(wanted, len(found)))
        for row in chosen:
            premise = row["premise"]
            if rng.random() < _IN_PASSAGES.get(name, 0.0):
                premise = _among(premise, [r["premise"] for r in rng.sample(found, 4)], rng)
            yield name, (premise, row["hypothesis"], label_of(row))


def _among(premise: str, others: Sequence[str], rng: random.Random) -> str:
    """Return the premise somewhere among others that share little with it, up to about 120 words."""
    kept = [premise]
    words = content(premise)
    for other in others:
        fits = sum(len(k.split()) for k in kept) + len(other.split()) <= 120
        if fits and len(words & content(other)) <= 3:
            kept.insert(rng.randint(0, len(kept)), other)
    return " ".join(kept)


def passage_pairs(data: Path, rng: random.Random) -> Iterator[tuple[str, Pair]]:
    """Return the trainable half of the claim and answer sets, evidence cut to the window that fits best."""
    for name in PASSAGE_SETS:
        for row in rows(data / "verification" / "dev" / f"{name}.jsonl.gz"):
            usable = trainable(name, row) and not (name == "begin" and row["split"].startswith("topical"))
            if usable:
                yield from ((name, pair) for pair in of_row(name, row, rng))


def of_row(name: str, row: Mapping[str, Any], rng: random.Random) -> Iterator[Pair]:
    """Yield the pairs of a labelled row: evidence cut to a window, question and answer as one statement."""
    label = label_of(row)
    if row["task"] != "answer":
        gold = row.get("meta", {}).get("gold_spans") if name == "contractnli_dev" else None
        yield best(gold or row["claim"], row["evidence"])[0], row["claim"], label
        return
    evidence = best(f"{row['question']} {row['claim']}", row["evidence"])[0]
    if label == ENTAILMENT and row["claim"].lower() not in evidence.lower():
        return
    yield evidence, statement(row["question"], row["claim"]), label
    if rng.random() < 0.7:
        yield evidence, f"{row['question']} {row['claim']}", label
    if name == "squad2_answers_dev" and rng.random() < 0.5:
        yield evidence, answerable.CLAIM.format(row["question"]), label


def atom_pairs(data: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Pairs of biography sentences and the single facts that people found in them; other facts and changed facts are not stated."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows(data / "verification" / "claims" / "factscore_atoms.jsonl.gz"):
        groups.setdefault((row["model"], row["topic"]), []).append(row)
    made = [pair for group in groups.values() for pair in _of_biography(group, rng)]
    yield from (("factscore_atoms", pair) for pair in rng.sample(made, min(wanted, len(made))))


def _of_biography(group: Sequence[dict[str, Any]], rng: random.Random) -> Iterator[Pair]:
    for start in range(0, len(group), 4):
        inside = group[start : start + 4]
        text = " ".join(row["sentence"] for row in inside)
        stated = [atom["text"] for row in inside for atom in row["atoms"]]
        others = [atom["text"] for row in group if row not in inside for atom in row["atoms"]]
        for fact in rng.sample(stated, min(4, len(stated))):
            yield text, fact, ENTAILMENT
        open_ones = [o for o in others if overlap(o, text) < 0.75]
        for fact in rng.sample(open_ones, min(2, len(open_ones))):
            yield text, fact, NEUTRAL
        window = policy.Window(text=text, facts=tuple(stated), elsewhere=tuple(others))
        for fact in rng.sample(stated, min(5, len(stated))):
            edit = rng.choice((policy.new_value, policy.new_name))
            made = edit(fact, rng, window)
            if made and made not in stated:
                yield text, made, CONTRADICTION


def other_answers(data: Path, rng: random.Random) -> Iterator[tuple[str, Pair]]:
    """Answered questions with a wrong figure or name of the same passage in the place of the answer."""
    for row in rows(data / "verification" / "dev" / "squad2_answers_dev.jsonl.gz"):
        if not trainable("squad2_answers_dev", row) or label_of(row) != ENTAILMENT:
            continue
        evidence = best(f"{row['question']} {row['claim']}", row["evidence"])[0]
        wrong = _same_kind(row["claim"], evidence, rng)
        if wrong and row["claim"].lower() in evidence.lower():
            yield "other_answers", (evidence, statement(row["question"], wrong), NOT_ENTAILED)
            yield "other_answers", (evidence, statement(row["question"], row["claim"]), ENTAILMENT)


def _same_kind(answer: str, text: str, rng: random.Random) -> str | None:
    """Return another figure or name of the text, of the answer's kind and not part of it."""
    own = figures.slots(answer)
    if own:
        return figures.other_value(own[0], figures.slots(text), rng)
    if not answer[:1].isupper():
        return None
    words = {w.lower() for w in answer.split()}
    names = [e.text for e in figures.entities(text) if not words & {w.lower() for w in e.text.split()}]
    return rng.choice(names) if names else None


def policy_pairs(data: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Pairs made from public-domain law and guidance; pages used as test documents elsewhere are left out."""
    kept_aside = frozenset(p.name for p in (data / "corpora" / "dc-code-html").iterdir())
    documents = list(policy.law_documents(data / "corpora-large" / "dc-code-html.tar.gz", kept_aside))
    documents += list(policy.markdown_documents(data / "corpora" / "plain-language")) * 4
    yield from _of_documents("policy", documents, rng, wanted=wanted, limit=2, count=2, name_swaps=False)


def encyclopedia_documents(data: Path) -> list[tuple[str, list[policy.Line]]]:
    """Return encyclopedia passages as documents, their sentences as lines."""
    texts = {
        r["evidence"]
        for r in rows(data / "verification" / "dev" / "squad2_answers_dev.jsonl.gz")
        if trainable("squad2_answers_dev", r)
    }
    found = rows(data / "nli" / "train" / "new_protocols.jsonl.gz")
    texts |= {r["premise"] for r in found if len(r["premise"].split()) > 55}
    return [("", [policy.Line(text=s, depth=0) for s in sentences(t)]) for t in sorted(texts)]


def encyclopedia_pairs(data: Path, rng: random.Random, *, wanted: int) -> Iterator[tuple[str, Pair]]:
    """Return the same edits on encyclopedia passages, with swapped names."""
    documents = encyclopedia_documents(data)
    yield from _of_documents("encyclopedia", documents, rng, wanted=wanted, limit=2, count=6, name_swaps=True)


def _of_documents(
    source: str,
    documents: list[tuple[str, list[policy.Line]]],
    rng: random.Random,
    *,
    wanted: int,
    limit: int,
    count: int,
    name_swaps: bool,
) -> Iterator[tuple[str, Pair]]:
    made: list[tuple[str, Pair]] = []
    neighbour: tuple[str, ...] = ()
    for title, lines in documents:
        for window in policy.windows_of(title, lines, rng, limit=limit):
            near = policy.with_neighbours(window, neighbour)
            made += [(source, pair) for pair in policy.pairs_of(near, rng, count=count, name_swaps=name_swaps)]
            neighbour = window.facts
    yield from rng.sample(made, min(wanted, len(made)))


def reported(data: Path) -> tuple[set[str], set[str]]:
    """Evidence and claims (of five words or more) of every row that the benchmark reports, in normal form."""
    evidence: set[str] = set()
    claims: set[str] = set()
    for path in sorted((data / "verification" / "dev").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        for row in rows(path):
            if not trainable(name, row):
                evidence.add(normal(row["evidence"]))
                claims.add(normal(row["claim"]))
    return evidence, {c for c in claims if len(c.split()) >= 5}


def clean(pairs: Iterable[tuple[str, Pair]], data: Path) -> list[tuple[str, Pair]]:
    """Return the pairs without those whose premise or hypothesis is also reported on; prints what was dropped."""
    evidence, claims = reported(data)
    kept, dropped = [], collections.Counter[str]()
    for name, (premise, hypothesis, label) in pairs:
        if normal(premise) in evidence or (normal(hypothesis) in claims and name not in _SHARED_CLAIMS):
            dropped[name] += 1
        elif premise.strip() and hypothesis.strip():
            kept.append((name, (premise, hypothesis, label)))
    print("dropped for overlap:", dict(dropped))
    return kept


def ordered(pairs: Sequence[tuple[str, Pair]], rng: random.Random) -> list[tuple[str, Pair]]:
    """Shuffled; the small passage sets lean to the front, so that a run cut short has seen them."""
    keyed = [(rng.random() * (0.85 if name in HALVED else 1.0), i) for i, (name, _) in enumerate(pairs)]
    return [pairs[i] for _, i in sorted(keyed)]


def write(path: Path, mix: Sequence[tuple[str, Pair]]) -> None:
    """Write a mix as the training reads it, one premise in a hundred held out, and print its make-up."""
    with gzip.open(path, "wt", encoding="utf-8") as out:
        for name, (premise, hypothesis, label) in mix:
            held = sum(normal(premise).encode()) % 100 == 0
            out.write(json.dumps({"p": premise, "h": hypothesis, "y": label, "s": name, "held": held}) + "\n")
    counts = collections.Counter((name, pair[2]) for name, pair in mix)
    for name in sorted({n for n, _ in counts}):
        print(f"{name:24} {[counts[name, label] for label in range(4)]}")
    print("total", len(mix), "words", sum(len(p.split()) + len(h.split()) for _, (p, h, _) in mix))


def main() -> None:
    """Write the mix, the held-out part marked with `"held": true`, and print its make-up."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--policy", type=int, default=30000)
    parser.add_argument("--encyclopedia", type=int, default=7000)
    parser.add_argument("--atoms", type=int, default=7000)
    parser.add_argument("--relevance", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    pairs = [*sentence_pairs(options.data, rng), *passage_pairs(options.data, rng)]
    pairs += [*atom_pairs(options.data, rng, wanted=options.atoms), *other_answers(options.data, rng)]
    pairs += [*relevance_pairs(options.data, rng, wanted=options.relevance)]
    pairs += [*policy_pairs(options.data, rng, wanted=options.policy)]
    pairs += [*encyclopedia_pairs(options.data, rng, wanted=options.encyclopedia)]
    mix = ordered(clean(pairs, options.data), rng)
    write(options.out, mix)


if __name__ == "__main__":
    main()
