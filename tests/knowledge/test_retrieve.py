"""Retrieval: fusion, order, limits, and that it heals a stale index."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import Document, Passage, passage_id
from knowledge.embed import HashEmbedder, OnnxEmbedder
from knowledge.index import PassageIndex
from knowledge.library import Library
from knowledge.retrieve import Retriever, fuse
from knowledge.store import Database

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"
POLICIES = {
    "records.md": ("Financial records must be kept for seven years.", "Personnel files must be kept for six years."),
    "badges.md": ("Visitors must wear a badge.", "Badges expire after twelve hours."),
}


@dataclass
class Desk:
    library: Library
    index: PassageIndex
    retriever: Retriever

    def add(self, source: str, texts: tuple[str, ...]) -> str:
        document = Document(source=source, title=source, text="\n".join(texts), media_type="text/plain")
        passages = [
            Passage(
                id=passage_id(document_id=document.id, headings=(), text=text, occurrence=0),
                document_id=document.id,
                version=1,
                ordinal=ordinal,
                start=document.text.index(text),
                end=document.text.index(text) + len(text),
                text=text,
            )
            for ordinal, text in enumerate(texts)
        ]
        return self.library.add(document, passages).id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database(tmp_path / "w.db") as database:
        library = Library(database)
        index = PassageIndex(tmp_path / "index", embedder=HashEmbedder(dimensions=256))
        desk = Desk(library, index, Retriever(library, index))
        for source, texts in POLICIES.items():
            desk.add(source, texts)
        yield desk
        index.close()


def test_the_best_passage_comes_first_with_its_ranks(desk):
    hits = desk.retriever.search("financial records seven years", k=2)
    assert hits[0].passage.text.startswith("Financial records")
    assert (hits[0].dense_rank, hits[0].lexical_rank) == (1, 1)
    assert hits[0].score == pytest.approx(1)
    assert 0 < hits[0].similarity <= 1
    assert hits[0].score >= hits[1].score


def test_many_queries_are_answered_as_one_by_one(desk):
    queries = ["financial records", "badge", "nothing of the kind"]
    assert desk.retriever.search_many(queries, 3) == [desk.retriever.search(query, k=3) for query in queries]


def test_a_search_can_be_limited_to_documents(desk):
    [entry] = [entry for entry in desk.library.documents() if entry.source == "badges.md"]
    hits = desk.retriever.search("records kept for years", documents=[entry.id])
    assert {hit.passage.document_id for hit in hits} == {entry.id}
    assert desk.retriever.search("records", documents=[]) == []


def test_no_queries_and_no_wishes_give_nothing(desk):
    assert desk.retriever.search_many([]) == []
    assert desk.retriever.search("records", k=0) == []


def test_a_stale_index_is_brought_up_to_date_by_the_search(desk):
    desk.retriever.search("records")
    desk.add("travel.md", ("Staff may not book business class.",))
    assert desk.retriever.search("business class")[0].passage.source == "travel.md"


def test_only_the_newest_version_is_found(desk):
    desk.add("badges.md", ("Visitors must wear a badge.", "Badges expire after one day."))
    texts = [hit.passage.text for hit in desk.retriever.search("badges expire after", k=10)]
    assert "Badges expire after one day." in texts


def test_a_change_that_keeps_the_count_is_found_too(desk):
    desk.retriever.search("records")
    desk.add("badges.md", ("Visitors must wear a badge.", "Badges expire after one day."))
    hits = desk.retriever.search("badges expire after one day", k=4)
    assert hits[0].passage.text == "Badges expire after one day."
    assert "Badges expire after twelve hours." not in {hit.passage.text for hit in hits}


def test_diversity_puts_repetition_back(desk):
    desk.add("copies.md", tuple(f"Visitors must wear a badge {word}." for word in ("always", "here", "indoors")))
    plain = [hit.passage.text for hit in desk.retriever.search("visitors must wear a badge", k=3)]
    varied = [hit.passage.text for hit in desk.retriever.search("visitors must wear a badge", k=3, diversity=0.8)]
    assert varied[0] == plain[0]
    assert sum("wear a badge" in text for text in varied) < sum("wear a badge" in text for text in plain)


@pytest.mark.model
@pytest.mark.corpus
def test_questions_of_the_rulebook_find_their_rules(tmp_path):
    folder = CORPORA / "obliqa-adgm/qa"
    if not folder.is_dir():
        pytest.skip("the corpora are not beside the checkout")
    rules, asked = (
        [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        for name in ("passages.jsonl", "qa.jsonl")
    )
    rules = {rule["passage_id"]: rule["text"] for rule in rules[:150]}
    gold = [(q["question"], {e["passage_id"] for e in q["evidence"]} & rules.keys()) for q in asked]
    gold = [(question, wanted) for question, wanted in gold if wanted]
    with Database(":memory:") as database:
        library = Library(database)
        index = PassageIndex(tmp_path / "index", embedder=OnnxEmbedder(), vectors=library.records)
        desk = Desk(library, index, Retriever(library, index))
        names = {desk.add(name, (text,)): name for name, text in rules.items()}
        found = desk.retriever.search_many([question for question, _ in gold], 10)
        index.close()
    recall = [
        len(wanted & {names[hit.passage.document_id] for hit in hits}) / len(wanted)
        for (_, wanted), hits in zip(gold, found, strict=True)
    ]
    assert len(recall) > 20
    assert sum(recall) / len(recall) > 0.95


rankings = st.lists(st.text("abcdef", min_size=1, max_size=2), unique=True).map(lambda ids: [(id_, 1.0) for id_ in ids])


@given(rankings, rankings)
def test_fusion_is_symmetric_complete_and_ordered(first, second):
    fused = fuse(first, second)
    assert fused == fuse(second, first)
    assert {id_ for id_, _ in fused} == {id_ for id_, _ in first} | {id_ for id_, _ in second}
    assert fused == sorted(fused, key=lambda each: (-each[1], each[0]))


@given(rankings)
def test_fusing_a_ranking_with_itself_keeps_its_order(ranking):
    assert [id_ for id_, _ in fuse(ranking, ranking)] == [id_ for id_, _ in ranking]
