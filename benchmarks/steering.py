"""How many verified rows it takes to cover a corpus: rounds steered by what is lacking, against drawing all beforehand.

    python benchmarks/steering.py [--corpora NAME...] [--levels NAME...] [--ways NAME...] [--seeds N...] [--author scribe|rules]
                                  [--results FILE] [--markdown FILE]
    python benchmarks/steering.py --balance

The whole road runs: plan, author, judge, repeats refused, rows kept. Counted are rows that passed, in the order of the plan, until the
concepts that their text names hold 80 % of the importance of the corpus' concept graph (`graph.coverage`, as `groundsmith coverage`).

Authors: `scribe` is a script that answers with the sentence of each source that names most of the concepts it is asked about, and asks for
those of them that the sentence names; on some passages it often, on others seldom says something wrong, which the judge, a word counter,
refuses. `rules` is the built-in author of small models (a fact by rule, with its question) without a model to reword the question, and the
built-in judge. Results are written after each run; what --results has is not run again.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from steering_authors import AUTHORS

from generate.condition import Condition, assignments, balance
from generate.model import ScriptedModel
from graph.coverage import CoveredSample, coverage
from graph.network import ConceptGraph
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.lacks import Lacks
from groundsmith.pipeline import generate
from groundsmith.row import DatasetRow
from groundsmith.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "corpora"
CORPORA = {
    "harbourview": (ROOT / "examples" / "harbourview", "*"),
    "plain-language": (DATA / "plain-language", "*"),
    "NIST SP 800-63 rev 3": (DATA / "nist-800-63" / "rev3", "*"),
    "DC Code, part": (DATA / "dc-code-html", "[1-2]*.html"),
}
"""Folders, and the files of each that are taken."""
WAYS = {
    "steered": {"sampling.round": "24"},
    "uniform passages": {"sampling.mode": "single"},
    "uniform pairs": {"sampling.mode": "random"},
    "paper walk": {"sampling.mode": "paper"},
    "balanced walk": {},
}
BEYOND = 2.5
"""An unsteered run is given up after so many times the rows that the steered one took."""
TARGET = 0.8
SEEDS = (1, 2, 3, 4, 5)
MOST = 2.5
"""Rows after which a run is given up, as a multiple of the concepts of the graph."""
LEVELS = {"one passage": "[1]", "two documents": "[3]", "all levels": "[1, 2, 3, 3]"}
FITTING = {"uniform passages": "one passage", "uniform pairs": "two documents"}
"""Ways that have a level of their own."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One run at some levels: rows and prompts until the target, None if it was not reached; the share covered after each tenth row."""

    corpus: str
    levels: str
    way: str
    seed: int
    author: str
    concepts: int
    rows: int | None
    prompts: int | None
    kept: int
    made: int
    covered: float
    curve: list[float]
    why: str
    seconds: float


class Follower:
    """Follows the rows of a run, and says stop when they cover the target."""

    def __init__(self, workspace: Workspace, graph: ConceptGraph) -> None:
        self._workspace, self._lacks = workspace, Lacks(graph)
        self._weight = {concept.id: concept.weight for concept in graph.concepts.values()}
        self._total = sum(self._weight.values())
        self._found: set[str] = set()
        self._next = 0
        self.shares: list[float] = []
        self.ordinals: list[int] = []

    def __call__(self) -> bool:
        """Take in new rows; return whether the target is reached."""
        run = self._workspace.runs.all()[0].id
        for unit in self._workspace.runs.between(run, self._next, sys.maxsize):
            self._next = unit.ordinal + 1
            if unit.outcome == "kept":
                self._add(unit.row, unit.ordinal)
        return bool(self.shares) and self.shares[-1] >= TARGET

    def _add(self, row: DatasetRow, ordinal: int) -> None:
        self._found |= self._lacks.named(row)
        self.shares.append(sum(self._weight[each] for each in sorted(self._found)) / self._total)
        self.ordinals.append(ordinal)

    @property
    def reached(self) -> int | None:
        """Rows until the target."""
        return next((place + 1 for place, share in enumerate(self.shares) if share >= TARGET), None)


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """A ticker that says nothing."""


