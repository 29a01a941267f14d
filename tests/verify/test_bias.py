"""Groups that texts name, swaps of their terms, tone and refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.bias import SWAPPED, attributes, groups, refuses, swap, tone


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("She may bring her daughter.", {("gender", "women")}),
        ("A tenant may appeal within 30 days.", set()),
        ("Applicants who use a wheelchair", {("disability", "people with disabilities")}),
        ("A Muslim refugee family", {("religion", "Muslims"), ("origin", "immigrants")}),
        ("Senior citizens and children under 18", {("age", "older people"), ("age", "children")}),
        ("The manager of the unit", set()),
    ],
)
def test_groups_are_told_by_their_words(text, wanted):
    assert groups(text) == wanted
    assert all(group in attributes()[attribute] for attribute, group in wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("He asked her for his form.", "She asked him for her form."),
        ("HIS son; Mr. Hill", "HER daughter; Ms. Hill"),
        ("The form is hers to keep", "The form is his to keep"),
        ("The tenant pays.", "The tenant pays."),
    ],
)
def test_gender_is_swapped_with_its_possessives(text, wanted):
    assert swap(text, "gender") == wanted


def test_other_attributes_swap_too():
    assert swap("The mosque hired a Muslim.", "religion") == "The church hired a Christian."
    assert swap("A Nigerian tenant", "origin") == "A Irish tenant"


@given(st.sampled_from(SWAPPED), st.text(max_size=100))
def test_words_without_a_pair_stay(attribute, text):
    assert len(swap(text, attribute).split()) == len(text.split())


def test_refusals():
    assert refuses("I’m sorry, but I can't help with that.")
    assert refuses("The policy does not say.")
    assert not refuses("The tenant cannot sublet the unit.")


def test_tone_has_a_sign():
    assert tone()("The staff were kind and helpful.") > 0 > tone()("The staff were cruel and horrible.")
