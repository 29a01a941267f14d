"""What an evaluator needs: questions with their answers and the passages that bear them out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from groundsmith.export.form import Form, Job, Options, line, objects
from groundsmith.turns import asked, listed

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow, RowEvidence


def supporting(row: DatasetRow) -> list[RowEvidence]:
    """Return the evidence that decided the claims, all of it where no claim names any."""
    used = {name for claim in row.claims for name in claim.evidence}
    return [each for each in row.evidence if each.id in used] or list(row.evidence)


def _ragas(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    return {
        "user_input": asked(row),
        "reference": row.answer,
        "reference_contexts": [each.text for each in row.evidence],
        "reference_context_ids": [each.id for each in row.evidence],
        "synthesizer_name": f"groundsmith_level_{row.level}",
    }


def _deepeval(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    return {
        "input": asked(row),
        "expected_output": row.answer,
        "context": [each.text for each in row.evidence],
        "source_file": row.evidence[0].source if row.evidence else None,
        "name": row.id,
        "additional_metadata": {"kind": row.kind, "level": row.level, "expected": row.expected, "verdict": row.verdict},
    }


def _llama_index(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write a LabelledRagDataset of llama-index: one JSON object with a list of examples."""
    number = 0
    file.write(b'{"examples": [\n')
    for number, row in enumerate(rows, start=1):
        by = {"model_name": row.model, "type": "ai"}
        example = {
            "query": asked(row),
            "query_by": by,
            "reference_contexts": [each.text for each in row.evidence],
            "reference_answer": row.answer,
            "reference_answer_by": by,
        }
        file.write((b",\n" if number > 1 else b"") + line(example).rstrip(b"\n"))
    file.write(b"\n]}\n")
    return number


