"""How many pairs a second the entailment model judges, beside the `transformers` pipeline and bare ONNX Runtime.

The same pairs go through every contender in turn, a chunk at a time and in rotating order, so that what else the machine does falls on
all alike. The pipeline is used as its documentation shows, with the same network in 32-bit floats on torch.

python benchmarks/throughput.py --data ../shared/data --base path/to/all-MiniLM-L6-v2 --run path/to/training/run
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from verify.evidence import Evidence, windows
from verify.nli_onnx import MODEL, WEIGHTS, OnnxEntailment

SETS = ("policyqa_dev", "obliqa_dev", "ragtruth_sentences_dev", "squad2_answers_dev")
LONGEST = 256
BATCH = 32
Pair = tuple[str, str]
Scores = np.ndarray


@dataclass(kw_only=True)
class Contender:
    """Something that judges pairs: `prepare` is not timed, `judge` is."""

    name: str
    judge: Callable[[Any], Scores]
    prepare: Callable[[Sequence[Pair]], Any] = lambda pairs: pairs
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    scores: list[Scores] = field(default_factory=list)

    def take(self, pairs: Sequence[Pair]) -> None:
        """Judge a chunk and note what it took."""
        ready = self.prepare(pairs)
        wall, busy = time.perf_counter(), time.process_time()
        scores = self.judge(ready)
        self.seconds.append(time.perf_counter() - wall)
        self.processor.append(time.process_time() - busy)
        self.scores.append(scores)


def pairs_of(data: Path, count: int, *, seed: int) -> list[Pair]:
    """The premises and statements that the verifier would ask about, drawn evenly from four development sets."""
    drawn = random.Random(seed)
    found: list[Pair] = []
    for name in SETS:
        with gzip.open(data / "verification" / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        mine: list[Pair] = []
        for row in drawn.sample(rows, len(rows)):
            evidence = Evidence(passage_id="p", document_id="d", text=str(row["evidence"]))
            mine += [(window.premise, str(row["claim"])) for window in windows(str(row["claim"]), evidence)]
            if len(mine) >= count // len(SETS):
                break
        found += mine[: count // len(SETS)]
    drawn.shuffle(found)
    return list(dict.fromkeys(found))


def ours(threads: int) -> Contender:
    """The model as the product runs it: text in, probabilities out."""
    model = OnnxEntailment(threads=threads)

    def judge(pairs: Sequence[Pair]) -> Scores:
        return np.array([[each.entailment, each.neutral, each.contradiction] for each in model.entail(pairs)])

    return Contender(name="Groundsmith", judge=judge)


def bare(threads: int, *, size: int = BATCH, by_length: bool = False, at_once: bool = True) -> Contender:
    """ONNX Runtime alone on batches of `size` pairs that are tokenised and padded beforehand.

    The threads share each batch, as ONNX Runtime does by default; or, `at_once`, each has a batch of its own.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1 if at_once else threads
    session = onnxruntime.InferenceSession(str(WEIGHTS / MODEL), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST, strategy="only_first")
    tokenizer.enable_padding()
    wanted = {each.name for each in session.get_inputs()}

    def prepare(pairs: Sequence[Pair]) -> object:
        order = sorted(range(len(pairs)), key=lambda at: len(" ".join(pairs[at]))) if by_length else range(len(pairs))
        order = list(order)
        batches = []
        for start in range(0, len(order), size):
            encoded = tokenizer.encode_batch([pairs[at] for at in order[start : start + size]])
            columns = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
            arrays = {
                name: np.array([getattr(each, attribute) for each in encoded], dtype=np.int64)
                for name, attribute in columns.items()
                if name in wanted
            }
            batches.append(arrays)
        return order, batches

    def judge(ready: tuple[list[int], list[dict[str, Scores]]]) -> Scores:
        order, batches = ready
        with ThreadPoolExecutor(threads if at_once else 1) as pool:
            logits = np.concatenate(list(pool.map(lambda batch: session.run(None, batch)[0], batches)))
        return _probabilities(logits)[np.argsort(order)]

    shared = "a thread a batch" if at_once else "threads share a batch"
    batches_of = f"padded batches of {size}" if size > 1 else "one pair a pass"
    return Contender(
        name=f"bare ONNX Runtime, {batches_of}{', by length' if by_length else ''}, {shared}",
        judge=judge,
        prepare=prepare,
    )


