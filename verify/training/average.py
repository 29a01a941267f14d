"""Averages the weights of checkpoints of one training line: a "model soup" (Wortsman et al. 2022), often better than each.

python -m verify.training.average --runs first second --out averaged
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

State = Mapping[str, Any]


def averaged(states: Sequence[State]) -> dict[str, Any]:
    """Return the mean of every floating-point tensor, in 32 bits; the rest is that of the last state.

    Raises ValueError when the states are of different models.
    """
    names = set(states[-1])
    if any(set(state) != names for state in states):
        raise ValueError("the checkpoints are of different models; average those of one training line")
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[-1].items()
    }


def main() -> None:
    """Average the checkpoints of some runs into a checkpoint to export."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="folders with a checkpoint.pt")
    parser.add_argument("--out", type=Path, required=True, help="folder for the averaged one")
    options = parser.parse_args()
    found = [torch.load(run / "checkpoint.pt", weights_only=True) for run in options.runs]
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save({**found[-1], "model": averaged([each["model"] for each in found])}, options.out / "checkpoint.pt")


if __name__ == "__main__":
    main()
