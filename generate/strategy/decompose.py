"""Passage, then fact, then question: for small models, which write a good question far more often than a true answer.

A rule picks a fact and drafts the question for it (`focus`); the model words the question; what strays from the draft is refused.
The answer is the passage's own sentence, or what the kind makes of the fact (`shape`). Over two documents, a fact of each is
asked for in one question, and only facts that share a word of substance are put together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from generate.check import FRAME_CUES
from generate.prompt import Prompt, compose, neutralise
from generate.sample import Draft, Failure, parse
from generate.scope import FRAME
from generate.strategy.attempt import Attempt, Complete, Planned
from generate.strategy.focus import Focus, focuses, lower_first
from generate.strategy.shape import fitting, shaped
from generate.strategy.steps import GENERATE, Call, Ports, Steps, Writer, run
from generate.task import PRESETS, ROLE, Schema, Task
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.model import Completion
    from generate.template import Templates
    from knowledge.document import Passage

KEPT = 0.9
"""Share of the draft question's words of substance that the model's question must keep."""

LINKED = 2
"""What two facts of different documents must have in common to be asked for together: words, or one planned concept."""

NEW = 8
"""One word of substance that the draft has not is let pass for so many that it has."""

_WORD = re.compile(r"[A-Za-z0-9$€£][\w'’.,%-]*[\w%]|\w")
_NUMBER = re.compile(r"\d")
_EMPTY = frozenset(
    "a an the of to in on at by for from with and or as is are was were be been do does did has have had will would can could may might"
    " must shall should it its their his her they that this which who whom what when where how why many much not no any each every"
    " all if than then there so such within after before under about into per".split()
)
_EXACT = frozenset(
    re.sub(r"ing$", "", word)
    for word in "working business calendar consecutive least most only maximum minimum".split()
)
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
_FRAME = frozenset(
    "that which who whom whose is are was were be been do does did has have had will would can could may might must shall should".split()
)
"""Words that hold a question together: one put in makes another sentence of it."""
_SECTION = re.compile(r"(§+\s?\d[\w.–-]*\w)")
_CHAPTER = re.compile(r"^\d+(?:\.\d+)*\.?\s+(?=[A-Z])")
_LEAD_WORDS = 2
_EXTRA_TOKENS = 30
_MOST_FACTS = 60
_UNLINKING = frozenset(
    "day week month year hour work busines busine number least most condition maximum minimum happen mean purpos".split()
)


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

    Facts whose sentence mentions a planned concept come first; among equals the item's id and draw decide.
    """
    found = [
        (passage, _mentioning(planned, _unasked(planned, fitting(planned, focuses(passage.text)))))
        for passage in planned.passages
    ]
    if planned.task.documents == 2:
        return _linked(planned, found)
    every = [(passage, focus) for passage, some in found for focus in some]
    if not every:
        return Failure(kind="no-fact", message="no sentence of the passages states a fact that can be asked for alone")
    return [every[_number(planned) % len(every)]]


def _unasked(planned: Planned, found: list[Focus]) -> list[Focus]:
    """Return the facts that no question asked already is about, or all when there is none left."""
    asked = [substance(question) for question in planned.asked]
    return [focus for focus in found if substance(focus.question) not in asked] or found


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
    """Return a pair of facts, one from each of two documents, whose questions have most in common."""
    facts = [(passage, focus) for passage, some in found for focus in some][:_MOST_FACTS]
    lead = found[0][0].document_id if found else ""
    first = [each for each in facts if each[0].document_id == lead]
    other = [each for each in facts if each[0].document_id != lead]
    scored = [(_link(planned, one[1], two[1]), [one, two]) for one, two in product(first, other)]
    most = max((score for score, _ in scored), default=0)
    if most < LINKED:
        return Failure(kind="no-fact", message="no two facts of the two documents speak of the same thing")
    best = [pair for score, pair in scored if score == most]
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
    question = _joined(questions, passages) if len(questions) > 1 else _placed(questions[0], chosen[0][1], passages[0])
    made = shaped(planned, question, [focus for _, focus in chosen])
    if isinstance(made, Failure):
        return made
    return replace(
        made,
        concepts=tuple(concept.id for concept in planned.concepts),
        evidence="\n".join(focus.sentence for _, focus in chosen),
    )


