"""Differences that make two texts different, however alike they are."""

import pytest

from verify.sameness import may_be_same, reworded, slip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("within 30 days", "within 60 days"),
        ("within thirty days", "within forty days"),
        ("May a tenant sublet?", "May a tenant not sublet?"),
        ("When was it signed?", "Where was it signed?"),
        ("the maximum rent", "the minimum rent"),
        ("Which river flows through Paris?", "Which river flows through Lyon?"),
    ],
)
def test_different(one, other):
    assert not may_be_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("within 30 days", "within thirty days"),
        ("a fee of 1,000 dollars", "a 1000 dollars fee"),
        ("In what year was it signed?", "When was it signed?"),
        ("Where did the Huguenots live?", "Where did the Hugeunots live?"),
        ("Where did the Huguenots live?", "where did the huguenots live?"),
        ("Which one is due?", "Which is due?"),
    ],
)
def test_maybe_the_same(one, other):
    assert may_be_same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a black door", "a white door", True),
        ("a black door", "a black door again", False),
        ("the applicant signs", "the aplicant signed", False),
        ("exactly who signs the lease", "who signs the laese", False),
        ("who signs", "who sings", False),
        ("the mice of the trial", "the humans of the trial", True),
    ],
)
def test_a_word_put_for_another(one, other, expected):
    assert reworded(one, other) is reworded(other, one) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lease", "laese", True),
        ("lease", "leasee", True),
        ("which", "wich", True),
        ("lease", "leese", False),
        ("an", "a", False),
        ("2019", "2091", False),
        ("years", "yards", False),
    ],
)
def test_a_slip_of_the_pen(one, other, expected):
    assert slip(one, other) is slip(other, one) is expected
