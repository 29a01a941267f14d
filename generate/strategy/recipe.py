"""`Recipe`: which strategy writes, and what is put around it; made of settings, and able to say what it will call.

From the inside out: the base writes a draft, votes see whether further answers agree, critique and revision mend it, evolution makes it
harder. Each may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generate.examine import examine
from generate.intrusion import instructing
from generate.sample import Failure
from generate.strategy import Strategy, decompose, dialogue, evolve, facts, reasoned, refine, single, votes
from generate.strategy.written import Setup
from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned
    from generate.strategy.steps import Steps, Writer
    from generate.template import Templates


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """How many model calls a sample takes: at least, at most; the most of a draft that is never refused is between."""

    least: int
    most: int
    expected: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A base strategy and its wrappers.

    `answers` is how many answers are compared (1: none), `agreement` the share that must agree. `rounds` is how often a draft may be
    revised; `verdicts` lets the judge criticise, `validator` a second model. `ways` are those of evolution. `turns` are of a dialogue.
    """

    base: Strategy = Strategy.SINGLE
    answers: int = 1
    agreement: float = 0.5
    rounds: int = 0
    verdicts: bool = True
    validator: bool = False
    ways: tuple[str, ...] = ()
    turns: int = 3

    def __post_init__(self) -> None:
        unknown = [way for way in self.ways if way not in evolve.WAYS]
        if unknown:
            raise SettingsError(f'there is no way of evolution "{unknown[0]}"; known: {", ".join(evolve.WAYS)}')

    @property
    def name(self) -> str:
        """The base and what is around it, as in "single+answers3+refine2+validator"."""
        wrapped = [
            f"answers{self.answers}" if self.answers > 1 else "",
            f"refine{self.rounds}" if self.rounds else "",
            "validator" if self.rounds and self.validator else "",
            "-".join(("evolve", *self.ways)) if self.ways else "",
        ]
        return "+".join([str(self.base), *(each for each in wrapped if each)])

    def writer(self, *, templates: Templates | None = None, temperature: float | None = None) -> Writer:
        """Return the steps of one item; temperature None takes what the base works best with."""
        setup = Setup(templates=templates, temperature=0.5 if temperature is None else temperature)
        write = self._base(setup, cool=0.3 if temperature is None else temperature)
        if self.answers > 1:
            write = votes.writer(write, setup, answers=self.answers, agreement=self.agreement)
        if self.rounds:
            write = refine.writer(write, setup, rounds=self.rounds, verdicts=self.verdicts, validator=self.validator)
        if self.ways:
            write = evolve.writer(write, setup, ways=self.ways)

        def checked(planned: Planned) -> Steps:
            if said := instructing(planned.passages):
                return Failure(kind="instructing-source", message=f'its source speaks to a model: "{said}"')
            return examine(planned, (yield from write(planned)))

        return checked

    def _base(self, setup: Setup, *, cool: float) -> Writer:
        match self.base:
            case Strategy.DECOMPOSE:
                return decompose.writer(templates=setup.templates, temperature=cool)
            case Strategy.CHAIN_OF_THOUGHT:
                return reasoned.writer(setup)
            case Strategy.FACTS:
                return facts.writer(setup)
            case Strategy.DIALOGUE:
                return dialogue.writer(setup, turns=self.turns)
            case _:
                return single.writer(templates=setup.templates, temperature=setup.temperature)

    def calls(self, *, documents: int = 1) -> Calls:
        """Return the calls one sample over so many documents takes; expected is for drafts of which half need a revision."""
        base = {
            Strategy.DECOMPOSE: documents,
            Strategy.FACTS: facts.CALLS,
            Strategy.DIALOGUE: 2 * self.turns,
        }.get(self.base, 1)
        fixed = base + self.answers - 1 + len(self.ways)
        judging = int(self.validator and self.rounds > 0)
        most = fixed + self.rounds * (1 + judging)
        likely = fixed + judging + 0.5 * min(self.rounds, 1) * (1 + judging * (self.rounds > 1))
        least = 0 if self.base is Strategy.DECOMPOSE else 1
        return Calls(least=least, most=most, expected=min(float(most), likely))
