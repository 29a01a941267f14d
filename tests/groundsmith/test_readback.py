"""Each export is loaded by the library it is for.

They are heavy, and ask for versions that rule one another out, so they have an environment of their own in which nothing is skipped:

    make readback

It holds what is loaded and no more, by the versions of readback.txt. Elsewhere a test is skipped where its library is not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import specimen

from groundsmith.exports import Origin, export_parts, export_rows
from groundsmith.row import DatasetRow, RowEvidence

pytestmark = pytest.mark.filterwarnings("ignore")
OFFLINE = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "RAGAS_DO_NOT_TRACK": "true",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
Load = Callable[[str], Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Import a module, or skip with the command that installs it; under READBACK=required nothing is skipped."""
    for name, value in (OFFLINE | {"HF_HOME": str(tmp_path / "hub")}).items():
        monkeypatch.setenv(name, value)

    def imported(name: str) -> Any:
        try:
            return import_module(name)
        except (ImportError, OSError) as error:
            if os.environ.get("READBACK") == "required":
                raise
            pytest.skip(f"{name} cannot be loaded ({error}): make readback")

    return imported


@pytest.fixture
def rows() -> list[DatasetRow]:
    return specimen.kept()


def written(rows: list[DatasetRow], path: Path, form: str, **origin: Any) -> Path:
    assert export_rows(rows, path, form=form, origin=Origin(**origin)) == len(rows)
    return path


def refused(rows: list[DatasetRow]) -> list[DatasetRow]:
    return [replace(row, answer="Nobody may apply.", rejected="refuted: no") for row in rows]


