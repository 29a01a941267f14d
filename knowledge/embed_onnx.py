"""The default embedder: all-MiniLM-L6-v2 as int8 ONNX, in the package, on the CPU, without a network.

Each text is a forward pass of its own, on one thread, and as many run at once as there are cores. An int8 model
with dynamic quantisation scales its activations by the largest in the batch, so in a batch a text's vector would
depend on its neighbours (cosine down to 0.985 between batches); alone, equal texts have equal vectors for ever.
It is also half as fast again per core, since nothing is padded: see docs/benchmarks/embedder.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import MissingModel

if TYPE_CHECKING:
    import numpy
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 256
"""What the model was trained to read; longer texts are cut there."""


class OnnxEmbedder:
    """Embeds with an ONNX encoder that pools and normalises inside its graph. Safe to share between threads.

    `weights` is a folder with `minilm.onnx` and `tokenizer.json`; `threads` is how many texts are embedded at
    once, by default one a core. The files are read at the first call. Raises MissingModel when they are not there.
    """

    name = "all-MiniLM-L6-v2-int8"
    dimensions = 384

    def __init__(self, weights: Path = WEIGHTS, *, threads: int | None = None) -> None:
        self._weights = weights
        self._threads = threads or _cores()
        self._loading = threading.Lock()

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 unit vector for each text, in order; shape (n, 384)."""
        import numpy

        vectors = numpy.zeros((len(texts), self.dimensions), dtype=numpy.float32)
        if len(texts) > 1:
            encoded = self._tokenizer.encode_batch_fast(list(texts))
            with ThreadPoolExecutor(self._threads) as pool:
                for row, vector in zip(vectors, pool.map(self._forward, encoded), strict=True):
                    row[:] = vector
        elif texts:
            vectors[0] = self._forward(self._tokenizer.encode(texts[0]))
        return vectors

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model sees in `text`, its two marks left out and nothing cut."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def _forward(self, encoded: Encoding) -> numpy.ndarray:
        import numpy

        ids = numpy.array([encoded.ids], dtype=numpy.int64)
        [vectors] = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": numpy.ones_like(ids)})
        return vectors[0]  # type: ignore[no-any-return]

    def _file(self, name: str) -> str:
        path = self._weights / name
        if not path.is_file():
            raise MissingModel(f"{path}: the embedder's file is not there; reinstall groundsmith")
        return str(path)

    @cached_property
    def _counter(self) -> Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(self._file("tokenizer.json"))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        with self._loading:
            tokenizer = Tokenizer.from_file(self._file("tokenizer.json"))
            tokenizer.enable_truncation(MAX_TOKENS)
            return tokenizer

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        with self._loading:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            return onnxruntime.InferenceSession(
                self._file("minilm.onnx"), sess_options=options, providers=["CPUExecutionProvider"]
            )


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
