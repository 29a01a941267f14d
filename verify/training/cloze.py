"""Questions made by rule from a declarative sentence, each with the answer the sentence gives."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from verify.training.figures import Slot, slots
from verify.training.perturb import SUBJECT

_CLAUSE = re.compile(SUBJECT.pattern + r"(shall not|must not|may not|shall|must|may|will|can) (?!not)(.+?)\.?$")
_TERM = re.compile(r"^(?:The term )?[“\"]([^”\"]{2,60}),?[”\"],? (?:means|includes) (.+?)\.?$")
_COPULA = re.compile(r"^((?:The|An?) [^,;:]{5,90}?) (is|are) ((?!not\b)[^;]{2,140}?)\.?$")
_BEFORE = re.compile(
    r",?(?: (?:within|for|by|on|at|of|in|until|before|after|not|no|more|less|later|than|least|most|to|exceed|a|period|up|exceeding"
    r"|the|from))*$"
)
_WH = {
    "money": ("How much", "What amount"),
    "percent": ("What percentage", "What share"),
    "date": ("When", "By what date", "On what date"),
    "duration": ("How long", "How many {unit}", "Within what period", "When"),
    "number": ("How many", "What number"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cloze:
    """A question and its answer. `kind` names the answer's type: a slot kind, "subject", "predicate", "term", "copula" or "polar"."""

    question: str
    answer: str
    kind: str


def clozes(sentence: str, rng: random.Random) -> list[Cloze]:
    """Every question the rules can make of a sentence."""
    found = [*_of_term(sentence), *_of_copula(sentence)]
    m = _CLAUSE.match(sentence)
    if m is None:
        return found
    actor, modal, predicate = m.groups()
    modal = "must" if modal == "shall" and rng.random() < 0.6 else modal
    found += _of_clause(_mid(actor), actor, modal, predicate)
    if modal.split()[-1] != "not":
        found += [c for s in slots(predicate) if (c := _of_slot(_mid(actor), modal, predicate, s, rng))]
    return found


def _of_clause(actor: str, opening: str, modal: str, predicate: str) -> list[Cloze]:
    """Who, what and whether questions of "The Mayor must ..."."""
    made = [Cloze(question=f"Who {modal} {predicate}?", answer=opening, kind="subject")]
    if modal.split()[-1] == "not":
        return [*made, Cloze(question=f"What {modal.split()[0]} {actor} not do?", answer=predicate, kind="predicate")]
    if not predicate.startswith("be "):
        made.append(Cloze(question=f"What {modal} {actor} do?", answer=predicate, kind="predicate"))
    return [*made, Cloze(question=f"{modal.capitalize()} {actor} {predicate}?", answer="Yes", kind="polar")]


def _of_term(sentence: str) -> list[Cloze]:
    m = _TERM.match(sentence)
    if m is None:
        return []
    term, meaning = m.groups()
    return [
        Cloze(question=q, answer=meaning, kind="term")
        for q in (f"What does “{term}” mean?", f"What is meant by {term}?")
    ]


def _of_copula(sentence: str) -> list[Cloze]:
    m = _COPULA.match(sentence)
    if m is None or re.search(r"\b(?:who|which|that|if|shall|may|must)\b", m.group(1)):
        return []
    return [Cloze(question=f"What {m.group(2)} {_mid(m.group(1))}?", answer=m.group(3), kind="copula")]


def _of_slot(actor: str, modal: str, predicate: str, slot: Slot, rng: random.Random) -> Cloze | None:
    """Return a "how many" question: the figure and the words that lead to it leave the sentence."""
    before = predicate[: slot.start].rstrip()
    cut = _BEFORE.search(before)
    kept = before[: cut.start()] if cut else before
    after = predicate[slot.end :]
    if len(kept.split()) < 2 or (slot.kind == "number" and not re.match(r" [a-z]+", after)):
        return None
    lead = before[len(kept) :].strip(" ,")
    wh = rng.choice(_WH[slot.kind]).format(unit=slot.text.split()[-1].split("-")[-1])
    if slot.kind == "number":
        noun = re.match(r" ([a-z]+)", after)
        wh, after = f"How many {noun.group(1)}" if noun else wh, after[noun.end() :] if noun else after
    answer = f"{lead} {slot.text}" if lead and rng.random() < 0.5 else slot.text
    tail = after if rng.random() < 0.8 else ""
    return Cloze(question=f"{wh} {modal} {actor} {kept}{tail}?", answer=answer, kind=slot.kind)


def _mid(text: str) -> str:
    """Return a phrase as it stands inside a sentence."""
    return text[0].lower() + text[1:] if text.split()[0] in {"The", "A", "An", "Each", "Every", "Any", "No"} else text
