"""`Scope`: a condition that is known by name: its usual values, how each is said in a prompt, and what is checked of the sample.

A name that is not here is a condition of the user's own: it is said as "Name: value." and nothing is checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generate.task import Check

WORDS = "words"
FRAME = "frame"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """`values` maps a usual value to the words that say it; `lead` says a value that is not among them.

    `checks` maps a value to what is checked of question and answer.
    """

    lead: str
    values: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)


def _words(least: int | None, most: int | None) -> Check:
    limits = {name: limit for name, limit in (("least", least), ("most", most)) if limit is not None}
    return Check(name="words", options={"in": "answer", **limits})


_FRAMES = {
    "obligation": "what somebody must do",
    "permission": "what somebody may do",
    "prohibition": "what nobody, or somebody, may not do",
    "exception": "an exception to a rule",
    "condition": "the condition under which a rule holds",
    "threshold": "a figure from or up to which a rule holds",
    "deadline": "by when or how long something is to be done",
    "penalty": "what follows when a rule is broken",
    "responsible party": "who is responsible",
    "conflict": "a point on which the sources say different things, and what each says",
}

SCOPES: Mapping[str, Scope] = {
    "persona": Scope(
        lead="Write as if asked by this person: {}.",
        values={
            each: f"Write as if asked by {each}."
            for each in (
                "a single parent with two jobs",
                "a retired person who lives alone",
                "a student on a first lease",
                "a caseworker in a hurry",
                "a small landlord",
                "a legal aid volunteer",
            )
        },
    ),
    "audience": Scope(
        lead="Audience: {}.",
        values={
            "layperson": "The answer is for a layperson: everyday words, terms explained.",
            "practitioner": "The answer is for a practitioner: exact terms, no explanations of basics.",
            "lawyer": "The answer is for a lawyer: exact words of the rule, conditions and exceptions in full.",
            "new employee": "The answer is for a new employee of the office: what to do and look for.",
        },
    ),
    "style": Scope(
        lead="Style: {}.",
        values={
            "plain": "Style: plain, short sentences.",
            "formal": "Style: formal, complete sentences, no contractions.",
            "conversational": "Style: as people speak, direct address.",
            "legal": "Style: as a statute has it.",
        },
    ),
    "length": Scope(
        lead="Length of the answer: {}.",
        values={
            "short": "The answer has at most 25 words.",
            "medium": "The answer has between 20 and 70 words.",
            "long": "The answer has at least 50 words.",
        },
        checks={"short": _words(None, 25), "medium": _words(15, 80), "long": _words(40, None)},
    ),
    "difficulty": Scope(
        lead="Difficulty: {}.",
        values={
            "remember": "The question asks to recall a fact as it is stated.",
            "understand": "The question asks to explain a rule in other words.",
            "apply": "The question asks what a rule means for a given case.",
            "analyse": "The question asks how conditions, exceptions and parts of a rule fit together.",
            "evaluate": "The question asks to judge whether something meets a rule, with reasons from the source.",
            "create": "The question asks to draw up something (a notice, a plan, a checklist) that follows the source.",
        },
    ),
    "language": Scope(lead="Write question and answer in {}."),
    "channel": Scope(
        lead="The question comes by {}.",
        values={
            each: f"The question comes by {each}, and reads like it."
            for each in ("letter", "telephone", "web chat", "e-mail", "text message")
        },
    ),
    "sentiment": Scope(
        lead="The person who asks is {}.",
        values={
            each: f"The person who asks is {each}; the answer is calm and to the point."
            for each in ("neutral", "worried", "frustrated", "hopeful")
        },
    ),
    "agency": Scope(lead="The question is put to {}; the answer speaks of its rules."),
    FRAME: Scope(
        lead="Ask about: {}.",
        values={each: f"Ask about {words}." for each, words in _FRAMES.items()},
        checks={each: Check(name="frame", options={"kind": each}) for each in _FRAMES if each != "conflict"},
    ),
    WORDS: Scope(lead="Use these words in the question or the answer: {}."),
    "related": Scope(lead="Bring in this related concept if the source speaks of it: {}."),
    "topic": Scope(lead="The question belongs to this topic: {}."),
}
"""The scopes by name."""


def scope_values(name: str) -> tuple[str, ...]:
    """Return the usual values of the scope `name`; none when there is no such scope or it has none."""
    scope = SCOPES.get(name)
    return tuple(scope.values) if scope else ()


def worded(name: str, value: str) -> str:
    """Return the sentence that says a condition in a prompt."""
    scope = SCOPES.get(name)
    if scope is None:
        return f"{name.capitalize().replace('_', ' ')}: {value}."
    return scope.values.get(value) or scope.lead.format(value)


def scope_checks(conditions: Mapping[str, str]) -> tuple[Check, ...]:
    """Return what is checked of a sample written under these conditions."""
    found = [SCOPES[name].checks[value] for name, value in conditions.items() if value in _checked(name)]
    if words := conditions.get(WORDS):
        found.append(Check(name="mentions", options={"in": ["question", "answer"], "words": split_words(words)}))
    return tuple(found)


def split_words(value: str) -> Sequence[str]:
    """Return the words of a value such as "notice, appeal, rent"."""
    return [word.strip() for word in value.split(",") if word.strip()]


def _checked(name: str) -> Mapping[str, Check]:
    scope = SCOPES.get(name)
    return scope.checks if scope else {}
