"""Strength from pairwise comparisons: Elo ratings, with intervals by drawing the comparisons anew."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

START, SCALE, STEP = 1000.0, 400.0, 16.0
"""Elo's constants: where all begin, the difference that makes ten to one, and how far one game moves (Elo 1978)."""
DRAWS = 200
"""Orders, drawn with the comparisons anew, over which a rating is the mean: one order alone would favour the late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Game:
    """A comparison of two players: `score` is 1 when the first is better, 0 when the second is, 0.5 for a tie."""

    one: str
    other: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Strength:
    """A player's rating with its 95 % interval, and its games."""

    player: str
    rating: float
    low: float
    high: float
    games: int
    won: int
    tied: int


def elo(games: Sequence[Game]) -> dict[str, float]:
    """Return the ratings after the games in their order."""
    ratings: dict[str, float] = {}
    for game in games:
        one, other = ratings.setdefault(game.one, START), ratings.setdefault(game.other, START)
        gain = STEP * (game.score - expected(one, other))
        ratings[game.one], ratings[game.other] = one + gain, other - gain
    return ratings


def expected(one: float, other: float) -> float:
    """Return the score that a rating promises against another, 0 to 1."""
    return float(1.0 / (1.0 + 10.0 ** ((other - one) / SCALE)))


def strengths(games: Sequence[Game], *, seed: int = 7) -> list[Strength]:
    """Return the players, the strongest first; no games, no players."""
    draw = random.Random(seed)
    players = sorted({name for game in games for name in (game.one, game.other)})
    found: dict[str, list[float]] = {name: [] for name in players}
    for _ in range(DRAWS if games else 0):
        ratings = elo([games[draw.randrange(len(games))] for _ in games])
        for name in players:
            found[name].append(ratings.get(name, START))
    made = [_strength(name, sorted(found[name]), games) for name in players]
    return sorted(made, key=lambda each: (-each.rating, each.player))


def _strength(player: str, ratings: Sequence[float], games: Sequence[Game]) -> Strength:
    scores = [
        game.score if game.one == player else 1.0 - game.score for game in games if player in (game.one, game.other)
    ]
    edge = int(0.025 * len(ratings))
    return Strength(
        player=player,
        rating=sum(ratings) / len(ratings),
        low=ratings[edge],
        high=ratings[-1 - edge],
        games=len(scores),
        won=scores.count(1.0),
        tied=scores.count(0.5),
    )
