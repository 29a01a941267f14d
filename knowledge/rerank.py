"""A second look at the best candidates, by a model that reads question and passage together. Off by default.

Two adapters: an ONNX cross-encoder from a folder, and any node postprocessor of llama-index by name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from knowledge.errors import MissingModel, ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 512


class Reranker(Protocol):
    """Says how well each of several passages answers one question."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float | None]:
        """Return a score for each text, higher is better, None for a text that is not worth keeping."""
        ...


class OnnxReranker:
    """A cross-encoder from a folder with one .onnx file and `tokenizer.json`, or from the .onnx file itself.

    Question and passage are read as a pair; pairs longer than `max_tokens` lose the end of the passage. The score is the
    logit where the model has one, else that of class `positive` less the highest other. Each pair is a pass of its own, so
    a score does not depend on its neighbours; `threads` pairs run at once, by default one a core. `passage_first` puts the
    passage first, as entailment models want it. Raises MissingModel when a file is not there.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_tokens: int = MAX_TOKENS,
        positive: int = 0,
        passage_first: bool = False,
        threads: int | None = None,
    ) -> None:
        found = sorted(path.glob("*.onnx")) if path.is_dir() else [path]
        if len(found) != 1 or not found[0].is_file() or not (found[0].parent / "tokenizer.json").is_file():
            raise MissingModel(f"{path}: a re-ranker is a folder with one .onnx file and tokenizer.json beside it")
        self._model = found[0]
        self._most, self._positive, self._passage_first = max_tokens, positive, passage_first
        self._threads = threads or os.cpu_count() or 1

    def scores(self, query: str, texts: Sequence[str]) -> list[float | None]:
        """Return the cross-encoder's score for each text."""
        if not texts:
            return []
        pairs = [(text, query) if self._passage_first else (query, text) for text in texts]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._score, self._tokenizer.encode_batch(pairs)))

    def _score(self, encoded: Encoding) -> float:
        import numpy

        rows = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
        wanted = {each.name for each in self._session.get_inputs()}
        feed = {name: numpy.array([row], dtype=numpy.int64) for name, row in rows.items() if name in wanted}
        logits = self._session.run(None, feed)[0].reshape(-1)
        if logits.size == 1:
            return float(logits[0])
        return float(logits[self._positive] - numpy.delete(logits, self._positive).max())

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._model.parent / "tokenizer.json"))
        tokenizer.enable_truncation(self._most, strategy="only_first" if self._passage_first else "only_second")
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._model), sess_options=options, providers=["CPUExecutionProvider"])


class LlamaIndexReranker:
    """Any llama-index node postprocessor; passages it leaves out are dropped. Raises ModelError when it fails."""

    def __init__(self, postprocessor: Any) -> None:  # noqa: ANN401 - llama-index's types are not seen by the checker
        self._postprocessor = postprocessor

    def scores(self, query: str, texts: Sequence[str]) -> list[float | None]:
        """Return the scores the postprocessor gives; where it gives none, the order it returns."""
        from llama_index.core.schema import NodeWithScore, TextNode

        nodes = [
            NodeWithScore(node=TextNode(id_=str(number), text=text), score=0.0) for number, text in enumerate(texts)
        ]
        try:
            kept = self._postprocessor.postprocess_nodes(nodes, query_str=query)
        except Exception as error:  # each postprocessor raises what its model or service does
            raise ModelError(f"the re-ranker {type(self._postprocessor).__name__} failed: {error}") from error
        given = any(node.score for node in kept)
        found: list[float | None] = [None] * len(texts)
        for place, node in enumerate(kept):
            found[int(node.node.node_id)] = float(node.score or 0.0) if given else float(len(kept) - place)
        return found
