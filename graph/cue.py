"""The words that announce a policy frame: spaCy token patterns over the tagger's output, no parser needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graph.wording import words_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.tokens import Doc


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that announce a frame: the name of the pattern, and character offsets."""

    name: str
    start: int
    end: int


_NOT: Final = ["not", "never"]
_MONTHS: Final = sorted(
    words_of("january february march april may june july august september october november december")
)
_TIMES: Final = sorted(
    words_of("second seconds minute minutes hour hours day days week weeks month months quarter quarters year years")
)
_TIME_MODIFIERS: Final = ["business", "calendar", "working", "consecutive", "full", "-"]
_WITHOUT_DUTY: Final = sorted(
    words_of(
        """mean have include apply be constitute take become expire begin commence consist govern prevail control refer
        survive supersede continue remain not never no only"""
    )
)
_DIGITS: Final[dict[str, Any]] = {"TAG": "CD"}
_AMOUNT: Final[list[dict[str, Any]]] = [{"TEXT": "$", "OP": "?"}, _DIGITS, {"TEXT": "%", "OP": "?"}]
_TIME: Final[list[dict[str, Any]]] = [
    {"LOWER": {"IN": ["a", "an"]}, "OP": "?"},
    _DIGITS,
    {"LOWER": {"IN": ["-", *_TIME_MODIFIERS]}, "OP": "*"},
    {"LOWER": {"IN": _TIMES}},
]


def _low(*words: str) -> list[dict[str, Any]]:
    return [{"LOWER": {"IN": word.split("|")}} for word in words]


_COMPARED: Final = (
    _low("at", "least|most"),
    _low("no|not", "more|less|fewer|greater|lower|higher", "than"),
    _low("more|less|fewer|greater|lower|higher", "than"),
    _low("up", "to"),
    _low("maximum|minimum|excess", "of"),
    _low("exceed|exceeds|exceeding"),
)
PATTERNS: Final[dict[str, list[list[dict[str, Any]]]]] = {
    "must": [
        [
            {"LOWER": {"IN": ["shall", "must"]}},
            {"TAG": {"IN": ["RB", ","]}, "LOWER": {"NOT_IN": [*_NOT, "only"]}, "OP": "*"},
            {"IS_ALPHA": True, "LOWER": {"NOT_IN": _WITHOUT_DUTY}},
        ],
        [
            {"LOWER": {"IN": ["shall", "must"]}},
            {"TAG": "RB", "LOWER": {"NOT_IN": _NOT}, "OP": "*"},
            {"LOWER": "be"},
            {"TAG": "RB", "LOWER": {"NOT_IN": _NOT}, "OP": "*"},
            {
                "TAG": {"IN": ["VBN", "VBD"]},
                "LOWER": {"NOT_IN": ["deemed", "construed", "known", "cited", "considered", "entitled"]},
            },
        ],
    ],
    "duty": [
        [*_low("is|are", "required|obligated|obliged", "to")],
        [*_low("has|have", "a|the", "duty|obligation", "to")],
    ],
    "may": [[{"LOWER": "may"}, {"TAG": "RB", "LOWER": {"NOT_IN": [*_NOT, "only"]}, "OP": "*"}, {"IS_ALPHA": True}]],
    "allowed": [
        [*_low("is|are", "permitted|authorized|authorised|entitled|allowed", "to")],
        [*_low("has|have", "the", "right", "to")],
        [*_low("shall", "be", "entitled|permitted|authorized|allowed"), *_low("to")],
    ],
    "must not": [[{"LOWER": {"IN": ["shall", "must", "may"]}}, {"LOWER": {"IN": _NOT}}, {"IS_ALPHA": True}]],
    "no one": [
        [
            {"LOWER": "no"},
            {"TAG": {"IN": ["NN", "NNS", "NNP", "JJ"]}, "OP": "{1,3}"},
            {"LOWER": {"IN": ["shall", "may", "must"]}},
            {"IS_ALPHA": True},
        ]
    ],
    "forbidden": [
        [*_low("is|are|be", "prohibited", "from")],
        [*_low("it|be|is", "unlawful"), *_low("for|to")],
    ],
    "except": [
        [*_low("except"), *_low("as|that|when|where|if|for|in|to|with|by|under|pursuant")],
        [*_low("unless")],
        [*_low("with", "the", "exception", "of")],
        [*_low("does|do|shall", "not", "apply", "to|if|when|where|in|unless|.|;|,")],
        [*_low("is|are|be", "exempt|exempted", "from")],
        [*_low("shall|is|are", "not"), {"LOWER": "be", "OP": "?"}, *_low("required", "to")],
    ],
    "if": [
        [*_low("if")],
        [*_low("provided", "that")],
        [*_low("in", "the", "event"), *_low("that|of")],
        [*_low("on", "condition", "that")],
        [*_low("only"), *_low("when|where|after")],
    ],
    "amount": [
        *[[*compared, *_AMOUNT] for compared in _COMPARED],
        [*_AMOUNT, *_low("or|and"), *_low("more|less|fewer|older|younger|greater|over|above|under")],
        [*_low("maximum|minimum"), {"IS_ALPHA": True, "OP": "{1,3}"}, *_low("of"), *_AMOUNT],
    ],
    "time": [
        [*_low("within"), *_TIME],
        [*_low("no|not", "later", "than"), {"LOWER": {"IN": _MONTHS}}, _DIGITS],
        [*_low("no|not", "later", "than"), _DIGITS, {"LOWER": {"IN": ["a.m.", "p.m."]}, "OP": "?"}],
        [*_low("no|not", "later", "than"), *_TIME],
        [*_low("at", "least"), *_TIME, *_low("before|prior|in")],
        [*_low("no|not", "less|fewer", "than"), *_TIME, *_low("before|prior|in")],
        [*_low("on", "or", "before"), {"LOWER": {"IN": _MONTHS}}, _DIGITS],
        [*_low("by|before"), {"LOWER": {"IN": _MONTHS}}, _DIGITS],
    ],
    "punished": [
        [*_low("civil|criminal|administrative|monetary"), *_low("penalty|penalties|fine|fines|infraction")],
        [*_low("fined|imprisoned|imprisonment|punishable|punished")],
        [*_low("guilty", "of"), *_low("a|an|any")],
        [*_low("fine"), *_low("of|not")],
        [*_low("shall"), *_low("forfeit")],
        [*_low("penalty|penalties"), *_low("of|for|in|not|shall|may")],
    ],
    "charged": [[*_low("is|are|be", "responsible", "for")], [*_low("the", "duty|responsibility", "of", "the")]],
}


def matcher(language: Language) -> Matcher:
    """Return the patterns compiled for a pipeline's vocabulary."""
    from spacy.matcher import Matcher

    found = Matcher(language.vocab)
    for name, patterns in PATTERNS.items():
        found.add(name, patterns, greedy="LONGEST")
    return found


def cues(patterns: Matcher, document: Doc) -> tuple[Cue, ...]:
    """Return the cues in a tagged text, in order."""
    found = [Cue(span.label_, span.start_char, span.end_char) for span in patterns(document, as_spans=True)]
    return tuple(sorted(found, key=lambda cue: (cue.start, cue.end, cue.name)))
