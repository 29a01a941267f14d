"""Policy frames and merges of a workspace, as plain data for people and other programs."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from knowledge.errors import UsageError
from knowledge.sentence import sentences

BATCH = 200

if TYPE_CHECKING:
    from graph.frame import Frame, FrameKind
    from graph.network import ConceptGraph
    from graph.store import GraphStore
    from knowledge.document import Passage
    from knowledge.library import Library


def frame_list(
    graph: ConceptGraph,
    store: GraphStore,
    library: Library,
    *,
    kind: FrameKind | None = None,
    concept: str | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """Return policy frames in order of document and place, with their words and the concepts named beside them.

    Raises UsageError for a concept that the graph does not have.
    """
    wanted = None
    if concept is not None:
        found = graph.find(concept)
        if found is None:
            raise UsageError(
                f'"{concept}": not a concept of this graph; `groundsmith graph show` lists the most important'
            )
        wanted = found.id
    listing: list[dict[str, Any]] = []
    stored = store.frames(kind)
    while len(listing) < limit and (batch := list(islice(stored, BATCH))):
        passages = library.passages_by_id(list(dict.fromkeys(frame.passage_id for frame in batch)))
        for frame in batch:
            passage = passages.get(frame.passage_id)
            ids = named(graph, frame, passage.text) if passage else ()
            if passage and (wanted is None or wanted in ids):
                listing.append(_entry(graph, frame, ids, passage))
    return listing[:limit]


def named(graph: ConceptGraph, frame: Frame, text: str) -> tuple[str, ...]:
    """Return the ids of the concepts mentioned in the sentences that a frame stands in, in reading order."""
    spans = [span for span in sentences(text) if span.start < frame.end and frame.start < span.end]
    inside = (
        mention.concept_id
        for mention in graph.mentions(frame.passage_id)
        if any(span.start <= mention.start and mention.end <= span.end for span in spans)
    )
    return tuple(dict.fromkeys(inside))


def _entry(graph: ConceptGraph, frame: Frame, ids: tuple[str, ...], passage: Passage) -> dict[str, Any]:
    return {
        "kind": str(frame.kind),
        "text": passage.text[frame.start : frame.end],
        "cue": passage.text[frame.cue_start : frame.cue_end],
        "party": passage.text[frame.party_start : frame.party_end],
        "concepts": [{"id": each, "label": graph.concepts[each].label} for each in ids],
        "passage": passage.id,
        "start": frame.start,
        "end": frame.end,
        "source": passage.source,
        "headings": list(passage.headings),
    }


def merge_list(graph: ConceptGraph) -> list[dict[str, Any]]:
    """Return every form that was taken for a concept, with rule and reason."""
    from graph.merges import taken

    return [asdict(one) for one in taken(graph)]


def keep_apart(graph: ConceptGraph, store: GraphStore, concept: str, form: str) -> tuple[str, str]:
    """Undo a merge and return (label, form); raises UsageError when there is no such merge."""
    from graph.merges import undo

    done = undo(graph, store, concept, form)
    return done.label, done.form


def merge_again(store: GraphStore, concept: str, form: str) -> tuple[str, str]:
    """Let a form be merged again and return (key, form); raises UsageError when it was not kept apart."""
    from graph.canonical import canonical_key, plain_form

    for kept in dict.fromkeys((concept, canonical_key(concept))):
        for each in dict.fromkeys((form, plain_form(form), canonical_key(form))):
            if store.allow_merge(kept, each):
                return kept, each
    apart = ", ".join(f'"{each}" from "{kept}"' for kept, each in sorted(store.apart())[:8]) or "nothing"
    raise UsageError(f'"{form}" is not kept apart from "{concept}"; kept apart: {apart}')
