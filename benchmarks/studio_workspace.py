"""A workspace of any size, made by script: documents, passages, a concept graph and rows, without models or vectors.

    python benchmarks/studio_workspace.py FOLDER --documents 24000 --passages 250000 --rows 50000

Texts are sentences of a made-up vocabulary drawn by Zipf's law, so that some concepts stand in thousands of passages and most in
few, as in real libraries. Started again, it goes on where it was. Rows cite real passages of the workspace. The copy of the
graph for the studio is made at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.workspace import Workspace
    from knowledge.document import Passage

VOCABULARY, WORDS, MENTIONS = 40_000, 45, 5
VERDICTS = ("supported", "supported", "supported", "refuted", "conflicting", "not enough evidence")
AUDIENCES = ("tenant", "officer", "citizen", "auditor")
KINDS = ("question-answer", "summary", "multi-turn", "unanswerable")
RUNS, TOPICS = 6, 300
BATCH = 500


class Speech:
    """Draws concepts and sentences, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = [f"{_word(number)} {_word(number * 7 + 3)}" for number in range(VOCABULARY)]
        self.weights = list(accumulate(1 / (rank + 20) for rank in range(VOCABULARY)))

    def concepts(self, number: int) -> list[int]:
        """Return different concepts, the frequent more often."""
        return list(dict.fromkeys(self.random.choices(range(VOCABULARY), cum_weights=self.weights, k=number)))

    def sentence(self, named: Sequence[int]) -> str:
        """Return a text that names concepts."""
        filler = [_word(self.random.randrange(5000)) for _ in range(WORDS - 3 * len(named))]
        for each in named:
            filler.insert(self.random.randrange(len(filler) + 1), self.names[each])
        return " ".join(filler).capitalize() + "."


def _word(number: int) -> str:
    letters = "bcdfghklmnprstvz", "aeiou"
    word, left = "", number % 200_000 + 17
    for place in range(6):
        left, index = divmod(left, len(letters[place % 2]))
        word += letters[place % 2][index]
    return word


def build(folder: Path, *, documents: int, passages: int, rows: int, seed: int, stand_in: bool) -> None:
    """Make the workspace; a part that is there already is left as it is."""
    from groundsmith.workspace import Workspace

    with Workspace.create(folder, environment={}) as workspace:
        speech = Speech(seed)
        _timed("documents and graph", lambda: _add_documents(workspace, speech, documents, passages))
        _timed("rows", lambda: _add_rows(workspace, speech, rows))
        from groundsmith.studio.concept_store import renew
        from groundsmith.studio.desk import Tables

        _timed("tables of the studio", lambda: Tables(workspace))
        if stand_in:
            _timed("stand-in for the copy of the graph", lambda: _stand_in(workspace, speech))
        else:
            _timed("copy of the graph", lambda: renew(workspace))


def _timed(name: str, work: object) -> None:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)


