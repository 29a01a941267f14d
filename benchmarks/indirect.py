"""Whether verified rows train a better reader than as many rows nobody verified: `groundsmith evaluate --train` on labelled drafts.

    python benchmarks/indirect.py --data ../shared/data --markdown table.md
    python benchmarks/indirect.py --workspace W --exam exam.jsonl --markdown table.md

Drafts with known labels: the answers of PolicyQA (right spans; spans of the same passage that answer another question, and of other
policies) and of SQuAD 2.0 (right answers; the annotators' plausible wrong ones), from the halves that the product's models were never
trained on. Passages are dealt into two parts by a hash: answers on the one are drafts, right answers on the other are the benchmark. The
drafts are judged as `groundsmith verify --contexts-only` judges them, without the labels; rows that pass are the set. A second line gives
the reader trained on the rows labelled right, as the best that judging could do. Then the answers of four generators to questions on the
ADGM rulebooks, unlabelled, with questions of ObliQA as benchmark. `--workspace` takes the drafts of a workspace's latest run
instead, and a benchmark file for them. Nothing is chosen on these figures; the reader's constants come from SQuAD's other half.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from groundsmith.reader import Asked  # noqa: E402
from groundsmith.trial import Estimate, Trial, drafts_of, questions_of, trial  # noqa: E402
from groundsmith.workspace import Workspace  # noqa: E402
from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402
from verify.training.split import trainable  # noqa: E402

SETS = ("policyqa_dev", "squad2_answers_dev")
Row = dict[str, Any]


def rows_of(data: Path, name: str) -> list[Row]:
    """The rows of a set that no model of the product was trained on."""
    with gzip.open(data / f"verification/dev/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if not trainable(name, row)]


def examined(row: Row) -> bool:
    """Whether a row's passage belongs to the benchmark."""
    return hashlib.sha256(row["evidence"].encode()).digest()[0] % 2 == 0


def asked(row: Row) -> Asked:
    """A row as a question with its passage."""
    return Asked(question=row["question"], answer=row["claim"], contexts=(row["evidence"],))


def passed(rows: Sequence[Row], folder: Path) -> list[bool]:
    """Whether each row is supported by its own passage, as the command finds; read again when it was done before."""
    folder.mkdir(parents=True, exist_ok=True)
    drafts, annotated = folder / "drafts.jsonl", folder / "annotated.jsonl"
    if not annotated.is_file():
        text = (
            json.dumps({"question": row["question"], "answer": row["claim"], "contexts": [row["evidence"]]})
            for row in rows
        )
        drafts.write_text("\n".join(text) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "groundsmith.cli", "verify", drafts.name, "--contexts-only", "--json"]
        subprocess.run([*command, "--output", annotated.name], cwd=folder, check=False, stdout=subprocess.DEVNULL)
    verdicts = map(json.loads, annotated.read_text(encoding="utf-8").splitlines())
    return [each["groundsmith_verdict"] == "supported" for each in verdicts]


def labelled(options: argparse.Namespace, name: str, embedder: OnnxEmbedder) -> Iterator[str]:
    """The lines of a set of labelled drafts."""
    rows = rows_of(options.data, name)
    drafts, exam = (
        [row for row in rows if not examined(row)],
        [asked(row) for row in rows if examined(row) and row["label"]],
    )
    marks = passed(drafts, options.folder / name)
    kept = [row for row, mark in zip(drafts, marks, strict=True) if mark]
    right = [row for row in drafts if row["label"]]
    share, precision = len(right) / len(drafts), sum(row["label"] for row in kept) / len(kept)
    print(f"{name}: {len(drafts)} drafts, {share:.2f} right; {len(kept)} verified, {precision:.2f} right", flush=True)
    loose = [asked(row) for row in drafts]
    shown = f"{name.removesuffix('_dev')}: {len(drafts)} drafts, {share:.2f} of them right"
    for what, chosen in ((f"verified, {precision:.2f} right", kept), ("labelled right", right)):
        found = trial([asked(row) for row in chosen], exam, embedder=embedder, drafts=loose, seeds=options.seeds)
        yield from told(f"{shown}; the set: {what}", found)
        print(f"{name}: {what}: {found.findings}", flush=True)


