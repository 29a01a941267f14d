"""The wording of a question in candidates: phrases and letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.wording import LETTERS, Wording, shared_phrases

texts = st.lists(st.text(max_size=40) | st.text("abc -.5", max_size=40), max_size=5)


def test_phrases_are_words_side_by_side_in_any_form():
    asked = Wording("Are financial records kept for seven years?")
    found = asked.phrases(
        ["A financial record is kept for seven years.", "Years: seven. Records of financial kind were kept.", ""]
    )
    assert found == [1.0, 0.0, 0.0]


def test_a_part_of_the_phrases_is_their_share():
    asked = Wording("interest rate swaps")
    assert asked.phrases(["The interest rate is 3 %.", "Swaps of interest.", "Interest rate swaps."]) == [0.5, 0.0, 1.0]


def test_the_phrases_found_are_said_as_they_were_asked():
    query = "Who keeps financial records for years?"
    assert shared_phrases(query, "Financial records: for years") == ("financial records", "records years")
    assert shared_phrases(query, "The record of finances") == ()


def test_letters_see_words_of_one_family():
    family, stranger = Wording("How is identification verified?").letters(
        ["Applicants identify themselves.", "Visitors wear a badge on the chest."]
    )
    assert family == 1.0
    assert stranger < 0.2


def test_a_rare_run_of_letters_counts_for_more_and_length_is_held_against_a_text():
    common = "The rule says what is due. "
    found = Wording("rule zinc").letters([common, common + "Zinc is banned.", common + "More words follow here."])
    assert found[1] == 1.0
    assert found[0] > found[2]


@pytest.mark.parametrize("query", ["", "the of and", "?!", "a"])
def test_a_question_without_words_finds_nothing(query):
    asked = Wording(query)
    assert asked.phrases(["some text", ""]) == [0.0, 0.0]
    assert asked.letters(["some text", ""]) == [0.0, 0.0]
    assert (asked.phrases([]), asked.letters([])) == ([], [])


@given(st.text(max_size=30), texts)
def test_both_lie_between_none_and_one_for_any_text(query, found):
    asked = Wording(query)
    phrases, letters = asked.phrases(found), asked.letters(found)
    assert len(phrases) == len(letters) == len(found)
    assert all(0 <= value <= 1 for value in phrases + letters)
    assert not any(letters) or max(letters) == 1


@given(st.lists(st.sampled_from(["rate", "interest", "kept", "record"]), min_size=1, max_size=6))
def test_a_question_has_all_its_own_phrases(words):
    query = " ".join(words)
    asked = Wording(query)
    assert asked.phrases([query]) == [1.0 if len(set(words)) > 1 else 0.0]
    assert asked.letters([query]) == [1.0 if any(len(word) + 2 >= LETTERS for word in words) else 0.0]


def test_characters_beyond_the_first_plane_and_broken_ones_are_letters_too():
    assert Wording("𝔘𝔫𝔦𝔱").letters(["𝔘𝔫𝔦𝔱 one", "unit one"])[0] == 1.0
    assert Wording("caf\ud800e").letters(["caf\ud800e", "tea"]) == [1.0, 0.0]