def prepared(corpus: str, folder: Path) -> Path:
    """Return a workspace with the corpus and its graph, made when it is not there."""
    root = folder / re.sub(r"\W+", "-", corpus)
    if not (root / "ready").is_file():
        shutil.rmtree(root, ignore_errors=True)
        source, pattern = CORPORA[corpus]
        with Workspace.create(root, environment={}) as workspace:
            ingest_into(workspace, sorted(source.glob(pattern)), prune=False, tick=silent)
            build_graph(workspace, tick=silent)
        (root / "ready").touch()
    return root


@contextmanager
def copied(root: Path, settings: dict[str, str]) -> Iterator[Workspace]:
    """Yield a copy of a workspace of one's own, with settings."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        shutil.copytree(root, place)
        with Workspace.open(place, environment={}, overrides=settings) as workspace:
            yield workspace


def measure(
    corpus: str,
    levels: str,
    way: str,
    seed: int,
    *,
    author: str,
    workspaces: Path,
    most: float,
    least: int | None = None,
) -> Reached:
    """Run the road until the target, or until there are `most` times as many rows as concepts, or BEYOND times `least`."""
    strategy, script, judge = AUTHORS[author]
    settings = {
        "sampling.seed": str(seed),
        "sampling.levels": LEVELS[levels],
        "sampling.novelty": "0",
        "sampling.epochs": "60",
        "generation.strategy": strategy,
        "generation.oversample": "1000",
        **WAYS[way],
    }
    started = time.monotonic()
    with copied(prepared(corpus, workspaces), settings) as workspace:
        graph = workspace.graph()
        follower = Follower(workspace, graph)
        outcome = generate(
            workspace,
            count=min(int(most * len(graph.concepts)), int(BEYOND * least) if least else sys.maxsize),
            stop=follower,
            tick=silent,
            model=ScriptedModel(script, name="small-135M" if author == "rules" else "scribe"),
            assay=judge(workspace, graph),
        )
        follower()
        _agrees(workspace, graph, outcome.run, follower)
        place = follower.reached
        return Reached(
            corpus=corpus,
            levels=levels,
            way=way,
            seed=seed,
            author=author,
            concepts=len(graph.concepts),
            rows=place,
            prompts=None if place is None else follower.ordinals[place - 1] + 1,
            kept=len(follower.shares),
            made=outcome.funnel.made,
            covered=follower.shares[-1] if follower.shares else 0.0,
            curve=[round(each, 4) for each in follower.shares[9::10]],
            why=outcome.why,
            seconds=round(time.monotonic() - started, 1),
        )


def _agrees(workspace: Workspace, graph: ConceptGraph, run: str, follower: Follower) -> None:
    """Hold what was followed against `graph.coverage`; raises SystemExit when they differ."""
    samples = [
        CoveredSample(
            id=row.id,
            text=f"{row.question} {row.answer}",
            concepts=tuple(each.id for each in row.concepts),
            passages=(),
        )
        for row in workspace.runs.kept(run)
    ]
    found = coverage(graph, samples, resamples=0).weighted
    if follower.shares and not math.isclose(found, follower.shares[-1], abs_tol=1e-9):
        raise SystemExit(f"the coverage of the rows is {found}, but {follower.shares[-1]} was followed")


def table(results: Sequence[Reached]) -> list[str]:
    """Return the Markdown table: means over the seeds, and steered rows as a share of each way's, with a 95 % interval."""
    lines = [
        "| corpus | levels | way | rows that passed, to 80 % | prompts | least to most | steered rows as a share of these (95 %) |",
        "|---|---|---|---|---|---|---|",
    ]
    for corpus, levels in dict.fromkeys((each.corpus, each.levels) for each in results):
        here = [each for each in results if (each.corpus, each.levels) == (corpus, levels)]
        steered = {each.seed: each for each in here if each.way == "steered"}
        for way in dict.fromkeys(each.way for each in here):
            found = [each for each in here if each.way == way]
            ratio = "" if way == "steered" else _ratio(steered, found)
            cells = (corpus, levels, way, _mean(found, "rows"), _mean(found, "prompts"), _range(found), ratio)
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _mean(found: Sequence[Reached], name: str) -> str:
    values = [getattr(each, name) for each in found]
    if any(value is None for value in values):
        short = [each for each in found if each.rows is None]
        mean = np.mean([each.covered for each in short])
        reached = np.mean([getattr(each, "kept" if name == "rows" else "made") for each in short])
        return f"not within {reached:,.0f} ({mean:.0%} covered; {len(short)} of {len(found)} seeds)"
    return f"{np.mean(values):,.0f}"