def generated(options: argparse.Namespace, embedder: OnnxEmbedder) -> Iterator[str]:
    """The lines of ObliQA-XRef's generated answers to questions on the ADGM rulebooks; the benchmark is ObliQA's other questions.

    A benchmark question comes with the passage that answers it and one that is close and does not.
    """
    import adgm_answers

    folder = options.folder / "adgm"
    folder.mkdir(parents=True, exist_ok=True)
    rows = adgm_answers.cited(options.data)
    annotated = folder / "annotated.jsonl"
    marks = list(adgm_answers.lines(annotated)) if annotated.is_file() else adgm_answers.verified(rows, folder)
    loose = [
        Asked(question=row["question"], answer=row["generated_answer"], contexts=tuple(row["contexts"])) for row in rows
    ]
    kept = [each for each, mark in zip(loose, marks, strict=True) if mark["groundsmith_verdict"] == "supported"]
    print(f"adgm: {len(loose)} answers, {len(kept)} verified", flush=True)
    found = trial(kept, adgm_exam(options.data), embedder=embedder, drafts=loose, seeds=options.seeds)
    print(found.findings, flush=True)
    yield from told(f"obliqa-adgm: {len(loose)} generated answers; the set: verified", found)


def adgm_exam(data: Path, most: int = 400) -> list[Asked]:
    """Questions of ObliQA with a passage that answers and one that does not."""
    with gzip.open(data / "verification/dev/obliqa_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = list(map(json.loads, lines))
    close = {row["question"]: row["evidence"] for row in rows if not row["label"]}
    right = [row for row in rows if row["label"] and row["question"] in close][:most]
    return [
        Asked(question=row["question"], answer=row["evidence"], contexts=(close[row["question"]], row["evidence"]))
        for row in right
    ]


def drafted(folder: Path, exam: Path, embedder: OnnxEmbedder, seeds: int) -> Iterator[str]:
    """The lines of a workspace's latest run, tried in the open: passages are searched."""
    with Workspace.open(folder) as place:
        run = place.latest_run()
        units = [unit for unit in place.runs.units(run.id) if unit.outcome != "failed"]
        rows = drafts_of(unit.row for unit in units if unit.outcome == "kept")
        loose = drafts_of(unit.row for unit in units)
        corpus = [passage.text for passage in place.library.passages()]
    found = trial(rows, questions_of(exam).asked, embedder=embedder, drafts=loose, corpus=corpus, seeds=seeds)
    yield from told(f"{folder}: {len(loose)} drafts, {len(rows)} verified", found)


def told(name: str, found: Trial) -> Iterator[str]:
    """A line of the table for each reader."""
    for each in found.arms:
        figures = (figure(each.right), figure(each.rank), figure(each.lead) if each.lead else "")
        yield f"| {name} | {each.name} | {each.rows} | {found.questions} | {' | '.join(figures)} |"


def figure(estimate: Estimate) -> str:
    """A mean and its interval."""
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def main() -> None:
    """Try the sets and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "groundsmith-indirect")
    parser.add_argument("--sets", nargs="*", default=[*SETS, "adgm"], choices=[*SETS, "adgm"])
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--exam", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    lines = [
        "| drafts | reader trained on | rows | questions | first right | reciprocal rank | the set is ahead by |",
        "|---" * 7 + "|",
    ]
    embedder = OnnxEmbedder()
    if options.workspace:
        lines += drafted(options.workspace, options.exam, embedder, options.seeds)
    else:
        for name in options.sets:
            lines += generated(options, embedder) if name == "adgm" else labelled(options, name, embedder)
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
