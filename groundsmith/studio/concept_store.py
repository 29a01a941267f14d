"""The concept graph as tables to page through: a copy beside the workspace's database, made anew when the graph changes.

The graph of a large library takes a minute to read and is then a gigabyte; a page needs a few of its rows. The copy is derived:
`concepts.db` may be deleted at any time. It is made in a process of its own (`python -m groundsmith.studio.concept_store ROOT`)
and appears at once when it is whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from graph.network import ConceptGraph
    from graph.store import GraphStore
    from groundsmith.workspace import Workspace
    from knowledge.store import Database

FILE: Final = "concepts.db"
FORM: Final = 2
"""Raised when what the copy holds changes, so that older copies are made anew."""
NEAREST: Final = 25
PAGE: Final = 50
MIGRATIONS: Final = (
    """
    CREATE TABLE stale (sample INTEGER PRIMARY KEY);
    CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE topics (number INTEGER PRIMARY KEY, label TEXT NOT NULL, concepts INTEGER NOT NULL, weight REAL NOT NULL);
    CREATE TABLE concepts (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL,
      frequency INTEGER NOT NULL, documents INTEGER NOT NULL, weight REAL NOT NULL, definition TEXT NOT NULL,
      aliases TEXT NOT NULL, topic INTEGER, near TEXT NOT NULL
    );
    CREATE INDEX concepts_by_weight ON concepts (weight DESC, number);
    CREATE INDEX concepts_by_kind ON concepts (kind, weight DESC, number);
    CREATE INDEX concepts_by_topic ON concepts (topic, weight DESC, number);
    CREATE TABLE merges (concept TEXT NOT NULL, form TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL, document TEXT);
    CREATE INDEX merges_by_concept ON merges (concept);
    CREATE TABLE definitions (
      concept TEXT NOT NULL, text TEXT NOT NULL, passage TEXT NOT NULL, scope TEXT NOT NULL
    );
    CREATE INDEX definitions_by_concept ON definitions (concept);
    CREATE TABLE passages (place INTEGER PRIMARY KEY, id TEXT NOT NULL);
    CREATE TABLE places (concept INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (concept, place)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE names USING fts5 (name, tokenize = "unicode61 remove_diacritics 2", prefix = "2 3")
    """,
    "CREATE INDEX places_by_place ON places (place)",
    "CREATE INDEX passages_by_id ON passages (id)",
)
_TABLES: Final = ("topics", "concepts", "merges", "definitions", "passages", "places", "names")
_WORD: Final = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, kw_only=True, slots=True)
class NearConcept:
    """A neighbour: how often it stands in the same passage, and how far beyond chance (NPMI, -1 to 1)."""

    id: str
    label: str
    count: int
    npmi: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedConcept:
    """A concept in a list: `frequency` counts passages, `weight` is its importance."""

    number: int
    id: str
    label: str
    kind: str
    frequency: int
    documents: int
    weight: float
    definition: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownConcept:
    """All that is known of one concept; its passages are asked for page by page."""

    concept: ListedConcept
    aliases: tuple[str, ...]
    topic: str
    topic_number: int | None
    near: tuple[NearConcept, ...]
    merges: tuple[tuple[str, str, str, str], ...]
    definitions: tuple[tuple[str, str, str], ...]


_LISTED: Final = "k.number, k.id, k.label, k.kind, k.frequency, k.documents, k.weight, k.definition"


class ConceptStore:
    """Reads the copy through a connection of the workspace, to which it is attached as `atlas`."""

    def __init__(self, database: Database, state: Path) -> None:
        from knowledge.store import Database as File

        self._connection = database.connection
        attached = {row["name"] for row in self._connection.execute("PRAGMA database_list")}
        if "atlas" not in attached:
            with File(state / FILE) as copy:
                copy.migrate("atlas", MIGRATIONS)
            self._connection.execute("ATTACH DATABASE ? AS atlas", (str(state / FILE),))

    def mark(self, name: str) -> str:
        """Return a note on the copy, such as the stamp of the graph it was made from; empty when there is none."""
        row = self._connection.execute("SELECT value FROM atlas.marks WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row["value"])

    def page(
        self, *, words: str = "", kind: str = "", topic: str = "", after: str = "", limit: int = PAGE
    ) -> list[ListedConcept]:
        """Return concepts by importance from where `after` (the `mark` of the last one seen) ends."""
        where, bound = _where(words, kind, topic)
        weight, _, number = after.partition("~")
        if number.isdecimal():
            where += " AND (k.weight < ? OR (k.weight = ? AND k.number > ?))"
            bound += [float(weight), float(weight), int(number)]
        query = f"SELECT {_LISTED} FROM atlas.concepts k WHERE {where} ORDER BY k.weight DESC, k.number LIMIT ?"
        return [ListedConcept(**dict(row)) for row in self._connection.execute(query, (*bound, limit))]

    def count(self, *, words: str = "", kind: str = "", topic: str = "") -> int:
        """Return how many concepts there are."""
        where, bound = _where(words, kind, topic)
        return int(
            self._connection.execute(f"SELECT count(*) FROM atlas.concepts k WHERE {where}", bound).fetchone()[0]
        )

    def topics(self, *, limit: int = 40) -> list[tuple[int, str, int]]:
        """Return the widest communities: number, label, concepts; the most important first."""
        query = "SELECT number, label, concepts FROM atlas.topics ORDER BY number LIMIT ?"
        return [(row["number"], row["label"], row["concepts"]) for row in self._connection.execute(query, (limit,))]

    def topic(self, number: str) -> str:
        """Return the label of a topic, empty when there is none."""
        row = self._connection.execute("SELECT label FROM atlas.topics WHERE number = ?", (number,)).fetchone()
        return "" if row is None else str(row["label"])

    def labels(self, ids: list[str]) -> dict[str, str]:
        """Return the labels of the concepts that exist among `ids`."""
        query = "SELECT k.id, k.label FROM json_each(?) j JOIN atlas.concepts k ON k.id = j.value"
        return {row["id"]: row["label"] for row in self._connection.execute(query, (json.dumps(ids),))}

    def find(self, concept_id: str) -> KnownConcept | None:
        """Return one concept, None when there is none with this id."""
        query = (
            f"SELECT {_LISTED}, k.aliases, k.topic, k.near, t.label AS topic_label FROM atlas.concepts k "
            "LEFT JOIN atlas.topics t ON t.number = k.topic WHERE k.id = ?"
        )
        row = self._connection.execute(query, (concept_id,)).fetchone()
        if row is None:
            return None
        names = ("number", "id", "label", "kind", "frequency", "documents", "weight", "definition")
        return KnownConcept(
            concept=ListedConcept(**{name: row[name] for name in names}),
            aliases=tuple(json.loads(row["aliases"])),
            topic=row["topic_label"] or "",
            topic_number=row["topic"],
            near=tuple(self._near(json.loads(row["near"]))),
            merges=tuple(
                self._tuples("SELECT form, rule, reason, coalesce(document, '') FROM atlas.merges", concept_id)
            ),
            definitions=tuple(self._tuples("SELECT text, passage, scope FROM atlas.definitions", concept_id)),
        )

    def _near(self, near: list[list[Any]]) -> Iterator[NearConcept]:
        query = "SELECT k.number, k.id, k.label FROM json_each(?) j JOIN atlas.concepts k ON k.number = j.value"
        numbers = json.dumps([number for number, _, _ in near])
        known = {row["number"]: row for row in self._connection.execute(query, (numbers,))}
        for number, count, npmi in near:
            if number in known:
                yield NearConcept(id=known[number]["id"], label=known[number]["label"], count=count, npmi=npmi)

    def _tuples(self, query: str, concept_id: str) -> Iterator[tuple[Any, ...]]:
        for row in self._connection.execute(f"{query} WHERE concept = ? ORDER BY rowid LIMIT 100", (concept_id,)):
            yield tuple(row)

    def passages(self, number: int, *, after: str = "", limit: int = 20) -> list[tuple[int, str]]:
        """Return place and id of the passages that mention a concept, beyond the place `after`."""
        query = (
            "SELECT p.place, p.id FROM atlas.places c JOIN atlas.passages p ON p.place = c.place "
            "WHERE c.concept = ? AND c.place > ? ORDER BY c.place LIMIT ?"
        )
        beyond = int(after) if after.isdecimal() else -1
        return [(row["place"], row["id"]) for row in self._connection.execute(query, (number, beyond, limit))]


def mark(concept: ListedConcept) -> str:
    """Return where the next page begins after a concept."""
    return f"{concept.weight!r}~{concept.number}"


def _where(words: str, kind: str, topic: str) -> tuple[str, list[Any]]:
    parts: list[str] = ["1"]
    bound: list[Any] = []
    found = _WORD.findall(words)[:10]
    if words:
        asked = " ".join(f'"{word}"*' for word in found)
        parts.append("k.number IN (SELECT rowid FROM atlas.names WHERE names MATCH ?)" if found else "0")
        bound += [asked] if found else []
    if kind:
        parts.append("k.kind = ?")
        bound.append(kind)
    if topic:
        parts.append("k.topic = ?")
        bound.append(int(topic) if topic.isdecimal() else -1)
    return " AND ".join(parts), bound


def graph_stamp(store: GraphStore) -> str:
    """Return a digest that changes whenever the stored graph does: its documents and the merges that were undone."""
    from knowledge.identity import digest

    apart = sorted(store.apart())
    return digest([FORM, [list(pair) for pair in sorted(store.digests().items())], [list(pair) for pair in apart]])


def renew(workspace: Workspace) -> bool:
    """Make the copy anew when the graph has changed since; return whether it was made. One transaction."""
    from groundsmith.mapping import concept_map, payload
    from knowledge.store import Database as File

    stamp = graph_stamp(workspace.graph_store)
    with File(workspace.state / FILE) as copy:
        copy.migrate("atlas", MIGRATIONS)
        row = copy.connection.execute("SELECT value FROM marks WHERE name = 'stamp'").fetchone()
        if row is not None and row["value"] == stamp:
            return False
        graph = workspace.graph()
        drawn = payload(concept_map(graph, workspace.library, title=""))
        write(copy, graph, stamp=stamp, drawn=drawn)
    return True


def write(copy: Database, graph: ConceptGraph, *, stamp: str, drawn: str = "") -> None:
    """Put a graph in the place of what the copy holds; `drawn` is its map as JSON."""
    from graph.merges import taken

    topic_of, topics = _topics(graph)
    with copy.transaction() as connection:
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table}")
        connection.executemany("INSERT INTO topics VALUES (?, ?, ?, ?)", topics)
        connection.executemany(f"INSERT INTO concepts VALUES ({', '.join('?' * 12)})", _concept_rows(graph, topic_of))
        connection.executemany(
            "INSERT INTO names (rowid, name) VALUES (?, ?)",
            ((n, "\n".join((each.label, *each.aliases))) for n, each in enumerate(graph.concepts.values())),
        )
        connection.executemany(
            "INSERT INTO merges VALUES (?, ?, ?, ?, ?)",
            ((one.concept_id, one.form, one.rule, one.reason, one.document_id) for one in taken(graph)),
        )
        connection.executemany(
            "INSERT INTO definitions VALUES (?, ?, ?, ?)",
            (
                (concept, one.text, one.passage_id, one.scope)
                for concept in graph.concepts
                for one in graph.definitions(concept)
            ),
        )
        connection.executemany("INSERT INTO passages VALUES (?, ?)", enumerate(graph.passages))
        connection.executemany("INSERT OR IGNORE INTO places VALUES (?, ?)", _places(graph))
        connection.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", [("stamp", stamp), ("map", drawn)])


def _topics(graph: ConceptGraph) -> tuple[dict[str, int], list[tuple[int, str, int, float]]]:
    """Return the number of each concept's widest community, and the communities, the most important first."""
    tree = graph.tree
    roots = sorted((tree.communities[each] for each in tree.roots), key=lambda one: (-one.weight, one.id))
    numbers = {concept: number for number, one in enumerate(roots) for concept in one.concepts}
    return numbers, [(number, one.label, len(one.concepts), one.weight) for number, one in enumerate(roots)]


def _concept_rows(graph: ConceptGraph, topic_of: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    for number, each in enumerate(graph.concepts.values()):
        aliases, near = json.dumps(each.aliases, ensure_ascii=False), json.dumps(_nearest(graph, number))
        text = (each.id, each.key, each.label, each.kind)
        weights = (each.frequency, each.documents, round(each.weight, 9), each.definition or "")
        yield (number, *text, *weights, aliases, topic_of.get(each.id), near)


def _nearest(graph: ConceptGraph, number: int) -> list[tuple[int, int, float]]:
    """Return the closest neighbours of a node as node, passages shared and NPMI."""
    import numpy as np

    from graph.concept import Layer

    rows = graph.adjacency(Layer.CONCEPT_CONCEPT)
    span = rows.row(number)
    best = np.lexsort((rows.indices[span], -rows.counts[span], -rows.npmi[span]))[:NEAREST]
    found = zip(
        rows.indices[span][best].tolist(), rows.counts[span][best].tolist(), rows.npmi[span][best].tolist(), strict=True
    )
    return [(node, count, round(share, 4)) for node, count, share in found]


def _places(graph: ConceptGraph) -> Iterator[tuple[int, int]]:
    places = graph.places
    return zip(places.node[places.by_node].tolist(), places.passage[places.by_node].tolist(), strict=True)


def main(arguments: list[str]) -> int:
    """Renew the copy of the workspace at the folder named."""
    from pathlib import Path

    from groundsmith.workspace import Workspace

    with Workspace.open(Path(arguments[0])) as workspace:
        renew(workspace)
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
