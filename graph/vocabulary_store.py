"""Imported vocabularies and accepted matches, in the workspace database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from graph.scheme import Match, Relation
from graph.vocabulary import Vocabulary, VocabularyConcept
from knowledge.store import Database

_CREATE: Final = """
CREATE TABLE vocabularies (name TEXT PRIMARY KEY, title TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE vocabulary_concepts (
  vocabulary TEXT NOT NULL REFERENCES vocabularies (name) ON DELETE CASCADE,
  iri TEXT NOT NULL, concept TEXT NOT NULL, PRIMARY KEY (vocabulary, iri)
) WITHOUT ROWID;
CREATE TABLE vocabulary_matches (
  concept TEXT NOT NULL, iri TEXT NOT NULL, relation TEXT NOT NULL, PRIMARY KEY (concept, iri)
) WITHOUT ROWID
"""

MIGRATIONS: Final = (_CREATE,)
_TUPLES: Final = ("aliases", "broader", "related", "matches")


class VocabularyStore:
    """Reads and writes vocabularies; every write is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("vocabulary", MIGRATIONS)

    def put(self, vocabulary: Vocabulary) -> None:
        """Store a vocabulary in place of the one of that name."""
        rows = [(vocabulary.name, each.iri, json.dumps(asdict(each))) for each in vocabulary.concepts]
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM vocabularies WHERE name = ?", (vocabulary.name,))
            connection.execute("INSERT INTO vocabularies VALUES (?, ?)", (vocabulary.name, vocabulary.title))
            connection.executemany("INSERT INTO vocabulary_concepts VALUES (?, ?, ?)", rows)

    def names(self) -> tuple[str, ...]:
        """Return the names of the vocabularies, in order."""
        rows = self._database.connection.execute("SELECT name FROM vocabularies ORDER BY name")
        return tuple(row["name"] for row in rows)

    def get(self, name: str) -> Vocabulary | None:
        """Return a vocabulary, or None when there is none of that name."""
        query = self._database.connection.execute
        row = query("SELECT title FROM vocabularies WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        rows = query("SELECT concept FROM vocabulary_concepts WHERE vocabulary = ? ORDER BY iri", (name,))
        concepts = tuple(_concept(each["concept"]) for each in rows)
        return Vocabulary(name=name, title=row["title"], concepts=concepts)

    def remove(self, name: str) -> None:
        """Forget a vocabulary; matches with it stay."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM vocabularies WHERE name = ?", (name,))

    def match(self, accepted: Iterable[Match], rejected: Iterable[tuple[str, str]] = ()) -> None:
        """Store matches, and take back those of `rejected` (concept id, IRI)."""
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM vocabulary_matches WHERE concept = ? AND iri = ?", list(rejected))
            rows = [(match.concept, match.iri, match.relation.value) for match in accepted]
            connection.executemany("INSERT OR REPLACE INTO vocabulary_matches VALUES (?, ?, ?)", rows)

    def matches(self) -> tuple[Match, ...]:
        """Return the accepted matches, in order of concept and IRI."""
        rows = self._database.connection.execute("SELECT * FROM vocabulary_matches ORDER BY concept, iri")
        return tuple(Match(concept=row["concept"], iri=row["iri"], relation=Relation(row["relation"])) for row in rows)


def _concept(text: str) -> VocabularyConcept:
    value: dict[str, Any] = json.loads(text)
    value |= {name: tuple(value[name]) for name in _TUPLES}
    return VocabularyConcept(**value)
