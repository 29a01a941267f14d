"""Entailment models and fact-checkers of a hub or a folder, by name: which kind it is is read from its configuration.

Four kinds. Classifiers with named inference labels go to `TransformersEntailment`; an ONNX file to `OnnxEntailment`, in
the order its configuration names. Fact-checkers answer yes or no: MiniCheck, an encoder over "document</s>claim" whose class 1 is
support, or Flan-T5 asked "predict: document</s>claim", whose first output token is 1 or 0 (Tang et al. 2024,
arXiv:2404.10774). HHEM gives one score: version 1 a cross-encoder of one output, version 2 a T5 token
classifier read at its first token (Vectara). What answers yes, no or a score knows no contradiction, so that is 0.

No code of a model's author is run: `trust_remote_code` stays off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.errors import MissingModel
from verify.nli_onnx import OnnxEntailment
from verify.nli_transformers import TransformersEntailment, label_order, libraries
from verify.verdict import Entailment

if TYPE_CHECKING:
    from verify.nli import EntailmentModel, Pair

PREFIXES = ("hub:", "yes-no:", "score:", "onnx:")
HHEM_PROMPT = "<pad> Determine if the hypothesis is true given the premise?\n\nPremise: {text1}\n\nHypothesis: {text2}"
_YES_NO, _SCORED = ("minicheck",), ("hhem", "hallucination_evaluation")
_T5_NO, _T5_YES = "0", "1"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """How a fact-checker is asked and read: `feed` makes its input of pairs, `read` probabilities of its output."""

    feed: Callable[[Sequence[Pair]], Any]
    read: Callable[[Any], Any]
    model: Any


class FactChecker:
    """A model that gives one probability of support a pair; the rest is neutral. Pairs over `max_length` tokens are cut."""

    def __init__(self, name: str, form: _Form, *, batch: int = 16) -> None:
        self.name = name
        self._form, self._batch = form, batch

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair; equal pairs are judged once, pairs of like length together."""
        torch, _ = libraries()
        distinct = sorted(dict.fromkeys(pairs), key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
        judged: dict[Pair, Entailment] = {}
        for start in range(0, len(distinct), self._batch):
            some = distinct[start : start + self._batch]
            with torch.inference_mode():
                shares = self._form.read(self._form.feed(some)).float().tolist()
            judged.update((pair, _supported(share)) for pair, share in zip(some, shares, strict=True))
        return [judged[pair] for pair in pairs]


def _supported(share: float) -> Entailment:
    return Entailment(entailment=share, neutral=1.0 - share, contradiction=0.0)


def hub_model(name: str, *, max_length: int = 512) -> EntailmentModel:
    """Return the model of this name or folder, whatever its kind.

    "yes-no:" or "score:" before the name says what a model is whose configuration does not; "onnx:" names a folder or
    file with tokenizer.json and config.json beside, and is not needed where a folder holds no other weights; "hub:" may
    stand before any name. Raises MissingModel when it cannot be had or is no judge of inference, MissingDependency
    without torch.
    """
    kind, name = _told(name)
    if kind == "onnx" or name.endswith(".onnx") or (not kind and _of_onnx(Path(name))):
        return onnx_model(Path(name), max_length=max_length)
    if Path(name).is_dir() and not (Path(name) / "config.json").is_file():
        raise MissingModel(f"{name}: the folder holds no model: neither an .onnx file nor a config.json is there")
    _, transformers = libraries()
    try:
        config = transformers.PretrainedConfig.get_config_dict(name)[0]
    except (OSError, ValueError) as error:
        raise MissingModel(f"{name}: the entailment model cannot be loaded ({error})") from error
    kind = kind or _kind(name, config)
    if kind == "nli":
        return TransformersEntailment(name, max_length=max_length)
    makers = {"yes-no": _classifier, "yes-no-t5": _seq2seq, "score": _scorer, "hhem-2": _hhem}
    if kind == "yes-no" and _is_t5(config):
        kind = "yes-no-t5"
    try:
        form = makers[kind](name, config, max_length)
    except (OSError, ValueError, KeyError) as error:
        raise MissingModel(f"{name}: the entailment model cannot be loaded ({error})") from error
    return FactChecker(f"{kind}:{name}:{max_length}", form)


def _told(name: str) -> tuple[str, str]:
    """The kind said in front of a name, empty when none is, and the name."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return prefix.rstrip(":").removeprefix("hub"), name.removeprefix(prefix)
    return "", name


def _is_t5(config: dict[str, Any]) -> bool:
    return bool(config.get("is_encoder_decoder")) or config.get("model_type") == "t5"


def _kind(name: str, config: dict[str, Any]) -> str:
    """What a model is, by its configuration and, where that leaves it open, its name; raises MissingModel otherwise."""
    low = f"{name} {config.get('_name_or_path', '')}".lower()
    if str(config.get("model_type", "")).startswith("HHEMv2"):
        return "hhem-2"
    if any(word in low for word in _YES_NO):
        return "yes-no"
    if any(word in low for word in _SCORED):
        return "score"
    if _is_t5(config):
        remedy = "write yes-no: before its name if it is asked as MiniCheck is"
        raise MissingModel(f"{name}: a model that writes text, not an entailment model; {remedy}")
    return "nli"


def _loaded(name: str, kind: str) -> tuple[Any, Any, Any]:
    torch, transformers = libraries()
    tokenizer = transformers.AutoTokenizer.from_pretrained(name)
    model = getattr(transformers, kind).from_pretrained(name).eval()
    return torch, tokenizer, model.to("cuda" if torch.cuda.is_available() else "cpu")


def _fed(tokenizer: Any, model: Any, texts: list[str], max_length: int) -> Any:  # noqa: ANN401 - of transformers
    feed = tokenizer(texts, truncation=True, max_length=max_length, padding=True, return_tensors="pt")
    return feed.to(model.device)


def _joined(tokenizer: Any, pair: Pair, room: int) -> str:  # noqa: ANN401 - of transformers
    """Return "document</s>claim", the document cut so that the claim is kept."""
    premise, hypothesis = pair
    end = tokenizer.eos_token or tokenizer.sep_token or "</s>"
    left = max(8, room - len(tokenizer(hypothesis, add_special_tokens=False)["input_ids"]) - 8)
    if len(premise) > left:
        numbers = tokenizer(premise, add_special_tokens=False)["input_ids"]
        premise = premise if len(numbers) <= left else str(tokenizer.decode(numbers[:left]))
    return f"{premise}{end}{hypothesis}"


def _classifier(name: str, config: dict[str, Any], max_length: int) -> _Form:
    """MiniCheck as an encoder: class 1 of two is support, or the class whose label says so."""
    torch, tokenizer, model = _loaded(name, "AutoModelForSequenceClassification")
    support = _support_class(model.config.id2label, name)

    def feed(pairs: Sequence[Pair]) -> Any:  # noqa: ANN401 - a tensor
        texts = [_joined(tokenizer, pair, max_length) for pair in pairs]
        return model(**_fed(tokenizer, model, texts, max_length)).logits

    return _Form(feed=feed, read=lambda logits: torch.softmax(logits, dim=-1)[:, support], model=model)


def _support_class(labels: dict[int, str], name: str) -> int:
    if len(labels) != 2:
        raise MissingModel(f"{name}: a yes-no model has two classes, this one {len(labels)}")
    try:
        return label_order(labels, model=name)["entailment"]
    except MissingModel:
        return 1


def _seq2seq(name: str, config: dict[str, Any], max_length: int) -> _Form:
    """MiniCheck as Flan-T5: the first token written is 1 for support, 0 for none."""
    torch, tokenizer, model = _loaded(name, "AutoModelForSeq2SeqLM")
    answers = [tokenizer(text, add_special_tokens=False)["input_ids"][0] for text in (_T5_NO, _T5_YES)]
    if answers[0] == answers[1]:
        raise MissingModel(f"{name}: its words for 0 and 1 begin alike, so yes cannot be told from no")

    def feed(pairs: Sequence[Pair]) -> Any:  # noqa: ANN401 - a tensor
        texts = [f"predict: {_joined(tokenizer, pair, max_length)}" for pair in pairs]
        given = _fed(tokenizer, model, texts, max_length)
        start = torch.full((len(pairs), 1), model.config.decoder_start_token_id or 0, device=model.device)
        return model(**given, decoder_input_ids=start).logits[:, 0, answers]

    return _Form(feed=feed, read=lambda logits: torch.softmax(logits, dim=-1)[:, 1], model=model)


def _scorer(name: str, config: dict[str, Any], max_length: int) -> _Form:
    """HHEM 1 and other cross-encoders of one output: its logistic is the probability of support."""
    torch, tokenizer, model = _loaded(name, "AutoModelForSequenceClassification")
    if model.config.num_labels != 1:
        raise MissingModel(f"{name}: a score model has one output, this one {model.config.num_labels}")

    def feed(pairs: Sequence[Pair]) -> Any:  # noqa: ANN401 - a tensor
        given = tokenizer(
            [pair[0] for pair in pairs], [pair[1] for pair in pairs],
            truncation=True, max_length=max_length, padding=True, return_tensors="pt",
        )  # fmt: skip
        return model(**given.to(model.device)).logits[:, 0]

    return _Form(feed=feed, read=torch.sigmoid, model=model)


def _hhem(name: str, config: dict[str, Any], max_length: int) -> _Form:
    """HHEM 2: a T5 token classifier over a prompt; class 1 at the first token is support. Its own code is not needed."""
    torch, transformers = libraries()
    foundation = config.get("foundation") or "google/flan-t5-base"
    tokenizer = transformers.AutoTokenizer.from_pretrained(foundation)
    base = transformers.AutoConfig.from_pretrained(foundation)
    base.num_labels = 2
    weights = {key.removeprefix("t5."): value for key, value in _weights(name).items()}
    model = transformers.T5ForTokenClassification(base)
    lost = model.load_state_dict(weights, strict=False)
    left = [key for key in lost.missing_keys if "embed_tokens" not in key]
    if left or lost.unexpected_keys:
        raise MissingModel(f"{name}: its weights are not those of HHEM 2 (no {', '.join(left[:2]) or 'match'})")
    model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    prompt = str(config.get("prompt") or HHEM_PROMPT)

    def feed(pairs: Sequence[Pair]) -> Any:  # noqa: ANN401 - a tensor
        texts = [prompt.replace("{text2}", claim).replace("{text1}", premise) for premise, claim in pairs]
        return model(**_fed(tokenizer, model, texts, 4 * max_length)).logits[:, 0]

    return _Form(feed=feed, read=lambda logits: torch.softmax(logits, dim=-1)[:, 1], model=model)


def _weights(name: str) -> dict[str, Any]:
    from safetensors.torch import load_file
    from transformers.utils import cached_file

    found = cached_file(name, "model.safetensors")
    if found is None:
        raise MissingModel(f"{name}: there is no model.safetensors")
    return dict(load_file(found))


class OrderedEntailment:
    """An ONNX model whose outputs stand in another order than entailment, neutral, contradiction."""

    def __init__(self, model: EntailmentModel, order: dict[str, int]) -> None:
        self.name = f"{model.name}:{order['entailment']}{order['contradiction']}"
        self._model, self._order = model, order

    def entail(self, pairs: Sequence[Pair]) -> list[Entailment]:
        """Return one Entailment a pair."""
        return [self._turned(each) for each in self._model.entail(pairs)]

    def _turned(self, each: Entailment) -> Entailment:
        row = (each.entailment, each.neutral, each.contradiction)
        entailment, contradiction = row[self._order["entailment"]], row[self._order["contradiction"]]
        return Entailment(
            entailment=entailment, neutral=max(0.0, 1.0 - entailment - contradiction), contradiction=contradiction
        )


def _of_onnx(folder: Path) -> bool:
    """Whether a folder holds an ONNX model and no weights of torch."""
    return any(folder.glob("*.onnx")) and not any((*folder.glob("*.safetensors"), *folder.glob("*.bin")))


def onnx_model(path: Path, *, max_length: int = 512) -> EntailmentModel:
    """Return a three-class ONNX model in a folder with tokenizer.json, its labels in the order config.json names.

    Raises MissingModel when a file is not there or the labels are not the three of inference.
    """
    path = path.expanduser()
    file = path if path.suffix == ".onnx" else next(iter(sorted(path.glob("*.onnx"))), path / "model.onnx")
    config = file.parent / "config.json"
    try:
        labels = json.loads(config.read_text(encoding="utf-8"))["id2label"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingModel(f"{config}: no id2label is to be read there, so its outputs have no names") from error
    order = label_order({int(number): str(label) for number, label in labels.items()}, model=str(file))
    if len(labels) != 3 or "contradiction" not in order:
        raise MissingModel(f"{file}: an ONNX model must have the classes entailment, neutral and contradiction")
    return OrderedEntailment(OnnxEntailment(file, max_length=max_length), order)
