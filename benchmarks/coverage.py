"""What ways of drawing concepts reach of a corpus, at equal numbers of samples: curves and a table.

    python benchmarks/coverage.py [--data ../shared/data/corpora] [--pictures docs/benchmarks] [--markdown FILE]

Each corpus is loaded, split and extracted as `groundsmith ingest` and `groundsmith graph build` do, without vectors.
A sample is a combination with the passages found for it; a concept counts as covered when it was drawn and one of the
passages speaks of it. No language model is called. Pictures need matplotlib.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from graph.build import build
from graph.combine import Combination, drawn_by, drawn_levels
from graph.concept import Layer
from graph.estimate import unseen_mass
from graph.extract import SpacyExtractor
from graph.levels import Sampler
from graph.network import ConceptGraph
from graph.reference import ReferenceFinder
from graph.store import GraphStore
from graph.walk import Mode, Walker
from knowledge.document import Passage
from knowledge.errors import GroundsmithError
from knowledge.files import find
from knowledge.load import load_file
from knowledge.split import split
from knowledge.store import Database

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "corpora"
CORPORA = {"NIST SP 800-63": "nist-800-63", "DC Code": "dc-code-html", "ADGM rules": "obliqa-adgm/docs"}
TARGET = 0.8
SEEDS = (1, 2, 3)
POINTS = 60


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of drawing: the mode, the levels drawn, and what is changed for an ablation."""

    name: str
    mode: str
    levels: tuple[int, ...] = (3,)
    without: str = ""

    def sampler(self, graph: ConceptGraph, seed: int) -> Sampler:
        """Return a sampler that draws this way."""
        off = self.without
        walker = Walker(
            graph,
            mode=Mode(self.mode),
            association=0.0 if off == "NPMI" else 0.5,
            decay=0.0 if off == "visit decay" else 0.5,
            prune=off != "G² test",
            temperature=1.0 if off == "temperature" else 1.5,
        )
        finder = ReferenceFinder(graph, mode=Mode(self.mode), complement=off != "complementary second passage")
        return Sampler(graph, seed=seed, mode=self.mode, walker=walker, finder=finder, residual=off != "residual pass")


WAYS = (
    Way(name="balanced", mode="balanced"),
    Way(name="balanced, levels 1, 2, 3, 3", mode="balanced", levels=(1, 2, 3)),
    Way(name="tree", mode="tree"),
    Way(name="paper (SynthLLM)", mode="paper"),
    Way(name="pairs (EntiGraph)", mode="pairs"),
    Way(name="random pairs", mode="random"),
    Way(name="single passage", mode="single"),
)
ABLATIONS = ("residual pass", "visit decay", "NPMI", "G² test", "temperature", "complementary second passage")


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One way on one corpus with one seed: shares after each number of samples in `at`, and figures at the end."""

    at: list[int]
    weighted: list[float]
    concepts: float
    importance: float
    strict: float
    pairs: float
    unseen: float
    support: float
    size: float
    reached: int | None
    reached_strict: int | None


def graph_of(folder: Path) -> ConceptGraph:
    """Return the concept graph of a folder's documents; those that cannot be read are named and left out."""
    store = GraphStore(Database(":memory:"))
    build(_documents(folder), store=store, extractor=SpacyExtractor())
    return ConceptGraph.from_store(store)


def _documents(folder: Path) -> Iterator[tuple[str, list[Passage]]]:
    texts: set[str] = set()
    for found in find([folder]):
        if "qa" in found.path.relative_to(folder).parts:
            continue
        try:
            document = load_file(found.path, source=str(found.path.relative_to(folder)))
        except GroundsmithError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        passages = split(document, max_tokens=160)
        if passages and document.text not in texts:
            texts.add(document.text)
            yield document.id, passages


def samples(graph: ConceptGraph, way: Way, seed: int, most: int) -> Iterator[Combination]:
    """Yield the first `most` combinations of a way; levels 1, 2, 3 are taken as the product does, 3 twice."""
    stream = drawn_by(way.sampler(graph, seed), levels=drawn_levels(way.mode, way.levels), epochs=40)
    if len(way.levels) == 1:
        return islice(stream, most)
    from groundsmith.planning import in_turn

    return islice(in_turn(stream, (1, 2, 3, 3)), most)


