"""Differences that make two texts different, however alike they are."""

import pytest

from verify.sameness import may_be_same


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
