"""The entailment model in the package: a MiniLM cross-encoder of 8 bits under ONNX Runtime, on all cores, offline."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.embed_onnx import SLOWER
from knowledge.errors import MissingModel
from verify.verdict import Entailment

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

    from verify.nli import Pair

WEIGHTS = Path(__file__).parent / "weights"
MODEL = "nli-minilm.onnx"


class OnnxEntailment:
    """A three-class cross-encoder from a folder with `nli-minilm.onnx` and `tokenizer.json`.

    `path` is the folder or the .onnx file, by default the one in the package. Pairs longer than `max_length` tokens
    lose the end of the premise. `threads` is how many pairs are judged at once, 0 for one a core. The logits are in the
    order entailment, neutral, contradiction. Raises MissingModel when a file is not there.

    Each pair is a pass of its own: with dynamic 8-bit rounding a pair's score would otherwise depend on its neighbours in
    the batch, and on short texts a pool of single passes is no slower than padded batches.
    """

    def __init__(self, path: Path | None = None, *, max_length: int = 256, threads: int = 0) -> None:
        path = WEIGHTS if path is None else path
        self._model = path if path.suffix == ".onnx" else path / MODEL
        vocabulary = self._model.parent / "tokenizer.json"
        for file in (self._model, vocabulary):
            if not file.is_file():
                raise MissingModel(
                    f"{file}: the entailment model is not there; reinstall groundsmith or name another model"
                )
        self._threads = threads or _cores()
        self._tokenizer = _tokenizer(vocabulary, max_length=max_length)
        self._session = _session(self._model)
        self._inputs = {each.name for each in self._session.get_inputs()}
        digest = hashlib.blake2b(self._model.read_bytes(), digest_size=6).hexdigest()
        self.name = f"onnx:{self._model.stem}:{digest}:{max_length}"

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair; equal pairs are judged once."""
        distinct = list(dict.fromkeys(pairs))
        encoded = self._tokenizer.encode_batch(distinct) if distinct else []
        with ThreadPoolExecutor(self._threads) as pool:
            judged = dict(zip(distinct, pool.map(self._score, encoded), strict=True))
        return [judged[pair] for pair in pairs]

    def _score(self, encoded: Encoding) -> Entailment:
        import numpy as np

        columns = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        feed = {
            name: np.array([getattr(encoded, attribute)], dtype=np.int64)
            for name, attribute in columns.items()
            if name in self._inputs
        }
        logits = self._session.run(None, feed)[0][0].astype(np.float64)
        powers = np.exp(logits - logits.max())
        entailment, neutral, contradiction = (float(share) for share in powers / powers.sum())
        return Entailment(entailment=entailment, neutral=neutral, contradiction=contradiction)


def _cores() -> int:
    """The cores this process may use, where the system says."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tokenizer(path: Path, *, max_length: int) -> _Careful:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length, strategy="only_first")
    return _Careful(tokenizer, max_length)


class _Careful:
    """A tokenizer that cuts the premise first, and the hypothesis too where that alone fills the room."""

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        self._tokenizer = tokenizer
        self._max_length = max_length

    def encode_batch(self, pairs: Sequence[Pair]) -> list[Encoding]:
        room = self._max_length // 2
        return list(self._tokenizer.encode_batch([(premise, self._cut(text, room)) for premise, text in pairs]))

    def _cut(self, hypothesis: str, room: int) -> str:
        if len(hypothesis) <= room:
            return hypothesis
        self._tokenizer.no_truncation()
        encoded = self._tokenizer.encode(hypothesis, add_special_tokens=False)
        self._tokenizer.enable_truncation(self._max_length, strategy="only_first")
        return hypothesis if len(encoded.ids) <= room else hypothesis[: encoded.offsets[room - 1][1]]


def _session(path: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=[SLOWER]
        )
    except Exception as error:
        raise MissingModel(f"{path}: the entailment model cannot be read ({error}); reinstall groundsmith") from error
