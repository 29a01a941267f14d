"""Documents into a workspace: the library, the index and the concept graph, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.reading import limits_of, split_of
from groundsmith.render import Ticker, say

if TYPE_CHECKING:
    from generate.model import LanguageModel
    from graph.build import BuildReport
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage
    from knowledge.outcome import IngestEvent, IngestReport


def ingest_into(
    workspace: Workspace, paths: Sequence[Path], *, prune: bool, tick: Ticker, root: Path | None = None
) -> IngestReport:
    """Take files and folders into the workspace's library and index; only what changed is touched.

    `root` is the folder that names of files are relative to, by default the workspace's.
    """
    from knowledge.ingest import ingest

    workspace.lock()
    settings = workspace.settings.library
    done = {"read": 0, "index": 0}

    def follow(event: IngestEvent) -> None:
        advance = event.done - done[event.stage]
        done[event.stage] = event.done
        note = event.outcome.source if event.outcome else f"{event.stage} {event.done}/{event.total}"
        tick(advance if event.stage == "read" else 0, note=note, total=event.total if event.stage == "read" else None)

    return ingest(
        paths,
        library=workspace.library,
        index=workspace.index,
        root=root or workspace.root,
        prune=prune,
        max_tokens=settings.passage_tokens,
        count_tokens=getattr(workspace.embedder, "count_tokens", None),
        limits=limits_of(settings),
        split=split_of(settings),
        progress=follow,
    )


def build_graph(workspace: Workspace, *, tick: Ticker, model: LanguageModel | None = None) -> BuildReport:
    """Bring the concept graph up to date with the library: changed documents only.

    `model` replaces the language model that `graph.extractor: model` asks. Stopped at any moment, it goes on where it was.
    Raises MissingModel when that model cannot be had.
    """
    from graph.build import build
    from graph.extract import SpacyExtractor
    from graph.rerank import Reranker
    from groundsmith.indexing import indexed

    workspace.lock()
    settings = workspace.settings.graph
    base = SpacyExtractor(
        model=settings.spacy_model,
        processes=settings.processes,
        limit=settings.concepts_per_passage,
        frames=settings.frames,
        reranker=Reranker(workspace.embedder) if settings.rerank else None,
    )
    documents = workspace.library.documents()
    tick(0, total=len(documents))

    def passages() -> Iterator[tuple[str, list[Passage]]]:
        for entry in documents:
            yield entry.id, list(workspace.library.passages(entry.id))

    with indexed(workspace, base, tick=tick, model=model) as (extractor, indexer):
        report = build(passages(), store=workspace.graph_store, extractor=extractor, progress=lambda done: tick(1))
    if report.failed and indexer is not None:
        say(f"error: {report.failed} documents were left out: {indexer.problem}; build again to try them again")
    return report
