"""Where a training run stands: written so that a kill leaves the last whole one, and read to go on from it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn


def rate_at(progress: float, *, warm: float) -> float:
    """Share of the full learning rate at `progress` (0 to 1): linear up to `warm`, then linear down to a fiftieth."""
    return progress / warm if progress < warm else max(0.02, (1 - progress) / (1 - warm))


def save(run: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int, spent: float) -> None:
    """Write the checkpoint, replacing the last one only when whole."""
    part = run / "checkpoint.part"
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": spent}, part)
    part.replace(run / "checkpoint.pt")


def resume(run: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Step and seconds of the last checkpoint, loaded into model and optimiser; zero for both without one."""
    path = run / "checkpoint.pt"
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["spent"])
