"""Judges statements that follow from two passages together: found with both, refused without either, unmoved by distractors.

    python benchmarks/joint.py --data ../shared/data --markdown table.md

Each statement (benchmarks/joint_cases.py) is judged with the shipped model, with nothing cited: retrieved are its two
passages and `--near` passages of the same texts that share its rarest words, in an order drawn by the seed. Then with the
second passage removed, then with the first, and then with ten unrelated passages added. `--half development` are the
documents on which the code was mended. `--errors FILE` writes what went wrong, `--sample FILE` 30 statements for a reader.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

BENCHMARKS = Path(__file__).parent
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent)]

from joint_cases import Case, cases  # noqa: E402

from knowledge.split import sentences  # noqa: E402
from knowledge.store import Database  # noqa: E402
from verify.claim import claims  # noqa: E402
from verify.evidence import Evidence  # noqa: E402
from verify.nli import CachedEntailment, EntailmentModel  # noqa: E402
from verify.nli_onnx import OnnxEntailment  # noqa: E402
from verify.probability import shipped  # noqa: E402
from verify.store import EntailmentCache  # noqa: E402
from verify.verdict import STRICT, Label, Thresholds  # noqa: E402
from verify.verifier import Item, Result, Verifier  # noqa: E402
from verify.words import content, share  # noqa: E402

Shown = Callable[[Case], list[Evidence]]


def near(made: Sequence[Case], texts: Sequence[Evidence], *, k: int) -> dict[str, list[Evidence]]:
    """Return, by case, the k passages of its group that share most content words with its statement, its own two left out."""
    held = [(text, content(text.text)) for text in texts]
    found = {}
    for case in made:
        wanted, own = content(case.statement), {case.first.text, case.second.text}
        ranked = sorted(held, key=lambda each: (-len(wanted & each[1]) / (8 + len(each[1])) ** 0.5, each[0].passage_id))
        fit = (text for text, _ in ranked if text.text not in own and _group(text) == _group(case.first))
        found[case.id] = list(islice((text for text in fit if not _repeats(text, case)), k))
    return found


def _repeats(text: Evidence, case: Case) -> bool:
    """Whether a passage says, in a sentence with four fifths of the words, what one of the case's own says: it serves as well."""
    said = [content(text.text[span.start : span.end]) for span in sentences(text.text)]
    return any(share(content(own), each) >= 0.8 for own in case.stated for each in said)


def _group(text: Evidence) -> str:
    return text.source.partition("/")[0]


def judge(made: Sequence[Case], shown: Shown, model: EntailmentModel, thresholds: Thresholds) -> list[Result]:
    """Judge every statement on the passages shown, as if retrieved."""
    by = {claim.statement: case for case in made for claim in claims(case.statement)}
    verifier = Verifier(
        model,
        lambda texts: [shown(by[text]) for text in texts],
        thresholds=thresholds,
        relevance=False,
        retrieved=64,
        estimate=shipped(model.name),
    )
    return list(verifier.verify(Item(id=case.id, answer=case.statement) for case in made))


def main() -> None:
    """Make the statements, judge them four times, print the table."""
    options = _options()
    made, texts = cases(options.data, seed=options.seed)
    made = [case for case in made if options.half in ("both", case.half)][: options.rows]
    beside = near(made, texts, k=options.near)
    draw = random.Random(options.seed)
    far = {
        case.id: [each for each in draw.sample(texts, 14) if _group(each) != _group(case.first)][:10] for case in made
    }
    order = {case.id: draw.random() < 0.5 for case in made}

    def both(case: Case) -> list[Evidence]:
        pair = [case.first, case.second] if order[case.id] else [case.second, case.first]
        return [*beside[case.id][:1], *pair, *beside[case.id][1:]]

    ways: dict[str, Shown] = {
        "both": both,
        "second removed": lambda case: [each for each in both(case) if each != case.second],
        "first removed": lambda case: [each for each in both(case) if each != case.first],
        "ten unrelated added": lambda case: [*far[case.id][:5], *both(case), *far[case.id][5:]],
    }
    started = time.perf_counter()
    cache = options.cache or Path(tempfile.mkdtemp()) / "cache.db"
    model = CachedEntailment(OnnxEntailment(), EntailmentCache(Database(cache)))
    at = STRICT if options.strict else Thresholds()
    judged = {name: judge(made, shown, model, at) for name, shown in ways.items()}
    text = table(made, judged)
    text += f"\n\n{len(made)} statements judged four times in {time.perf_counter() - started:.0f} s."
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.errors:
        _write(options.errors, [row for i, case in enumerate(made) if (row := _told(case, judged, i))["wrong"]])
    if options.sample:
        _write(options.sample, [_told(made[i], judged, i) for i in random.Random(30).sample(range(len(made)), 30)])


