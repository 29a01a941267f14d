"""A row as it is spoken: question and answer in turns, with the options where there are some to choose from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow

LETTERS = "ABCDEFGHIJ"


def spoken(row: DatasetRow) -> list[tuple[str, str]]:
    """Return the questions and answers of a row in order: one pair, or those of a conversation."""
    turns = [
        (str(each.get("question", "")), str(each.get("answer", "")))
        for each in listed(row, "turns")
        if isinstance(each, dict)
    ]
    return turns or [(asked(row), row.answer)]


def asked(row: DatasetRow) -> str:
    """Return the question as a person reads it: with its options under it, lettered."""
    options = [str(each) for each in listed(row, "options")][: len(LETTERS)]
    return "\n".join([row.question, *(f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False))])


def listed(row: DatasetRow, name: str) -> list[Any]:
    """Return a part of the row that is a list; empty when there is none."""
    try:
        found = json.loads(row.parts.get(name, "[]"))
    except json.JSONDecodeError:
        return []
    return found if isinstance(found, list) else []
