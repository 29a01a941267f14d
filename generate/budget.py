"""`Budget`: hard ceilings on calls, tokens, money and time. A call is begun only if its worst case still fits.

What a call may cost at most (its prompt, and the longest reply it allows) is set aside before it is sent, and replaced by what it did cost
after. So a ceiling is never passed, except by prompts longer than estimated; near the end, calls wait for what others give back.
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
    """What may be used by one command; None is no ceiling. `price_of` gives a model's price by name, None where it is not known.

    `longest` replaces the prompts' bound on a reply, in tokens. Money is in the currency of the prices.
    """

    def __init__(
        self,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        money: float | None = None,
        seconds: float | None = None,
        price_of: Callable[[str], Price | None] = lambda model: None,
        longest: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ceilings = {"calls": calls, "tokens": tokens, "money": money, "seconds": seconds}
        self._price_of = price_of
        self._money = self._held_money = 0.0
        self._unpriced: set[str] = set()
        self.usage = Usage()
        """Calls answered and tokens used so far."""
        self.calls = 0
        """Calls begun so far, those that failed among them; answers from the journal are none."""
        self._longest = longest
        self._clock = clock
        self._started = clock()
        self._held: dict[str, list[tuple[int, int, float]]] = {}
        self._held_input = self._held_output = 0
        self._ratio = _CAUTION
        self._refused = ""

    @property
    def spent(self) -> str:
        """Which ceiling is reached or has refused a call, as a sentence; empty when none."""
        return self._refused or self._reached()

    @property
    def overdue(self) -> bool:
        """Whether the time is up."""
        most = self._ceilings["seconds"]
        return most is not None and self._clock() - self._started >= most

    @property
    def money(self) -> float | None:
        """The money used so far, None when the price of a model used is not known."""
        return None if self._unpriced else self._money

    def reserve(self, prompt: Prompt, *, model: str = "") -> bool:
        """Set aside what a call of `prompt` may cost and count it as begun; False when it does not fit at present."""
        asked = round(self._ratio * prompt_tokens(prompt))
        replied = self._longest or prompt.max_tokens
        cost = self._cost(model, asked, replied)
        self._refused = self._reached(calls=1, tokens=asked + replied, money=cost)
        if self._refused:
            return False
        self.calls += 1
        self._held.setdefault(prompt.id, []).append((asked, replied, cost))
        self._held_input, self._held_output = self._held_input + asked, self._held_output + replied
        self._held_money += cost
        return True

    def _cost(self, model: str, asked: int, replied: int) -> float:
        price = self._price_of(model)
        if price is None:
            self._unpriced.add(model)
            return 0.0
        return price.of(Usage(input_tokens=asked, output_tokens=replied))

    def settle(self, prompt: Prompt, completion: Completion | None) -> None:
        """Replace what was set aside by what was used; None for a call that failed or was never sent."""
        if completion is None or not completion.cached:
            self._give_back(prompt)
        if completion is not None:
            counted = self._counted(prompt, completion)
            self.usage = self.usage.plus(counted)
            if not counted.cached:
                self._money += self._cost(counted.model, counted.input_tokens, counted.output_tokens)

    def withdraw(self, prompt: Prompt) -> None:
        """Take back a call that was reserved and never sent."""
        self._give_back(prompt)
        self.calls -= 1

    def _give_back(self, prompt: Prompt) -> None:
        held = self._held.get(prompt.id)
        if held:
            asked, replied, cost = held.pop()
            self._held_input, self._held_output = self._held_input - asked, self._held_output - replied
            self._held_money -= cost
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

    def _reached(self, *, calls: int = 0, tokens: int = 0, money: float = 0.0) -> str:
        """Return which ceiling one more call would pass, beside those under way; without one, which is reached."""
        used, held = self.usage, self._held_input + self._held_output
        amounts = {
            "calls": self.calls + calls,
            "tokens": used.input_tokens + used.output_tokens + (tokens + held if calls else 0),
            "money": self._money + (money + self._held_money if calls else 0.0),
        }
        for name, amount in amounts.items():
            most = self._ceilings[name]
            if most is not None and (amount > most if calls else amount >= most):
                return f"budget.{name} = {most} is spent"
        return f"budget.seconds = {self._ceilings['seconds']} is spent" if self.overdue else ""


def prompt_tokens(prompt: Prompt) -> int:
    """Return an estimate of the tokens of a prompt's messages."""
    return sum(rough_tokens(message.content) for message in prompt.messages)
