"""How long `groundsmith evaluate` takes and how much memory, by number of rows; each size and group of areas in its own process.

    python benchmarks/evaluate_size.py --data ../shared/data --sizes 5000 50000 --markdown table.md

Rows are questions of SQuAD 2.0 and PolicyQA with the passages they are about; beyond their number, question and answer are put together
from two of them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SETS = ("squad2_answers_dev", "policyqa_dev")
GROUPS = (
    "diversity",
    "relevance",
    "privacy",
    "bias",
    "content",
    "drift",
    "diversity,relevance,privacy,bias,content,drift",
)
SEED = 7


def rows(data: Path) -> list[dict[str, str]]:
    """The rows of the sets that state a question."""
    found = []
    for name in SETS:
        with gzip.open(data / "verification/dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                evidence = row.get("evidence") or row.get("context") or ""
                text = " ".join(evidence) if isinstance(evidence, list) else str(evidence)
                found.append({"question": row["question"], "answer": row["claim"], "context": text})
    return found


def write(path: Path, real: list[dict[str, str]], count: int) -> None:
    """Write `count` rows: the real ones in an order drawn with a seed, then pairs of them joined."""
    draw = random.Random(SEED)
    order = draw.sample(range(len(real)), len(real))
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = dict(real[order[number % len(order)]])
            if number >= len(order):
                other = real[draw.randrange(len(real))]
                row |= {name: f"{row[name]} {other[name]}" for name in ("question", "answer")}
            row |= {"run": "r_1", "round": str(number * 5 // count + 1), "created": f"2026-11-21T{number:08d}"}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def measure(path: Path, areas: str) -> None:
    """Evaluate a file and print what it took as JSON."""
    from groundsmith.evaluation import evaluate_file
    from groundsmith.evaluation.tools import tools_of
    from groundsmith.settings import load
    from knowledge.embed_onnx import OnnxEmbedder

    tools = tools_of(load(None, overrides={}), OnnxEmbedder(), None, areas=tuple(areas.split(",")))
    started = time.monotonic()
    found = evaluate_file(path, tools=tools, tick=lambda *_, **__: None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    taken = {"rows": found.rows, "seconds": time.monotonic() - started, "processor": used.ru_utime + used.ru_stime}
    print(json.dumps(taken | {"memory": used.ru_maxrss / 1e6, "measures": len(found.measures)}))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--areas", nargs="+", default=list(GROUPS), help="areas that are measured together")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(Path(given.one[0]), given.one[1])
        return
    lines = ["| areas | rows | seconds | of a processor | peak memory, GB |", "|---" * 5 + "|"]
    real = rows(given.data)
    with TemporaryDirectory() as folder:
        for size in given.sizes:
            path = Path(folder) / f"{size}.jsonl"
            write(path, real, size)
            for areas in given.areas:
                command = [sys.executable, __file__, "--one", str(path), areas]
                took = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                name = "all" if areas.count(",") == 5 else areas
                lines.append(
                    f"| {name} | {took['rows']:,} | {took['seconds']:.0f} | {took['processor']:.0f} | {took['memory']:.2f} |"
                )
                print(lines[-1], flush=True)
    if given.markdown:
        given.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