def found(case: Case, result: Result) -> bool:
    """Return whether a result is supported and needs exactly the two passages."""
    return result.label is Label.SUPPORTED and set(result.needed) == {case.first.passage_id, case.second.passage_id}


def table(made: Sequence[Case], judged: dict[str, list[Result]]) -> str:
    """Return a Markdown table by kind, by group and by half."""
    lines = [
        "| | statements | both: supported | by exactly the two | passed without second | without first | changed by ten unrelated |",
        "|---|---|---|---|---|---|---|",
        _line("**all**", made, judged),
    ]
    for field in ("kind", "group", "half"):
        for name in sorted({getattr(case, field) for case in made}):
            lines.append(_line(name, made, judged, field=field))
    return "\n".join(lines)


def _line(name: str, made: Sequence[Case], judged: dict[str, list[Result]], *, field: str = "") -> str:
    rows = [i for i, case in enumerate(made) if not field or getattr(case, field) == name]

    def share(hit: Callable[[int], bool]) -> str:
        return f"{sum(map(hit, rows)) / max(1, len(rows)):.1%}"

    def label(way: str, i: int) -> Label:
        return judged[way][i].label

    cells = [
        share(lambda i: label("both", i) is Label.SUPPORTED),
        share(lambda i: found(made[i], judged["both"][i])),
        share(lambda i: label("second removed", i) is Label.SUPPORTED),
        share(lambda i: label("first removed", i) is Label.SUPPORTED),
        share(lambda i: label("both", i) is not label("ten unrelated added", i)),
    ]
    return f"| {name} | {len(rows)} | " + " | ".join(cells) + " |"


def _told(case: Case, judged: dict[str, list[Result]], i: int) -> dict[str, object]:
    wrong = [] if found(case, judged["both"][i]) else ["not found"]
    wrong += [way for way in ("second removed", "first removed") if judged[way][i].label is Label.SUPPORTED]
    wrong += ["distracted"] if judged["both"][i].label is not judged["ten unrelated added"][i].label else []
    first, second = case.first.passage_id, case.second.passage_id
    best = [
        (
            ["AB"[name == second] if name in (first, second) else "x" for name in each.passages],
            round(each.support, 2),
            [f.rule + ": " + f.detail for f in each.conflicts],
        )
        for verdict in judged["both"][i].verdicts
        for each in verdict.judgements
        if {first, second} & set(each.passages)
    ]
    return {
        "id": case.id,
        "half": case.half,
        "wrong": wrong,
        "statement": case.statement,
        "first": case.first.text,
        "second": case.second.text,
        "labels": {way: str(results[i].label) for way, results in judged.items()},
        "needed": [
            "first" if name == first else "second" if name == second else name for name in judged["both"][i].needed
        ],
        "reason": judged["both"][i].reason,
        "judgements": best,
    }


def _write(file: Path, rows: Sequence[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--half", choices=("development", "test", "both"), default="both")
    parser.add_argument("--near", type=int, default=2, help="passages like the statement shown beside its two")
    parser.add_argument("--rows", type=int, help="judge only the first so many statements")
    parser.add_argument("--cache", type=Path, help="a database that keeps the model's answers")
    parser.add_argument("--strict", action="store_true", help="judge at the thresholds for generated data")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--errors", type=Path)
    parser.add_argument("--sample", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
