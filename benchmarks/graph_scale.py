"""How the concept graph grows: time, memory, walk steps and combinations on 1/100, 1/10 and all of a large corpus.

    python benchmarks/graph_scale.py FOLDER [--cache FOLDER] [--markdown FILE]

FOLDER holds the unpacked pages of `corpora-large`. Parts are the first 240, 2,400 and all 23,923 files in name order.
Loading, splitting and extraction (no vectors) go through all files once, in one process, and set down a copy of the
database at the end of each part. Then each part is read and counted, and walked over, in a process of its own. Times
are processor time, so that other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from graph.build import document_digest
from graph.chance import names, streams
from graph.combine import drawn_by
from graph.concept import Layer
from graph.extract import SpacyExtractor
from graph.levels import Sampler
from graph.network import ConceptGraph
from graph.store import GraphStore
from graph.walk import Mode, Walker
from knowledge.document import Passage
from knowledge.errors import GroundsmithError
from knowledge.load import load_file
from knowledge.split import split
from knowledge.store import Database

PARTS = (240, 2_400, 23_923)
STRETCH = 240
MILLION = 1_000_000
REFERRED = 50_000
OBJECTS = 5_000


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured on one part; times in seconds of processor time, memory in megabytes."""

    files: int
    documents: int
    passages: int
    words: int
    concepts: int
    topics: int
    edges: dict[str, int]
    mentions: int
    load: float
    extract: float
    read: float
    count: float
    memory: float
    walk_bytes: float
    paper_steps: float
    balanced_steps: float
    million: float
    walks: int
    referred: float
    objects: float
    communities: int
    leiden: float


class Clock:
    """Processor time since it was last asked."""

    def __init__(self) -> None:
        self._at = time.process_time()

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        before, self._at = self._at, time.process_time()
        return self._at - before


def measure(part: int, cache: Path) -> Figures:
    """Return the figures of the part with so many files."""
    extracted = json.loads((cache / f"graph-{part}.json").read_text(encoding="utf-8"))
    clock = Clock()
    store = GraphStore(Database(cache / f"graph-{part}.db"))
    graph = ConceptGraph.from_store(store)
    read = clock.lap()
    rows = {layer: graph.adjacency(layer) for layer in Layer}
    count = clock.lap()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    walkers = {mode: Walker(graph, mode=mode) for mode in (Mode.PAPER, Mode.BALANCED)}
    steps = {mode: _steps(graph, walker) for mode, walker in walkers.items()}
    edges = {str(layer): rows[layer].edges for layer in Layer}
    held = sum(rows[layer].bytes + walkers[Mode.PAPER].transitions(layer).bytes for layer in Layer)
    million, walks = _million(graph) if part == PARTS[-1] else (0.0, 0)
    clock.lap()
    communities = len(graph.tree.communities)
    leiden = clock.lap()
    return Figures(
        files=extracted["files"],
        documents=len(graph.documents),
        passages=len(graph.passages),
        words=extracted["words"],
        concepts=len(graph.concepts),
        topics=len(graph.topics),
        edges=edges,
        mentions=len(graph.places.node),
        load=extracted["load"],
        extract=extracted["extract"],
        read=read,
        count=count,
        memory=memory,
        walk_bytes=held / sum(edges.values()),
        paper_steps=steps[Mode.PAPER],
        balanced_steps=steps[Mode.BALANCED],
        million=million,
        walks=walks,
        referred=_referred(graph),
        objects=_objects(graph),
        communities=communities,
        leiden=leiden,
    )


def extract(folder: Path, cache: Path) -> None:
    """Extract all files, and leave a database and a note of the time spent for each part in the cache."""
    files = sorted(folder.rglob("*.html"))
    store = GraphStore(database := Database(cache / "whole.db"))
    extractor = SpacyExtractor()
    list(extractor.phrases(["The model is loaded before the clock starts."]))
    spent = {"files": 0, "load": 0.0, "words": 0, "extract": 0.0}
    ends = [min(part, len(files)) for part in PARTS]
    for start in range(0, len(files), STRETCH):
        clock = Clock()
        documents = dict(_documents(folder, files[start : start + STRETCH]))
        spent["load"] += clock.lap()
        for extraction in extractor.extract(documents.items()):
            passages = documents[extraction.document_id]
            store.replace(extraction, passages, digest=document_digest(passages, extractor.name))
        spent["extract"] += clock.lap()
        spent["words"] += sum(len(passage.text.split()) for found in documents.values() for passage in found)
        spent["files"] = min(start + STRETCH, len(files))
        if spent["files"] not in ends:
            continue
        part = PARTS[ends.index(int(spent["files"]))]
        with closing(sqlite3.connect(cache / f"graph-{part}.db")) as copy:
            database.connection.backup(copy)
        (cache / f"graph-{part}.json").write_text(json.dumps(spent), encoding="utf-8")


def _documents(folder: Path, files: list[Path]) -> Iterator[tuple[str, list[Passage]]]:
    for path in files:
        try:
            document = load_file(path, source=str(path.relative_to(folder)))
        except GroundsmithError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        if passages := split(document, max_tokens=160):
            yield document.id, passages


def _steps(graph: ConceptGraph, walker: Walker, *, walks: int = 300_000) -> float:
    """Return steps a second of walks from topics, all at once, after one walk to prepare the arrays."""
    topics = np.array([graph.number[topic] for topic in graph.topics], dtype=np.int32)
    starts = np.resize(topics, walks)
    keys = streams(names([str(place) for place in range(walks)]), 1)
    visits = np.zeros(len(graph.ids), dtype=np.int64)
    walker.from_topics(starts[:8], keys[:8], visits=visits)
    clock = Clock()
    found = walker.from_topics(starts, keys, visits=visits)
    taken = int((found.topics >= 0).sum() + (found.concepts >= 0).sum()) - walks
    return taken / clock.lap()


