from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count

import pytest

from graph.build import build
from graph.canonical import canonical_key
from graph.extract import SpacyExtractor
from graph.extraction import Abbreviation, Definition, DocumentPassages, Extraction, Occurrence, Topic
from graph.network import ConceptGraph
from graph.store import GraphStore
from knowledge.document import Passage, passage_id
from knowledge.store import Database

Library = dict[str, list[str]]
MakePassages = Callable[[str, list[str]], list[Passage]]
MakeGraph = Callable[[Library], ConceptGraph]


class WordExtractor:
    """Takes every word for a concept; "X=Y" defines, "(XY)" after words abbreviates, the first word is the topic."""

    name = "words-1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def extract(self, documents: Iterable[DocumentPassages]) -> Iterator[Extraction]:
        for document_id, passages in documents:
            self.seen.append(document_id)
            occurrences, definitions, abbreviations = [], [], []
            for passage in passages:
                for match in re.finditer(r"[A-Za-z]+", passage.text):
                    place = {"passage_id": passage.id, "start": match.start(), "end": match.end()}
                    word = match.group()
                    following = passage.text[match.end() : match.end() + 1]
                    if following == "=":
                        definitions.append(Definition(key=canonical_key(word), label=word, text=passage.text, **place))
                    if word.isupper() and len(word) == 2:
                        long = f"{word[0]}lpha {word[1]}eta"
                        abbreviations.append(Abbreviation(short=word, long=long, **place))
                    salience = float(len(word))
                    occurrences.append(Occurrence(key=canonical_key(word), surface=word, salience=salience, **place))
            first = occurrences[:1]
            yield Extraction(
                document_id=document_id,
                occurrences=tuple(occurrences),
                definitions=tuple(definitions),
                abbreviations=tuple(abbreviations),
                topics=tuple(
                    Topic(key=one.key, label=one.surface, passages=tuple(passage.id for passage in passages))
                    for one in first
                ),
            )


def passages_of(document: str, texts: list[str]) -> list[Passage]:
    repeats: dict[str, Iterator[int]] = {}
    made = []
    for ordinal, text in enumerate(texts):
        occurrence = next(repeats.setdefault(text, count()))
        made.append(
            Passage(
                id=passage_id(document_id=document, headings=(), text=text, occurrence=occurrence),
                document_id=document,
                version=1,
                ordinal=ordinal,
                start=0,
                end=len(text),
                text=text,
            )
        )
    return made


def graph_of(library: Library) -> ConceptGraph:
    with Database(":memory:") as database:
        store = GraphStore(database)
        build(
            [(document, passages_of(document, texts)) for document, texts in library.items()],
            store=store,
            extractor=WordExtractor(),
        )
        return ConceptGraph.from_store(store)


@pytest.fixture(scope="session")
def make_passages() -> MakePassages:
    return passages_of


@pytest.fixture(scope="session")
def make_graph() -> MakeGraph:
    return graph_of


@pytest.fixture(scope="session")
def word_extractor() -> type[WordExtractor]:
    return WordExtractor


@pytest.fixture(scope="session")
def spacy_extractor() -> SpacyExtractor:
    return SpacyExtractor()


@pytest.fixture(scope="session")
def policy_graph() -> ConceptGraph:
    """Six documents of three passages over fifteen overlapping words."""
    line = "tenant landlord rent deposit eviction notice hearing appeal voucher subsidy income household repair"
    words = [*line.split(), "permit", "inspection"]
    library = {
        f"d_{letter}": [" ".join(words[(step * 2 + part * 3 + at * at) % 15] for at in range(5)) for part in range(3)]
        for step, letter in enumerate("abcdef")
    }
    return graph_of(library)
