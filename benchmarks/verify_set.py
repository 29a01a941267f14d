"""A large set through `groundsmith verify`, twice: time, memory, and what the second check costs when verdicts are known.

Rows are questions and statements of two development sets with the passage that came with each; every row is judged by its own passage.
The figures are about speed only: whether verdicts are right is measured elsewhere.

python benchmarks/verify_set.py --data ../shared/data --rows 10000
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SETS = ("policyqa_dev", "ragtruth_sentences_dev")


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One check: seconds of wall clock and of processor, and the most memory in MB."""

    name: str
    seconds: float
    processor: float
    memory: float


def rows(data: Path) -> Iterator[dict[str, object]]:
    """The rows of the sets, in the order of their files."""
    for name in SETS:
        with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                kept = {"id": row["id"], "question": row.get("question"), "answer": row["claim"]}
                yield {**kept, "context": row["evidence"], "topic": row["dataset"]}


def check(name: str, dataset: Path, folder: Path) -> Pass:
    """Run the command in a process of its own, with its caches under `folder`."""
    command = [sys.executable, "-m", "groundsmith.cli", "verify", str(dataset), "--contexts-only", "--json"]
    command += ["--output", str(folder / f"{name}.jsonl")]
    place = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    begun = time.perf_counter()
    with (folder / f"{name}.json").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=place, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {process.returncode}")
    seconds = time.perf_counter() - begun
    return Pass(name=name, seconds=seconds, processor=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / 1000)


def report(passes: list[Pass], count: int) -> str:
    """The passes as a Markdown table."""
    first = passes[0]
    told = [
        "| check | seconds | processor seconds | share of the first | rows a second | most memory |",
        "|---|---|---|---|---|---|",
    ]
    for each in passes:
        share = f"{each.seconds / first.seconds:.1%} ({each.processor / first.processor:.1%} of its processor time)"
        speed = f"{count / each.seconds:.0f}"
        told.append(
            f"| {each.name} | {each.seconds:.1f} | {each.processor:.1f} | {share} | {speed} | {each.memory:.0f} MB |"
        )
    return "\n".join(told)


def main() -> None:
    """Make the set, check it twice, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of public data sets")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = list(islice(rows(given.data), given.rows))
        dataset = folder / "set.jsonl"
        dataset.write_text("".join(json.dumps(row) + "\n" for row in chosen), encoding="utf-8")
        passes = [check(each, dataset, folder) for each in ("first", "again")]
        same = (folder / "first.jsonl").read_bytes() == (folder / "again.jsonl").read_bytes()
    told = f"{len(chosen)} rows; the two copies are {'equal' if same else 'DIFFERENT'}\n\n{report(passes, len(chosen))}"
    print(told)
    if given.markdown:
        given.markdown.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
