"""What kept rows cover of the concepts, from the tables that the studio keeps: measures, curve, gaps, topics by documents.

A concept is covered when a kept row states it. Importance is the concepts' weight, as in the graph.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from knowledge.store import Database

POINTS: Final = 60
"""Points of the curve at most."""
GAPS: Final = 25
TOPICS: Final = 12
DOCUMENTS: Final = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """What the kept rows of a run (of all runs, when `run` is empty) cover; `curve` pairs rows with the importance covered, 0 to 1."""

    run: str
    rows: int
    concepts: int
    covered: int
    weighted: float
    curve: tuple[tuple[int, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GapLine:
    """A concept that no kept row states, and where it stands."""

    id: str
    label: str
    topic: str
    weight: float
    documents: int
    passages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Concepts of a topic in a document: all, and those covered."""

    concepts: int
    covered: int

    @property
    def tenth(self) -> int:
        """The share covered in tenths, 0 to 10, rounded down except that only all is 10."""
        return 10 * self.covered // self.concepts if self.concepts else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixLine:
    """A document and its cells, one for each topic."""

    document: str
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Topics as (number, label) by documents: the widest topics and the documents that hold most passages."""

    topics: tuple[tuple[int, str], ...] = ()
    lines: tuple[MatrixLine, ...] = ()


_KEPT: Final = "s.outcome = 'kept' AND (:run = '' OR s.run = :run)"
_COVERED: Final = f"SELECT c.concept FROM sample_concepts c JOIN samples s ON s.number = c.sample WHERE {_KEPT}"


class CoverageStore:
    """Reads coverage through the connection that the concepts are attached to."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection

    def runs(self) -> list[tuple[str, int]]:
        """Return the runs that kept rows, with how many, the latest first."""
        query = "SELECT run, count(*) AS n FROM samples WHERE outcome = 'kept' GROUP BY run ORDER BY max(number) DESC LIMIT 40"
        return [(row["run"], row["n"]) for row in self._connection.execute(query)]

    def reach(self, run: str = "") -> Reach:
        """Return the measures and the curve."""
        query = f"SELECT s.number FROM samples s WHERE {_KEPT} ORDER BY s.number"
        numbers = [row["number"] for row in self._connection.execute(query, {"run": run})]
        query = "SELECT count(*) AS n, coalesce(sum(weight), 0.0) AS weight FROM atlas.concepts"
        whole = self._connection.execute(query).fetchone()
        query = (
            f"SELECT f.first, k.weight FROM (SELECT c.concept, min(s.number) AS first FROM sample_concepts c JOIN samples s ON "
            f"s.number = c.sample WHERE {_KEPT} GROUP BY c.concept) f JOIN atlas.concepts k ON k.id = f.concept ORDER BY f.first"
        )
        gains = [(row["first"], row["weight"]) for row in self._connection.execute(query, {"run": run})]
        total = float(whole["weight"]) or 1.0
        return Reach(
            run=run,
            rows=len(numbers),
            concepts=whole["n"],
            covered=len(gains),
            weighted=sum(weight for _, weight in gains) / total,
            curve=_curve(numbers, gains, total),
        )

    def gaps(self, run: str = "", *, limit: int = GAPS) -> list[GapLine]:
        """Return the most important concepts that no kept row states."""
        query = (
            "SELECT k.id, k.label, coalesce(t.label, '') AS topic, k.weight, k.documents, k.frequency AS passages FROM atlas.concepts k "
            f"LEFT JOIN atlas.topics t ON t.number = k.topic WHERE k.id NOT IN ({_COVERED}) ORDER BY k.weight DESC, k.number LIMIT :limit"
        )
        return [GapLine(**dict(row)) for row in self._connection.execute(query, {"run": run, "limit": limit})]

    def covered(self, run: str = "") -> list[str]:
        """Return the ids of the concepts that kept rows state."""
        query = f"SELECT DISTINCT c.concept {_COVERED.removeprefix('SELECT c.concept')} ORDER BY 1"
        return [row["concept"] for row in self._connection.execute(query, {"run": run})]

    def concepts(self, *, topic: str = "", document: str = "") -> list[str]:
        """Return the ids of the concepts of a topic that a document speaks of; an empty value leaves out that limit."""
        where, bound = ["1"], {"topic": int(topic) if topic.isdecimal() else -1, "document": document}
        if topic:
            where.append("k.topic = :topic")
        if document:
            where.append(
                "k.number IN (SELECT c.concept FROM passages m JOIN atlas.passages p ON p.id = m.id "
                "JOIN atlas.places c ON c.place = p.place WHERE m.document_id = :document AND m.current = 1)"
            )
        query = f"SELECT k.id FROM atlas.concepts k WHERE {' AND '.join(where)} ORDER BY k.number"
        return [row["id"] for row in self._connection.execute(query, bound)]

    def largest(self, *, limit: int = 200) -> list[tuple[str, str]]:
        """Return the documents with most passages, as id and title."""
        query = (
            "SELECT d.id, coalesce(nullif(d.title, ''), d.source) AS title FROM documents d JOIN (SELECT document_id, count(*) AS n "
            "FROM passages WHERE current = 1 GROUP BY document_id ORDER BY n DESC, document_id LIMIT ?) p ON p.document_id = d.id "
            "ORDER BY title, d.id"
        )
        return [(row["id"], row["title"]) for row in self._connection.execute(query, (limit,))]

    def matrix(self, run: str = "") -> Matrix:
        """Return what is covered of the widest topics in the largest documents."""
        query = "SELECT number, label FROM atlas.topics ORDER BY number LIMIT ?"
        topics = tuple((row["number"], row["label"]) for row in self._connection.execute(query, (TOPICS,)))
        query = (
            "SELECT document_id, count(*) AS n FROM passages WHERE current = 1 "
            "GROUP BY document_id ORDER BY n DESC, document_id LIMIT ?"
        )
        documents = [row["document_id"] for row in self._connection.execute(query, (DOCUMENTS,))]
        lines = [self._line(document, topics, run) for document in documents]
        return Matrix(topics=topics, lines=tuple(line for line in lines if any(cell.concepts for cell in line.cells)))

    def _line(self, document: str, topics: tuple[tuple[int, str], ...], run: str) -> MatrixLine:
        """Return a document's cells; a concept is the document's own topic's, and covered by rows that rest on the document."""
        query = (
            "WITH here AS (SELECT DISTINCT c.concept AS number FROM passages m JOIN atlas.passages p ON p.id = m.id "
            "JOIN atlas.places c ON c.place = p.place WHERE m.document_id = :document AND m.current = 1), "
            "said AS (SELECT DISTINCT c.concept FROM sample_documents d JOIN samples s ON s.number = d.sample "
            f"JOIN sample_concepts c ON c.sample = s.number WHERE d.document = :document AND {_KEPT}) "
            "SELECT k.topic, count(*) AS n, count(said.concept) AS covered FROM here JOIN atlas.concepts k ON k.number = here.number "
            "LEFT JOIN said ON said.concept = k.id GROUP BY k.topic"
        )
        found: dict[Any, Cell] = {
            row["topic"]: Cell(concepts=row["n"], covered=row["covered"])
            for row in self._connection.execute(query, {"document": document, "run": run})
        }
        row = self._connection.execute("SELECT title, source FROM documents WHERE id = ?", (document,)).fetchone()
        cells = tuple(found.get(number, Cell(concepts=0, covered=0)) for number, _ in topics)
        return MatrixLine(document=document, title=row["title"] or row["source"], cells=cells)


def _curve(numbers: list[int], gains: list[tuple[int, float]], total: float) -> tuple[tuple[int, float], ...]:
    """Return (rows, share of importance) after each of at most POINTS stretches of rows."""
    step = max(1, -(-len(numbers) // POINTS))
    points, reached, at = [(0, 0.0)], 0.0, 0
    for end in [*range(step, len(numbers), step), len(numbers)] if numbers else []:
        while at < len(gains) and bisect_left(numbers, gains[at][0]) < end:
            reached += gains[at][1]
            at += 1
        points.append((end, reached / total))
    return tuple(points)
