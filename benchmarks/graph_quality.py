"""How much of what the graph extracts is right, by samples that a person read: merges, definitions, frames.

    python benchmarks/graph_quality.py [--markdown FILE]
    python benchmarks/graph_quality.py --check --data ../shared/data/corpora

The samples and their labels are benchmarks/labels/*.jsonl: ids and short forms, no text of the corpora. Precision is
the share labelled right, with Wilson's 95 % interval. `--check` builds both graphs again and says how many of the items
read are still found as they were read.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LABELS = Path(__file__).resolve().parent / "labels"
CORPORA = ROOT.parent / "shared" / "data" / "corpora"
GROUPS = {"merges": "rule", "abbreviations": "corpus", "definitions": "corpus", "frames": "kind"}
Z = 1.959964


def read(path: Path) -> list[dict[str, Any]]:
    """Return the labelled items of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), 0 to 1; (0, 1) for nothing read."""
    if count == 0:
        return 0.0, 1.0
    share, square = right / count, Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def line(name: str, group: str, rows: Sequence[dict[str, Any]], field: str = "right") -> str:
    """Return a row of the table."""
    right = sum(bool(row[field]) for row in rows)
    low, high = wilson(right, len(rows))
    return f"| {name} | {group} | {len(rows)} | {right} | {right / len(rows):.3f} | {low:.3f} to {high:.3f} |"


def table(samples: dict[str, list[dict[str, Any]]]) -> str:
    """Return precision by sample and group as a Markdown table."""
    lines = ["| what | group | read | right | precision | 95 % interval |", "|---|---|---|---|---|---|"]
    for name, rows in samples.items():
        lines.append(line(f"**{name}**", "all", rows))
        if name == "frames":
            lines.append(line("frames", "all, kind alone", rows, "kind_right"))
        for group in sorted({row[GROUPS[name]] for row in rows}):
            lines.append(line(name, group, [row for row in rows if row[GROUPS[name]] == group]))
    return "\n".join(lines)


def found(folder: Path, corpus: str) -> Iterable[tuple[str, tuple[object, ...]]]:
    """Yield (sample, identity) of everything that a build of one corpus finds today."""
    from graph.build import build
    from graph.extract import SpacyExtractor
    from graph.merges import taken
    from graph.network import ConceptGraph
    from graph.store import GraphStore
    from knowledge.load import load_file
    from knowledge.split import split
    from knowledge.store import Database

    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in {".md", ".html", ".docx"}]
    documents = [load_file(path, source=str(path.relative_to(folder))) for path in paths if "qa" not in path.parts]
    with Database(":memory:") as database:
        store = GraphStore(database)
        build([(each.id, split(each)) for each in documents], store=store, extractor=SpacyExtractor())
        for merge in taken(ConceptGraph.from_store(store)):
            yield "merges", (corpus, merge.rule, merge.kept, merge.form, merge.document_id)
        for extraction, _ in store.extractions():
            for one in extraction.abbreviations:
                yield "abbreviations", (corpus, one.short, " ".join(one.long.split()))
            for definition in extraction.definitions:
                yield "definitions", (corpus, definition.passage_id, definition.start, definition.end)
            for frame in extraction.frames:
                yield "frames", (corpus, frame.kind, frame.passage_id, frame.start, frame.end)


def identity(name: str, row: dict[str, Any]) -> tuple[object, ...]:
    """Return what a labelled item is known by."""
    fields = {
        "merges": ("corpus", "rule", "kept", "form", "document"),
        "abbreviations": ("corpus", "short", "long"),
        "definitions": ("corpus", "passage", "start", "end"),
        "frames": ("corpus", "kind", "passage", "start", "end"),
    }[name]
    return tuple(row[field] for field in fields)


def check(samples: dict[str, list[dict[str, Any]]], data: Path) -> str:
    """Return how many of the items read a build finds today, as a Markdown table."""
    today: dict[str, set[tuple[object, ...]]] = {name: set() for name in samples}
    for corpus in ("nist-800-63", "dc-code-html"):
        for name, one in found(data / corpus, corpus):
            today[name].add(one)
    lines = ["| what | found now | right items still found | wrong items still found |", "|---|---|---|---|"]
    for name, rows in samples.items():
        still = Counter(bool(row["right"]) for row in rows if identity(name, row) in today[name])
        total = Counter(bool(row["right"]) for row in rows)
        lines.append(
            f"| {name} | {len(today[name]):,} | {still[True]} of {total[True]} | {still[False]} of {total[False]} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Print precision, and on request what is still found."""
    parser = argparse.ArgumentParser(description="Precision of merges, abbreviations, definitions and policy frames.")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--check", action="store_true", help="Build the graphs again and look for the items read.")
    parser.add_argument("--data", type=Path, default=CORPORA, help="Folder of the corpora, for --check.")
    parser.add_argument("--markdown", type=Path, help="Write the tables to this file too.")
    options = parser.parse_args()
    if options.check and not options.data.is_dir():
        print(f"{options.data}: the corpora are not here; name their folder with --data", file=sys.stderr)
        return 2
    samples = {name: read(options.labels / f"{name}.jsonl") for name in GROUPS}
    text = table(samples) + ("\n\n" + check(samples, options.data) if options.check else "")
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
