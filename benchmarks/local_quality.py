r"""What a small local model makes of a corpus: yield, speed, coverage, repetition, two-document rows, and rows to be read.

    python benchmarks/local_quality.py run --corpus nist --work WORK --model MODEL.gguf --rows 100 --minutes 10
    python benchmarks/local_quality.py figures --work WORK
    python benchmarks/local_quality.py draw --work WORK --rows 50 --seed 1 --csv to_read.csv
    python benchmarks/local_quality.py score read.csv --labels benchmarks/labels/local_quality.jsonl

`run` makes WORK/CORPUS, a workspace, and generates until so many rows passed or the minutes are over; the same command goes
on. `figures` prints Markdown. `draw` writes random passed rows with the passages they rest on; a person fills in `right` (1 or 0)
and `reason`. `score` counts what was filled in and keeps it as labels; without a file it counts the labels that are there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from graph_quality import wilson  # noqa: E402

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from verify.verifier import Verifier

LABELS = ROOT / "benchmarks/labels/local_quality.jsonl"
SPEED = "slices.jsonl"
"""In a workspace: a line for each time that it was worked on, with seconds, calls and tokens."""
COLUMNS = ("corpus", "id", "level", "asks", "question", "answer", "evidence", "right", "reason")
KEPT_COLUMNS = tuple(name for name in COLUMNS if name != "evidence")
WANTED = "46 in 50"


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """A folder of documents, and how often each level is drawn: facts that two documents of a code share are few."""

    folder: Path
    levels: tuple[int, ...] = (1, 2, 3, 3, 3, 3, 3, 3)


CORPORA: Mapping[str, Corpus] = {
    "harbourview": Corpus(folder=ROOT / "examples/harbourview", levels=(1, 2, 3, 3)),
    "nist": Corpus(folder=ROOT / "../shared/data/corpora/nist-800-63/rev3"),
    "dc-code": Corpus(folder=ROOT / "../shared/data/corpora/dc-code-html"),
}


def silent(*_: object, **__: object) -> None:
    """Tell nobody how far the work is."""


def prepared(name: str, work: Path, *, model: Path | None, seed: int) -> Path:
    """Return the folder of a corpus's workspace, made with its graph where there is none."""
    from groundsmith.ingestion import build_graph, ingest_into
    from groundsmith.workspace import Workspace

    place, corpus = work / name, CORPORA[name]
    if (place / "groundsmith.yaml").is_file():
        return place
    place.mkdir(parents=True, exist_ok=True)
    Workspace.create(place).close()
    written = [f"model:\n  path: {model.resolve()}"] if model is not None else []
    written += [f"sampling:\n  seed: {seed}\n  levels: {list(corpus.levels)}", "generation:\n  oversample: 80"]
    (place / "groundsmith.yaml").write_text("\n".join(written) + "\n", encoding="utf-8")
    with Workspace.open(place) as workspace:
        ingest_into(workspace, [corpus.folder.resolve()], prune=False, tick=silent)
        build_graph(workspace, tick=silent)
    return place


def run(place: Path, *, rows: int, minutes: float) -> str:
    """Generate until so many rows passed or the minutes are over; note what it took; return a line that says so."""
    from groundsmith.pipeline import generate
    from groundsmith.workspace import Workspace

    end, load = time.monotonic() + 60 * minutes, os.getloadavg()[0]
    with Workspace.open(place, exclusive=True) as workspace:
        outcome = generate(workspace, count=rows, stop=lambda: time.monotonic() > end, tick=silent)
    spent = outcome.spent
    note = {
        "seconds": round(outcome.seconds, 1),
        "calls": spent.calls,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "load": round(load, 1),
    }
    with (place / SPEED).open("a", encoding="utf-8") as file:
        file.write(json.dumps(note) + "\n")
    return f"{place.name}: {outcome.kept} of {rows} rows passed ({outcome.status}), {outcome.seconds:.0f} s"


