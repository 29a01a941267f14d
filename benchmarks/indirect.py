"""Whether verified rows train a better reader than as many rows nobody verified: `groundsmith evaluate --train` on labelled drafts.

    python benchmarks/indirect.py --data ../shared/data --markdown table.md
    python benchmarks/indirect.py --workspace W --exam exam.jsonl --markdown table.md

Drafts with known labels: the answers of PolicyQA (right spans; spans of the same passage that answer another question, and of other
policies) and of SQuAD 2.0 (right answers; the annotators' plausible wrong ones), from the halves that the product's models were never
trained on. Passages are dealt into two parts by a hash: answers on the one are drafts, right answers on the other are the benchmark. The
drafts are judged by their own passage, without the labels, as `groundsmith verify` judges and as rows that are generated are judged
(strict, and to the question), each without and with the check that the answer replies to its question; rows that pass are a set. Sets
put together by the labels, with a stated share of right rows, then say how good a judge has to be before a reader notices.
`--workspace` takes the drafts of a workspace's latest run instead, and a benchmark file for them. Nothing is chosen on these figures;
the reader's constants come from the other halves of SQuAD and PolicyQA.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from groundsmith.reader import Asked, Choice, Shelf  # noqa: E402
from groundsmith.trial import Arm, Estimate, drafts_of, questions_of, trial, tried  # noqa: E402
from groundsmith.workspace import Workspace  # noqa: E402
from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402
from verify.evidence import Evidence  # noqa: E402
from verify.item import OTHER_QUESTION, Result  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import shipped  # noqa: E402
from verify.training.split import trainable  # noqa: E402
from verify.verdict import STRICT, Thresholds, aggregate  # noqa: E402
from verify.verifier import Item, Verifier  # noqa: E402

SETS = ("policyqa_dev", "squad2_answers_dev")
MIXED = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of right rows in sets mixed by the labels: how good a judge must be for a reader to notice."""
SETS_OF = (
    ("verify", "verify", 0.0),
    ("verify, replying", "verify", Thresholds().answers),
    ("verify, surely replying", "verify", 0.5),
    ("generate", "generate", 0.0),
    ("generate, replying", "generate", STRICT.answers),
)
"""Sets by what they are called, who judged, and how probably an answer has to reply."""
FEWEST = 20
"""Rows below which a set is not tried."""
STRETCH = 64
"""Rows judged before what was found is written down: a run that was stopped goes on there."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Whether a row passes for `groundsmith verify` and for generation, were replies not checked, and how probably it replies."""

    verify: bool
    generate: bool
    answers: float | None

    def passes(self, judge: str, least: float) -> bool:
        """Whether the row passes where answers must reply with this probability."""
        return bool(getattr(self, judge)) and (self.answers is None or self.answers >= least)


