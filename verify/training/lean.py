"""The trained network without the work that no output needs, which is the form that is exported.

The head reads the first token and the hypothesis alone, so the last layer need not be computed for the premise: keys and values of
all tokens, the rest for the tokens read. Scores stay the same; with long premises a sixth of the work is saved at six layers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from transformers import MPNetModel

from verify.training.network import PairClassifier

MASKED = -1e4


class LeanClassifier(nn.Module):
    """Same inputs and logits as `PairClassifier`, whose weights it shares; takes the last layer off its encoder."""

    def __init__(self, trained: PairClassifier) -> None:
        super().__init__()
        layers = list(trained.encoder.encoder.layer)
        trained.encoder.encoder.layer = nn.ModuleList(layers[:-1])
        self.below = trained
        self.last = layers[-1]

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Logits (n, 3) in the order entailment, neutral, contradiction."""
        states = self.below.states(input_ids, attention_mask, token_type_ids)
        first = token_type_ids.argmax(dim=1).min()
        masked = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * MASKED
        read = self._last(states, first, masked + self._bias(states, first))
        second = _read((token_type_ids * attention_mask).unsqueeze(-1).to(states.dtype), first)
        return self.below.classify(read, second)

    def _bias(self, states: Tensor, first: Tensor) -> Tensor | float:
        """What MPNet adds to attention by distance, for the tokens read."""
        if not isinstance(self.below.encoder, MPNetModel):
            return 0.0
        whole: Tensor = self.below.encoder.encoder.compute_position_bias(states)
        return _read(whole.transpose(1, 2), first).transpose(1, 2)

    def _last(self, states: Tensor, first: Tensor, bias: Tensor) -> Tensor:
        attention = self.last.attention
        inner = attention.attn if hasattr(attention, "attn") else attention.self
        query, key, value = (
            getattr(inner, name, None) or getattr(inner, name[0]) for name in ("query", "key", "value")
        )
        read = _read(states, first)
        heads = inner.num_attention_heads
        q, k, v = (_by_head(each, heads) for each in (query(read), key(states), value(states)))
        shares = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias).softmax(-1)
        context = (shares @ v).transpose(1, 2).flatten(2)
        attended = self._attended(attention, inner, context, read)
        return self.last.output(self.last.intermediate(attended), attended)

    @staticmethod
    def _attended(attention: nn.Module, inner: nn.Module, context: Tensor, read: Tensor) -> Tensor:
        if hasattr(inner, "o"):
            normed: Tensor = attention.LayerNorm(inner.o(context) + read)
            return normed
        return attention.output(context, read)


def _read(tokens: Tensor, first: Tensor) -> Tensor:
    """The first token's row of (n, length, ...) and those from `first` on."""
    return torch.cat([tokens[:, :1], tokens[:, first:]], dim=1)


def _by_head(states: Tensor, heads: int) -> Tensor:
    return states.unflatten(-1, (heads, -1)).transpose(1, 2)