def figures(place: Path) -> dict[str, str]:
    """Return the measures of a workspace's latest run with their names."""
    from groundsmith.covered import dataset_coverage
    from groundsmith.workspace import Workspace

    with Workspace.open(place) as workspace:
        latest = workspace.latest_run()
        funnel = workspace.runs.funnel(latest.id)
        rows = list(workspace.runs.kept(latest.id, limit=latest.asked))
        failures = dict(funnel.failures)
        asked = funnel.made - failures.get("no-fact", 0)
        covered = dataset_coverage(workspace, None).coverage
        levels = Counter(row.level for row in rows)
        return {
            "rows that passed, of those wanted": f"{len(rows)} of {latest.asked}",
            "prompts planned; without a fact to ask about": f"{funnel.made:,}; {failures.get('no-fact', 0):,}",
            "yield: of the drafts the model was asked for, passed": f"{funnel.kept} of {asked} ({funnel.kept / max(1, asked):.0%})",
            "refused by the checks of a wording": _counts(
                (name, count) for name, count in failures.items() if name != "no-fact"
            ),
            "refused by the judge and curation": _counts(funnel.reasons),
            **_speed(place, funnel.kept),
            "concepts of the graph; covered": f"{covered.concepts:,}; {covered.covered:,}",
            "concept coverage, weighted by importance": f"{covered.weighted:.1%}",
            "documents cited": f"{covered.documents:.1%}",
            "rows of level 1 / 2 / 3": " / ".join(str(levels[level]) for level in (1, 2, 3)),
            "rows that repeat another: word for word / nearly / in meaning": repeats(rows, workspace),
            "the same, by question alone": repeats(rows, workspace, on="question"),
            "rows of level 3 that pass with all documents / with any one alone": needs_both(rows, workspace),
        }


def _counts(pairs: Iterator[tuple[str, int]] | Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in pairs) or "none"


def _speed(place: Path, kept: int) -> dict[str, str]:
    """Return rows a minute, calls and tokens a row, from what each slice of the work noted."""
    path = place / SPEED
    if not path.is_file() or not kept:
        return {}
    notes = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    total = {name: sum(note[name] for note in notes) for name in ("seconds", "calls", "input_tokens", "output_tokens")}
    load = "–".join(f"{each:.0f}" for each in sorted({min(n["load"] for n in notes), max(n["load"] for n in notes)}))
    return {
        "rows a minute, verified; load average of the machine": f"{60 * kept / total['seconds']:.1f}; {load}",
        "seconds; model calls a row": f"{total['seconds']:.0f}; {total['calls'] / kept:.2f}",
        "tokens a row, in / out": f"{total['input_tokens'] / kept:.0f} / {total['output_tokens'] / kept:.0f}",
    }


