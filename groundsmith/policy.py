"""Policy frames and merges of a workspace, as plain data for people and other programs."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from knowledge.errors import UsageError

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
    """Return policy frames in order of document and place, with their words and the concepts named in them.

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
    tied = ((frame, named(graph, frame)) for frame in store.frames(kind))
    chosen = list(islice(((frame, ids) for frame, ids in tied if wanted is None or wanted in ids), limit))
    passages = library.passages_by_id([frame.passage_id for frame, _ in chosen])
    return [
        _entry(graph, frame, ids, passages[frame.passage_id]) for frame, ids in chosen if frame.passage_id in passages
    ]


def named(graph: ConceptGraph, frame: Frame) -> tuple[str, ...]:
    """Return the ids of the concepts that a frame's words or its party mention, in reading order."""
    spans = ((frame.start, frame.end), (frame.party_start, frame.party_end))
    inside = (
        mention.concept_id
        for mention in graph.mentions(frame.passage_id)
        if any(start <= mention.start and mention.end <= end for start, end in spans)
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
