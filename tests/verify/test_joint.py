from hypothesis import given
from hypothesis import strategies as st

from verify.evidence import Evidence
from verify.joint import BEAM, branches, readings, sets, strange


def passages(*texts):
    return {f"p{i}": Evidence(passage_id=f"p{i}", document_id="d", text=text) for i, text in enumerate(texts)}


SOME = passages("Ms Tan directs the Rent Office.", "The Rent Office hears appeals.", "Dogs bark.", "Ms Tan directs it.")
CLAIM = "Ms Tan directs the office that hears appeals."


def test_each_passage_of_a_set_brings_words_of_its_own():
    assert sets(CLAIM, SOME, cited=frozenset(SOME), size=2)[0] == {"p0", "p1"}
    assert {"p0", "p2"} not in sets(CLAIM, SOME, cited=frozenset(SOME), size=2)
    assert sets(CLAIM, SOME, cited=frozenset(), size=2) == []


@given(st.lists(st.sampled_from(["appeals", "Tan office", "hears", "directs", "other"]), min_size=2, max_size=30))
def test_the_sets_tried_are_few(texts):
    some = passages(*texts)
    pairs = sets(CLAIM, some, cited=frozenset(some), size=2)
    assert len(pairs) <= BEAM
    assert len(sets(CLAIM, some, cited=frozenset(some), size=3, grown=pairs)) <= BEAM
    assert all(len(readings(CLAIM, names, some)) <= 3 for names in pairs)


def test_a_compound_claim_comes_apart_with_its_subject():
    assert branches("A visitor must sign in here and must wear a badge.") == [
        "A visitor must sign in here.",
        "A visitor must wear a badge.",
    ]
    assert branches("A visitor must sign the red book.") == []


def test_what_a_text_knows_nothing_of_is_named():
    text = "A visitor must sign the book at the gate."
    claim = "A visitor must sign the book, which two clerks audit yearly against payroll ledgers."
    assert "clerks audit yearly" in strange(claim, text)
    assert strange("A visitor must sign the book.", text) == ""