def _range(found: Sequence[Reached]) -> str:
    values = [each.rows for each in found if each.rows is not None]
    return f"{min(values):,} to {max(values):,}" if len(values) == len(found) else ""


def _ratio(steered: dict[int, Reached], found: Sequence[Reached]) -> str:
    """Return the geometric mean of the ratio, seed by seed, with Student's interval of its logarithm; a run given up counts its rows."""
    pairs = [(steered[each.seed].rows, each.rows or max(1, each.kept)) for each in found if each.seed in steered]
    logs = [math.log(one / other) for one, other in pairs if one is not None]
    if len(logs) < len(pairs) or not logs:
        return "steered did not reach it"
    below = "at most " if any(each.rows is None for each in found) else ""
    if len(logs) < 2:
        return f"{below}{math.exp(logs[0]):.0%}"
    half = _STUDENT[len(logs)] * float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    middle = float(np.mean(logs))
    return f"{below}{math.exp(middle):.0%} ({math.exp(middle - half):.0%} to {math.exp(middle + half):.0%})"


_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}
"""Student's t for 95 %, by the number of values."""


def balance_table(numbers: Sequence[int] = (25, 26, 40, 97, 200, 1000), seeds: Sequence[int] = SEEDS) -> list[str]:
    """Return how far from perfect five conditions of 2 to 7 values are, at most over values and seeds; planned and in steered rounds."""
    sizes = {"five of 5": (5,) * 5, "2, 3, 4, 5 and 7": (2, 3, 4, 5, 7)}
    lines = [f"| values | {' | '.join(f'{number:,} prompts' for number in numbers)} |", f"|---|{'---|' * len(numbers)}"]
    for name, counts in sizes.items():
        conditions = [
            Condition(name=f"c{place}", values=tuple(f"v{value}" for value in range(count)))
            for place, count in enumerate(counts)
        ]
        cells = [
            max(
                abs(each.count - each.wanted)
                for seed in seeds
                for each in balance(conditions, assignments(conditions, number, seed=seed))
            )
            for number in numbers
        ]
        lines.append(f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    return lines


def main() -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--corpora", nargs="*", default=["harbourview", "NIST SP 800-63 rev 3", "DC Code, part"], choices=CORPORA
    )
    parser.add_argument("--levels", nargs="*", default=list(LEVELS), choices=LEVELS)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--author", default="scribe", choices=AUTHORS)
    parser.add_argument("--most", type=float, default=MOST, help="rows after which a run is given up, in concepts")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin no run after so many; run again to go on"
    )
    parser.add_argument("--workspaces", type=Path, default=Path(tempfile.gettempdir()) / "groundsmith-steering")
    parser.add_argument("--results", type=Path, help="a JSON Lines file of runs; those in it are not run again")
    parser.add_argument("--balance", action="store_true", help="only the balance of conditions")
    parser.add_argument("--markdown", type=Path, help="also write what is printed to this file")
    options = parser.parse_args()
    lines = balance_table() if options.balance else table(_results(options))
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _results(options: argparse.Namespace) -> list[Reached]:
    known: dict[tuple[Any, ...], Reached] = {}
    if options.results and options.results.is_file():
        for line in options.results.read_text(encoding="utf-8").splitlines():
            each = Reached(**json.loads(line))
            known[each.author, each.corpus, each.levels, each.seed, each.way] = each
    started = time.monotonic()
    wanted = [
        (options.author, corpus, levels, seed, way)
        for seed in options.seeds
        for corpus in options.corpora
        for levels in options.levels
        for way in options.ways
        if FITTING.get(way, levels) == levels
    ]
    for key in wanted:
        if key in known or time.monotonic() - started > 60 * options.minutes:
            continue
        author, corpus, levels, seed, way = key
        steered = known.get((author, corpus, levels, seed, "steered"))
        known[key] = measure(
            corpus,
            levels,
            way,
            seed,
            author=author,
            workspaces=options.workspaces,
            most=options.most,
            least=steered.rows if steered else None,
        )
        print(asdict(replace(known[key], curve=[])), file=sys.stderr)
        if options.results:
            with options.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(known[key])) + "\n")
    return [known[key] for key in wanted if key in known]


if __name__ == "__main__":
    main()