def _squad(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write SQuAD 2.0: the context is the evidence that decided, the answer a stretch of it; what has no answer is marked so."""
    number = 0
    file.write(b'{"version": "v2.0", "data": [\n')
    for article in map(_article, rows):
        if article is not None:
            file.write((b",\n" if number else b"") + line(article).rstrip(b"\n"))
            number += 1
    file.write(b"\n]}\n")
    return number


def _article(row: DatasetRow) -> dict[str, Any] | None:
    """Return one question as an article: the answer where it stands word for word, else the span that supports it.

    The answer as it was written is kept beside, as `written_answer`. None when no stretch of the evidence answers.
    """
    if row.expected == "abstain" and row.evidence:
        none: dict[str, Any] = {"id": row.id, "question": asked(row), "answers": [], "is_impossible": True}
        return {"title": row.evidence[0].title, "paragraphs": [{"context": row.evidence[0].text, "qas": [none]}]}
    texts = {each.id: each.text for each in row.evidence}
    literal = (
        (key, text.find(row.answer), len(row.answer))
        for key, text in texts.items()
        if row.answer and row.answer in text
    )
    spans = ((span.id, span.start, span.end - span.start) for claim in row.claims for span in claim.spans)
    place = next(literal, None) or next((span for span in spans if texts.get(span[0])), None)
    if place is None:
        return None
    key, start, length = place
    evidence = next(each for each in row.evidence if each.id == key)
    answer = {"text": evidence.text[start : start + length], "answer_start": start}
    question = {"id": row.id, "question": asked(row), "answers": [answer], "is_impossible": False}
    question["written_answer"] = row.answer
    return {"title": evidence.title, "paragraphs": [{"context": evidence.text, "qas": [question]}]}


def _beir(parts: Mapping[str, list[DatasetRow]], folder: Path, job: Job) -> int:
    """Write BEIR: the corpus (the whole library where there is one, else what rows cite), queries, and judgements by part.

    Questions that no passage answers are left out.
    """
    asked_for = {
        part: [row for row in rows if row.expected != "abstain" and row.evidence] for part, rows in parts.items()
    }
    every = [row for rows in asked_for.values() for row in rows]
    _write_corpus(every, folder / "corpus.jsonl", job)
    with (folder / "queries.jsonl").open("wb") as file:
        for row in every:
            metadata = {"answer": row.answer, "kind": row.kind, "level": row.level}
            file.write(line({"_id": row.id, "text": asked(row), "metadata": metadata}))
    (folder / "qrels").mkdir()
    for part, rows in asked_for.items():
        judged = [f"{row.id}\t{each.id}\t1\n" for row in rows for each in supporting(row)]
        text = "".join(["query-id\tcorpus-id\tscore\n", *judged])
        (folder / "qrels" / f"{part}.tsv").write_text(text, encoding="utf-8")
    return len(every)


def _write_corpus(rows: Iterable[DatasetRow], path: Path, job: Job) -> None:
    """Write the passages of the library, then those that rows cite and the library has not any more."""
    seen = set[str]()
    with path.open("wb") as file:
        for passage in job.origin.corpus():
            seen.add(passage.id)
            file.write(line(_document(passage.id, passage.title, passage.headings, passage.text, passage.source)))
        for row in rows:
            for each in row.evidence:
                if each.id not in seen:
                    seen.add(each.id)
                    file.write(line(_document(each.id, each.title, each.headings, each.text, each.source)))


def _document(name: str, title: str, headings: tuple[str, ...], text: str, source: str) -> dict[str, Any]:
    place = " > ".join(dict.fromkeys(each for each in (title, *headings) if each))
    return {"_id": name, "title": place, "text": text, "metadata": {"source": source}}


_TASK = '''"""A custom task of Lighteval over the rows beside this file.

lighteval accelerate "model_name=MODEL" "{name}|0" --custom-tasks {name}.py
"""

from pathlib import Path

from lighteval.metrics.metrics import Metrics
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

HERE = Path(__file__).resolve().parent


def prompt(line: dict, task_name: str = "") -> Doc:
    """Return a row as Lighteval asks it: the passages, where there are any, and the question."""
    given = "\\n\\n".join(line["contexts"])
    query = f"{{given}}\\n\\nQuestion: {{line['question']}}\\nAnswer:" if given else f"Question: {{line['question']}}\\nAnswer:"
    return Doc(task_name=task_name, query=query, choices=[f" {{line['answer']}}"], gold_index=0, specific={{"id": line["id"]}})


TASKS_TABLE = [
    LightevalTaskConfig(
        name="{name}",
        prompt_function=prompt,
        hf_repo=str(HERE / "data"),
        hf_subset="default",
        hf_avail_splits={parts},
        evaluation_splits=["{part}"],
        few_shots_split=None,
        generation_size=256,
        metrics=[Metrics.exact_match, Metrics.f1_score],
        stop_sequence=["\\n\\n"],
        version=0,
    )
]
'''


def _lighteval(parts: Mapping[str, list[DatasetRow]], folder: Path, job: Job) -> int:
    """Write a task module of Lighteval and its data."""
    (folder / "data").mkdir()
    for part, rows in parts.items():
        with (folder / "data" / f"{part}.jsonl").open("wb") as file:
            file.writelines(line(_lighteval_row(row, job.options)) for row in rows)
    evaluated = "test" if "test" in parts else list(parts)[-1]
    text = _TASK.format(name="groundsmith_qa", part=evaluated, parts=json.dumps(list(parts)))
    (folder / "groundsmith_qa.py").write_text(text, encoding="utf-8")
    return sum(map(len, parts.values()))


def _lighteval_row(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    contexts = [] if options.evidence is False else [each.text for each in row.evidence]
    given = {"id": row.id, "question": asked(row), "answer": row.answer, "contexts": contexts}
    return given | {"options": [str(each) for each in listed(row, "options")], "kind": row.kind}


FORMS = (
    Form(name="ragas", family="evaluation", summary="samples of Ragas with reference contexts", file=objects(_ragas)),
    Form(name="deepeval", family="evaluation", summary="goldens of DeepEval", file=objects(_deepeval)),
    Form(name="llama-index", family="evaluation", summary="a LabelledRagDataset of llama-index", file=_llama_index),
    Form(name="squad", family="evaluation", summary="SQuAD 2.0; answers are stretches of the evidence", file=_squad),
    Form(
        name="beir",
        family="evaluation",
        summary="a folder for retrieval: corpus, queries, judgements",
        folder=_beir,
        part="test",
    ),
    Form(
        name="lighteval",
        family="evaluation",
        summary="a folder with a task of Lighteval and its data",
        folder=_lighteval,
        part="test",
    ),
)