def pipeline(base: Path, run: Path, *, batch: int, threads: int) -> Contender:
    """The `text-classification` pipeline of transformers over the trained network in 32-bit floats."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, TextClassificationPipeline
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.utils import logging

    from verify.training.network import load

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    network = load(base)
    network.load_state_dict(torch.load(run / "checkpoint.pt", weights_only=True)["model"])

    class Judge(BertForSequenceClassification):
        """The trained network under the interface that the pipeline expects."""

        def __init__(self, config: BertConfig) -> None:
            super().__init__(config)
            self.network = network

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor, **_: object
        ) -> SequenceClassifierOutput:
            return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask, token_type_ids))

    labels = ("entailment", "neutral", "contradiction")
    config = BertConfig.from_pretrained(str(base), num_labels=3, id2label=dict(enumerate(labels)))
    model = Judge(config).eval()
    model.bert, model.classifier = torch.nn.Identity(), torch.nn.Identity()
    tokenizer = AutoTokenizer.from_pretrained(str(base))
    pipe = TextClassificationPipeline(model=model, tokenizer=tokenizer, device=-1)
    name = "transformers pipeline, torch fp32" + (f", batch_size={batch}" if batch > 1 else "")

    def judge(ready: list[dict[str, str]]) -> Scores:
        told = pipe(ready, top_k=None, truncation="only_first", max_length=LONGEST, batch_size=batch)
        by_label = [{each["label"]: each["score"] for each in one} for one in told]
        return np.array([[one[label] for label in labels] for one in by_label])

    def prepare(pairs: Sequence[Pair]) -> object:
        return [{"text": premise, "text_pair": text} for premise, text in pairs]

    return Contender(name=name, judge=judge, prepare=prepare)


def _probabilities(logits: Scores) -> Scores:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def measure(contenders: Sequence[Contender], pairs: Sequence[Pair], *, chunk: int) -> None:
    """Run every contender over every chunk, in rotating order, after one chunk to warm up."""
    for contender in contenders:
        contender.take(pairs[:chunk])
        for list_ in (contender.seconds, contender.processor, contender.scores):
            list_.clear()
    for number, start in enumerate(range(0, len(pairs), chunk)):
        turn = number % len(contenders)
        for contender in [*contenders[turn:], *contenders[:turn]]:
            contender.take(pairs[start : start + chunk])


def report(contenders: Sequence[Contender], pairs: int) -> str:
    """The table in Markdown; the first contender is ours."""
    first = contenders[0]
    rows = [
        "| | pairs a second | a second of processor time | ours is | ours, median over chunks | same decision |",
        "|---|---|---|---|---|---|",
    ]
    for each in contenders:
        wall, busy = pairs / sum(each.seconds), pairs / sum(each.processor)
        ratio = sum(each.seconds) / sum(first.seconds)
        median = float(np.median(np.array(each.seconds) / np.array(first.seconds)))
        same = np.mean(np.concatenate(each.scores).argmax(-1) == np.concatenate(first.scores).argmax(-1))
        rows.append(f"| {each.name} | {wall:.1f} | {busy:.1f} | {ratio:.2f} × | {median:.2f} × | {same:.1%} |")
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of public data sets")
    parser.add_argument(
        "--base", type=Path, help="the folder of all-MiniLM-L6-v2; without it, transformers is left out"
    )
    parser.add_argument("--run", type=Path, help="the folder of the training run with checkpoint.pt")
    parser.add_argument("--pairs", type=int, default=512)
    parser.add_argument("--chunk", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--short", action="store_true", help="leave out the slower ways to run ONNX Runtime")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    pairs = pairs_of(given.data, given.pairs, seed=given.seed)
    contenders = [ours(given.threads), bare(given.threads, size=1), bare(given.threads, by_length=True)]
    if not given.short:
        contenders += [bare(given.threads), bare(given.threads, at_once=False)]
    if given.base and given.run:
        contenders += [pipeline(given.base, given.run, batch=size, threads=given.threads) for size in (1, BATCH)]
    measure(contenders, pairs, chunk=given.chunk)
    words = np.mean([len(f"{premise} {text}".split()) for premise, text in pairs])
    head = f"{len(pairs)} pairs, {words:.0f} words on average, {given.threads} threads, {platform.machine()}"
    told = f"{head}\n\n{report(contenders, len(pairs))}"
    print(told)
    if given.markdown:
        given.markdown.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
