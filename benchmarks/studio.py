"""How fast the studio's pages are over a large workspace, in process and over loopback.

    python benchmarks/studio_workspace.py FOLDER
    python benchmarks/studio.py FOLDER --requests 60 --markdown docs/benchmarks/studio.md

Each page is asked for at different addresses (documents, concepts, rows and filters drawn by a fixed seed), so that figures kept from the
last request help only where a reader would be helped too. In process is processor time, which a busy machine hardly changes, of the
application and its client together; over loopback a server in a process of its own answers a client that keeps its connection, by the
clock. The first request of all is told apart: it opens the tables.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from groundsmith.studio.desk import Tables
    from groundsmith.workspace import Workspace

LIMIT = 300.0
WORDS = ("case", "said", "what is said", "bo", "zz", "case 4711", "deteka", "what case")


def _overviews(
    documents: list[str], topics: list[str], runs: list[str], draw: random.Random
) -> dict[str, Callable[[], str]]:
    from groundsmith.studio import address

    return {
        "map": lambda: address.concept_map(topic=draw.choice(topics)),
        "map, what is drawn": lambda: "/map/data.json",
        "map, what is covered": lambda: address.link(
            "/map/state.json", topic=draw.choice(topics), run=draw.choice(["", *runs])
        ),
        "map, a document's concepts": lambda: address.link(
            "/map/state.json", document=draw.choice(documents), state="missing"
        ),
        "review": address.review,
        "coverage": lambda: address.coverage(run=draw.choice(["", *runs])),
        "coverage, two runs": lambda: address.coverage(run=draw.choice(runs), versus=draw.choice(runs)),
    }


def addresses(tables: Tables, seed: int) -> dict[str, Callable[[], str]]:
    """Return for each kind of page a function that draws an address."""
    from groundsmith.studio import address
    from groundsmith.studio.sample_filter import BANDS, SampleFilter

    draw = random.Random(seed)
    connection = tables.workspace.database.connection
    documents = _column(connection, "SELECT id FROM documents ORDER BY id")
    changed = _column(connection, "SELECT id FROM documents WHERE version > 1 ORDER BY id")
    concepts = _column(connection, "SELECT id FROM atlas.concepts ORDER BY weight DESC, number")
    topics = _column(connection, "SELECT number FROM atlas.topics ORDER BY number LIMIT 40")
    rows = _column(connection, "SELECT id FROM samples ORDER BY number")
    runs = _column(connection, "SELECT id FROM runs ORDER BY id")
    sources = _column(connection, "SELECT source FROM documents ORDER BY source")
    weights = {each.number: f"{each.weight!r}~{each.number}" for each in tables.concepts.page(limit=2000)}
    kinds = list({cell.kind for cell in tables.samples.cube(SampleFilter())})
    common = [value for value, _, _ in tables.samples.common("concept", SampleFilter())]

    def one(values: list[str]) -> str:
        return draw.choice(values)

    return {
        "overview": address.overview,
        "documents, first page": address.documents,
        "documents, a later page": lambda: address.documents(after=one(sources)),
        "documents, by words": lambda: address.documents(q=one(sources)[8:12]),
        "documents, a filter": lambda: address.documents(state=one(["flagged", "noted", "changed", "duplicate"])),
        "documents, newest": lambda: address.documents(sort="newest"),
        "document": lambda: address.document(one(documents)),
        "changes between versions": lambda: address.changes(one(changed)),
        "concepts, first page": address.concepts,
        "concepts, a later page": lambda: address.concepts(after=one(list(weights.values()))),
        "concepts, by words": lambda: address.concepts(q=one(rows)[2:4]),
        "concepts, a topic": lambda: address.concepts(topic=one(topics)),
        "concept, any": lambda: address.concept(one(concepts)),
        "concept, one of the 200 most important": lambda: address.concept(one(concepts[:200])),
        **_overviews(documents, topics, runs, draw),
        "dataset, first page": address.samples,
        "dataset, a later page": lambda: address.samples(after=draw.randrange(len(rows))),
        "dataset, by verdict and outcome": lambda: address.samples(
            verdict=one(["supported", "refuted", "conflicting"]), outcome=one(["kept", "rejected", "all"])
        ),
        "dataset, a concept": lambda: address.samples(concept=one(common)),
        "dataset, a topic": lambda: address.samples(topic=one(topics)),
        "dataset, a document": lambda: address.samples(document=one(documents)),
        "dataset, a condition": lambda: address.samples(condition=f"difficulty={draw.randrange(3)}", kind=one(kinds)),
        "dataset, a run": lambda: address.samples(run=one(runs)),
        "dataset, confidence": lambda: address.samples(confidence=one(list(BANDS)), sort="confidence"),
        "dataset, uncertain or stale": lambda: address.samples(state=one(["uncertain", "stale"])),
        "dataset, by words": lambda: address.samples(q=one(list(WORDS)), outcome=one(["kept", "all"])),
        "row": lambda: address.sample(one(rows)),
        "check": address.check,
        "runs": address.runs,
        "run": lambda: address.run(one(runs)),
    }


def _column(connection: object, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query)]  # type: ignore[attr-defined]


def timed(
    get: Callable[[str], int],
    pages: dict[str, Callable[[], str]],
    requests: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return the milliseconds of each request by page; raises RuntimeError for an answer that is not 200."""
    found: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(requests):
        for name, build in pages.items():
            where = build()
            start = clock()
            status = get(where)
            found[name].append((clock() - start) * 1000)
            if status != 200:
                raise RuntimeError(f"{where}: {status}")
    return found


