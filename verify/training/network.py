"""The network: a BERT or MPNet encoder that reads premise and hypothesis together, and a head of three classes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel, MPNetModel

Encoder = BertModel | MPNetModel


class PairClassifier(nn.Module):
    """Scores entailment, neutral and contradiction from the first token and the hypothesis tokens of the pair."""

    def __init__(self, encoder: Encoder, *, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.mix = nn.Linear(3 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, 3)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Logits (n, 3) in the order entailment, neutral, contradiction."""
        states = self.states(input_ids, attention_mask, token_type_ids)
        return self.classify(states, (token_type_ids * attention_mask).unsqueeze(-1).to(states.dtype))

    def states(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the encoder's states (n, length, width)."""
        typed = {} if isinstance(self.encoder, MPNetModel) else {"token_type_ids": token_type_ids}
        states: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **typed).last_hidden_state
        return states

    def classify(self, states: Tensor, second: Tensor) -> Tensor:
        """Logits (n, 3) of states whose first token is the pair's first; `second` (n, length, 1) is 1 on the hypothesis."""
        mean = (states * second).sum(1) / second.sum(1).clamp(min=1.0)
        peak = (states * second - (1.0 - second) * 1e4).amax(1)
        mixed = torch.tanh(self.mix(torch.cat([states[:, 0], mean, peak], dim=-1)))
        return self.classes(self.dropout(mixed))


def load(base: Path, *, attention: str = "sdpa") -> PairClassifier:
    """Return a classifier on the encoder found in the folder `base`; without dropout inside, which costs a CPU a third of its speed."""
    without = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "add_pooling_layer": False}
    if kind(base) == "mpnet":
        return PairClassifier(MPNetModel.from_pretrained(str(base), **without))
    return PairClassifier(BertModel.from_pretrained(str(base), attn_implementation=attention, **without))


def kind(base: Path) -> str:
    """Return the architecture that a model folder names: bert, mpnet."""
    named: str = json.loads((base / "config.json").read_text(encoding="utf-8"))["model_type"]
    return named
