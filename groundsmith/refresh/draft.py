"""A row as a draft again, with what the judge is to be asked of its kind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generate.sample import Draft
    from generate.task import Task
    from groundsmith.row import DatasetRow
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace


def redrafted(row: DatasetRow, workspace: Workspace) -> Draft:
    """Return the draft that a row was: its kind's form is filled anew from its parts; question and answer alone where that fails."""
    from generate.sample import Draft, drafted

    plain = Draft(
        question=row.question,
        answer=row.answer,
        reasoning=row.reasoning,
        kind=row.kind,
        expected=row.expected,
        parts=dict(row.parts),
    )
    task = _task(row, workspace.settings)
    if task is None or task.is_plain:
        return plain
    made = drafted(task, _values(row, task))
    if not isinstance(made, Draft):
        return plain
    return replace(made, question=row.question, answer=row.answer, reasoning=row.reasoning, parts=dict(row.parts))


def _task(row: DatasetRow, settings: Settings) -> Task | None:
    """Return the task of a row's kind: the user's own where it bears that name, else the one that ships."""
    from generate.task import PRESETS, across, task_file

    if settings.task.file is not None and (own := task_file(settings.task.file)).kind == row.kind:
        return across(own) if row.level == 3 else own
    task = PRESETS.get(row.kind.replace("-", "_"))
    return across(task) if task is not None and row.level == 3 else task


def _values(row: DatasetRow, task: Task) -> dict[str, Any]:
    """Return the fields of the reply that the row was made of."""
    values: dict[str, Any] = {}
    for name, form in task.schema["properties"].items():
        if name in row.parts:
            values[name] = row.parts[name] if form.get("type") == "string" else _decoded(row.parts[name])
        elif name in ("question", "answer", "reasoning") and getattr(task, name) is None:
            said = getattr(row, name)
            values |= {name: said} if said is not None else {}
    return values


def _decoded(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