def judged(rows: Sequence[Row], folder: Path) -> list[Judged]:
    """What is judged of each row by its own passage; read again when it was done before."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "judged.json"
    found: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else []
    model = OnnxEntailment()
    judge = Verifier(model, cited_only=True, estimate=shipped(model.name))
    for at in range(len(found), len(rows), STRETCH):
        found += [_judged(each) for each in judge.verify(map(item, rows[at : at + STRETCH]))]
        kept.write_text(json.dumps(found), encoding="utf-8")
    return [Judged(**each) for each in found]


def _judged(result: Result) -> dict[str, Any]:
    labels = {str(aggregate(each.judgements, thresholds=STRICT).label) for each in result.verdicts}
    fit = not any(each.conflict and each.rule != OTHER_QUESTION for each in result.relevance)
    strict = labels == {"supported"} and fit
    return {"verify": str(result.label) == "supported", "generate": strict, "answers": result.answers}


def counted(what: str, rows: Sequence[Row], marks: Sequence[bool]) -> str:
    """How many rows of each kind pass, as a comment between the lines of the table."""
    kinds: dict[str, list[bool]] = {}
    for row, mark in zip(rows, marks, strict=True):
        kind = "right" if row["label"] else row["meta"].get("constructed") or "plausible, wrong"
        kinds.setdefault(kind, []).append(mark)
    told = "; ".join(f"{kind}: {sum(found)} of {len(found)}" for kind, found in sorted(kinds.items()))
    return f"<!-- passed, {what}: {told} -->"


def item(row: Row) -> Item:
    """A row as the judge reads it: no label, one passage."""
    evidence = Evidence(passage_id=row["id"], document_id="", text=row["evidence"])
    return Item(id=row["id"], question=row["question"], answer=row["claim"], cited=(evidence,))


def labelled(options: argparse.Namespace, name: str, embedder: OnnxEmbedder) -> Iterator[str]:
    """The lines of a set of labelled drafts."""
    rows = rows_of(options.data, name)
    drafts = [row for row in rows if not examined(row)]
    shelf = Shelf([row["evidence"] for row in rows], embedder)
    exam = shelf.choices([asked(row) for row in rows if examined(row) and row["label"]])
    loose = shelf.choices([asked(row) for row in drafts])
    marks = judged(drafts, options.folder / name)
    right, wrong = (
        [each for each, row in zip(loose, drafts, strict=True) if row["label"] == label] for label in (1, 0)
    )
    sets: dict[str, list[Choice]] = {}
    for what, judge, least in SETS_OF:
        marked = [mark.passes(judge, least) for mark in marks]
        yield counted(f"{name}, {what}", drafts, marked)
        chosen = [each for each, mark in zip(loose, marked, strict=True) if mark]
        share = sum(row["label"] for row, mark in zip(drafts, marked, strict=True) if mark) / max(1, len(chosen))
        sets[f"{what}, {share:.2f} right"] = chosen
    sets["labelled, all right"] = right
    for mixed in options.mixed:
        most = min(len(right), int(len(wrong) / (1 - mixed)))
        sets[f"mixed, {mixed:.2f} right"] = [*right[: int(most * mixed)], *wrong[: most - int(most * mixed)]]
    shown = f"{name.removesuffix('_dev')}, {len(right) / len(drafts):.2f} right"
    for what, chosen in sets.items():
        if len(chosen) < FEWEST:
            print(f"{shown}: {what}: {len(chosen)} rows are too few to train on", flush=True)
            continue
        arms = tried(chosen, loose, exam, width=shelf.width, seeds=options.seeds)
        yield from told(shown, what, arms, len(exam))
        print(f"{shown}: {what}: {arms[-1].lead}", flush=True)


def drafted(folder: Path, exam: Path, embedder: OnnxEmbedder, seeds: int) -> Iterator[str]:
    """The lines of a workspace's latest run, tried in the open: passages are searched."""
    with Workspace.open(folder) as place:
        run = place.latest_run()
        units = [unit for unit in place.runs.units(run.id) if unit.outcome != "failed"]
        rows = drafts_of(unit.row for unit in units if unit.outcome == "kept")
        loose = drafts_of(unit.row for unit in units)
        corpus = [passage.text for passage in place.library.passages()]
    found = trial(rows, questions_of(exam).asked, embedder=embedder, drafts=loose, corpus=corpus, seeds=seeds)
    yield from told(f"{folder.name}, {len(loose)} drafts", "verified", found.arms, found.questions)


def told(drafts: str, chosen: str, arms: Sequence[Arm], questions: int) -> Iterator[str]:
    """A line of the table for each reader."""
    for each in arms:
        figures = (figure(each.right), figure(each.rank), figure(each.lead) if each.lead else "")
        yield f"| {drafts} | {chosen} | {each.name} | {each.rows} | {questions} | {' | '.join(figures)} |"


def figure(estimate: Estimate) -> str:
    """A mean and its interval."""
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def main() -> None:
    """Try the sets and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "groundsmith-indirect")
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--exam", type=Path)
    parser.add_argument("--mixed", type=float, nargs="*", default=MIXED, help="shares of right rows in mixed sets")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    lines = [
        "| drafts | the set | reader trained on | rows | questions | first right | reciprocal rank | the set is ahead by |",
        "|---" * 8 + "|",
    ]
    embedder = OnnxEmbedder()
    if options.workspace:
        lines += drafted(options.workspace, options.exam, embedder, options.seeds)
    else:
        for name in options.sets:
            lines += labelled(options, name, embedder)
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
