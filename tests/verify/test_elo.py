"""Elo: the worked example, sums that stay, the stronger ahead, and no favour to the order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.elo import START, STEP, Game, elo, expected, strengths


def test_worked_example():
    assert expected(1400, 1000) == pytest.approx(10 / 11)
    assert elo([Game(one="a", other="b", score=1.0)]) == {"a": START + STEP / 2, "b": START - STEP / 2}


GAMES = st.lists(
    st.builds(Game, one=st.sampled_from("ab"), other=st.sampled_from("cd"), score=st.sampled_from([0.0, 0.5, 1.0])),
    min_size=1,
    max_size=30,
)


@settings(max_examples=30, deadline=None)
@given(GAMES)
def test_what_one_gains_another_loses(games):
    ratings = elo(games)
    assert sum(ratings.values()) == pytest.approx(START * len(ratings))


def test_the_stronger_is_ahead_with_an_interval():
    games = [Game(one="a", other="b", score=float(n % 5 > 0)) for n in range(60)]
    first, second = strengths(games)
    assert (first.player, first.games, first.won) == ("a", 60, 48)
    assert first.low > second.high
    assert strengths(games) == strengths(games)
    assert strengths([]) == []


def test_ties_keep_them_level():
    first, second = strengths([Game(one="a", other="b", score=0.5)] * 20)
    assert first.rating == second.rating == START
    assert first.tied == 20