def in_process(
    workspace: Workspace, pages: dict[str, Callable[[], str]], requests: int
) -> tuple[dict[str, list[float]], float]:
    """Return the processor time of application and client, and the milliseconds of the very first request."""
    from starlette.testclient import TestClient

    from groundsmith.studio.app import create_app

    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        start = time.perf_counter()
        client.get("/")
        first = (time.perf_counter() - start) * 1000
        return timed(lambda where: client.get(where).status_code, pages, requests, time.process_time), first


def over_loopback(folder: Path, pages: dict[str, Callable[[], str]], requests: int) -> dict[str, list[float]]:
    """Return the times of a client that talks to `groundsmith studio`."""
    import httpx2

    command = [sys.executable, "-m", "groundsmith.cli", "studio", "-w", str(folder), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            with httpx2.Client(base_url=address, timeout=60) as client:
                client.get("/")
                return timed(lambda where: client.get(where).status_code, pages, requests)
        finally:
            server.terminate()


def table(inside: dict[str, list[float]], outside: dict[str, list[float]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| page | in process, median | 95 % below | loopback, median | 95 % below | slowest over loopback |"
    yield "|---|---|---|---|---|---|"
    for name in inside:
        one, other = inside[name], outside[name]
        cells = (_at(one, 0.5), _at(one, 0.95), _at(other, 0.5), _at(other, 0.95), max(other))
        yield f"| {name} | {' | '.join(f'{cell:.0f} ms' for cell in cells)} |"
    worst = [max(_at(each, 0.95) for each in times.values()) for times in (inside, outside)]
    yield ""
    yield f"The slowest page's 95th percentile: {worst[0]:.0f} ms in process, {worst[1]:.0f} ms over loopback; the bound is {LIMIT:.0f} ms."


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--markdown", type=Path)
    wanted = parser.parse_args()
    from groundsmith.studio.desk import Tables
    from groundsmith.studio.sample_filter import SampleFilter
    from groundsmith.workspace import Workspace

    with Workspace.open(wanted.folder, environment={}) as workspace:
        tables = Tables(workspace)
        inside, first = in_process(workspace, addresses(tables, wanted.seed), wanted.requests)
        outside = over_loopback(wanted.folder, addresses(tables, wanted.seed + 1), wanted.requests)
        held = tables.documents.holdings()
        lines = [
            f"{held.documents:,} documents, {held.passages:,} passages, {tables.samples.count(SampleFilter()):,} rows, "
            f"{tables.concepts.count():,} concepts; {wanted.requests} requests a page and way. Very first request: {first:.0f} ms.",
            "",
            *table(inside, outside),
        ]
    print("\n".join(lines))
    if wanted.markdown:
        wanted.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