def _stand_in(workspace: Workspace, speech: Speech) -> None:
    """Write the copy of the graph without reading the graph: counts and places as they are, neighbours and topics drawn by chance."""
    from graph.canonical import concept_id
    from groundsmith.studio.concept_store import FILE, MIGRATIONS, graph_stamp
    from knowledge.store import Database

    connection = workspace.database.connection
    found = connection.execute(
        "SELECT key, count(*) AS n, count(DISTINCT document) AS d FROM graph_occurrences GROUP BY key ORDER BY key"
    ).fetchall()
    numbers = {row["key"]: number for number, row in enumerate(found)}
    first = {row["number"]: row["beyond"] for row in connection.execute(
        "SELECT document AS number, sum(count(*)) OVER (ORDER BY document) - count(*) AS beyond FROM graph_passages GROUP BY document"
    )}  # fmt: skip
    with Database(workspace.state / FILE) as copy, copy.transaction() as target:
        copy.migrate("atlas", MIGRATIONS)
        for table in ("topics", "concepts", "passages", "places", "names"):
            target.execute(f"DELETE FROM {table}")
        target.executemany(
            "INSERT INTO topics VALUES (?, ?, ?, ?)",
            ((each, speech.names[each], len(found) // TOPICS, float(TOPICS - each)) for each in range(TOPICS)),
        )
        target.executemany(
            f"INSERT INTO concepts VALUES ({', '.join('?' * 12)})",
            (
                (
                    *(number, concept_id(row["key"]), row["key"], row["key"], "concept", row["n"], row["d"]),
                    *(row["n"] ** 0.5, "", "[]", number % TOPICS, _near(speech, len(found))),
                )
                for number, row in enumerate(found)
            ),
        )
        target.executemany("INSERT INTO names (rowid, name) VALUES (?, ?)", ((numbers[key], key) for key in numbers))
        passages = connection.execute("SELECT document, ordinal, passage_id FROM graph_passages")
        target.executemany(
            "INSERT INTO passages VALUES (?, ?)",
            ((first[row["document"]] + row["ordinal"], row["passage_id"]) for row in passages),
        )
        places = connection.execute("SELECT document, ordinal, key FROM graph_occurrences")
        target.executemany(
            "INSERT OR IGNORE INTO places VALUES (?, ?)",
            ((numbers[row["key"]], first[row["document"]] + row["ordinal"]) for row in places),
        )
        marks = [("stamp", graph_stamp(workspace.graph_store)), ("map", _drawn(target))]
        target.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", marks)


def _drawn(target: sqlite3.Connection) -> str:
    """Return a map of the 5,000 most important concepts, places and links drawn by chance."""
    from groundsmith.mapping import LINKS, MOST, Link, MapData, Spot, payload

    chance = random.Random(5)
    found = target.execute(
        "SELECT id, label, frequency, documents FROM concepts ORDER BY weight DESC LIMIT ?", (MOST,)
    ).fetchall()
    spots = tuple(
        Spot(
            id=row["id"], label=row["label"], kind="concept", x=chance.gauss(0, 40), y=chance.gauss(0, 40), size=0.3,
            group=chance.randrange(TOPICS), aliases=(), definition="", documents=row["documents"], mentions=row["frequency"],
            passages=(),
        )
        for row in found
    )  # fmt: skip
    ends = (
        [(chance.randrange(len(spots)), chance.randrange(len(spots))) for _ in range(LINKS * len(spots) // 2)]
        if spots
        else []
    )
    links = tuple(Link(one=one, other=other, npmi=0.3, count=2) for one, other in ends)
    groups = tuple(f"topic {number}" for number in range(TOPICS))
    return payload(MapData(title="", spots=spots, links=links, groups=groups, passages=(), whole=len(spots)))


def _near(speech: Speech, concepts: int) -> str:
    return json.dumps([(speech.random.randrange(concepts), 3, 0.25) for _ in range(25)])


def _add_documents(workspace: Workspace, speech: Speech, documents: int, passages: int) -> None:
    share, extra = divmod(passages, documents)
    done = len(workspace.graph_store.digests())
    for start in range(done - done % BATCH, documents, BATCH):
        with workspace.database.transaction():
            for number in range(start, min(documents, start + BATCH)):
                for version in (1, 2) if number % 10 == 0 else (1,):
                    speech.random.seed(f"{number}.{version}")
                    _add_document(workspace, speech, number, share + (number < extra), version=version)


def _add_document(workspace: Workspace, speech: Speech, number: int, count: int, *, version: int = 1) -> None:
    from dataclasses import replace

    from graph.extraction import Extraction, Occurrence, Topic
    from knowledge.document import Document, Passage, passage_id
    from knowledge.entry import Entry

    source = f"code/{number % 97:02}/{_word(number)}-{number:05}.html"
    title = f"§ {number // 100}-{number % 100} {speech.names[number % VOCABULARY].title()}"
    named = [speech.concepts(MENTIONS) for _ in range(count)]
    texts = [speech.sentence(each) for each in named]
    document = Document(source=source, title=title, text="\n\n".join(texts), media_type="text/html")
    made: list[Passage] = []
    start = 0
    for ordinal, text in enumerate(texts):
        headings = (title, f"{_word(ordinal).title()} {ordinal // 4}")
        identifier = passage_id(document_id=document.id, headings=headings, text=text, occurrence=0)
        made.append(
            Passage(
                id=identifier, document_id=document.id, version=version, ordinal=ordinal, start=start, end=start + len(text),
                text=text, title=title, source=source, headings=headings, tokens=60,
            )
        )  # fmt: skip
        start += len(text) + 2
    warnings = ("injection: text that instructs a model, kept as data",) if number % 500 == 0 else ()
    moment = f"2026-{1 + number % 11:02}-{1 + number % 28:02}T10:00:00Z"
    entry = Entry(
        id=document.id, source=source, origin=source, location=source, title=title, media_type="text/html", language="en",
        version=version, text_digest=f"{number:x}.{version}", warnings=warnings, passages=count, words=WORDS * count,
        added=moment, updated=moment,
    )  # fmt: skip
    records = workspace.library.records
    records.put_entry(entry)
    records.put_version(entry, document)
    records.put_passages(entry.id, version, made)
    found = [
        Occurrence(
            key=speech.names[each], surface=speech.names[each], passage_id=passage.id, start=0, end=5, salience=1.0
        )
        for passage, concepts in zip(made, named, strict=True)
        for each in concepts
    ]
    topic = speech.names[speech.concepts(1)[0]]
    extraction = Extraction(
        document_id=document.id, occurrences=tuple(found), definitions=(), abbreviations=(),
        topics=(Topic(key=topic, label=topic, passages=tuple(each.id for each in made)),), headings=(),
    )  # fmt: skip
    workspace.graph_store.replace(replace(extraction), made, digest=f"{number}.{version}")


def _add_rows(workspace: Workspace, speech: Speech, rows: int) -> None:
    per_run = -(-rows // RUNS)
    known = {run.id for run in workspace.runs.all() if run.status == "complete"}
    passages = _passages(workspace, rows)
    for number in range(RUNS):
        run, some = f"r_{number:016x}", list(islice(passages, per_run))
        if run not in known:
            with workspace.database.transaction():
                _add_run(workspace, speech, run, some, first=number * per_run)


def _add_run(workspace: Workspace, speech: Speech, run: str, passages: Sequence[Passage], *, first: int) -> None:
    from graph.canonical import concept_id
    from groundsmith.runs import Unit

    record = {"model": "made-up-model", "settings": workspace.settings.resolved()}
    workspace.runs.begin(run, kind="generate", asked=len(passages) // 2, record=record)
    for ordinal, passage in enumerate(passages):
        number = first + ordinal
        speech.random.seed(number)
        row = _row(speech, passage, number, run, concept_id)
        outcome = ("kept", "kept", "kept", "rejected", "failed")[number % 5]
        reason = {"kept": "", "rejected": row.verdict, "failed": "not-json"}[outcome]
        unit = Unit(ordinal=ordinal, key=f"{number:x}", level=1 + number % 3, outcome=outcome, reason=reason, row=row)
        workspace.runs.add(run, unit)
    workspace.runs.finish(run, "complete")


def _passages(workspace: Workspace, rows: int) -> Iterator[Passage]:
    """Yield passages, the first of each document, then the second, until there are enough."""
    ids = [
        row[0]
        for row in workspace.database.connection.execute(
            "SELECT id FROM passages ORDER BY ordinal, id LIMIT ?", (rows,)
        )
    ]
    for start in range(0, len(ids), 500):
        yield from workspace.library.passages_by_id(ids[start : start + 500]).values()


def _row(speech: Speech, passage: Passage, number: int, run: str, name: object) -> DatasetRow:
    from groundsmith.row import DatasetRow, RowClaim, RowConcept, RowEvidence, RowSpan, row_id

    said = passage.text[:120]
    question = f"What is said of {speech.names[number % 900]} and {_word(number)} in case {number}?"
    verdict = VERDICTS[number % len(VERDICTS)]
    claim = RowClaim(
        text=said, start=0, end=len(said), verdict=verdict, entailment=0.9, contradiction=0.02, evidence=(passage.id,),
        spans=(RowSpan(id=passage.id, start=0, end=len(said)),),
    )  # fmt: skip
    evidence = RowEvidence(
        id=passage.id, document=passage.document_id, version=passage.version, title=passage.title, source=passage.source,
        start=passage.start, end=passage.end, text=passage.text, headings=passage.headings,
    )  # fmt: skip
    concepts = tuple(RowConcept(id=name(speech.names[each]), label=speech.names[each]) for each in speech.concepts(2))  # type: ignore[operator]
    return DatasetRow(
        id=row_id(question=question, answer=said, evidence=[passage.id]), question=question, answer=said, kind=KINDS[number % 4],
        concepts=concepts, conditions={"audience": AUDIENCES[number % 4], "difficulty": str(number % 3)}, evidence=(evidence,),
        claims=(claim,), verdict=verdict, confidence=round((number * 37 % 1000) / 1000, 3), model="made-up-model",
        prompt=f"pr_{number // 2:016x}", run=run, created="2026-11-21T02:00:00Z",
    )  # fmt: skip


def main() -> None:
    """Make the workspace that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=24_000)
    parser.add_argument("--passages", type=int, default=250_000)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stand-in", action="store_true", help="do not read the graph for the studio's copy of it")
    wanted = parser.parse_args()
    build(
        wanted.folder,
        documents=wanted.documents,
        passages=wanted.passages,
        rows=wanted.rows,
        seed=wanted.seed,
        stand_in=wanted.stand_in,
    )


if __name__ == "__main__":
    main()
