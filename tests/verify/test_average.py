"""Averaged checkpoints; needs torch, so it runs where models are trained."""

import pytest

torch = pytest.importorskip("torch")


def test_weights_are_averaged_and_counters_kept():
    from verify.training.average import averaged

    states = [
        {"w": torch.tensor([1.0, 3.0]), "n": torch.tensor(1)},
        {"w": torch.tensor([3.0, 5.0]), "n": torch.tensor(2)},
    ]
    made = averaged(states)
    assert made["w"].tolist() == [2.0, 4.0]
    assert made["n"].item() == 2


def test_other_models_are_refused():
    from verify.training.average import averaged

    with pytest.raises(ValueError, match="different models"):
        averaged([{"a": torch.ones(1)}, {"b": torch.ones(1)}])
