"""The entailment model in the package: a MiniLM cross-encoder of 8 bits under ONNX Runtime, on all cores, offline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.errors import MissingModel
from verify.verdict import Entailment

if TYPE_CHECKING:
    from verify.nli import Pair

WEIGHTS = Path(__file__).parent / "weights"
MODEL = "nli-minilm.onnx"
TOKENS_A_BATCH = 8_192
"""Padded tokens a batch may hold; more gains nothing on a CPU and costs memory."""


class OnnxEntailment:
    """A three-class cross-encoder from a folder with `nli-minilm.onnx` and `tokenizer.json`.

    `path` is the folder or the .onnx file, by default the one in the package. Pairs longer than `max_length` tokens
    lose the end of the premise. `batch` is the most pairs at once. The logits are in the order entailment, neutral,
    contradiction. Raises MissingModel when a file is not there.
    """

    def __init__(self, path: Path | None = None, *, max_length: int = 256, batch: int = 64, threads: int = 0) -> None:
        path = WEIGHTS if path is None else path
        self._model = path if path.suffix == ".onnx" else path / MODEL
        vocabulary = self._model.parent / "tokenizer.json"
        for file in (self._model, vocabulary):
            if not file.is_file():
                raise MissingModel(
                    f"{file}: the entailment model is not there; reinstall groundsmith or name another model"
                )
        self._batch = batch
        self._tokenizer = _tokenizer(vocabulary, max_length=max_length)
        self._session = _session(self._model, threads=threads)
        self._inputs = {each.name for each in self._session.get_inputs()}
        digest = hashlib.blake2b(self._model.read_bytes(), digest_size=6).hexdigest()
        self.name = f"onnx:{self._model.stem}:{digest}:{max_length}"

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair; equal pairs are judged once, pairs of like length together."""
        distinct = list(dict.fromkeys(pairs))
        encoded = self._tokenizer.encode_batch(distinct) if distinct else []
        order = sorted(range(len(distinct)), key=lambda i: (len(encoded[i].ids), i))
        judged: dict[Pair, Entailment] = {}
        for some in _batches(order, [len(each.ids) for each in encoded], most=self._batch):
            scores = self._scores([encoded[i] for i in some])
            judged.update((distinct[i], score) for i, score in zip(some, scores, strict=True))
        return [judged[pair] for pair in pairs]

    def _scores(self, encoded: Sequence[Any]) -> list[Entailment]:
        import numpy as np

        length = max(len(each.ids) for each in encoded)
        columns = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        feed = {}
        for name, attribute in columns.items():
            if name in self._inputs:
                rows = np.zeros((len(encoded), length), dtype=np.int64)
                for row, each in zip(rows, encoded, strict=True):
                    values = getattr(each, attribute)
                    row[: len(values)] = values
                feed[name] = rows
        logits = self._session.run(None, feed)[0].astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return [Entailment(entailment=float(e), neutral=float(n), contradiction=float(c)) for e, n, c in shares]


def _tokenizer(path: Path, *, max_length: int) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length, strategy="only_first")
    return _Careful(tokenizer, max_length)


class _Careful:
    """A tokenizer that cuts the premise first, and the hypothesis too where that alone fills the room."""

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        self._tokenizer = tokenizer
        self._max_length = max_length

    def encode_batch(self, pairs: Sequence[Pair]) -> list[Any]:
        room = self._max_length // 2
        return list(self._tokenizer.encode_batch([(premise, self._cut(text, room)) for premise, text in pairs]))

    def _cut(self, hypothesis: str, room: int) -> str:
        if len(hypothesis) <= room:
            return hypothesis
        self._tokenizer.no_truncation()
        encoded = self._tokenizer.encode(hypothesis, add_special_tokens=False)
        self._tokenizer.enable_truncation(self._max_length, strategy="only_first")
        return hypothesis if len(encoded.ids) <= room else hypothesis[: encoded.offsets[room - 1][1]]


def _session(path: Path, *, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - the runtime raises several private types
        raise MissingModel(f"{path}: the entailment model cannot be read ({error}); reinstall groundsmith") from error


def _batches(order: Sequence[int], lengths: Sequence[int], *, most: int) -> Iterator[list[int]]:
    """Cut `order`, shortest first, into batches of at most `most` pairs and TOKENS_A_BATCH padded tokens."""
    some: list[int] = []
    for i in order:
        if some and (len(some) == most or lengths[i] * (len(some) + 1) > TOKENS_A_BATCH):
            yield some
            some = []
        some.append(i)
    if some:
        yield some