def test_ragas(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    schema = load("ragas.dataset_schema")
    found = schema.EvaluationDataset.from_jsonl(written(rows, tmp_path / "x.jsonl", "ragas"))
    assert [(each.user_input, each.reference) for each in found] == [(row.question, row.answer) for row in rows]
    assert [each.reference_contexts for each in found] == [[each.text for each in row.evidence] for row in rows]


def test_deepeval(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    dataset = load("deepeval.dataset")
    for name, read in (("x.json", "add_goldens_from_json_file"), ("x.jsonl", "add_goldens_from_jsonl_file")):
        found = dataset.EvaluationDataset()
        getattr(found, read)(str(written(rows, tmp_path / name, "deepeval")))
        assert [(each.input, each.expected_output) for each in found.goldens] == [
            (row.question, row.answer) for row in rows
        ]
        assert [each.context for each in found.goldens] == [[each.text for each in row.evidence] for row in rows]


def test_llama_index(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    datasets = load("llama_index.core.llama_dataset")
    found = datasets.LabelledRagDataset.from_json(str(written(rows, tmp_path / "x.json", "llama-index")))
    assert [(each.query, each.reference_answer) for each in found.examples] == [
        (row.question, row.answer) for row in rows
    ]
    assert found.examples[0].query_by.model_name == rows[0].model
    assert found.examples[1].reference_contexts == [each.text for each in rows[1].evidence]


def test_beir(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    loader = load("beir.datasets.data_loader")
    corpus, queries, qrels = loader.GenericDataLoader(str(written(rows, tmp_path / "x", "beir"))).load(split="test")
    assert queries == {row.id: row.question for row in rows}
    assert {name for found in qrels.values() for name in found} == set(corpus) == {"p_rent", "p_appeal"}
    assert corpus["p_rent"]["text"] == specimen.RENT


def test_datasets(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    datasets = load("datasets")
    alone = [rows[0], replace(rows[1], evidence=(replace(rows[1].evidence[1], id="p_other"),), claims=())]
    shares = {"train": 0.5, "test": 0.5}
    export_parts(alone, tmp_path / "hub-set", form="hf", shares=shares)
    found = datasets.load_dataset(str(tmp_path / "hub-set"), cache_dir=str(tmp_path / "cache"))
    assert {part: len(held) for part, held in found.items()} == {"train": 1, "test": 1}
    questions = {each["question"]: each for held in found.values() for each in held}
    assert set(questions) == {row.question for row in rows}
    assert questions[rows[0].question]["evidence"][0]["text"] == specimen.RENT
    for form in ("jsonl", "openai-chat", "sharegpt", "alpaca", "chatml", "ragas", "deepeval", "csv", "parquet"):
        kind = {"csv": "csv", "parquet": "parquet"}.get(form, "json")
        path = written(rows, tmp_path / f"x.{form}", form)
        held = datasets.load_dataset(kind, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
        assert len(held) == len(rows), form


def test_mlcroissant(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    croissant = load("mlcroissant")
    folder = written(rows, tmp_path / "x", "hf", title="Rent & appeals", run="r_1", licence="cc-by-4.0")
    dataset = croissant.Dataset(jsonld=folder / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    found = list(dataset.records(record_set="train"))
    assert [each["train/question"].decode() for each in found] == [row.question for row in rows]
    assert [float(each["train/confidence"]) for each in found] == [row.confidence for row in rows]


def test_trl_takes_the_rows_for_conversations_and_preferences(
    load: Load, rows: list[DatasetRow], tmp_path: Path
) -> None:
    trl, datasets = load("trl"), load("datasets")

    def loaded(form: str) -> Any:
        path = written(rows, tmp_path / f"{form}.jsonl", form, rejected=lambda: iter(refused(rows)))
        return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))

    chat = loaded("openai-chat")
    assert all(trl.is_conversational(each) for each in chat)
    same = trl.maybe_convert_to_chatml(loaded("sharegpt")[0])
    assert [each["content"] for each in same["messages"]] == [rows[0].question, rows[0].answer]
    pairs = loaded("preference")
    assert all(trl.is_conversational(each) for each in pairs)
    unpaired = trl.unpair_preference_dataset(pairs.select_columns(["prompt", "chosen", "rejected"]))
    assert len(unpaired) == 2 * len(rows)
    assert {each["completion"][0]["content"] for each in unpaired if each["label"]} == {row.answer for row in rows}


def test_lighteval(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    tasks = load("lighteval.tasks.lighteval_task")
    folder = written(rows, tmp_path / "x", "lighteval")
    spec = spec_from_file_location("groundsmith_qa", folder / "groundsmith_qa.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    task = tasks.LightevalTask(config=module.TASKS_TABLE[0])
    task.dataset = tasks.LightevalTask.download_dataset_worker(task)
    docs = list(task.eval_docs())
    assert {doc.specific["id"] for doc in docs} == {row.id for row in rows}
    assert all(specimen.RENT in doc.query for doc in docs)
    assert {doc.choices[0].strip() for doc in docs} == {row.answer for row in rows}


def tiny_model(load: Load, folder: Path, texts: list[str]) -> Path:
    """Write a model of two small layers with a tokenizer learnt from the texts."""
    transformers, tokenizers = load("transformers"), load("tokenizers")
    bare = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    bare.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel()
    special = ["<unk>", "<pad>", "<|im_start|>", "<|im_end|>"]
    bare.train_from_iterator(texts, tokenizers.trainers.BpeTrainer(vocab_size=400, special_tokens=special))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bare, unk_token="<unk>", pad_token="<pad>", eos_token="<|im_end|>"
    )  # fmt: skip
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    )
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        pad_token_id=1, eos_token_id=3, bos_token_id=2, max_position_embeddings=512,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_recipe_trains_a_model(load: Load, rows: list[DatasetRow], tmp_path: Path) -> None:
    load("trl"), load("peft"), load("torch")
    folder = written(rows, tmp_path / "recipe", "recipe")
    model = tiny_model(load, tmp_path / "model", [f"{row.question} {row.answer}" for row in rows] * 20)
    words = ["--model", str(model), "--output", str(tmp_path / "adapter"), "--cpu", "--steps", "2", "--batch", "1"]
    done = subprocess.run(
        [sys.executable, str(folder / "train.py"), *words, "--accumulate", "1", "--length", "256"],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    adapter = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert (adapter["r"], adapter["task_type"]) == (16, "CAUSAL_LM")


def test_the_rows_here_are_not_all_alike(rows: list[DatasetRow]) -> None:
    evidence: list[RowEvidence] = [each for row in rows for each in row.evidence]
    assert (len(rows), len({each.id for each in evidence})) == (2, 2)
