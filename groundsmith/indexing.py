"""A language model as extractor of concepts: the calls that `graph.schema_extract` wants, journalled and cached."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from generate.journal import Journalled
from generate.model import Completion, LanguageModel, Price, Usage
from generate.prompt import Message, Prompt, neutralise

if TYPE_CHECKING:
    from generate.journal import Journal
    from graph.extraction import Extractor
    from groundsmith.render import Ticker
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace

INDEXING_VERSION = 1
MAX_TOKENS = 500
TEMPERATURE = 0.0


class Indexer:
    """Asks a language model about passages, several at once; `problem` is why the last call that failed did."""

    def __init__(self, model: LanguageModel, journal: Journal, settings: Settings, *, tick: Ticker) -> None:
        self._model = Journalled(model, journal)
        self._journal, self._settings, self._tick = journal, settings, tick
        self._begun, self._usage = 0, Usage()
        self._started = time.monotonic()
        self.problem = ""

    @property
    def name(self) -> str:
        """The model and how it is asked."""
        wanted = self._settings.model
        return f"{self._model.name}.v{INDEXING_VERSION}:{wanted.temperature}:{wanted.max_tokens}"

    def ask(self, instruction: str, texts: Sequence[str], schema: Mapping[str, Any]) -> list[str | None]:
        """Return an answer for each text, None where a call failed or the budget is spent."""
        prompts = [_prompt(instruction, text, schema) for text in texts]
        replies: list[str | None] = []
        done = self._model.complete_many(self._affordable(prompts), workers=self._settings.model.parallel)
        for number, found in done:
            self._tick(0, note=f"passage {number + 1} of {len(texts)}")
            if isinstance(found, Completion):
                self._usage = self._usage.plus(found)
                replies.append(found.text)
            else:
                self.problem = found.message
                replies.append(None)
        return replies + [None] * (len(texts) - len(replies))

    def _affordable(self, prompts: Iterable[Prompt]) -> Iterator[tuple[Prompt, int]]:
        """Yield the calls up to the first that would be new and for which the budget has no room."""
        for prompt in prompts:
            if self._journal.find(self._model.key(prompt, 0)) is None:
                if spent := self._spent():
                    self.problem = spent
                    return
                self._begun += 1
            yield prompt, 0

    def _spent(self) -> str:
        """Return which ceiling of the budget is reached, or nothing."""
        budget, model, usage = self._settings.budget, self._settings.model, self._usage
        price = Price(input=model.input_price or 0.0, output=model.output_price or 0.0)
        ceilings = (
            ("calls", budget.calls, self._begun),
            ("tokens", budget.tokens, usage.input_tokens + usage.output_tokens),
            ("money", budget.money, price.of(usage)),
            ("seconds", budget.seconds, time.monotonic() - self._started),
        )
        reached = (
            f"budget.{name} = {most} is spent" for name, most, used in ceilings if most is not None and used >= most
        )
        return next(reached, "")


def _prompt(instruction: str, text: str, schema: Mapping[str, Any]) -> Prompt:
    messages = (Message(role="system", content=instruction), Message(role="user", content=neutralise(text)))
    return Prompt(
        messages=messages,
        schema=schema,
        task="extract",
        template="indexing",
        template_version=INDEXING_VERSION,
        max_tokens=MAX_TOKENS,
        temperature=TEMPERATURE,
    )


@contextmanager
def indexed(
    workspace: Workspace, base: Extractor, *, tick: Ticker, model: LanguageModel | None = None
) -> Iterator[tuple[Extractor, Indexer | None]]:
    """Yield the extractor that the settings want over `base`, and what asks the model, None when none is asked.

    `model` replaces the one the settings name. Raises MissingModel when it cannot be had.
    """
    if workspace.settings.graph.extractor == "spacy":
        yield base, None
        return
    from graph.schema_extract import SchemaExtractor
    from groundsmith.models import language_model

    with language_model(workspace) if model is None else nullcontext(model) as writer:
        indexer = Indexer(writer, workspace.journal, workspace.settings, tick=tick)
        yield SchemaExtractor(base, indexer.ask, model=indexer.name), indexer
