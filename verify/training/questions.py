"""Gathers what the embedder is trained on: questions, headings and claims, each with the passage that answers it.

python -m verify.training.questions --data ../shared/data --out pairs.jsonl.gz

It stands here, not in knowledge.training, because it needs the rules that make questions and the split of the labelled sets.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from knowledge.lexical import LexicalIndex
from verify.training import perturb, policy
from verify.training.cloze import clozes
from verify.training.data import reported, rows
from verify.training.split import normal, trainable
from verify.training.window import best, content, overlap

GROUP = 4
MOST = collections.defaultdict(lambda: 2500, heading=12000, question=5000)
"""Pairs of a source: rule-made questions repeat their passage's words and teach less than headings do."""
HELD_SHARE = 25
_SUBJECT = re.compile(r"\b(?:it|they|this|these|such|that|he or she|the following)\b", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:[:\d–.\-]+|\((?:perm|temp)[^)]*\)|[.\s])+", re.IGNORECASE)
_GENERIC = re.compile(
    r"^(?:definitions?|short title|purpose|findings?|rules|reserved|appropriations?|severability"
    r"|.*\b(?:repealed|omitted|expired))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A query and the passage that answers it. `group` names the document or the like that keeps pairs on one side."""

    query: str
    passage: str
    source: str
    group: str


def law(data: Path, rng: random.Random) -> Iterator[Asked]:
    """Headings and rule-made questions of the District's code; sections used as test documents are left out."""
    kept_aside = frozenset(p.name for p in (data / "corpora" / "dc-code-html").iterdir())
    documents = list(policy.law_documents(data / "corpora-large" / "dc-code-html.tar.gz", kept_aside))
    often = collections.Counter(normal(title) for title, _ in documents)
    for title, lines in documents:
        own = often[normal(title)] == 1 and len(title.split()) > 2 and not _GENERIC.match(title.lower())
        for window in policy.windows_of(title, lines, rng, limit=2):
            yield from _of_window(title if own else "", window, rng)


def guidance(data: Path, rng: random.Random) -> Iterator[Asked]:
    """Headings and rule-made questions of the plain language guidelines."""
    for title, lines in policy.markdown_documents(data / "corpora" / "plain-language"):
        for number, window in enumerate(policy.windows_of(title, lines, rng, limit=6)):
            yield from _of_window(title if number == 0 else "", window, rng)


def _of_window(title: str, window: policy.Window, rng: random.Random) -> Iterator[Asked]:
    """At most one heading and one question of a passage; a heading's passage does not repeat the heading."""
    heading = _NUMBER.sub("", title).rstrip(". ")
    bare = window.text.removeprefix(title).strip()
    if heading and overlap(heading, bare) > 0:
        asked = rng.choice((heading, heading, heading.lower(), f"What are the rules on {heading.lower()}?"))
        yield Asked(query=asked, passage=bare, source="heading", group=normal(heading))
    made = [c.question for fact in window.facts for c in clozes(perturb.trim(fact, rng), rng)]
    questions = [question for question in made if _whole(question)]
    if questions:
        shown = f"{heading}\n{bare}" if heading and rng.random() < 0.5 else bare
        yield Asked(query=rng.choice(questions), passage=shown, source="question", group=normal(heading or bare))


def _whole(question: str) -> bool:
    """Whether a question can be understood without its passage."""
    return 8 <= len(question.split()) <= 30 and len(content(question)) >= 5 and not _SUBJECT.search(question)


def labelled(data: Path) -> Iterator[Asked]:
    """Questions and claims that people wrote, of the trainable halves, with the passage that answers or states them."""
    for name in ("policyqa_dev", "squad2_answers_dev", "fm2_dev"):
        for row in rows(data / "verification" / "dev" / f"{name}.jsonl.gz"):
            if row["label"] != 1 or not trainable(name, row):
                continue
            query, meta = row.get("question") or row["claim"], row.get("meta") or {}
            group = str(meta.get("site") or meta.get("article") or query)
            yield Asked(query=query, passage=best(query, row["evidence"])[0], source=name, group=group)


def claims(data: Path, rng: random.Random, *, wanted: int) -> Iterator[Asked]:
    """Encyclopedia claims with the sentences that state them, so that general English is not forgotten."""
    for name in ("fever_dev_pairs", "factcg_doc"):
        found = [r for r in rows(data / "nli" / "train" / f"{name}.jsonl.gz") if r["label"] == "entailment"]
        for row in rng.sample(found, min(wanted, len(found))):
            passage = best(row["hypothesis"], row["premise"])[0]
            yield Asked(query=row["hypothesis"], passage=passage, source=name, group=normal(row["premise"]))


def clean(pairs: Iterable[Asked], evidence: Set[str], stated: Set[str]) -> list[Asked]:
    """Return each pair once, without the passages and queries (in normal form) that the benchmarks report on."""
    kept: dict[tuple[str, str], Asked] = {}
    for pair in pairs:
        if len(pair.passage.split()) >= 8 and normal(pair.passage) not in evidence and normal(pair.query) not in stated:
            kept.setdefault((normal(pair.query), normal(pair.passage)), pair)
    return list(kept.values())


def capped(pairs: Sequence[Asked], rng: random.Random) -> list[Asked]:
    """Return at most `MOST` pairs of a source, shuffled."""
    taken: collections.Counter[str] = collections.Counter()
    shuffled = rng.sample(pairs, len(pairs))
    kept = []
    for pair in shuffled:
        taken[pair.source] += 1
        if taken[pair.source] <= MOST[pair.source]:
            kept.append(pair)
    return kept


def grouped(pairs: Sequence[Asked]) -> list[list[int]]:
    """Pair numbers in groups of at most `GROUP`: a query and pairs whose passages BM25 takes for an answer to it.

    Trained in one batch, the passages of a group are hard negatives of each other.
    """
    index = LexicalIndex((f"{n:06}", pair.source, pair.passage) for n, pair in enumerate(pairs))
    found = index.search([pair.query for pair in pairs], 16)
    used: set[int] = set()
    groups = []
    for number, ranking in enumerate(found):
        if number in used:
            continue
        group = [number]
        for id_, _ in ranking:
            other = int(id_)
            if len(group) < GROUP and other not in used and _apart(pairs, group, other):
                group.append(other)
        used.update(group)
        groups.append(group)
    return groups


def _apart(pairs: Sequence[Asked], group: Sequence[int], other: int) -> bool:
    """Whether a pair shares neither document, query nor passage with the pairs of a group."""
    fresh = pairs[other]
    return all(
        fresh.group != pairs[n].group and fresh.query != pairs[n].query and fresh.passage != pairs[n].passage
        for n in group
    )


def is_held(pair: Asked) -> bool:
    """Whether a pair is kept out of training, to choose by; pairs of a group stay together."""
    share = 5 if pair.source in {"policyqa_dev", "squad2_answers_dev"} else HELD_SHARE
    return hashlib.sha256(pair.group.encode()).digest()[0] % share == 0


def main() -> None:
    """Write the pairs, group by group, the held-out ones marked with `"held": true`, and print their make-up."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    gathered = [*law(options.data, rng), *guidance(options.data, rng), *labelled(options.data)]
    gathered += claims(options.data, rng, wanted=2500)
    pairs = capped(clean(gathered, *reported(options.data)), rng)
    learnt, held = [p for p in pairs if not is_held(p)], [p for p in pairs if is_held(p)]
    groups = grouped(learnt)
    rng.shuffle(groups)
    with gzip.open(options.out, "wt", encoding="utf-8") as out:
        for number, group in enumerate(groups):
            out.writelines(_line(learnt[n], number) for n in group)
        out.writelines(_line(pair, None) for pair in held)
    print("training", dict(collections.Counter(p.source for p in learnt)), "groups", len(groups))
    print("held", dict(collections.Counter(p.source for p in held)))


def _line(pair: Asked, group: int | None) -> str:
    row = {"q": pair.query, "p": pair.passage, "s": pair.source, "g": group, "held": group is None}
    return json.dumps(row, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
