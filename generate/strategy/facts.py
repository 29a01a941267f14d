"""Sample-wise decomposition by the model: facts, then a question for one of them, then the answer, then the explanation.

After Self-Prompting (Li et al., arXiv 2212.08635): each call does one thing and sees what the one before it found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generate.sample import Draft, Failure, drafted
from generate.strategy.steps import Writer
from generate.strategy.written import Setup, fields, form, plain
from generate.task import Schema, object_schema
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned
    from generate.strategy.steps import Steps

FACTS: Schema = {
    "type": "object",
    "properties": {
        "facts": {"type": "array", "minItems": 1, "maxItems": 6, "items": {"type": "string", "maxLength": 300}}
    },
    "required": ["facts"],
    "additionalProperties": False,
}
CALLS = 4


def writer(setup: Setup) -> Writer:
    """Return the steps of one item: four calls."""

    def write(planned: Planned) -> Steps:
        draw, task = planned.draw, plain(planned.task)
        listed = yield from fields(setup.prompt(planned, form(task, "facts", FACTS)), draw=draw)
        if isinstance(listed, Failure):
            return listed
        fact = _one(planned, listed)
        if not fact:
            return Failure(kind="no-fact", message="the model found no fact", raw=str(dict(listed)))
        asking = form(task, "ask", object_schema({"question": 300}), max_tokens=100)
        asked = yield from fields(setup.prompt(planned, asking, answer=fact), draw=draw)
        if isinstance(asked, Failure):
            return asked
        question = " ".join(str(asked["question"]).split())
        answering = form(task, "answer", object_schema({"answer": 900}))
        answered = yield from fields(setup.prompt(planned, answering, draft=question, fact=fact), draw=draw)
        if isinstance(answered, Failure):
            return answered
        answer = " ".join(str(answered["answer"]).split())
        explaining = form(task, "explain", object_schema({"explanation": 600}), max_tokens=min(240, task.max_tokens))
        told = yield from fields(setup.prompt(planned, explaining, draft=question, answer=answer), draw=draw)
        why = "" if isinstance(told, Failure) else " ".join(str(told["explanation"]).split())
        return _draft(planned, question=question, answer=answer, why=why)

    return write


def _one(planned: Planned, listed: Any) -> str:  # noqa: ANN401 - JSON
    facts = [" ".join(str(each).split()) for each in listed["facts"]] if isinstance(listed["facts"], list) else []
    facts = [each for each in facts if len(each.split()) > 3]
    return facts[(int(digest(planned.id), 16) + planned.draw) % len(facts)] if facts else ""


def _draft(planned: Planned, *, question: str, answer: str, why: str) -> Draft | Failure:
    from dataclasses import replace

    made = drafted(plain(planned.task), {"question": question, "answer": answer})
    return replace(made, reasoning=why or None) if isinstance(made, Draft) else made
