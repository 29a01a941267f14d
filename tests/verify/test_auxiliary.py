import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.embed_onnx import OnnxEmbedder
from verify.auxiliary import SIGNALS, features, fit, held_out, opinions, signals


def made(n: int = 200, *, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose first of many features tells whether they are right, with noise."""
    generator = np.random.default_rng(seed)
    seen = generator.normal(size=(n, SIGNALS + 20))
    right = seen[:, 0] + 0.3 * generator.normal(size=n) > 0
    return seen, right


def test_the_fit_is_where_the_gradient_of_the_penalised_likelihood_is_nil() -> None:
    seen, right = made(60)
    weights = np.linspace(0.5, 2, 60)
    found = fit(seen, right.astype(float), weights, ridge=3.0)
    standard = (seen - found.mean) / found.scale
    gradient = standard.T @ (weights * (right - found(seen))) - 3.0 * found.weights
    assert np.abs(gradient).max() < 1e-3
    assert abs((weights * (right - found(seen))).sum()) < 1e-3


def test_a_constant_column_and_one_label_are_no_obstacle() -> None:
    seen = np.ones((12, 3))
    assert fit(seen, np.ones(12), np.ones(12))(seen).min() > 0.9
    with pytest.raises(ValueError, match="no labelled rows"):
        fit(seen, np.ones(12), np.zeros(12))


def test_a_row_has_no_say_in_its_own_opinion() -> None:
    seen, right = made(40)
    targets = right.astype(float)
    before = held_out(seen, targets, np.ones(40))
    changed = targets.copy()
    changed[7] = 1 - changed[7]
    assert held_out(seen, changed, np.ones(40))[7] == pytest.approx(before[7])


@given(st.integers(1, 30))
def test_opinions_are_probabilities_whatever_the_number_of_rows(n: int) -> None:
    seen, right = made(n)
    found = opinions(seen, [0.9 if each else 0.1 for each in right], {0: True})
    assert len(found) == n
    assert all(0 <= each <= 1 for each in found)


def test_it_doubts_the_judge_where_the_judge_is_wrong() -> None:
    seen, right = made()
    wrong = np.arange(len(right)) % 8 == 0
    judge = np.where(right != wrong, 0.9, 0.1)
    found = np.array(opinions(seen, list(judge), {}))
    apart = np.abs(found - judge)
    assert apart[wrong].mean() > 1.5 * apart[~wrong].mean()


def test_people_outweigh_the_judge() -> None:
    seen, right = made()
    judge = np.full(len(right), 0.9)
    alone = np.array(opinions(seen, list(judge), {}))
    people = {place: bool(right[place]) for place in range(80)}
    taught = np.array(opinions(seen, list(judge), people))
    rest = np.arange(80, len(right))
    assert alone[rest].min() > 0.6
    assert taught[rest][right[rest]].mean() > taught[rest][~right[rest]].mean() + 0.3


def test_signals_speak_of_figures_words_and_negation() -> None:
    good = signals("How long?", "Within 30 days of the notice.", "The appeal is made within 30 days of the notice.")
    bad = signals("How long?", "Not within 14 days of signing.", "The appeal is made within 30 days of the notice.")
    assert good[:3] == (1.0, 1.0, 0.0)
    assert bad[0] < 1.0
    assert bad[1:3] == (0.0, 1.0)


def test_with_the_shipped_embedder_it_tells_answers_of_the_text_from_others() -> None:
    embedder = OnnxEmbedder()
    facts = [
        ("the notice", "30 days"), ("the appeal", "21 days"), ("the inspection", "two weeks"), ("the rent", "$900"),
        ("the deposit", "$1,200"), ("the hearing", "ten working days"), ("the renewal", "one year"), ("the fee", "$45"),
    ]  # fmt: skip
    rows, labels = [], []
    for number, (what, amount) in enumerate(facts * 3):
        said = amount if number % 2 else "an unknown number of purple elephants"
        rows.append(
            (f"What about {what}?", f"For {what} it is {said}.", f"Clause {number}: for {what} it is {amount}.")
        )
        labels.append(bool(number % 2))
    parts = [embedder.embed([each[n] for each in rows]) for n in range(3)]
    seen = features(parts[0], parts[1], parts[2], rows)
    found = opinions(seen, [0.5] * len(rows), dict(enumerate(labels[:16])))
    assert min(p for p, right in zip(found[16:], labels[16:], strict=True) if right) > max(
        p for p, right in zip(found[16:], labels[16:], strict=True) if not right
    )
