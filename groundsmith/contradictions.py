"""Where a library contradicts itself: between documents, between a document's last two versions, between revisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.contradiction import Assertion, Difference, assertions, difference
from verify.nearness import Nearness
from verify.nli import EntailmentModel
from verify.verdict import Entailment
from verify.words import content

if TYPE_CHECKING:
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage
    from knowledge.library import Library

NEAREST, NEAR = 6, 0.35
"""Sentences compared with each, and how near they must be, 0 to 1: settled on two housing policies and NIST SP 800-63-3."""
CONFIRMED = 0.5
"""Contradiction that the model must see one way or the other; of modals the rule decides, since models hardly tell SHALL from SHOULD."""
STEP = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One side: the sentence, where it stands, and the characters in the document's text."""

    text: str
    document: str
    version: int
    source: str
    place: str
    passage: str
    page: int | None
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """Two sentences of one matter that differ: `kind` and `detail` say in what, `contradiction` is the model's highest score."""

    kind: str
    detail: str
    one: Said
    other: Said
    contradiction: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What was compared and found: pairs of passages, pairs of sentences in them, contradictions, the surest first."""

    passages: int
    passage_pairs: int
    sentence_pairs: int
    found: tuple[Contradiction, ...]


def survey(
    workspace: Workspace, *, tick: Ticker, sources: Sequence[str] = (), model: EntailmentModel | None = None
) -> Survey:
    """Compare sentences that speak of the same concepts; each with its few nearest, never all pairs.

    Current passages are compared with one another and with the version before. `sources` keeps to documents whose source
    begins with one of these. Raises MissingModel when the entailment model cannot be had.
    """
    passages = {f"{each.id}.{each.version}": each for each in _passages(workspace.library, sources)}
    said = [each for name, passage in passages.items() for each in _assertions(name, passage)]
    pairs = list(_near(said, _concepts(workspace, passages)))
    tick(0, total=len(pairs), note="sentence pairs")
    suspects: list[tuple[Assertion, Assertion, Difference]] = []
    for number, (one, other) in enumerate(pairs, 1):
        differing = difference(one, other)
        if differing:
            suspects.append((one, other, differing))
        if number % STEP == 0 or number == len(pairs):
            tick((number - 1) % STEP + 1, note=f"{len(suspects)} suspected")
    found = _confirmed(suspects, passages, model or _model(workspace))
    compared = {frozenset((one.passage_id, other.passage_id)) for one, other in pairs}
    return Survey(
        passages=len(passages), passage_pairs=len(compared), sentence_pairs=len(pairs), found=tuple(_surest(found))
    )


def _passages(library: Library, sources: Sequence[str]) -> Iterator[Passage]:
    """Yield the current passages, and those of the version before that are no longer current."""
    for entry in library.documents():
        if sources and not entry.source.startswith(tuple(sources)):
            continue
        current = list(library.passages(entry.id))
        yield from current
        older = [number for number in library.versions(entry.id) if number < entry.version]
        if older:
            kept = {each.id for each in current}
            yield from (each for each in library.passages(entry.id, version=older[-1]) if each.id not in kept)


def _assertions(name: str, passage: Passage) -> list[Assertion]:
    document = f"{passage.document_id}.{passage.version}"
    return assertions(passage.text, passage_id=name, document=document, title=passage.title, headings=passage.headings)


def _near(said: Sequence[Assertion], concepts: Mapping[str, frozenset[str]]) -> Iterator[tuple[Assertion, Assertion]]:
    """Yield sentences that speak of the same things: of the same rare words, and of concepts their passages share."""
    features = [content(each.text) | concepts.get(each.passage_id, frozenset()) for each in said]
    nearness = Nearness(
        features,
        groups=[each.passage_id for each in said],
        texts=[each.text for each in said],
        places=[f"{each.document} {each.place}" for each in said],
    )
    yield from ((said[one], said[other]) for one, other in nearness.pairs(most=NEAREST, least=NEAR))


def _concepts(workspace: Workspace, passages: Mapping[str, Passage]) -> dict[str, frozenset[str]]:
    """Return the two concepts that matter most in each passage, as the graph has them; nothing when there is no graph."""
    if not workspace.graph_store.documents():
        return {}
    graph = workspace.graph()
    found = {}
    for name, passage in passages.items():
        ranked = sorted(graph.mentions(passage.id), key=lambda each: (-each.salience, each.concept_id))
        found[name] = frozenset(list(dict.fromkeys(each.concept_id for each in ranked))[:2])
    return found


def _model(workspace: Workspace) -> EntailmentModel:
    from groundsmith.models import entailment_model
    from verify.nli import CachedEntailment
    from verify.store import EntailmentCache

    return CachedEntailment(entailment_model(workspace.settings), EntailmentCache(workspace.database))


def _confirmed(
    suspects: Sequence[tuple[Assertion, Assertion, Difference]], passages: Mapping[str, Passage], model: EntailmentModel
) -> Iterator[Contradiction]:
    """Yield the suspects that the model does not take for agreement, judged both ways."""
    for (one, other, differing), forth, back in zip(suspects, *_both_ways(suspects, model), strict=True):
        highest = max(forth.contradiction, back.contradiction)
        if differing.kind == "modality" or highest >= CONFIRMED:
            yield Contradiction(
                kind=differing.kind,
                detail=differing.detail,
                one=_said(one, passages[one.passage_id]),
                other=_said(other, passages[other.passage_id]),
                contradiction=round(highest, 4),
            )


def _both_ways(
    suspects: Sequence[tuple[Assertion, Assertion, Difference]], model: EntailmentModel
) -> tuple[list[Entailment], list[Entailment]]:
    texts = [(one.text, other.text) for one, other, _ in suspects]
    judged = model.entail([*texts, *((other, one) for one, other in texts)]) if texts else []
    return judged[: len(texts)], judged[len(texts) :]


def _said(assertion: Assertion, passage: Passage) -> Said:
    return Said(
        text=" ".join(assertion.text.split()),
        document=passage.document_id,
        version=passage.version,
        source=passage.source,
        place=assertion.place,
        passage=passage.id,
        page=passage.page,
        start=passage.start + assertion.start,
        end=passage.start + assertion.end,
    )


def _surest(found: Iterator[Contradiction]) -> list[Contradiction]:
    """The contradictions, each text against each once, the model's surest first."""
    once: dict[frozenset[str], Contradiction] = {}
    for each in found:
        once.setdefault(frozenset((each.one.text, each.other.text)), each)
    return sorted(once.values(), key=lambda each: (-each.contradiction, each.one.source, each.one.start))