def measure(graph: ConceptGraph, way: Way, *, seed: int, most: int) -> Curve:
    """Return the curve of one way; `strict` counts only the first three concepts of a sample."""
    weights = np.array([concept.weight for concept in graph.concepts.values()])
    whole, size = float(weights.sum()), len(weights)
    spoken = {passage: frozenset(graph.concepts_of(passage)) for passage in graph.passages}
    points = set(np.unique(np.geomspace(10, most, POINTS).astype(int)).tolist()) | {most}
    seen, narrow = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    counts: Counter[str] = Counter()
    codes: set[int] = set()
    at, shares = [], []
    support, drawn, reached, reached_strict, number = 0.0, 0, None, None, 0
    for number, one in enumerate(samples(graph, way, seed, most), 1):
        told = frozenset().union(*(spoken[passage] for passage in one.references))
        nodes = [graph.number[concept] for concept in one.concepts if concept in told]
        seen[nodes] = True
        narrow[[graph.number[concept] for concept in one.concepts[:3] if concept in told]] = True
        counts.update(graph.ids[node] for node in nodes)
        codes.update(min(a, b) * size + max(a, b) for place, a in enumerate(nodes) for b in nodes[place + 1 :])
        support, drawn = support + len(nodes) / len(one.concepts), drawn + len(one.concepts)
        share = float(weights[seen].sum()) / whole
        reached = number if reached is None and share >= TARGET else reached
        if reached_strict is None and float(weights[narrow].sum()) / whole >= TARGET:
            reached_strict = number
        if number in points:
            at.append(number)
            shares.append(share)
    pairs = graph.weighted(Layer.CONCEPT_CONCEPT).pairs
    often = pairs.count >= 2
    known = pairs.source[often] * size + pairs.target[often]
    return Curve(
        at=at,
        weighted=shares,
        concepts=float(seen.mean()),
        importance=float(weights[seen].sum()) / whole,
        strict=float(weights[narrow].sum()) / whole,
        pairs=float(np.isin(known, np.array(sorted(codes))).mean()),
        unseen=unseen_mass(counts),
        support=support / max(1, number),
        size=drawn / max(1, number),
        reached=reached,
        reached_strict=reached_strict,
    )


def table(curves: dict[str, list[Curve]]) -> list[str]:
    """Return the Markdown table of one corpus: means over the seeds."""
    lines = [
        "| way | concepts a sample | concept coverage@1 | weighted | weighted, 3 used | pair coverage | unseen mass "
        "| support share | samples to 80 % weighted | the same, 3 used |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, found in curves.items():
        shares = [_mean(found, field) for field in ("concepts", "importance", "strict", "pairs", "unseen")]
        cells = [f"{_mean(found, 'size'):.2f}", *(f"{share:.1%}" for share in shares), f"{_mean(found, 'support'):.3f}"]
        lines.append(f"| {' | '.join([name, *cells, _reached(found, 'reached'), _reached(found, 'reached_strict')])} |")
    return lines


def _mean(found: Sequence[Curve], field: str) -> float:
    return float(np.mean([getattr(one, field) for one in found]))


def _reached(found: Sequence[Curve], field: str) -> str:
    values = [getattr(one, field) for one in found]
    return (
        f"{np.mean(values):,.0f}" if all(value is not None for value in values) else f"not within {found[0].at[-1]:,}"
    )


def picture(curves: dict[str, list[Curve]], *, title: str, target: Path) -> None:
    """Write the curves of one corpus as a PNG: weighted coverage against samples."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.2, 4.4), dpi=110)
    styles = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
    for (name, found), style in zip(curves.items(), styles, strict=False):
        axes.plot(found[0].at, found[0].weighted, label=name, linestyle=style, linewidth=1.8)
    axes.axhline(TARGET, color="grey", linewidth=0.8)
    axes.set(title=title, xlabel="samples", ylabel="concept coverage, weighted by importance", ylim=(0, 1))
    axes.legend(loc="lower right", fontsize=8)
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(target, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Run all corpora and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pictures", type=Path, help="a folder for the curves; none are made without it")
    parser.add_argument("--markdown", type=Path, help="also write what is printed to this file")
    options = parser.parse_args()
    lines: list[str] = []
    for title, name in CORPORA.items():
        started = time.perf_counter()
        graph = graph_of(options.data / name)
        most = len(graph.concepts)
        lines += ["", f"### {title}", ""]
        size = f"{len(graph.documents):,} documents, {len(graph.passages):,} passages"
        lines += [f"{size}, {most:,} concepts, {len(graph.topics):,} topics; {most:,} samples each.", ""]
        curves = {way.name: [measure(graph, way, seed=seed, most=most) for seed in SEEDS] for way in WAYS}
        lines += table(curves)
        ablated = {"balanced": [_half(graph, "", seed) for seed in SEEDS]}
        ablated |= {f"without {off}": [_half(graph, off, seed) for seed in SEEDS] for off in ABLATIONS}
        lines += ["", f"Ablations of balanced, {most // 2:,} samples each:", "", *table(ablated)]
        if options.pictures:
            picture(curves, title=title, target=options.pictures / f"coverage-{name.split('/')[0]}.png")
        print(f"{title}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    text = "\n".join(lines[1:]) + "\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")


def _half(graph: ConceptGraph, off: str, seed: int) -> Curve:
    way = Way(name=off, mode="balanced", without=off)
    return measure(graph, way, seed=seed, most=len(graph.concepts) // 2)


if __name__ == "__main__":
    main()
