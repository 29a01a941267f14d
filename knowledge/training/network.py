"""The network: a small BERT encoder whose mean over the tokens, at unit length, is the vector of a text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel

Weights = Mapping[str, Tensor]


class TextEncoder(nn.Module):
    """Gives (n, 384) unit vectors of token ids (n, length) and their mask."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Mean over the tokens that are there, at unit length."""
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pooled(states, attention_mask)


def pooled(states: Tensor, attention_mask: Tensor) -> Tensor:
    """Return the mean of the token states, at unit length."""
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
    return nn.functional.normalize(mean, p=2.0, dim=1)


def load(base: Path) -> TextEncoder:
    """Return the encoder found in the folder `base`, without dropout: there is little data, and it costs a CPU a third."""
    bert = BertModel.from_pretrained(
        str(base), add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return TextEncoder(bert)


def padded(ids: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Return token ids and mask as tensors."""
    longest = max(map(len, ids))
    rows = torch.tensor([[*each, *([0] * (longest - len(each)))] for each in ids])
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in ids])
    return rows, mask


def between(base: Weights, tuned: Weights, share: float) -> dict[str, Tensor]:
    """Return weights the `share` (0 to 1) of the way from base to tuned (WiSE-FT: Wortsman et al., CVPR 2022, equation 1)."""
    return {
        name: torch.lerp(weight, tuned[name], share) if weight.is_floating_point() else weight
        for name, weight in base.items()
    }


def embed(model: nn.Module, ids: list[list[int]], *, size: int = 32) -> Tensor:
    """Return the vectors (n, 384) of tokenised texts, run in batches of like length."""
    order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
    found = torch.zeros(len(ids), 384)
    with torch.inference_mode():
        for start in range(0, len(order), size):
            numbers = order[start : start + size]
            found[numbers] = model(*padded([ids[n] for n in numbers]))
    return found
