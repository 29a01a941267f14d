"""The scripts that make the embedder: which pairs are learnt from, in which batches, by which loss."""

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.training.data import Pair, batches, read, tokenizer_of
from verify.training import questions
from verify.training.policy import Line, windows_of
from verify.training.questions import Asked, capped, clean, grouped, is_held
from verify.training.split import trainable

WEIGHTS = Path(__file__).parents[2] / "knowledge" / "weights"
DATA = Path(__file__).parents[2].parent / "shared" / "data"

groups = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.integers(1, 9)), max_size=60)


def pair(group, length):
    return Pair(query=(1,), passage=(1,) * length, source="heading", group=group)


def asked(query, passage, *, group=None, source="question"):
    return Asked(query=query, passage=passage, source=source, group=group or passage)


@given(groups, st.integers(2, 12), st.integers(0, 5))
def test_batches_hold_each_pair_to_learn_from_once_and_groups_whole(shapes, size, seed):
    pairs = [pair(group, length) for group, length in shapes]
    made = batches(pairs, size=size, seed=seed)
    learnt = [number for batch in made for number in batch]
    wanted = [number for number, each in enumerate(pairs) if each.group is not None]
    assert len(learnt) == len(set(learnt))
    assert set(learnt) <= set(wanted)
    # A last pair alone has nothing to be told from, and only such a pair is left out.
    assert len(wanted) - len(learnt) <= 1 + len(wanted) // (size * 4)
    homes = {}
    for place, batch in enumerate(made):
        for number in batch:
            assert homes.setdefault(pairs[number].group, place) == place
    assert made == batches(pairs, size=size, seed=seed)


def test_pairs_are_read_as_tokens_and_long_queries_cut(tmp_path):
    path = tmp_path / "pairs.jsonl.gz"
    row = {"q": "Who keeps the records? " * 30, "p": "The clerk.", "s": "question", "g": None, "held": True}
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")
    [found] = read(path, tokenizer_of(WEIGHTS))
    assert (len(found.query), len(found.passage), found.group) == (48, 5, None)


def test_headings_and_questions_are_asked_of_their_section():
    lines = [
        Line(text="The Clerk shall keep the visitor records in a locked cabinet for 90 days.", depth=1),
        Line(text="The Clerk may destroy the visitor records after the Council has approved the list.", depth=1),
    ]
    rng = random.Random(3)
    [window] = windows_of("Keeping of visitor records.", lines, rng, limit=1)
    heading, question = questions._of_window("Keeping of visitor records.", window, rng)
    assert heading.source == "heading"
    assert "visitor records" in heading.query.lower()
    assert not heading.passage.startswith("Keeping of")
    assert question.query.endswith("?")
    assert "visitor records" in question.query
    assert heading.group == question.group


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("Who must keep the visitor records of the building for 90 days?", True),
        ("What must the Mayor do?", False),
        ("Who must keep it in the locked cabinet of the building?", False),
    ],
)
def test_only_questions_that_stand_alone_are_learnt(question, whole):
    assert questions._whole(question) is whole


def test_groups_hold_passages_that_words_alone_confuse():
    pairs = [
        asked("how long are badge records kept", "Badge records are kept for 90 days by the clerk."),
        asked("who destroys badge records", "Badge records are destroyed by the council after review."),
        asked("what does a parking permit cost", "A parking permit costs $30 for each year."),
        asked("when are parking permits due", "Parking permits are due for renewal in each June."),
    ]
    assert sorted(map(sorted, grouped(pairs))) == [[0, 1], [2, 3]]


def test_a_group_never_holds_two_pairs_of_one_document():
    passages = ["Badge records are kept for 90 days.", "Badge records are destroyed in June."]
    same = [asked(f"badge records {n}", text, group="one document") for n, text in enumerate(passages)]
    assert sorted(grouped(same)) == [[0], [1]]


def test_a_document_is_held_out_whole():
    pairs = [asked(f"query {n}", f"passage {n}", group=f"document {n // 5}") for n in range(500)]
    held = {each.group for each in pairs if is_held(each)}
    assert held
    assert not held & {each.group for each in pairs if not is_held(each)}


def test_no_source_crowds_out_the_others():
    pairs = [asked(f"query {n}", "passage", source="fever_dev_pairs") for n in range(3000)]
    assert len(capped(pairs, random.Random(1))) == 2500


def test_what_is_reported_on_is_left_out():
    told = "Badge records are kept for 90 days by the clerk."
    pairs = [asked("one", told), asked("two", told.lower()), asked("three", told + " They are destroyed in June.")]
    kept = clean([*pairs, pairs[2]], {questions.normal(told)}, {"two"})
    assert [each.query for each in kept] == ["three"]


@pytest.mark.corpus
def test_the_halves_share_no_passage():
    if not DATA.is_dir():
        pytest.skip("the data are not beside the checkout")
    learnt = {questions.normal(each.passage) for each in questions.labelled(DATA)}
    rows = questions.rows(DATA / "verification" / "dev" / "squad2_answers_dev.jsonl.gz")
    asked_of = {questions.normal(row["evidence"]) for row in rows if not trainable("squad2_answers_dev", row)}
    assert len(learnt) > 200
    assert not learnt & asked_of


class TestNetwork:
    """What needs torch, which the default install lacks."""

    @pytest.fixture(autouse=True)
    def _torch(self):
        pytest.importorskip("torch")

    def test_the_own_passage_has_the_least_loss(self):
        import torch

        from knowledge.training.train import loss_of

        vectors, none = torch.eye(4), torch.zeros(4, 4, dtype=torch.bool)
        assert loss_of(vectors, vectors, none) < 1e-3 < loss_of(vectors, vectors.roll(1, 0), none)

    def test_equal_passages_are_no_negatives(self):
        import torch

        from knowledge.training.train import equal, loss_of

        batch = [
            Pair(query=(1,), passage=(7,), source="s", group=0),
            Pair(query=(2,), passage=(7,), source="s", group=0),
            Pair(query=(3,), passage=(8,), source="s", group=0),
        ]
        same = equal(batch)
        assert same.tolist() == [[False, True, False], [True, False, False], [False, False, False]]
        vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0], [1, 0], [0, 1]]), dim=1)
        assert loss_of(vectors, vectors, same) < 1e-3

    def test_weights_in_between(self):
        import torch

        from knowledge.training.network import between

        base, tuned = {"w": torch.zeros(2), "n": torch.tensor([3])}, {"w": torch.ones(2), "n": torch.tensor([3])}
        assert between(base, tuned, 0.25)["w"].tolist() == [0.25, 0.25]
        assert between(base, tuned, 0.25)["n"].tolist() == [3]

    def test_of_shares_as_good_the_one_nearest_the_base_is_taken(self):
        from knowledge.training.export import least_of

        assert least_of({0.0: 0.775, 0.5: 0.792, 0.75: 0.7915, 1.0: 0.794}) == 0.5
        assert least_of({0.0: 0.8, 1.0: 0.7}) == 0.0
