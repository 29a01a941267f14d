"""What a trainer needs: chat messages, conversations, instructions, and pairs of which one answer is preferred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from groundsmith.export.form import Form, Job, Options, objects, write_objects
from groundsmith.turns import asked, spoken

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow

_START, _END = "<|im_start|>", "<|im_end|>"


def messages(row: DatasetRow, options: Options) -> list[dict[str, str]]:
    """Return a row as chat messages: with `evidence`, its passages stand before the first question.

    With `reasoning`, it goes with the last reply as `reasoning_content`, where chat templates look for it.
    """
    said: list[dict[str, str]] = []
    for number, (question, answer) in enumerate(spoken(row)):
        shown = f"{passages(row)}\n\n{question}" if options.evidence and number == 0 and row.evidence else question
        said += [{"role": "user", "content": shown}, {"role": "assistant", "content": answer}]
    if options.reasoning and row.reasoning:
        said[-1]["reasoning_content"] = row.reasoning
    return said


def passages(row: DatasetRow) -> str:
    """Return the evidence as a prompt shows it: each passage under its number and title."""
    return "\n\n".join(f"[{number}] {each.title}\n{each.text}" for number, each in enumerate(row.evidence, start=1))


def thought(row: DatasetRow, options: Options, answer: str) -> str:
    """Return an answer with the reasoning before it, between marks, where that is wanted."""
    return f"<think>\n{row.reasoning}\n</think>\n\n{answer}" if options.reasoning and row.reasoning else answer


def _openai(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    return {"messages": messages(row, options)}


def _chatml(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    said = messages(row, options)
    for each in said:
        reasoning = each.pop("reasoning_content", None)
        each["content"] = f"<think>\n{reasoning}\n</think>\n\n{each['content']}" if reasoning else each["content"]
    return {"text": "".join(f"{_START}{each['role']}\n{_harmless(each['content'])}{_END}\n" for each in said)}


def _harmless(text: str) -> str:
    """Return a text that cannot end the turn it stands in, or begin another."""
    return text.replace("<|im_", "< |im_")


def _alpaca(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    given = passages(row) if options.evidence else ""
    return {"instruction": asked(row), "input": given, "output": thought(row, options, row.answer)}


def _sharegpt(row: DatasetRow, options: Options) -> Mapping[str, Any]:
    said = [{"from": "system", "value": passages(row)}] if options.evidence and row.evidence else []
    pairs = spoken(row)
    for number, (question, answer) in enumerate(pairs, start=1):
        last = thought(row, options, answer) if number == len(pairs) else answer
        said += [{"from": "human", "value": question}, {"from": "gpt", "value": last}]
    return {"id": row.id, "conversations": said}


def _preferences(rows: Iterable[DatasetRow], file: BinaryIO, job: Job) -> int:
    """Write pairs for DPO in conversational form with an explicit prompt."""
    return write_objects(preferences(rows, job), file, job)


def preferences(rows: Iterable[DatasetRow], job: Job) -> Iterator[Mapping[str, Any]]:
    """Yield an accepted answer against a rejected one to the same question.

    Rejected are answers that did not pass verification, and what a person's edit or a refresh replaced.
    """
    accepted: dict[str, DatasetRow] = {}
    for row in rows:
        accepted.setdefault(_folded(row.question), row)
        former = getattr(row, "former", None)
        if former is not None and _folded(former.question) == _folded(row.question):
            yield from _pair(row, former.answer, "its earlier form", job)
    for refused in job.origin.rejected():
        better = accepted.get(_folded(refused.question))
        if better is not None and refused.answer.strip():
            yield from _pair(better, refused.answer, refused.rejected or "", job)


def _pair(row: DatasetRow, rejected: str, why: str, job: Job) -> Iterator[Mapping[str, Any]]:
    if _folded(rejected) == _folded(row.answer):
        return
    said = messages(row, job.options)
    yield {
        "id": row.id,
        "prompt": said[:-1],
        "chosen": said[-1:],
        "rejected": [{"role": "assistant", "content": rejected}],
        "reason": why,
    }


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


FORMS = (
    Form(
        name="openai-chat",
        family="training",
        summary="messages with roles, as OpenAI, trl and most trainers read them",
        file=objects(_openai),
    ),
    Form(name="chatml", family="training", summary="one text a row with ChatML's marks", file=objects(_chatml)),
    Form(name="sharegpt", family="training", summary="conversations from human and gpt", file=objects(_sharegpt)),
    Form(name="alpaca", family="training", summary="instruction, input, output", file=objects(_alpaca)),
    Form(
        name="preference",
        family="training",
        summary="pairs for DPO: an accepted answer against a rejected one to the same question",
        file=_preferences,
    ),
)
