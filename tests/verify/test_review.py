import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.agreement import agreement, alpha, kappa
from verify.review import Candidate, Strategy, confidence_left, distribution, entropy, mixed, ranked, shuffled

SHARES = st.floats(0, 1, allow_nan=False)


def candidates(*rights: float) -> list[Candidate]:
    return [Candidate(id=f"s_{n}", distribution=(p, 0.0, 1 - p)) for n, p in enumerate(rights)]


def vectors(number: int, *, seed: int = 3) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(number, 8))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@given(SHARES, SHARES)
def test_a_distribution_adds_up_to_one(entailment: float, contradiction: float) -> None:
    found = distribution(entailment, contradiction)
    assert math.isclose(sum(found), 1.0)
    assert min(found) >= 0


def test_least_confidence_and_entropy_are_those_of_the_definition() -> None:
    known = Candidate(id="s", distribution=(0.5, 0.25, 0.25))
    assert confidence_left(known) == 0.5
    assert entropy(known) == pytest.approx(1.5 * math.log(2))


def test_the_two_differ_where_three_outcomes_do() -> None:
    split = Candidate(id="split", distribution=(0.5, 0.5, 0.0))
    spread = Candidate(id="spread", distribution=(0.55, 0.225, 0.225))
    both = [split, spread]
    assert ranked(both, Strategy.LEAST_CONFIDENCE) == [0, 1]
    assert ranked(both, Strategy.ENTROPY) == [1, 0]


def test_the_doubtful_come_first() -> None:
    assert ranked(candidates(0.99, 0.51, 0.2, 0.6), Strategy.LEAST_CONFIDENCE) == [1, 3, 2, 0]


def test_disagreement_puts_first_where_the_two_judges_differ_most() -> None:
    rows = [
        Candidate(id="agree", distribution=(0.9, 0.0, 0.1), other=0.9),
        Candidate(id="differ", distribution=(0.9, 0.0, 0.1), other=0.1),
        Candidate(id="alone", distribution=(0.5, 0.0, 0.5)),
    ]
    assert [rows[n].id for n in ranked(rows, Strategy.DISAGREEMENT)] == ["differ", "alone", "agree"]


@given(st.sampled_from(Strategy), st.integers(1, 40), st.integers(1, 60), st.integers(0, 9))
def test_every_order_holds_every_row_once_and_is_repeatable(strategy: Strategy, n: int, wanted: int, seed: int) -> None:
    rows = candidates(*(number / n for number in range(n)))
    order = ranked(rows, strategy, vectors=vectors(n), wanted=wanted, seed=seed)
    assert sorted(order) == list(range(n))
    assert order == ranked(rows, strategy, vectors=vectors(n), wanted=wanted, seed=seed)


@given(st.integers(2, 30))
def test_new_rows_leave_the_random_order_of_the_old(n: int) -> None:
    few, more = candidates(*[0.5] * (n - 1)), candidates(*[0.5] * n)
    assert [few[i].id for i in shuffled(few)] == [more[i].id for i in shuffled(more) if i < n - 1]


def test_k_means_takes_one_of_each_group_before_a_second() -> None:
    centres = np.eye(3, 8)
    rows = np.concatenate([centres[[g]] + 0.01 * vectors(n, seed=g) for g, n in ((0, 6), (1, 4), (2, 2))])
    order = ranked(candidates(*[0.5] * 12), Strategy.K_MEANS, vectors=rows, wanted=3)
    assert [0 if n < 6 else 1 if n < 10 else 2 for n in order[:3]] == [0, 1, 2]


def test_vote_k_is_the_papers_rule_counted_naively() -> None:
    n, near = 40, 10
    rows = vectors(n)
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -np.inf)
    friends = [set(np.argsort(-each, kind="stable")[:near].tolist()) for each in likeness]
    chosen: list[int] = []
    for _ in range(6):
        scores = [
            -1.0 if u in chosen else sum(10.0 ** -len(friends[v] & set(chosen)) for v in range(n) if u in friends[v])
            for u in range(n)
        ]
        chosen.append(max(range(n), key=lambda u: (round(scores[u], 9), -u)))
    assert ranked(candidates(*[0.5] * n), Strategy.VOTE_K, vectors=rows, wanted=6)[:6] == chosen


def test_strategies_that_compare_meanings_need_vectors() -> None:
    with pytest.raises(ValueError, match="k-means needs a vector"):
        ranked(candidates(0.5), Strategy.K_MEANS)


@given(st.integers(1, 60), st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_a_mixed_order_has_the_share_of_random_rows_everywhere(n: int, share: float) -> None:
    chosen, drawn = [f"s_{i}" for i in range(n)], [f"s_{i}" for i in sorted(range(n), key=lambda i: i * 7919 % 61)]
    order = mixed(chosen, drawn, share=share)
    assert sorted(row for row, _ in order) == sorted(chosen)
    for place in range(1, n + 1):
        assert sum(random for _, random in order[:place]) == math.floor(place * share + 1e-6)


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section B: 12 units, observers Meg and Owen, binary
MEG = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
OWEN = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
# the same paper, section C: four observers, twelve units, five values, with gaps
GAPS = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}


def test_alpha_of_two_observers_is_that_of_krippendorffs_example() -> None:
    assert alpha(list(zip(MEG, OWEN, strict=True))) == pytest.approx(0.095, abs=5e-4)


def test_alpha_with_gaps_is_that_of_krippendorffs_example() -> None:
    units = [[labels[n] for labels in GAPS.values() if labels[n] is not None] for n in range(12)]
    assert alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_kappa_is_that_of_the_textbook_table() -> None:
    # 20 both yes, 5 and 10 mixed, 15 both no: observed 0.7, chance 0.5, kappa 0.4
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(first, second) == pytest.approx(0.4)


def test_agreement_that_chance_alone_explains_is_not_defined() -> None:
    assert kappa([], []) is None
    assert kappa(["y", "y"], ["y", "y"]) is None
    assert alpha([["y", "y"], ["y"]]) is None
    with pytest.raises(ValueError, match="give both"):
        kappa(["y"], [])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=30))
def test_full_agreement_is_one_and_names_do_not_matter(pairs: list[tuple[int, int]]) -> None:
    same = alpha([(a, a) for a, _ in pairs])
    assert same is None or same == pytest.approx(1.0)
    ab, ba = alpha(pairs), alpha([(b, a) for a, b in pairs])
    assert (ab is None) == (ba is None)
    assert ab is None or ab == pytest.approx(ba)


def test_people_are_compared_on_the_rows_that_both_saw() -> None:
    found = agreement({"ann": {"r1": "a", "r2": "b", "r3": "a"}, "bob": {"r1": "a", "r2": "a"}, "cy": {"r9": "a"}})
    assert found.people == ("ann", "bob", "cy")
    assert found.units == 2
    assert [(each.first, each.second, each.units, each.agreed) for each in found.pairs] == [("ann", "bob", 2, 0.5)]
