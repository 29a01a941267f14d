"""Which concepts of the graph are the same as, or close to, concepts of another vocabulary: proposals to be reviewed.

In order of trust: equal preferred label, equal alternative label, equal word stems, then nearness of meaning by the
embedder, both ways the nearest (section E3 of the research notes). Nothing is stored before someone accepts it.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from graph.canonical import blocked, canonical_key
from graph.concept import Concept
from graph.scheme import Match, Relation
from graph.vocabulary import Vocabulary, VocabularyConcept
from knowledge.errors import RowError

if TYPE_CHECKING:
    from graph.network import ConceptGraph
    from knowledge.embed import Embedder

NEAR: Final = 0.75
BLOCK: Final = 1024
_SCORES: Final = {"label": 1.0, "alias": 0.9, "stem": 0.8}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Decision(StrEnum):
    """What a reviewer says of a proposal; empty is not decided."""

    OPEN = ""
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A match to be reviewed: `score` 0 to 1, `reason` is label, alias, stem or meaning."""

    decision: str
    relation: str
    score: float
    reason: str
    concept: str
    label: str
    iri: str
    target: str
    definition: str = ""
    vocabulary: str = ""


def propose(
    graph: ConceptGraph, vocabulary: Vocabulary, *, embedder: Embedder | None = None, near: float = NEAR
) -> tuple[Proposal, ...]:
    """Return the proposals for a vocabulary, the surest first; each concept has those of its surest reason only.

    Without an embedder, only names are compared. `near` is the least cosine for a match by meaning. Time grows with
    the sum of both vocabularies for names, with their product (one matrix product) for meaning.
    """
    found = _by_name(graph, vocabulary)
    if embedder is not None:
        taken = {proposal.concept for proposal in found}
        free = [concept for concept in graph.concepts.values() if concept.id not in taken]
        used = {proposal.iri for proposal in found if proposal.relation == Relation.EXACT}
        found += _by_meaning(
            graph, free, [each for each in vocabulary.concepts if each.iri not in used], embedder, near
        )
    named = (_proposal_of(each, vocabulary.name) for each in found)
    return tuple(sorted(named, key=lambda each: (-each.score, each.label, each.concept, each.iri)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    concept: str
    label: str
    other: VocabularyConcept
    reason: str
    score: float
    relation: Relation

    @property
    def iri(self) -> str:
        return self.other.iri


def _proposal_of(found: _Found, vocabulary: str) -> Proposal:
    return Proposal(
        decision=Decision.OPEN.value,
        relation=found.relation.value,
        score=round(found.score, 4),
        reason=found.reason,
        concept=found.concept,
        label=found.label,
        iri=found.iri,
        target=found.other.label,
        definition=(found.other.definition or "")[:200],
        vocabulary=vocabulary,
    )


def _by_name(graph: ConceptGraph, vocabulary: Vocabulary) -> list[_Found]:
    labels, names, stems = _index(vocabulary)
    found = []
    for concept in graph.concepts.values():
        ours = {_plain(text) for text in (concept.label, *concept.aliases)}
        reasons = (
            ("label", labels.get(_plain(concept.label), [])),
            ("alias", [other for text in sorted(ours) for other in names.get(text, [])]),
            (
                "stem",
                [other for text in sorted({concept.key, *map(canonical_key, ours)}) for other in stems.get(text, [])],
            ),
        )
        reason, others = next(((reason, others) for reason, others in reasons if others), ("", []))
        unique = {other.iri: other for other in others}
        exact = len(unique) == 1 and reason in ("label", "alias")
        relation = Relation.EXACT if exact else Relation.CLOSE
        for iri in sorted(unique):
            score = _SCORES[reason] / (1 if len(unique) == 1 else 1.5)
            one = _Found(
                concept=concept.id,
                label=concept.label,
                other=unique[iri],
                reason=reason,
                score=score,
                relation=relation,
            )
            found.append(one)
    return found


def _index(vocabulary: Vocabulary) -> tuple[dict[str, list[VocabularyConcept]], ...]:
    labels, names, stems = (defaultdict[str, list[VocabularyConcept]](list) for _ in range(3))
    for concept in vocabulary.concepts:
        labels[_plain(concept.label)].append(concept)
        for text in {concept.label, *concept.aliases}:
            names[_plain(text)].append(concept)
            if key := canonical_key(text):
                stems[key].append(concept)
    return labels, names, stems


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _by_meaning(
    graph: ConceptGraph,
    ours: Sequence[Concept],
    theirs: Sequence[VocabularyConcept],
    embedder: Embedder,
    near: float,
) -> list[_Found]:
    """Pairs that are each other's nearest, by label with context; opposites and other numbers are kept apart."""
    import numpy as np

    if not ours or not theirs:
        return []
    label = {concept.iri: concept.label for concept in theirs}
    left = embedder.embed([concept.label for concept in ours])
    right = embedder.embed([_context(concept, label) for concept in theirs])
    plain = embedder.embed([concept.label for concept in theirs])
    best, score = np.zeros(len(ours), dtype=np.int64), np.zeros(len(ours))
    back, back_score = np.zeros(len(theirs), dtype=np.int64), np.full(len(theirs), -2.0)
    for start in range(0, len(ours), BLOCK):
        block = np.maximum(left[start : start + BLOCK] @ right.T, left[start : start + BLOCK] @ plain.T)
        best[start : start + BLOCK], score[start : start + BLOCK] = block.argmax(axis=1), block.max(axis=1)
        better = block.max(axis=0) > back_score
        back[better], back_score[better] = block.argmax(axis=0)[better] + start, block.max(axis=0)[better]
    found = []
    for at, concept in enumerate(ours):
        other = theirs[best[at]]
        mutual = back[best[at]] == at and score[at] >= near
        if mutual and not blocked(concept.key, canonical_key(other.label)):
            one = _Found(
                concept=concept.id,
                label=concept.label,
                other=other,
                reason="meaning",
                score=float(score[at]) * _SCORES["stem"],
                relation=Relation.CLOSE,
            )
            found.append(one)
    return found


def _context(concept: VocabularyConcept, label: Mapping[str, str]) -> str:
    above = [label[iri] for iri in concept.broader if iri in label]
    return f"{concept.label} ({above[0]})" if above else concept.label


def to_csv(proposals: Iterable[Proposal]) -> str:
    """Return proposals as CSV, for a spreadsheet: write "accept" or "reject" in the first column."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Proposal)], lineterminator="\n")
    writer.writeheader()
    for proposal in proposals:
        row = asdict(proposal)
        writer.writerow(row | {name: f"'{cell}" for name, cell in row.items() if str(cell).startswith(_FORMULA)})
    return text.getvalue()


def from_rows(rows: Iterable[Mapping[str, object]]) -> tuple[tuple[Proposal, ...], tuple[RowError, ...]]:
    """Return the proposals in a reviewed list, and what is wrong with the rows that are none, by number from 1."""
    good, bad = [], []
    for number, row in enumerate(rows, start=1):
        try:
            good.append(_proposal(row, number))
        except RowError as error:
            bad.append(error)
    return tuple(good), tuple(bad)


def _proposal(row: Mapping[str, object], number: int) -> Proposal:
    text = {name: str(value if value is not None else "").strip() for name, value in row.items() if name}
    missing = [name for name in ("decision", "relation", "concept", "iri") if name not in text]
    if missing:
        raise RowError(
            f"row {number}: lacks {', '.join(missing)}; use the list that `graph align` writes", number=number
        )
    decision = text["decision"].lower()
    if decision not in set(Decision):
        raise RowError(f"row {number}: decision is {decision!r}; write accept, reject or nothing", number=number)
    if text["relation"] not in set(Relation):
        known = ", ".join(Relation)
        raise RowError(f"row {number}: relation is {text['relation']!r}; known are {known}", number=number)
    if not text["iri"] or any(letter in '<>"{}|\\^`' or letter <= " " for letter in text["iri"]):
        raise RowError(f"row {number}: iri {text['iri']!r} is not an address of a concept", number=number)
    try:
        score = float(text.get("score") or 0)
    except ValueError as error:
        raise RowError(f"row {number}: score {text['score']!r} is not a number", number=number) from error
    rest = {name: text.get(name, "") for name in ("reason", "label", "target", "definition", "vocabulary")}
    return Proposal(
        decision=decision, relation=text["relation"], score=score, concept=text["concept"], iri=text["iri"], **rest
    )


def accepted(proposals: Iterable[Proposal]) -> tuple[Match, ...]:
    """Return the matches that were accepted."""
    return tuple(
        Match(concept=each.concept, iri=each.iri, relation=Relation(each.relation))
        for each in proposals
        if each.decision == Decision.ACCEPT
    )
