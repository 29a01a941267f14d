"""Self-consistency (Wang et al., arXiv 2203.11171): several answers to one question; kept is the one that most others say too.

Two answers agree when each entails the other, which is for the callable given to say; words may differ.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from generate.examine import examine
from generate.sample import Draft, Failure, read_object
from generate.strategy.steps import Call, Compare, Steps, Writer
from generate.strategy.written import Setup, form
from generate.task import object_schema

if TYPE_CHECKING:
    from generate.strategy.attempt import Planned

SAME = 0.5
"""Entailment from which one answer says what another does."""


def writer(inner: Writer, setup: Setup, *, answers: int, agreement: float = 0.5) -> Writer:
    """Return the steps of one item: `inner`'s, then `answers` - 1 further answers to its question.

    A draft passes when a share `agreement` of all answers, its own included, agree with the one most agreed on; else it fails
    ("disagrees"). Kinds whose answer is made of parts keep their own answer and are measured only. parts["agreement"] tells the share.
    """

    def write(planned: Planned) -> Steps:
        result = examine(planned, (yield from inner(planned)))
        if isinstance(result, Failure):
            return result
        task = form(planned.task, "answer", object_schema({"answer": 900}))
        prompt = setup.prompt(planned, task, draft=result.question, fact="")
        replies = yield tuple(Call(prompt=prompt, draw=planned.draw * 64 + n + 1) for n in range(answers - 1))
        said = [result.answer, *(text for text in map(_answer, replies) if text)]
        pairs = [(i, j) for i, j in product(range(len(said)), repeat=2) if i != j]
        scores = yield tuple(Compare(premise=said[i], hypothesis=said[j]) for i, j in pairs) if pairs else ()
        return _chosen(result, said, dict(zip(pairs, scores, strict=True)), answers=answers, agreement=agreement)

    return write


def _answer(reply: object) -> str:
    found = None if isinstance(reply, Failure) else read_object(getattr(reply, "text", ""))
    return " ".join(str(found.get("answer") or "").split()) if found else ""


def _chosen(
    draft: Draft, said: list[str], scores: dict[tuple[int, int], float], *, answers: int, agreement: float
) -> Draft | Failure:
    """Return the draft with the answer most agreed on; a lost answer agrees with none."""

    def agreeing(i: int) -> int:
        return 1 + sum(min(scores[i, j], scores[j, i]) >= SAME for j in range(len(said)) if j != i)

    free = not draft.probes and draft.evidence is None
    best = min(range(len(said) if free else 1), key=lambda i: (-agreeing(i), i))
    share = agreeing(best) / answers
    if share < agreement:
        message = f"{agreeing(best)} of {answers} answers agree; {agreement:.0%} are wanted"
        return Failure(kind="disagrees", message=message, raw="\n".join(said))
    parts = {**draft.parts, "agreement": f"{share:.2f}"}
    return replace(
        draft, answer=said[best], values={**draft.values, "answer": said[best]} if free else draft.values, parts=parts
    )
