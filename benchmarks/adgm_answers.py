"""The verdicts of `groundsmith verify` on a published set of generated answers, beside the labels that were published with it.

    python benchmarks/adgm_answers.py --data ../shared/data --markdown table.md --disagreements rows.jsonl

The answers are those of ObliQA-XRef's generators to questions on the rulebooks of Abu Dhabi Global Market. Each is judged by the
passages that it cites. Two upstream judgements stand in the file: the label of an entailment model, and the faithfulness that a
language model gave. Baselines: the majority, the share of the answer's content words in the cited passages, the cosine of answer and
passages. A threshold is found on one half of the questions and used on the other. `--disagreements` takes 40 rows, drawn with a seed,
whose verdict differs from the entailment label, half of each kind, for reading.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from verification import auc, balanced, threshold  # noqa: E402

from knowledge.embed_onnx import OnnxEmbedder  # noqa: E402
from verify.words import content, share  # noqa: E402

FOLDER = Path("corpora/obliqa-adgm/qa")
FAITHFUL = 0.8
"""The language model's score from which an answer counts as faithful."""
Row = Mapping[str, Any]
READ = 40


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def cited(data: Path) -> list[dict[str, Any]]:
    """The answers with the texts they cite; those that cite no passage of the snapshot are left out."""
    texts = {row["passage_id"]: row["text"] for row in lines(data / FOLDER / "passages.jsonl")}
    found = []
    for number, row in enumerate(lines(data / FOLDER / "generated_answers.jsonl")):
        contexts = [texts[name] for name in dict.fromkeys(row["generated_citations"]) if name in texts]
        if contexts:
            found.append({**row, "id": f"{number}-{row['item_id']}-{row['retriever']}", "contexts": contexts})
    return found


def verified(rows: Sequence[Row], folder: Path) -> list[dict[str, Any]]:
    """The rows as `groundsmith verify` annotates them, judged by their own contexts alone."""
    dataset, annotated = folder / "answers.jsonl", folder / "annotated.jsonl"
    with dataset.open("w", encoding="utf-8") as out:
        for row in rows:
            kept = {"id": row["id"], "question": row["question"], "answer": row["generated_answer"]}
            out.write(json.dumps({**kept, "contexts": row["contexts"]}) + "\n")
    command = [sys.executable, "-m", "groundsmith.cli", "verify", str(dataset), "--contexts-only", "--json"]
    subprocess.run([*command, "--output", str(annotated)], cwd=folder, check=False, stdout=subprocess.DEVNULL)
    return list(lines(annotated))


def scores(rows: Sequence[Row], judged: Sequence[Row]) -> dict[str, np.ndarray]:
    """Each row's score by the verdicts, its worst and its mean claim, and by the baselines."""
    supports = [[float(each.get("entailment") or 0.0) for each in row["groundsmith_claims"]] or [0.0] for row in judged]
    embedder = OnnxEmbedder()
    answers = embedder.embed([row["generated_answer"] for row in rows])
    evidence = embedder.embed(["\n".join(row["contexts"]) for row in rows])
    words = [share(content(row["generated_answer"]), content("\n".join(row["contexts"]))) for row in rows]
    return {
        "groundsmith, worst claim": np.array([min(each) for each in supports]),
        "groundsmith, mean of claims": np.array([sum(each) / len(each) for each in supports]),
        "word overlap": np.array(words),
        "cosine": np.array([float(a @ b) for a, b in zip(answers, evidence, strict=True)]),
    }


def halved(labels: np.ndarray, values: np.ndarray, second: np.ndarray) -> float:
    """Balanced accuracy with each half's threshold found on the other."""
    said = np.zeros(len(values), dtype=bool)
    for half in (second, ~second):
        said[half] = values[half] >= threshold(labels[~half], values[~half])
    return balanced(labels, said)


def table(rows: Sequence[Row], judged: Sequence[Row]) -> list[str]:
    """Agreement with either upstream judgement."""
    upstream = {
        "entailment label": np.array([row["upstream_nli_label"] == "entailment" for row in rows]),
        f"faithfulness ≥ {FAITHFUL}": np.array([row["upstream_gpt_faithfulness"] >= FAITHFUL for row in rows]),
    }
    second = np.array([zlib.crc32(row["question"].encode()) % 2 == 1 for row in rows])
    made = ["| judged by | " + " | ".join(f"{name}: AUC | balanced accuracy" for name in upstream) + " |"]
    made.append("|---" * (1 + 2 * len(upstream)) + "|")
    made.append("| the majority | 0.50 | 0.50 | 0.50 | 0.50 |")
    for way, values in scores(rows, judged).items():
        figures = [f"{auc(y, values):.2f} | {halved(y, values, second):.2f}" for y in upstream.values()]
        made.append(f"| {way} | {' | '.join(figures)} |")
    first, other = upstream.values()
    made += [
        "",
        f"{len(rows)} answers, {first.sum()} labelled entailment, {other.sum()} faithful; the two upstream judgements:",
    ]
    faithfulness = np.array([row["upstream_gpt_faithfulness"] for row in rows])
    made.append(f"faithfulness against the entailment label has an AUC of {auc(first, faithfulness):.2f}.")
    return made


def disagreements(rows: Sequence[Row], judged: Sequence[Row], *, seed: int) -> list[dict[str, Any]]:
    """Rows whose verdict and label differ, for reading: of each kind an equal number where there are so many."""
    supported = [row["groundsmith_verdict"] == "supported" for row in judged]
    entailed = [row["upstream_nli_label"] == "entailment" for row in rows]
    kinds = [
        [n for n in range(len(rows)) if supported[n] is said and entailed[n] is not said] for said in (True, False)
    ]
    drawn = random.Random(seed)
    first = drawn.sample(kinds[0], min(READ // 2, len(kinds[0])))
    second = drawn.sample(kinds[1], min(READ - len(first), len(kinds[1])))
    return [
        {
            "id": rows[n]["id"],
            "label": rows[n]["upstream_nli_label"],
            "faithfulness": rows[n]["upstream_gpt_faithfulness"],
            "verdict": judged[n]["groundsmith_verdict"],
            "reason": judged[n].get("groundsmith_reason"),
            "question": rows[n]["question"],
            "answer": rows[n]["generated_answer"],
            "claims": [[c["verdict"], c.get("entailment"), c["text"]] for c in judged[n]["groundsmith_claims"]],
            "contexts": rows[n]["contexts"],
        }
        for n in (*first, *second)
    ]


def main() -> None:
    """Judge the answers and compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--markdown", type=Path, help="file for the table")
    parser.add_argument("--disagreements", type=Path, help="file for the rows to read")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    rows = cited(options.data)
    with tempfile.TemporaryDirectory() as folder:
        judged = verified(rows, Path(folder))
    made = table(rows, judged)
    print("\n".join(made))
    if options.markdown:
        options.markdown.write_text("\n".join(made) + "\n", encoding="utf-8")
    if options.disagreements:
        with options.disagreements.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(each) + "\n" for each in disagreements(rows, judged, seed=options.seed))


if __name__ == "__main__":
    main()