def check(question: str, focus: Focus) -> Failure | None:
    """Return what is wrong with a question as wording of the focus's own, None when nothing is.

    It must be a question, keep the draft's words of substance, add no number and hardly a word, repeat nothing, and not hold
    its answer.
    """
    words, wanted = _words(question), _words(focus.question)
    if not question.endswith("?") or question.count("?") > 1:
        return Failure(kind="not-a-question", message="the reply is not one question")
    new = substance(question) - substance(focus.question)
    if any(_NUMBER.search(word) for word in new) or (
        focus.answer.lower() in question.lower() and focus.answer.lower() not in focus.question.lower()
    ):
        return Failure(kind="gives-away", message=f"the question holds a figure or words of its answer: {sorted(new)}")
    put_in = Counter(word for word in words if word in _FRAME) - Counter(word for word in wanted if word in _FRAME)
    if put_in:
        told = f"the question puts in: {', '.join(sorted(put_in))}"
        return Failure(kind="reworded", message=told)
    if len(new) > len(substance(focus.question)) // NEW or len(words) > len(wanted) + 6:
        return Failure(kind="off-source", message=f"the question brings in words of its own: {', '.join(sorted(new))}")
    lost = substance(focus.question) - substance(question)
    if (
        lost & _EXACT
        or len(lost) > (1 - KEPT) * len(substance(focus.question))
        or _negations(words) != _negations(wanted)
    ):
        return Failure(kind="incomplete", message=f"the question leaves out: {', '.join(sorted(lost)) or 'a negation'}")
    counts, allowed = Counter(word for word in words if word not in _EMPTY), Counter(wanted)
    if any(count > max(1, allowed[word]) for word, count in counts.items()):
        return Failure(kind="repeats", message="the question repeats itself")
    return None


def substance(text: str) -> set[str]:
    """Return the words of a text that carry its matter, in lower case and without plural and verb endings."""
    return {re.sub(r"(?:ies|es|s|ed|ing|e|y)$", "", word) or word for word in _words(text) if word not in _EMPTY}


def _words(text: str) -> list[str]:
    return [word.lower().rstrip(".,") for word in _WORD.findall(text)]


def _negations(words: Sequence[str]) -> int:
    return sum(word in {"not", "no", "never", "cannot", "without", "unless"} or word.endswith("n't") for word in words)


def _joined(questions: Sequence[str], passages: Sequence[Passage]) -> str:
    """Make one question out of two, each under its document's title where both have one."""
    titles = [_title(passage) for passage in passages]
    parts = [lower_first(question.rstrip(" ?")) for question in questions]
    if all(titles) and titles[0] != titles[1]:
        parts = [f"under {title}, {part}" for title, part in zip(titles, parts, strict=True)]
    first, second = parts
    return f"{first[0].upper()}{first[1:]}, and {second}?"


def _title(passage: Passage) -> str:
    """Return the passage's title as it stands in a sentence, "" when it looks like a file name or is long.

    A section of a code is named by its number, and a numbered chapter by its words in quotation marks.
    """
    title = " ".join(passage.title.split())
    section = _SECTION.match(title)
    if section:
        return section[1]
    words = _CHAPTER.sub("", title)
    if not 0 < len(words.split()) <= 9 or re.search(r"\.\w{2,5}$|[?:;/]", title):
        return ""
    if words != title or "—" in words:
        return f"“{words}”"
    coded = _NUMBER.search(title.split()[0]) or title.startswith("The ")
    return title.replace("The ", "the ", 1) if coded else f"the {title}"


def _placed(question: str, focus: Focus, passage: Passage) -> str:
    """Return the question, under its section where it asks for a term that the section of a code defines for itself."""
    section = _SECTION.match(passage.title.strip())
    if section is None or focus.kind != "definition":
        return question
    return f"Under {section[1]}, {lower_first(question)}"
