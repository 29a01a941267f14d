"""Passage, then fact, then question: for small models, which write a good question far more often than a true answer.

A rule picks a fact and drafts the question for it (`focus`); the model words the question; what strays from the draft is refused.
The answer is the passage's own sentence, or what the kind makes of the fact (`shape`). Over two documents, a fact of each is
asked for in one question, and only facts that share a word of substance are put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from generate.check import FRAME_CUES
from generate.prompt import Prompt, compose, neutralise
from generate.sample import Draft, Failure, parse
from generate.scope import FRAME
from generate.strategy.attempt import Attempt, Complete, Planned
from generate.strategy.focus import Focus, facts_in
from generate.strategy.place import asked_under, joined, name_of, placed, points, tells_which
from generate.strategy.shape import fitting, shaped
from generate.strategy.steps import GENERATE, Call, Ports, Steps, Writer, run
from generate.strategy.wording import check, substance
from generate.task import PRESETS, ROLE, Schema, Task
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.template import Templates
    from graph.concept import Concept
    from knowledge.document import Passage

LINKED = 2
"""What two facts of different documents must have in common to be asked for together: words, or one planned concept."""

_ASKED_AS = {
    "amount": "amounts fees costs money",
    "limit": "limits maximums minimums figures",
    "percent": "percentages shares rates",
    "duration": "deadlines periods time days",
    "count": "numbers figures",
    "date": "dates deadlines",
    "frequency": "frequencies",
    "definition": "definitions terms meanings",
    "condition": "conditions",
    "outcome": "consequences outcomes",
    "prohibition": "prohibitions",
    "duty": "duties obligations",
    "actor": "responsible parties persons",
    "agent": "responsible parties persons",
    "purpose": "purposes reasons",
    "manner": "manner ways",
}
"""Words by which an instruction may ask for a kind of fact."""
_LEAD_WORDS = 2
_EXTRA_TOKENS = 30
_MOST_FACTS = 30
_UNLINKING = frozenset(
    "day week month year hour work busines busine number least most condition maximum minimum happen mean purpos".split()
)


_NO_FACT = "no sentence of the passages states a fact that can be asked for alone"


def generate(
    items: Iterable[Planned], complete: Complete, *, templates: Templates | None = None, temperature: float = 0.3
) -> Iterator[Attempt]:
    """Yield an attempt for each planned item, in order; one without a usable fact fails without a call ("no-fact")."""
    return run(items, writer(templates=templates, temperature=temperature), Ports(complete={GENERATE: complete}))


def writer(*, templates: Templates | None = None, temperature: float = 0.3) -> Writer:
    """Return the steps of one item: a call for each document's fact."""

    def write(planned: Planned) -> Steps:
        chosen = choose(planned)
        if isinstance(chosen, Failure):
            return chosen
        prompts = tuple(_prompt(planned, passage, focus, templates, temperature) for passage, focus in chosen)
        results = yield tuple(Call(prompt=prompt, draw=planned.draw) for prompt in prompts)
        problem = next((each for each in results if isinstance(each, Failure)), None)
        return problem or _read(planned, chosen, prompts, results)

    return write


def choose(planned: Planned) -> list[tuple[Passage, Focus]] | Failure:
    """Return the fact a planned item is to be made of, or one of each document; a Failure when there is none.

    Facts whose sentence mentions a planned concept come first; among equals the item's id and draw decide. A fact that is asked for
    already is not asked for again, but two such of two documents may be, together.
    """
    found = [
        (passage, fitting(planned, some))
        for passage, some in _clear([(passage, list(facts_in(passage.text))) for passage in planned.passages])
    ]
    if planned.task.documents == 2:
        return _linked(
            planned,
            [(passage, _mentioning(planned, _unasked(planned, passage, some) or some)) for passage, some in found],
        )
    new = [(passage, _mentioning(planned, _unasked(planned, passage, some))) for passage, some in found]
    every = [(passage, focus) for passage, some in new for focus in some]
    if not every:
        stated = any(some for _, some in found)
        told = "what the passages state is asked for already" if stated else _NO_FACT
        return Failure(kind="no-fact", message=told)
    return [every[_number(planned) % len(every)]]


def pair(concepts: Sequence[Concept], passages: Sequence[Passage]) -> tuple[Passage, Passage] | None:
    """Return two passages, one of each of two documents, that hold facts about the concepts to be asked for together; None without."""
    documents = list(dict.fromkeys(passage.document_id for passage in passages))
    if len(documents) != 2:
        return None
    name = digest([*(each.id for each in concepts), *(each.id for each in passages)])
    item = Planned(
        id=name,
        task=PRESETS["question_answer_across"],
        passages=tuple(passages),
        concepts=tuple(concepts),
        conditions={},
    )
    chosen = choose(item)
    if isinstance(chosen, Failure):
        return None
    (first, _), (second, _) = chosen
    return first, second


def _clear(found: Sequence[tuple[Passage, list[Focus]]]) -> Iterator[tuple[Passage, list[Focus]]]:
    """Yield the passages with their facts but those whose question another sentence of the document answers too.

    What points to something outside the question is left out where the document's name does not tell which is meant.
    """
    answers: dict[tuple[str, str, frozenset[str]], set[str]] = {}
    for passage, some in found:
        for focus in some:
            answers.setdefault(_question_of(passage, focus), set()).add(focus.sentence)
    for passage, some in found:
        named = tells_which(passage.title, passage.headings)
        yield (
            passage,
            [
                focus
                for focus in some
                if len(answers[_question_of(passage, focus)]) == 1
                and (named or not (points(focus.question) or points(focus.answer)))
            ],
        )


def _question_of(passage: Passage, focus: Focus) -> tuple[str, str, frozenset[str]]:
    """Return what makes two questions about a document one: what is asked for, and the words of substance."""
    return passage.document_id, focus.kind, frozenset(substance(focus.question))


