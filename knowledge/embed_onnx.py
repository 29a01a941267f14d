"""The default embedder: a MiniLM as int8 ONNX, in the package, on the CPU, without a network; or another ONNX encoder.

Each text is a forward pass of its own, on one thread, and as many run at once as there are cores. An int8 model
with dynamic quantisation scales its activations by the largest in the batch, so in a batch a text's vector would
depend on its neighbours (cosine down to 0.985 between batches); alone, equal texts have equal vectors for ever.
It is also half as fast again per core, since nothing is padded: see docs/benchmarks/embedder.md.
"""

from __future__ import annotations

import hashlib
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
DIMENSIONS = 384
_POOLED = ("embedding", "sentence_embedding")
MAX_TOKENS = 256
SLOWER = "SkipLayerNormFusion"
"""A fusion that ONNX Runtime makes by default; without it a batch takes an eighth less."""
"""What the model was trained to read; longer texts are cut there."""


class OnnxEmbedder:
    """Embeds with an ONNX encoder on the CPU. Safe to share between threads.

    `weights` is a folder with one .onnx file and `tokenizer.json`, or that file; `threads` is how many texts are embedded at
    once, by default one a core. A graph that pools, with an output "embedding" or "sentence_embedding", is taken at its
    word; of another the mean of the tokens' vectors is taken. `name` holds a digest of the weights, so that vectors of
    other weights are never mixed in. The files are read at the first call. Raises MissingModel when they are not there.
    """

    def __init__(self, weights: Path = WEIGHTS, *, threads: int | None = None) -> None:
        self._weights = weights
        self._threads = threads or _cores()
        self._loading = threading.Lock()

    def __reduce__(self) -> tuple[type[OnnxEmbedder], tuple[Path]]:
        """Another process gets the place of the weights, and opens them itself."""
        return OnnxEmbedder, (self._weights,)

    @cached_property
    def name(self) -> str:
        """The file's name and a digest of its bytes."""
        path = self._model
        return f"onnx:{path.stem}:{hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()}"

    @cached_property
    def dimensions(self) -> int:
        """The length of a vector."""
        return DIMENSIONS if self._weights == WEIGHTS else len(self._forward(self._tokenizer.encode("word")))

    def embed(self, texts: Sequence[str]) -> numpy.ndarray:
        """Return one float32 unit vector for each text, in order; shape (n, dimensions)."""
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

        session, output = self._session
        rows = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
        feed = {each.name: numpy.array([rows[each.name]], dtype=numpy.int64) for each in session.get_inputs()}
        [[found]] = session.run([output], feed)
        vector = found if output in _POOLED else found.mean(axis=0)
        # The graph in the package returns unit vectors: dividing them again would only move the last digit.
        return vector if output == _POOLED[0] else vector / numpy.linalg.norm(vector)  # type: ignore[no-any-return]

    @property
    def _model(self) -> Path:
        found = [self._weights] if self._weights.suffix == ".onnx" else sorted(self._weights.glob("*.onnx"))
        if len(found) != 1 or not found[0].is_file():
            remedy = "reinstall groundsmith" if self._weights == WEIGHTS else "name a folder with one .onnx file in it"
            raise MissingModel(f"{self._weights}: the embedder's weights are not there; {remedy}")
        return found[0]

    @property
    def _vocabulary(self) -> str:
        path = self._model.parent / "tokenizer.json"
        if not path.is_file():
            raise MissingModel(f"{path}: the embedder's vocabulary is not there; it belongs beside the .onnx file")
        return str(path)

    @cached_property
    def _counter(self) -> Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(self._vocabulary)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        with self._loading:
            tokenizer = Tokenizer.from_file(self._vocabulary)
            tokenizer.enable_truncation(MAX_TOKENS)
            return tokenizer

    @cached_property
    def _session(self) -> tuple[InferenceSession, str]:
        """The session, and the name of the output that is read."""
        import onnxruntime

        with self._loading:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(
                str(self._model), options, providers=["CPUExecutionProvider"], disabled_optimizers=[SLOWER]
            )
            names = [str(each.name) for each in session.get_outputs()]
            return session, next((name for name in _POOLED if name in names), names[0])


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
