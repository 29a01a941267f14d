"""Ways to turn a planned item into a draft with a language model, and what can be put around them.

A strategy is a generator of steps (`steps`): it asks for calls and verdicts and is handed the replies. `recipe` composes them.
"""

from __future__ import annotations

import re
from enum import StrEnum

SMALL = 1_500_000_000
"""Parameters below which a model is given the question to write and not the answer."""

_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?([mb])(?![a-z0-9])", re.IGNORECASE)


class Strategy(StrEnum):
    """How samples are written; AUTO goes by the model's size."""

    AUTO = "auto"
    SINGLE = "single"
    DECOMPOSE = "decompose"
    CHAIN_OF_THOUGHT = "chain-of-thought"
    FACTS = "facts"
    DIALOGUE = "dialogue"


def strategy_for(setting: Strategy, model: str) -> Strategy:
    """Return the strategy to use: the setting, or for AUTO decompose when the model's name says it is small.

    "SmolLM2-135M-Instruct" and "qwen2.5:0.5b" are small; a name without a size is taken for a large model.
    """
    if setting is not Strategy.AUTO:
        return setting
    size = _SIZE.search(model)
    if size is None:
        return Strategy.SINGLE
    parameters = float(size[1]) * (1e9 if size[2].lower() == "b" else 1e6)
    return Strategy.DECOMPOSE if parameters < SMALL else Strategy.SINGLE