def _million(graph: ConceptGraph) -> tuple[float, int]:
    """Return the seconds until a million different sets of concepts were drawn, and how many walks that took."""
    sampler = Sampler(graph, seed=1)
    clock, kept, fresh, done, epoch = Clock(), np.empty((0, 5), dtype=np.int32), [], 0, 0
    while len(kept) < MILLION:
        for walks in sampler.walks(epoch):
            fresh.append(np.sort(walks.concepts, axis=1))
            sampler.visits += np.bincount(walks.concepts[walks.concepts >= 0], minlength=len(graph.ids))
            done += len(walks)
        epoch += 1
        if sum(map(len, fresh)) >= MILLION - len(kept):
            kept, fresh = np.unique(np.concatenate([kept, *fresh]), axis=0), []
    return clock.lap(), done


def _referred(graph: ConceptGraph) -> float:
    """Return walks a second that references are found for, a hundred thousand of them."""
    sampler = Sampler(graph, seed=1)
    walks, epoch = [], 0
    while sum(map(len, walks)) < REFERRED:
        walks += list(sampler.walks(epoch))
        epoch += 1
    sets = np.concatenate([each.concepts for each in walks])[:REFERRED].astype(np.int64)
    clock = Clock()
    sampler.finder.refer(sets)
    return len(sets) / clock.lap()


def _objects(graph: ConceptGraph) -> float:
    """Return finished combinations a second, as generation takes them: level 3, with references and support."""
    clock = Clock()
    found = sum(1 for _ in islice(drawn_by(Sampler(graph, seed=1), levels=(3,), epochs=50), OBJECTS))
    return found / clock.lap()


def report(found: list[Figures]) -> str:
    """Return the table in Markdown."""
    rows: list[tuple[str, list[str]]] = [
        ("files", [f"{one.files:,}" for one in found]),
        ("passages", [f"{one.passages:,}" for one in found]),
        ("words", [f"{one.words:,.0f}" for one in found]),
        ("concepts (nodes)", [f"{one.concepts:,}" for one in found]),
        ("of them topics", [f"{one.topics:,}" for one in found]),
        ("mentions (passage and concept)", [f"{one.mentions:,}" for one in found]),
        *((f"edges {name}", [f"{one.edges[name]:,}" for one in found]) for name in found[0].edges),
        ("load and split, ms a passage", [f"{1e3 * one.load / one.passages:.2f}" for one in found]),
        ("extract and store, ms a passage", [f"{1e3 * one.extract / one.passages:.2f}" for one in found]),
        ("the same, words a second", [f"{one.words / one.extract:,.0f}" for one in found]),
        (
            "read the graph (labels, merges, weights), ms a passage",
            [f"{1e3 * one.read / one.passages:.3f}" for one in found],
        ),
        ("count pairs, NPMI, G², ms a passage", [f"{1e3 * one.count / one.passages:.3f}" for one in found]),
        ("all together, ms a passage", [f"{_total(one):.2f}" for one in found]),
        ("growth from the smallest", [f"{_total(one) / _total(found[0]):.2f}" for one in found]),
        ("the same, without load and extraction", [f"{_graph(one) / _graph(found[0]):.2f}" for one in found]),
        ("peak memory after counting, MB", [f"{one.memory:,.0f}" for one in found]),
        ("arrays for walking, bytes an edge", [f"{one.walk_bytes:.1f}" for one in found]),
        ("paper: steps a second", [f"{one.paper_steps:,.0f}" for one in found]),
        ("balanced: steps a second", [f"{one.balanced_steps:,.0f}" for one in found]),
        (
            "a million different balanced combinations, s",
            [f"{one.million:.1f}" if one.million else "" for one in found],
        ),
        ("walks that took", [f"{one.walks:,}" if one.million else "" for one in found]),
        ("walks a second given two passages", [f"{one.referred:,.0f}" for one in found]),
        ("finished combinations a second", [f"{one.objects:,.0f}" for one in found]),
        ("communities", [f"{one.communities:,}" for one in found]),
        ("the time to find them, s", [f"{one.leiden:.1f}" for one in found]),
    ]
    lines = ["| | 1/100 | 1/10 | whole |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows)]) + "\n"


def _total(one: Figures) -> float:
    return 1e3 * (one.load + one.extract + one.read + one.count) / one.passages


def _graph(one: Figures) -> float:
    return (one.read + one.count) / one.passages


def main() -> None:
    """Measure each part in its own process and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, help="where extractions are kept; default: a new temporary folder")
    parser.add_argument("--markdown", type=Path, help="also write what is printed to this file")
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cache = options.cache or Path(tempfile.mkdtemp(prefix="graph-scale-"))
    cache.mkdir(parents=True, exist_ok=True)
    if options.part:
        print(json.dumps(asdict(measure(options.part, cache))))
        return
    if not (cache / f"graph-{PARTS[-1]}.json").exists():
        extract(options.folder, cache)
    found = []
    for part in PARTS:
        command = [sys.executable, __file__, str(options.folder), "--cache", str(cache), "--part", str(part)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(Figures(**json.loads(done.stdout.splitlines()[-1])))
        print(f"{part} files: done", file=sys.stderr)
    text = report(found)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
