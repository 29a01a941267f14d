"""Judges statements made from policy text, kept, harmlessly rewritten or changed in one place, with the whole verifier.

    python benchmarks/perturbations.py --data ../shared/data --rows 120 --half test --markdown table.md

Sentences of NIST SP 800-63 (revision 3 and the draft of revision 4), of the sample of the Code of the District of Columbia
and of CISA directives, which no training pair was made from. Each statement is judged against the passage its sentence stands in
and the two passages of the same texts that share its rarest words. `--half development` are the documents on which
rules were looked at and mended, `--half test` those that were not. `--rows` is how many statements of each kind, at most, are
drawn in a half. `--errors FILE` writes the statements judged wrong; `--sample FILE` writes 100 pairs for a reader.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parent
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent)]

from changes.make import CHANGES, KEPT, Statement, statements  # noqa: E402
from changes.texts import FOLDERS, passages, plain_sentences  # noqa: E402

from knowledge.store import Database  # noqa: E402
from verify.claim import claims  # noqa: E402
from verify.evidence import Evidence  # noqa: E402
from verify.nli import CachedEntailment, EntailmentModel  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import shipped  # noqa: E402
from verify.store import EntailmentCache  # noqa: E402
from verify.verdict import STRICT, Label, Thresholds, aggregate  # noqa: E402
from verify.verifier import Item, Result, Verifier  # noqa: E402

LEVELS = {"strict": STRICT, "0.5": Thresholds()}
OWN = "strict, own passage alone"
"""The verdict without what the neighbours say: tells the judge's errors from contradictions found elsewhere."""
COLUMNS = (*LEVELS, OWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A statement, what the verifier said of it, and whether it passes at each level of LEVELS."""

    statement: Statement
    result: Result
    passed: dict[str, bool]


def gather(data: Path, *, rows: int, halves: Iterable[str], seed: int) -> list[Statement]:
    """Return the statements of the wanted halves, up to `rows` of each kind in each."""
    found = {group: passages(data / "corpora", group) for group in FOLDERS}
    plain = [tuple(plain_sentences(found[group], group)) for group in FOLDERS]
    return statements(plain, found.values(), each=rows, seed=seed, halves=tuple(halves))


def judge(made: Sequence[Statement], model: EntailmentModel) -> list[Judged]:
    """Judge every statement with rules and relevance on; each claim of it is given the statement's neighbours as retrieved."""
    near = {
        claim.statement: [Evidence.of(passage) for passage in each.neighbours]
        for each in made
        for claim in claims(each.text, question=each.question)
    }
    verifier = Verifier(model, lambda texts: [near[text] for text in texts], estimate=shipped(model.name))
    results = verifier.verify(_item(each) for each in made)
    return [
        Judged(statement=each, result=result, passed=_passed(each, result))
        for each, result in zip(made, results, strict=True)
    ]


def _item(statement: Statement) -> Item:
    cited = (Evidence.of(statement.source.passage),)
    return Item(id=statement.id, answer=statement.text, question=statement.question, cited=cited)


def _passed(statement: Statement, result: Result) -> dict[str, bool]:
    own = statement.source.passage.id
    return {name: _passes(result, at) for name, at in LEVELS.items()} | {OWN: _passes(result, STRICT, own=own)}


def _passes(result: Result, thresholds: Thresholds, *, own: str | None = None) -> bool:
    """Whether every claim is supported at some thresholds, by all passages or by the one named alone."""
    labels = {
        aggregate([each for each in verdict.judgements if own in {None, each.passage_id}], thresholds=thresholds).label
        for verdict in result.verdicts
    }
    return labels == {Label.SUPPORTED} and not any(finding.conflict for finding in result.relevance)


def table(judged: Sequence[Judged], *, title: str) -> str:
    """Return a Markdown table: kept statements refused and changed ones passed, by kind and level."""
    head = f"| {title} | statements | sentences | " + " | ".join(f"wrong at {name}" for name in COLUMNS) + " |"
    lines = [head, "|---|---|---|" + "---|" * len(COLUMNS)]
    for changed, kinds in ((False, tuple(KEPT)), (True, CHANGES)):
        rows = [each for each in judged if each.statement.changed is changed]
        name = "**changed, passed**" if changed else "**kept, refused**"
        lines.append(_line(name, rows, changed=changed))
        lines += [
            _line(kind, [each for each in rows if each.statement.kind == kind], changed=changed) for kind in kinds
        ]
    return "\n".join(lines)


def _line(name: str, rows: Sequence[Judged], *, changed: bool) -> str:
    sources = len({each.statement.source.text for each in rows})
    shares = [sum(each.passed[level] is changed for each in rows) / max(1, len(rows)) for level in COLUMNS]
    return f"| {name} | {len(rows)} | {sources} | " + " | ".join(f"{share:.1%}" for share in shares) + " |"


def described(each: Judged) -> dict[str, Any]:
    """Return a judged statement as a row for a reader: what was made of what, and what was said of it."""
    statement, result = each.statement, each.result
    rules = Counter(
        finding.rule for verdict in result.verdicts for one in verdict.judgements for finding in one.conflicts
    )
    return {
        "id": statement.id,
        "kind": statement.kind,
        "changed": statement.changed,
        "source": statement.source.text,
        "question": statement.question,
        "statement": statement.text,
        "passed": each.passed,
        "reason": result.reason,
        "relevance": [finding.detail for finding in result.relevance if finding.conflict],
        "rules": dict(rules),
        "entailment": [verdict.entailment for verdict in result.verdicts],
        "document": statement.source.passage.source,
        "passage": statement.source.passage.text,
    }


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _model(cache: Path | None) -> EntailmentModel:
    model = OnnxEntailment()
    if cache is None:
        return model
    return CachedEntailment(model, EntailmentCache(Database(cache)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="the folder with corpora/ (../shared/data)"
    )
    parser.add_argument("--rows", type=int, default=120, help="most statements of a kind in a half (120)")
    parser.add_argument("--half", choices=("development", "test", "both"), default="development")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cache", type=Path, help="a file that keeps the model's scores between runs")
    parser.add_argument("--markdown", type=Path, help="where the tables go besides the screen")
    parser.add_argument("--errors", type=Path, help="JSON Lines of the statements judged wrong")
    parser.add_argument("--sample", type=Path, help="JSON Lines of 100 statements to be read")
    return parser.parse_args()


def main() -> None:
    """Make the statements, judge them, print the tables and the seconds it took."""
    options = _options()
    halves = ("development", "test") if options.half == "both" else (options.half,)
    begun = time.perf_counter()
    made = gather(options.data, rows=options.rows, halves=halves, seed=options.seed)
    ready = time.perf_counter()
    judged = judge(made, _model(options.cache))
    done = time.perf_counter()
    report = "\n\n".join(
        table([each for each in judged if each.statement.source.half == half], title=f"{half} half") for half in halves
    )
    print(report)
    print(f"\n{len(made)} statements made in {ready - begun:.0f} s, judged in {done - ready:.0f} s")
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")
    if options.errors:
        _write(
            options.errors,
            (
                described(each)
                for each in judged
                if any(passed is each.statement.changed for passed in each.passed.values())
            ),
        )
    if options.sample:
        _write(
            options.sample,
            (described(each) for each in random.Random(options.seed).sample(judged, min(100, len(judged)))),
        )


if __name__ == "__main__":
    main()