def _unasked(planned: Planned, passage: Passage, found: list[Focus]) -> list[Focus]:
    """Return the facts that no question asked already is about, the document's name before it left out."""
    name = name_of(passage.title, passage.headings)
    asked = [substance(asked_under(question, name)) for question in planned.asked]
    return [focus for focus in found if substance(focus.question) not in asked]


def _mentioning(planned: Planned, found: list[Focus]) -> list[Focus]:
    names = {
        name.lower() for concept in planned.concepts for name in (concept.label, *concept.aliases) if len(name) > 2
    }
    near = [focus for focus in found if any(name in focus.sentence.lower() for name in names)]
    return _stressed(planned, near or found)


def _stressed(planned: Planned, found: list[Focus]) -> list[Focus]:
    """Return the facts of the frame that is asked for, and among them those that share most words with the user's instruction."""
    cue = FRAME_CUES.get(planned.conditions.get(FRAME, ""))
    framed = [focus for focus in found if cue is not None and cue.search(focus.sentence)] or found
    wanted = substance(planned.task.stress)
    shared = [len(substance(f"{focus.sentence} {_ASKED_AS.get(focus.kind, '')}") & wanted) for focus in framed]
    return [focus for focus, count in zip(framed, shared, strict=True) if count == max(shared)] if wanted else framed


def _linked(planned: Planned, found: Sequence[tuple[Passage, list[Focus]]]) -> list[tuple[Passage, Focus]] | Failure:
    """Return a pair of facts, one from each of two documents, of those whose questions have most in common."""
    facts = [(passage, focus) for passage, some in found for focus in some]
    lead = found[0][0].document_id if found else ""
    first = [each for each in facts if each[0].document_id == lead][:_MOST_FACTS]
    other = [each for each in facts if each[0].document_id != lead][:_MOST_FACTS]
    scored = [(_link(planned, one[1], two[1]), [one, two]) for one, two in product(first, other)]
    most = max((score for score, _ in scored), default=0)
    if most < LINKED:
        return Failure(kind="no-fact", message="no two facts of the two documents speak of the same thing")
    best = [pair for score, pair in scored if 2 * score >= most + LINKED]
    return best[_number(planned) % len(best)]


def _link(planned: Planned, one: Focus, two: Focus) -> int:
    """Return how much two facts have in common: words of substance asked about, and planned concepts, which count double.

    Where each is about planned concepts, the graph says that they belong together: that is enough of a link.
    """
    if one.sentence == two.sentence or one.question == two.question:
        return 0
    both = [focus.sentence.lower() for focus in (one, two)]
    named = [{each.id for each in planned.concepts if each.label.lower() in sentence} for sentence in both]
    shared = 2 * len(named[0] & named[1]) + len((substance(one.question) & substance(two.question)) - _UNLINKING)
    return max(shared, LINKED) if all(named) else shared


def _number(planned: Planned) -> int:
    return int(digest(planned.id), 16) + planned.draw


def _prompt(
    planned: Planned, passage: Passage, focus: Focus, templates: Templates | None, temperature: float
) -> Prompt:
    role = "" if planned.task.role == ROLE else planned.task.role
    task = replace(
        PRESETS["question_for_answer"], schema=_schema(focus.question), language=planned.task.language, role=role
    )
    return compose(
        task,
        planned.conditions,
        passages=[passage],
        concepts=planned.concepts,
        excerpts=[focus.sentence],
        answer=focus.answer,
        draft=focus.question,
        values={"style": planned.task.stress},
        templates=templates,
        max_tokens=len(focus.question) // 3 + _EXTRA_TOKENS,
        temperature=temperature,
    )


def _schema(question: str) -> Schema:
    """Return the reply's form: a question that begins with the draft's first words."""
    words = neutralise(question).split()
    opening = re.sub(r"([.^$*+?()\[\]{}|\\/])", r"\\\1", " ".join(words[: min(_LEAD_WORDS, len(words) - 1)]))
    longest = len(question) + 60
    pattern = rf'^{opening} [^"?\\]{{3,{longest}}}\?$'
    return {
        "type": "object",
        "properties": {"question": {"type": "string", "pattern": pattern}},
        "required": ["question"],
        "additionalProperties": False,
    }


def _read(
    planned: Planned,
    chosen: Sequence[tuple[Passage, Focus]],
    prompts: Sequence[Prompt],
    completions: Sequence[Completion],
) -> Draft | Failure:
    questions: list[str] = []
    for (_, focus), prompt, completion in zip(chosen, prompts, completions, strict=True):
        task = Task(name=prompt.task, instruction="", schema=prompt.schema)
        result = parse(completion, task, prompt_id=prompt.id)
        if isinstance(result, Draft):
            result = check(result.question, focus) or result
        if isinstance(result, Failure):
            return replace(result, prompt_id=prompt.id, raw=completion.text)
        questions.append(result.question)
    passages = [passage for passage, _ in chosen]
    question = _asked(questions, [focus for _, focus in chosen], passages)
    made = shaped(planned, question, [focus for _, focus in chosen])
    if isinstance(made, Failure):
        return made
    return replace(
        made,
        concepts=tuple(concept.id for concept in planned.concepts),
        evidence="\n".join(focus.sentence for _, focus in chosen),
    )


def _asked(questions: Sequence[str], found: Sequence[Focus], passages: Sequence[Passage]) -> str:
    """Return the one question of an item, with the documents it is about named where they must be."""
    if len(questions) > 1:
        return joined(questions, [name_of(passage.title, passage.headings) for passage in passages])
    (question,), (passage,) = questions, passages
    return placed(question, answer=found[0].answer, title=passage.title, headings=passage.headings)
