"""Any entailment model of a hub, or of a folder, through transformers and torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.errors import MissingDependency, MissingModel
from verify.verdict import Entailment

if TYPE_CHECKING:
    from verify.nli import Pair


class TransformersEntailment:
    """A sequence classifier by hub name or folder; which output is which class is read from its configuration.

    A model of two classes (entailment or not) leaves contradiction at 0. Raises MissingDependency without torch,
    MissingModel when the name cannot be loaded or its labels are not those of inference. Pairs longer than `max_length` tokens
    lose the end of the premise.
    """

    def __init__(self, model: str, *, max_length: int = 512, batch: int = 32, device: str | None = None) -> None:
        torch, transformers = libraries()
        self._torch = torch
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(model)
            self._model = transformers.AutoModelForSequenceClassification.from_pretrained(model)
        except (OSError, ValueError) as error:
            raise MissingModel(f"{model}: the entailment model cannot be loaded ({error})") from error
        self._order = label_order(self._model.config.id2label, model=model)
        self._model.to(self._device).eval()
        self._max_length, self._batch = max_length, batch
        self.name = f"transformers:{model}:{max_length}"

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair; equal pairs are judged once, pairs of like length together."""
        distinct = sorted(dict.fromkeys(pairs), key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
        judged: dict[Pair, Entailment] = {}
        for start in range(0, len(distinct), self._batch):
            some = distinct[start : start + self._batch]
            judged.update(zip(some, self._scores(some), strict=True))
        return [judged[pair] for pair in pairs]

    def _scores(self, pairs: Sequence[Pair]) -> list[Entailment]:
        premises, hypotheses = [pair[0] for pair in pairs], [self._cut(pair[1]) for pair in pairs]
        feed = self._tokenizer(
            premises,
            hypotheses,
            truncation="only_first",
            max_length=self._max_length,
            padding=True,
            return_tensors="pt",
        ).to(self._device)
        with self._torch.inference_mode():
            shares = self._torch.softmax(self._model(**feed).logits.float(), dim=-1).tolist()
        return [self._entailment(row) for row in shares]

    def _cut(self, hypothesis: str) -> str:
        """The hypothesis, or its beginning where it would leave the premise less than half of the room."""
        room = self._max_length // 2
        if len(hypothesis) <= room:
            return hypothesis
        numbers = self._tokenizer(hypothesis, add_special_tokens=False)["input_ids"]
        return hypothesis if len(numbers) <= room else str(self._tokenizer.decode(numbers[:room]))

    def _entailment(self, row: Sequence[float]) -> Entailment:
        entailment = row[self._order["entailment"]]
        contradiction = row[self._order["contradiction"]] if "contradiction" in self._order else 0.0
        return Entailment(
            entailment=entailment, neutral=max(0.0, 1.0 - entailment - contradiction), contradiction=contradiction
        )


def label_order(labels: Mapping[int, str], *, model: str) -> dict[str, int]:
    """Return the output number of "entailment" and, where there is one, of "contradiction", by the labels' names.

    Raises MissingModel for labels that do not name an entailment class.
    """
    order: dict[str, int] = {}
    for index, label in labels.items():
        low = label.lower().replace("-", "_")
        if low.startswith("contradict"):
            order["contradiction"] = int(index)
        elif low.startswith(("entail", "support")):
            order["entailment"] = int(index)
    if "entailment" not in order:
        raise MissingModel(f"{model}: not an entailment model; its labels are {', '.join(labels.values())}")
    return order


def libraries() -> tuple[Any, Any]:
    """Return the modules torch and transformers; raises MissingDependency where torch is not installed."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingDependency(
            'torch is not installed, and entailment models of a hub need it: pip install "groundsmith[torch]"'
        ) from error
    return torch, transformers
