"""`LanguageModel`, the port to whatever writes text; what it returns; and two deterministic models that ship.

`ScriptedModel` and `ReplayModel` need no weights: they serve tests, dry runs and the repetition of a recorded run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from knowledge.errors import ModelCallError
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.prompt import Prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """A model's reply.

    `finish` is "stop" when the model ended by itself and "length" when it was cut. `seconds` is the time of the call,
    that of the first call when `cached`. `mean_logprob` is the mean natural log-probability of its tokens, at most 0; None where
    the endpoint was not asked for it or gives none.
    """

    text: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    finish: str = "stop"
    seconds: float = 0.0
    cached: bool = False
    mean_logprob: float | None = None


class LanguageModel(Protocol):
    """Writes a completion; `draw` numbers repeated calls of one prompt, so that they may differ.

    Raises MissingModel when no call can succeed, ModelCallError when this one failed after its retries. `complete` may
    be called from several threads.
    """

    @property
    def name(self) -> str:
        """The model's name, as recorded with every sample."""

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the model's reply to `prompt`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Calls and tokens added up; `cached` calls cost nothing and their tokens are not counted."""

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    def plus(self, completion: Completion) -> Usage:
        """Return this usage with one completion added."""
        if completion.cached:
            return Usage(
                calls=self.calls,
                cached=self.cached + 1,
                input_tokens=self.input_tokens,
                output_tokens=self.output_tokens,
                seconds=self.seconds,
            )
        return Usage(
            calls=self.calls + 1,
            cached=self.cached,
            input_tokens=self.input_tokens + completion.input_tokens,
            output_tokens=self.output_tokens + completion.output_tokens,
            seconds=self.seconds + completion.seconds,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a model costs, in a currency of the user's choice for a million tokens in and out."""

    input: float = 0.0
    output: float = 0.0

    def of(self, usage: Usage) -> float:
        """Return the cost of `usage`."""
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / 1_000_000


def seed_for(seed: int, prompt_id: str, draw: int) -> int:
    """Return the sampling seed of one call, 0 to 2³¹ − 1: the same for the same run seed, prompt and draw."""
    return int(digest([seed, prompt_id, draw]), 16) % 2**31


def rough_tokens(text: str) -> int:
    """Return an estimate of the number of tokens in `text`: four characters a token."""
    return -(-len(text) // 4)


class ScriptedModel:
    """A model that says what it is told to: a function of prompt and draw, or texts by prompt id.

    Raises ModelCallError for a prompt id the mapping does not have.
    """

    def __init__(self, script: Callable[[Prompt, int], str] | Mapping[str, str], *, name: str = "scripted") -> None:
        self.name = name
        self._script = script

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the scripted text."""
        if callable(self._script):
            text = self._script(prompt, draw)
        elif prompt.id in self._script:
            text = self._script[prompt.id]
        else:
            raise ModelCallError(f"{self.name}: nothing is scripted for prompt {prompt.id}")
        asked = sum(rough_tokens(message.content) for message in prompt.messages)
        return Completion(text=text, model=self.name, input_tokens=asked, output_tokens=rough_tokens(text))


class ReplayModel:
    """Repeats recorded completions, by prompt id and draw; it never calls out.

    Raises ModelCallError for a call that was not recorded.
    """

    def __init__(self, recorded: Mapping[tuple[str, int], Completion], *, name: str = "replay") -> None:
        self.name = name
        self._recorded = recorded

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return what was recorded for this prompt and draw."""
        completion = self._recorded.get((prompt.id, draw))
        if completion is None:
            raise ModelCallError(f"{self.name}: no reply was recorded for prompt {prompt.id}, draw {draw}")
        return completion
