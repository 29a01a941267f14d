"""A language model as extractor of concepts: the calls that `graph.schema_extract` wants, journalled and cached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from generate.journal import Journalled
from generate.model import Completion, LanguageModel
from generate.prompt import Message, Prompt, neutralise
from groundsmith.spending import budget_for

if TYPE_CHECKING:
    from graph.extraction import Extractor
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace

INDEXING_VERSION = 1
MAX_TOKENS = 500
TEMPERATURE = 0.0


class Indexer:
    """Asks a language model about passages, several at once; `problem` is why the last call that failed did."""

    def __init__(self, model: LanguageModel, workspace: Workspace, *, tick: Ticker) -> None:
        self._model = Journalled(model, workspace.journal)
        self._wanted, self._tick = workspace.settings.model, tick
        self._budget = budget_for(workspace, model=model.name)
        self.problem = ""

    @property
    def name(self) -> str:
        """The model and how it is asked."""
        return f"{self._model.name}.v{INDEXING_VERSION}:{self._wanted.temperature}:{self._wanted.max_tokens}"

    def ask(self, instruction: str, texts: Sequence[str], schema: Mapping[str, Any]) -> list[str | None]:
        """Return an answer for each text, None where a call failed or the budget is spent."""
        prompts = [(_prompt(instruction, text, schema), 0) for text in texts]
        replies: list[str | None] = []
        done = self._model.complete_many(prompts, workers=self._wanted.parallel, budget=self._budget)
        for number, found in done:
            self._tick(0, note=f"passage {number + 1} of {len(texts)}")
            if isinstance(found, Completion):
                replies.append(found.text)
            else:
                self.problem = found.message
                replies.append(None)
        if len(replies) < len(texts):
            self.problem = self._budget.spent
        return replies + [None] * (len(texts) - len(replies))


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

    `model` replaces the one the settings name. Raises MissingModel when it cannot be had, SettingsError when money is bounded and its
    price is not known.
    """
    if workspace.settings.graph.extractor == "spacy":
        yield base, None
        return
    from graph.schema_extract import SchemaExtractor
    from groundsmith.models import language_model

    with language_model(workspace) if model is None else nullcontext(model) as writer:
        indexer = Indexer(writer, workspace, tick=tick)
        yield SchemaExtractor(base, indexer.ask, model=indexer.name), indexer
