"""What a kind makes of a fact found by rule: the whole sentence, the few words that answer, or options of which one is right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generate.sample import Draft, Failure, drafted
from generate.strategy.focus import Focus, facts_in
from generate.strategy.person import is_person
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned
    from generate.task import Task

FIGURES = frozenset(("amount", "limit", "percent", "duration", "count"))
SHORT_WORDS = 10
OPTIONS = 4
SHAPED = frozenset(("short_answer", "numeric", "multiple_choice"))
"""Kinds beside plain questions and answers that can be made of a fact without asking a model for the answer."""

_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_TIMES = (2.0, 0.5, 1.5, 3.0)


def is_shapeable(task: Task) -> bool:
    """Return whether a fact and the wording of its question suffice for the kind."""
    return (task.is_plain and not task.checks) or task.name in SHAPED


def fitting(planned: Planned, found: Sequence[Focus]) -> list[Focus]:
    """Return the facts that the planned kind can be made of."""
    name = planned.task.name
    if name not in SHAPED:
        return list(found)
    short = [focus for focus in found if len(focus.answer.split()) <= SHORT_WORDS]
    if name == "numeric":
        return [focus for focus in short if _FIGURE.search(focus.answer)]
    if name == "multiple_choice":
        return [focus for focus in short if len(distractors(planned, focus)) >= OPTIONS - 1]
    return short


def shaped(planned: Planned, question: str, chosen: Sequence[Focus]) -> Draft | Failure:
    """Return the draft of the planned kind with the question as worded."""
    task = planned.task
    if task.name not in SHAPED or len(chosen) > 1:
        return Draft(question=question, answer=_joined(task, [focus.sentence for focus in chosen]), kind=task.kind)
    (focus,) = chosen
    if task.name != "multiple_choice":
        return drafted(task, {"question": question, "answer": focus.answer})
    wrong = distractors(planned, focus)
    if len(wrong) < OPTIONS - 1:
        return Failure(kind="no-fact", message=f'there are {len(wrong)} wrong options to set beside "{focus.answer}"')
    place = int(digest([planned.id, planned.draw, question]), 16) % OPTIONS
    options = wrong[: OPTIONS - 1]
    options.insert(place, focus.answer)
    return drafted(task, {"question": question, "options": options, "correct": place})


def distractors(planned: Planned, focus: Focus) -> list[str]:
    """Return wrong answers like the right one: other answers of its sort in the passages, siblings, then other figures."""
    every = [each for passage in planned.passages for each in facts_in(passage.text)]
    kinds = FIGURES if focus.kind in FIGURES else frozenset((focus.kind,))
    near = [each.answer for each in every if each.kind in kinds and _unit(each.answer) == _unit(focus.answer)]
    who = focus.kind in {"actor", "agent"}
    named = [f"The {each.label}" for each in planned.siblings if is_person(each.label)] if who else []
    found = dict.fromkeys([*near, *_scaled(focus.answer), *named])
    return [
        each for each in found if each.lower() not in focus.answer.lower() and focus.answer.lower() not in each.lower()
    ]


def _unit(answer: str) -> str:
    """Return an answer without its figure, so that only days stand beside days; "" when it has none."""
    return _FIGURE.sub("#", answer).lower().rstrip("s.") if _FIGURE.search(answer) else ""


def _scaled(answer: str) -> list[str]:
    """Return the answer with its only figure doubled, halved, and so on, where that gives a figure as round."""
    figures = _FIGURE.findall(answer)
    if len(figures) != 1 or "." in figures[0]:
        return []
    value = int(figures[0].replace(",", ""))
    others = [value * times for times in _TIMES]
    form = "{:,.0f}" if "," in figures[0] or value >= 1000 else "{:.0f}"
    whole = [form.format(other) for other in others if other == int(other) and other > 1]
    if len(whole) < OPTIONS - 1:
        whole += [form.format(value + step) for step in (2, 5, 9)]
    return [answer.replace(figures[0], other) for other in whole]


def _joined(task: Task, found: Sequence[str]) -> str:
    """Return the sentences as an answer; as one sentence where no more is allowed."""
    if task.sentences != 1 or len(found) < 2:
        return " ".join(found)
    return "; ".join([*(each.rstrip(". ") for each in found[:-1]), found[-1]])
