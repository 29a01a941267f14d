"""A conversation by turns (UltraChat, Ding et al., arXiv 2305.14233): one side asks, the other answers, each seeing what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.sample import Failure, drafted
from generate.strategy.steps import Writer
from generate.strategy.written import Setup, fields, form
from generate.task import object_schema

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned
    from generate.strategy.steps import Steps


def writer(setup: Setup, *, turns: int = 3) -> Writer:
    """Return the steps of one item: two calls a turn. The task must be one with turns, as `dialogue` is."""

    def write(planned: Planned) -> Steps:
        said: list[dict[str, str]] = []
        asking = form(planned.task, "turn", object_schema({"question": 260}), max_tokens=100)
        answering = form(planned.task, "answer", object_schema({"answer": 500}), max_tokens=220)
        for _ in range(turns):
            asked = yield from fields(setup.prompt(planned, asking, history=_history(said)), draw=planned.draw)
            if isinstance(asked, Failure):
                return asked
            question = " ".join(str(asked["question"]).split())
            spoken = f"{_history(said)}\n{question}" if said else question
            answered = yield from fields(setup.prompt(planned, answering, draft=spoken, fact=""), draw=planned.draw)
            if isinstance(answered, Failure):
                return answered
            said.append({"question": question, "answer": " ".join(str(answered["answer"]).split())})
        return drafted(planned.task, {"turns": said})

    return write


def _history(said: list[dict[str, str]]) -> str:
    return "\n".join(f"Q: {turn['question']}\nA: {turn['answer']}" for turn in said)
