"""Retrieval: fusion, order, limits, and that it heals a stale index."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chroma_store import ChromaStore
from knowledge.document import Document, Passage, passage_id
from knowledge.embed import HashEmbedder, OnnxEmbedder
from knowledge.errors import UsageError
from knowledge.index import PassageIndex
from knowledge.library import Library
from knowledge.retrieve import Retriever, SearchFilter, SearchOptions, fuse
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

    def search(self, query: str, *, k: int = 4, reranker: object = None, **options: object) -> list:
        retriever = Retriever(self.library, self.index, options=SearchOptions(**options), reranker=reranker)
        return retriever.search(query, k=k)

    def add(self, source: str, texts: tuple[str, ...], *, headings: Sequence = (), metadata: tuple = ()) -> str:
        document = Document(
            source=source, title=source, text="\n".join(texts), media_type="text/plain", metadata=metadata
        )
        paths = headings if headings and isinstance(headings[0], tuple) else [tuple(headings)] * len(texts)
        passages = [
            Passage(
                id=passage_id(document_id=document.id, headings=paths[ordinal], text=text, occurrence=0),
                headings=paths[ordinal],
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
    assert 0 < hits[0].similarity <= 1
    assert hits[1].score < hits[0].score <= 1


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


def found(hits):
    return [hit.passage.text for hit in hits]


def test_a_filter_by_source_title_or_id(desk):
    [entry] = [entry for entry in desk.library.documents() if entry.source == "badges.md"]
    for wanted in ("badges.md", "BADGE*", entry.id):
        hits = desk.retriever.search("records kept", k=9, where=SearchFilter(documents=(wanted,)))
        assert {hit.passage.source for hit in hits} == {"badges.md"}
    assert desk.retriever.search("records", where=SearchFilter(documents=("nothing*",))) == []
    both = SearchFilter(documents=("records.md",))
    assert desk.retriever.search("records", documents=[entry.id], where=both) == []


def test_a_filter_by_heading(desk):
    desk.add("handbook.md", ("Guests sign in.", "Guests wear a badge."), headings=("Security", "Visitors at the door"))
    hits = desk.retriever.search("badge", k=9, where=SearchFilter(heading="visitors"))
    assert found(hits) == ["Guests wear a badge.", "Guests sign in."]
    narrow = SearchFilter(heading="visitors", documents=("badges.md",))
    assert desk.retriever.search("badge", where=narrow) == []


def test_a_filter_by_date_and_by_what_is_stated(desk):
    desk.add("old.md", ("Travel must be approved.",), metadata=(("issued", "2019-03-01"), ("licence", "CC BY 4.0")))
    desk.add("new.md", ("Travel must be booked.",), metadata=(("issued", "2018-01-01"), ("valid", "2024-05-31")))

    def sources(**wanted):
        hits = desk.retriever.search("travel must be", k=9, where=SearchFilter(**wanted))
        return {hit.passage.source for hit in hits}

    assert sources(after="2020") == {"new.md"}
    assert sources(before="2019-03") == sources(before="2019") == {"old.md"}
    assert sources(after="2019-03-01", before="2024-05") == {"old.md", "new.md"}
    assert sources(after="2024-06") == set()
    assert sources(metadata=(("Licence", "cc by*"),)) == {"old.md"}
    assert sources(metadata=(("licence", "*"), ("issued", "2020*"))) == set()


def test_an_older_version_can_be_searched(desk):
    desk.retriever.search("badges")
    desk.add("badges.md", ("Visitors must wear a badge.", "Badges expire after one day."))
    hits = desk.retriever.search("badges expire", k=9, where=SearchFilter(version=1, documents=("badges.md",)))
    assert found(hits)[0] == "Badges expire after twelve hours."
    assert {hit.passage.version for hit in hits} == {1}
    assert "Badges expire after one day." not in found(hits)
    assert found(desk.retriever.search("badges expire", k=9, where=SearchFilter(version=2)))[0].endswith("one day.")
    assert desk.retriever.search("badges", where=SearchFilter(version=9)) == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [({"after": "May 2024"}, "after May 2024"), ({"before": "24"}, "before 24"), ({"version": 0}, "0")],
)
def test_a_filter_that_means_nothing_is_refused(wanted, said):
    with pytest.raises(UsageError, match=said):
        SearchFilter(**wanted)


def test_a_filter_says_what_it_asks():
    assert SearchFilter().described() == {}
    assert not SearchFilter()
    assert SearchFilter(heading="a", version=2).described() == {"heading": "a", "version": 2}


def test_one_list_alone(desk):
    by_words = desk.search("visitors badges", mode="lexical")
    assert all(hit.dense_rank is None and hit.similarity is None and hit.bm25 > 0 for hit in by_words)
    by_meaning = desk.search("visitors badges", mode="dense")
    assert all(hit.lexical_rank is None and hit.bm25 is None for hit in by_meaning)
    assert len(by_meaning) == 4


def test_weights_and_kind_of_fusion_decide_the_score(desk):
    [hit, *_] = desk.search("financial records seven years", fusion="rank")
    assert hit.score == pytest.approx(2 / 61)
    [hit, *_] = desk.search("financial records seven years", fusion="rank", constant=9, dense_weight=3)
    assert hit.score == pytest.approx(4 / 10)
    lexical = desk.search("badges", dense_weight=0.001, wording=0)
    assert [hit.passage.text for hit in lexical[:2]] == found(desk.search("badges", mode="lexical"))[:2]


def test_wording_counts_with_its_weights(desk):
    query = "kept financial years"
    hits = desk.search(query)
    assert [hit.phrases for hit in hits] == [0.0] * 4
    assert hits[0].letters == 1.0
    [ceiling] = desk.index.ceilings([query])
    assert hits[0].score == pytest.approx((hits[0].similarity + hits[0].bm25 / ceiling + 0.5) / 3.5)
    [hit, *_] = desk.search("records kept for a seven-year term: seven years", phrase_weight=2, letter_weight=0)
    assert (hit.passage.text[:9], hit.phrases) == ("Financial", pytest.approx(1 / 5))


@pytest.mark.parametrize("options", [{"wording": 0}, {"mode": "lexical"}, {"mode": "dense"}, {"fusion": "rank"}])
def test_wording_is_not_compared_where_it_does_not_count(desk, options):
    assert all(hit.phrases is None and hit.letters is None for hit in desk.search("financial records", **options))


def test_candidates_whose_wording_is_not_compared_stay_below(desk):
    hits = desk.search("visitors must wear a badge", wording=1)
    assert hits[0].phrases == 1.0
    assert [hit.phrases for hit in hits[1:]] == [None] * 3
    assert hits[1].score < hits[0].score


def test_candidates_bound_the_lists(desk):
    assert len(desk.search("must", k=1, candidates=1)) == 1
    hits = desk.search("badge", k=4, candidates=4)
    assert max(hit.dense_rank for hit in hits) == 4


def test_the_passages_around_a_hit(desk):
    texts = tuple(f"Step {number} of the procedure." for number in "abcde")
    desk.add("steps.md", texts, headings=("Steps",))
    [hit, *_] = desk.search("step c", context="neighbours", context_passages=1)
    assert [each.text for each in hit.context] == [texts[1], texts[3]]
    [hit, *_] = desk.search("step a", context="neighbours", context_passages=2)
    assert [each.text for each in hit.context] == [texts[1], texts[2]]
    assert desk.search("step c")[0].context == ()


def test_a_section_ends_where_the_next_begins(desk):
    parts = [("Fees",), ("Fees", "Late fees"), ("Fees",), ("Appeals",)]
    texts = tuple(f"Sentence {word} here." for word in ("one", "two", "three", "four"))
    desk.add("fees.md", texts, headings=parts)
    [hit, *_] = desk.search("sentence one", context="section", context_passages=9)
    assert [each.text for each in hit.context] == [texts[1], texts[2]]
    [hit, *_] = desk.search("sentence two", context="section", context_passages=9)
    assert hit.context == ()


class Longest:
    """A re-ranker that likes long texts and drops those with the word files."""

    def scores(self, query, texts):
        return [None if "files" in text else float(len(text)) for text in texts]


def test_a_reranker_has_the_last_word(desk):
    hits = desk.search("records kept for years", k=9, reranker=Longest())
    assert [hit.relevance for hit in hits] == sorted((hit.relevance for hit in hits), reverse=True)
    assert not any("files" in text for text in found(hits))
    hits = desk.search("records kept for years", k=9, reranker=Longest(), rerank=2)
    assert hits[0].relevance is not None
    assert hits[-1].relevance is None


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


# Following the library ---------------------------------------------------------------------------------------------


class Uncompared(ChromaStore):
    """A store whose passages may not be listed as a whole."""

    def ids(self) -> set[str]:
        raise AssertionError("the whole index was listed")


def made_anew(desk: Desk, folder: Path, store: type[ChromaStore] = ChromaStore) -> Desk:
    """Return what another process would have of the same library, with the index in `folder`."""
    library = Library(Database(desk.library.database.path))
    embedder = HashEmbedder(dimensions=256)
    index = PassageIndex(folder, embedder=embedder, store=store.in_folder(folder, embedder=embedder))
    return Desk(library, index, Retriever(library, index))


def close(desk: Desk) -> None:
    desk.index.close()
    desk.library.database.close()


def texts_for(desk: Desk, query: str) -> list[str]:
    return [hit.passage.text for hit in desk.retriever.search(query)]


def test_a_search_looks_at_changes_alone(desk):
    desk.retriever.search("records")
    desk.add("travel.md", ("Staff may not book business class.",))
    other = made_anew(desk, desk.index.path, Uncompared)
    assert "Staff may not book business class." in texts_for(other, "business class")
    assert other.library.records.unindexed.ids() == []
    assert texts_for(other, "financial records")[0] == POLICIES["records.md"][0]
    close(other)


def test_what_another_process_took_in_is_found_by_its_words(desk):
    desk.retriever.search("records")
    other = made_anew(desk, desk.index.path)
    other.add("travel.md", ("Staff may not book business class.",))
    other.retriever.search("records")
    close(other)
    [hit] = [hit for hit in desk.retriever.search("business class") if hit.passage.source == "travel.md"]
    assert hit.lexical_rank == 1


def test_an_index_that_another_stood_in_for_is_compared_as_a_whole(desk, tmp_path):
    desk.retriever.search("records")
    other = made_anew(desk, tmp_path / "elsewhere")
    other.add("badges.md", ("Visitors must wear a badge.", "Badges expire after one day."))
    other.retriever.search("records")
    close(other)
    again = made_anew(desk, desk.index.path)
    assert again.index.count() == again.library.passage_count()
    texts = texts_for(again, "badges expire after")
    assert "Badges expire after one day." in texts
    assert "Badges expire after twelve hours." not in texts
    close(again)
