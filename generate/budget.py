"""`Budget`: hard ceilings on calls, tokens, money and time. A call is begun only if its worst case still fits.

What a call may cost at most (its prompt, and the longest reply it allows) is set aside before it is sent and replaced by what it did cost after.
So a ceiling is never passed, except by prompts longer than estimated; near the end, calls wait for others to give back what they did not use.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from generate.model import Completion, Price, Usage, rough_tokens

if TYPE_CHECKING:
    from generate.prompt import Prompt

_CAUTION = 1.15


class Budget:
    """What may be used by one command; None is no ceiling. `price` is None where it is not known, and then there is no ceiling on money.

    `longest` replaces the prompts' bound on a reply, in tokens. Money is in the currency of the price.
    """

    def __init__(
        self,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        money: float | None = None,
        seconds: float | None = None,
        price: Price | None = None,
        longest: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ceilings = {"calls": calls, "tokens": tokens, "money": money, "seconds": seconds}
        self.price = price
        self.usage = Usage()
        """Calls answered and tokens used so far."""
        self.calls = 0
        """Calls begun so far, those that failed among them; answers from the journal are none."""
        self._longest = longest
        self._clock = clock
        self._started = clock()
        self._held: dict[str, list[tuple[int, int]]] = {}
        self._held_input = self._held_output = 0
        self._ratio = _CAUTION
        self._refused = ""

    @property
    def spent(self) -> str:
        """Which ceiling is reached or has refused a call, as a sentence; empty when none."""
        return self._refused or self._over(0, 0, 0)

    @property
    def money(self) -> float | None:
        """The money used so far, None when the price is not known."""
        return None if self.price is None else self.price.of(self.usage)

    def reserve(self, prompt: Prompt) -> bool:
        """Set aside what a call of `prompt` may cost and count it as begun; False when it does not fit at present."""
        asked = round(self._ratio * prompt_tokens(prompt))
        replied = self._longest or prompt.max_tokens
        reached = self._over(1, asked + self._held_input, replied + self._held_output)
        if reached:
            self._refused = reached
            return False
        self._refused = ""
        self.calls += 1
        self._held.setdefault(prompt.id, []).append((asked, replied))
        self._held_input, self._held_output = self._held_input + asked, self._held_output + replied
        return True

    def settle(self, prompt: Prompt, completion: Completion | None) -> None:
        """Replace what was set aside by what was used; None for a call that failed or was never sent."""
        if completion is None or not completion.cached:
            self._give_back(prompt)
        if completion is not None:
            self.usage = self.usage.plus(self._counted(prompt, completion))

    def withdraw(self, prompt: Prompt) -> None:
        """Take back a call that was reserved and never sent."""
        self._give_back(prompt)
        self.calls -= 1

    def _give_back(self, prompt: Prompt) -> None:
        held = self._held.get(prompt.id)
        if held:
            asked, replied = held.pop()
            self._held_input, self._held_output = self._held_input - asked, self._held_output - replied
            if not held:
                del self._held[prompt.id]

    def _counted(self, prompt: Prompt, completion: Completion) -> Completion:
        """Return the completion with its tokens estimated where the endpoint does not count them."""
        from dataclasses import replace

        rough = prompt_tokens(prompt)
        if completion.cached or completion.input_tokens:
            if not completion.cached and rough:
                self._ratio = max(self._ratio, completion.input_tokens / rough)
            return completion
        return replace(completion, input_tokens=rough, output_tokens=rough_tokens(completion.text))

    def _over(self, calls: int, held_input: int, held_output: int) -> str:
        """Return which ceiling would be passed by so much more; with nothing more, which is reached."""
        used = self.usage
        more = Usage(input_tokens=used.input_tokens + held_input, output_tokens=used.output_tokens + held_output)
        amounts = {
            "calls": self.calls + calls,
            "tokens": more.input_tokens + more.output_tokens,
            "money": 0.0 if self.price is None else self.price.of(more),
            "seconds": self._clock() - self._started,
        }
        for name, most in self._ceilings.items():
            within = calls and name != "seconds"
            if most is not None and (amounts[name] > most if within else amounts[name] >= most):
                return f"budget.{name} = {most} is spent"
        return ""


def prompt_tokens(prompt: Prompt) -> int:
    """Return an estimate of the tokens of a prompt's messages."""
    return sum(rough_tokens(message.content) for message in prompt.messages)
