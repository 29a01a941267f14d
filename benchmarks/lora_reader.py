"""A causal language model taught by LoRA on a dataset, on half of it and on unverified rows, and tried on a benchmark.

    python benchmarks/lora_reader.py verified.jsonl --benchmark exam.jsonl --unverified drafts.jsonl \
        --model SmolLM2-135M-Instruct.Q4_1.gguf --steps 60 --seeds 5 --markdown table.md

The model reads passage and question and continues with the answer; the loss is on the answer alone (Hu et al. 2021 for LoRA, on the
attention's projections). Each reader sees the same number of steps and, but for the half, of rows. The score is the F1 of the words of the
greedy answer against the benchmark's answer (SQuAD). `--model` is a hub name, a folder, or a GGUF file, which is unpacked to 32 bits.
Needs `pip install torch transformers peft` (and `gguf` for such files); a GPU is used if there is one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from groundsmith.reader import Asked  # noqa: E402
from groundsmith.trial import DRAFTS, HALF, WHOLE, Estimate, questions_of  # noqa: E402
from verify.words import words  # noqa: E402

UNTAUGHT = "no training"
LONGEST = 320
"""Tokens of a prompt with its answer; of longer ones the passage is cut."""
REPLY = 40


def prompted(asked: Asked) -> str:
    """What the model reads before the answer."""
    passage = " ".join(asked.contexts)[:1_000]
    return f"Passage: {passage}\nQuestion: {asked.question}\nAnswer:"


def f1(one: str, other: str) -> float:
    """The F1 of the words of two texts."""
    mine, yours = Counter(words(one)), Counter(words(other))
    shared = (mine & yours).total()
    return 2 * shared / (mine.total() + yours.total()) if shared else 0.0


class Learner:
    """A language model with a LoRA that can be taken off and begun anew."""

    def __init__(self, name: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.manual_seed(7)
        path = Path(name)
        more = {"gguf_file": path.name} if path.suffix == ".gguf" else {}
        folder = str(path.parent) if more else name
        self._torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(folder, **more)
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self._base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).to(self.device)

    def taught(self, rows: Sequence[Asked], *, steps: int, batch: int, rate: float, seed: int) -> Any:  # noqa: ANN401 - peft's model
        """Return the model with a LoRA trained on rows drawn with the seed."""
        from peft import LoraConfig, get_peft_model

        self._torch.manual_seed(seed)
        config = LoraConfig(
            r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"
        )
        model = get_peft_model(self._base, config)
        model.train()
        optimiser = self._torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=rate)
        draw, left = random.Random(seed), []
        for _ in range(steps):
            while len(left) < batch:
                left += draw.sample(rows, len(rows))
            now, left = left[:batch], left[batch:]
            loss = model(**self._batch(now)).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
        model.eval()
        return model

    def _batch(self, rows: Sequence[Asked]) -> dict[str, Any]:
        """Token ids with the labels of the answers; the prompt is cut from the left where it is too long."""
        torch, made = self._torch, []
        for row in rows:
            answer = [*self.tokenizer(f" {row.answer}").input_ids[: LONGEST // 2], self.tokenizer.eos_token_id]
            prompt = self.tokenizer(prompted(row)).input_ids[-(LONGEST - len(answer)) :]
            made.append((prompt + answer, [-100] * len(prompt) + answer))
        longest = max(len(ids) for ids, _ in made)
        pad = self.tokenizer.pad_token_id
        columns = {
            "input_ids": [ids + [pad] * (longest - len(ids)) for ids, _ in made],
            "attention_mask": [[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in made],
            "labels": [labels + [-100] * (longest - len(labels)) for _, labels in made],
        }
        return {name: torch.tensor(column, device=self.device) for name, column in columns.items()}

    def scores(self, model: Any, exam: Sequence[Asked]) -> list[float]:  # noqa: ANN401 - peft's model
        """The F1 of the model's answer to each question."""
        found = []
        for each in exam:
            ids = self.tokenizer(prompted(each), return_tensors="pt").input_ids[:, -LONGEST:].to(self.device)
            with self._torch.no_grad():
                out = model.generate(
                    input_ids=ids,
                    attention_mask=self._torch.ones_like(ids),
                    max_new_tokens=REPLY,
                    do_sample=False,
                    pad_token_id=self.tokenizer.pad_token_id,
                )
            reply = self.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
            found.append(f1(reply.strip().split("\n")[0], each.answer))
        return found

    def untaught(self, exam: Sequence[Asked]) -> list[float]:
        """The scores of the model as it came."""
        return self.scores(self._base, exam)

    def forget(self, model: Any) -> None:  # noqa: ANN401 - peft's model
        """Take the LoRA off the base."""
        self._base = model.unload()


def main() -> None:
    """Teach, try, and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--benchmark", type=Path, required=True)
    parser.add_argument("--unverified", type=Path)
    parser.add_argument("--model", default="HuggingFaceTB/SmolLM2-135M-Instruct")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    rows, exam = questions_of(options.dataset).asked, questions_of(options.benchmark).asked
    exam = random.Random(7).sample(exam, min(len(exam), options.questions))
    drafts = questions_of(options.unverified).asked if options.unverified else []
    learner = Learner(options.model)
    whole = int(0.8 * min(len(rows), len(drafts) or len(rows)))
    found: dict[str, list[float]] = {UNTAUGHT: [], HALF: [], WHOLE: []} | ({DRAFTS: []} if drafts else {})
    bare = learner.untaught(exam)
    print(f"{UNTAUGHT}: {sum(bare) / len(bare):.3f}", flush=True)
    for seed in range(options.seeds):
        draw = random.Random(seed)
        mine = draw.sample(rows, whole)
        pools = {HALF: mine[: whole // 2], WHOLE: mine} | ({DRAFTS: draw.sample(drafts, whole)} if drafts else {})
        asked = [draw.randrange(len(exam)) for _ in exam]
        found[UNTAUGHT].append(sum(bare[at] for at in asked) / len(asked))
        for name, pool in pools.items():
            start = time.perf_counter()
            model = learner.taught(pool, steps=options.steps, batch=options.batch, rate=options.rate, seed=seed)
            scores = learner.scores(model, exam)
            learner.forget(model)
            found[name].append(sum(scores[at] for at in asked) / len(asked))
            print(f"seed {seed} {name}: {found[name][-1]:.3f} ({time.perf_counter() - start:.0f} s)", flush=True)
    lines = [f"| reader trained on | rows | F1 on {len(exam)} questions | the set is ahead by |", "|---" * 4 + "|"]
    for name, values in found.items():
        lead = [one - other for one, other in zip(found[WHOLE], values, strict=True)]
        size = {UNTAUGHT: 0, HALF: whole // 2}.get(name, whole)
        shown = "" if name == WHOLE else figure(Estimate.of(lead))
        lines.append(f"| {name} | {size} | {figure(Estimate.of(values))} | {shown} |")
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


def figure(estimate: Estimate) -> str:
    """A mean and its interval."""
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