def repeats(rows: Sequence[DatasetRow], workspace: Workspace, *, on: str = "both") -> str:
    """Return how many rows repeat an earlier one, exactly, nearly, and in meaning, by the rules of `groundsmith curate`."""
    from groundsmith.curating import On, Rules, curate
    from groundsmith.datasets import Dataset

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        lines = [json.dumps({"id": row.id, "question": row.question, "answer": row.answer}) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with Dataset(path) as dataset:
            found = curate(dataset, rules=Rules(on=On(on)), embedder=workspace.embedder).by_stage
    return " / ".join(str(found[stage]) for stage in ("exact", "near", "meaning"))


def needs_both(rows: Sequence[DatasetRow], workspace: Workspace) -> str:
    """Return of the rows over two documents how many pass by the evidence of both, and by any one document alone."""
    from groundsmith.assay import verifier_of

    verifier = verifier_of(workspace, strict=True, cited_only=True)
    passed: Counter[str] = Counter()
    two = [row for row in rows if row.level == 3]
    for row in two:
        documents = list(dict.fromkeys(each.document for each in row.evidence))
        passed["both"] += _passes(verifier, row, documents)
        passed["one"] += any(_passes(verifier, row, [document]) for document in documents)
    return f"{passed['both']} of {len(two)} / {passed['one']} of {len(two)}"


def _passes(verifier: Verifier, row: DatasetRow, documents: Sequence[str]) -> bool:
    from verify.evidence import Evidence
    from verify.verifier import Item

    cited = tuple(
        Evidence(
            passage_id=each.id, document_id=each.document, text=each.text, title=each.title, headings=each.headings
        )
        for each in row.evidence
        if each.document in documents
    )
    item = Item(id=row.id, question=row.question, answer=row.answer, cited=cited)
    return bool(cited) and next(iter(verifier.verify([item]))).label == "supported"


def drawn(place: Path, *, rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield random passed rows of a workspace's latest run, to be read."""
    from groundsmith.workspace import Workspace
    from verify.question import question_word

    with Workspace.open(place) as workspace:
        latest = workspace.latest_run()
        kept = sorted(workspace.runs.kept(latest.id, limit=latest.asked), key=lambda row: row.id)
    for row in random.Random(seed).sample(kept, min(rows, len(kept))):
        used = {name for claim in row.claims for name in (claim.needed or claim.evidence)}
        shown = [each for each in row.evidence if each.id in used] or list(row.evidence)
        yield {
            "corpus": place.name,
            "id": row.id,
            "level": row.level,
            "asks": question_word(row.question) or "other",
            "question": row.question,
            "answer": row.answer,
            "evidence": "\n---\n".join(f"{each.source} > {' > '.join(each.headings)}\n{each.text}" for each in shown),
            "right": "",
            "reason": "",
        }


def read(path: Path) -> list[dict[str, Any]]:
    """Return labelled rows of a CSV or JSON Lines file; raises ValueError for a row without a label."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["right"] not in {"0", "1"}:
            raise ValueError(f'{path}: row {row["id"]} has right = "{row["right"]}"; write 1 or 0')
    return [
        {**{name: row[name] for name in KEPT_COLUMNS}, "level": int(row["level"]), "right": row["right"] == "1"}
        for row in rows
    ]


def table(labels: Sequence[Mapping[str, Any]]) -> str:
    """Return what was read as Markdown: right of all by corpus, level and question word, and what was wrong."""
    lines = [f"| corpus | rows | read | right (wanted: {WANTED}) | 95 % interval |", "|---|---|---|---|---|"]
    for corpus in dict.fromkeys(row["corpus"] for row in labels):
        own = [row for row in labels if row["corpus"] == corpus]
        groups = [("all", own)]
        groups += [
            (f"level {level}", [r for r in own if r["level"] == level]) for level in sorted({r["level"] for r in own})
        ]
        asked = Counter(row["asks"] for row in own)
        groups += [(f"asks “{word}”", [r for r in own if r["asks"] == word]) for word, _ in asked.most_common()]
        for name, some in groups:
            right = sum(row["right"] for row in some)
            low, high = wilson(right, len(some))
            lines.append(f"| {corpus} | {name} | {len(some)} | {right} | {low:.2f} to {high:.2f} |")
    lines += ["", "| corpus | id | what is wrong | question |", "|---|---|---|---|"]
    lines += [
        f"| {row['corpus']} | {row['id']} | {row['reason']} | {row['question']} |" for row in labels if not row["right"]
    ]
    return "\n".join(lines)


def shown(places: Sequence[Path]) -> str:
    """Return the figures of workspaces side by side as Markdown."""
    found = {place.name: figures(place) for place in places}
    names = list(dict.fromkeys(name for each in found.values() for name in each))
    lines = [f"| | {' | '.join(found)} |", "|---" * (len(found) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(each.get(name, '') for each in found.values())} |" for name in names]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Yield and quality of rows that a small local model words.")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("run", help="Generate, or go on.")
    made.add_argument("--corpus", choices=sorted(CORPORA), required=True)
    made.add_argument("--model", type=Path, help="A GGUF file; without it the local model that is here.")
    made.add_argument("--rows", type=int, default=100)
    made.add_argument("--seed", type=int, default=2026)
    made.add_argument("--minutes", type=float, default=10.0)
    listed = commands.add_parser("figures", help="Print the figures of the workspaces in WORK.")
    drawing = commands.add_parser("draw", help="Write random passed rows to a CSV file.")
    drawing.add_argument("--rows", type=int, default=50)
    drawing.add_argument("--seed", type=int, default=1)
    drawing.add_argument("--csv", type=Path, required=True)
    scoring = commands.add_parser("score", help="Count labelled rows, and keep them.")
    scoring.add_argument("files", type=Path, nargs="*", help="Filled-in CSV files; without one, the labels kept.")
    scoring.add_argument("--labels", type=Path, default=LABELS)
    for each in (made, listed, drawing):
        each.add_argument("--work", type=Path, required=True, help="Folder of the workspaces.")
    for each in (listed, scoring):
        each.add_argument("--markdown", type=Path, help="Write the tables to this file too.")
    return parser


def _scored(options: argparse.Namespace) -> str:
    labels = [row for path in options.files or [options.labels] for row in read(path)]
    if options.files:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in labels)
        options.labels.write_text(text, encoding="utf-8")
    return table(labels)


def main() -> int:
    """Do one of the steps."""
    options = _parser().parse_args()
    places = [] if options.command == "score" else [options.work / name for name in CORPORA]
    places = [place for place in places if (place / "groundsmith.yaml").is_file()]
    match options.command:
        case "run":
            place = prepared(options.corpus, options.work, model=options.model, seed=options.seed)
            text = run(place, rows=options.rows, minutes=options.minutes)
        case "figures":
            text = shown(places)
        case "draw":
            rows = [row for place in places for row in drawn(place, rows=options.rows, seed=options.seed)]
            with options.csv.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
            text = f"{len(rows)} rows to read in {options.csv}"
        case _:
            text = _scored(options)
    print(text)
    if getattr(options, "markdown", None):
        options.markdown.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
