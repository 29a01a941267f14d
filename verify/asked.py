"""How the words of a question lie about an answer in the passage that holds it: counted signals, each with a reason in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from verify.answer import inadequate
from verify.figure import quantities
from verify.opposite import contrary_of
from verify.question import WH
from verify.sentence import parts
from verify.words import content, share, stem, words

SIGNALS = (
    "elsewhere",
    "nearer to something else",
    "neighbouring words",
    "names unknown",
    "names elsewhere",
    "figures unknown",
    "denied",
    "contrary words",
    "negating prefix",
    "words replaced",
    "one word astray",
    "of another kind",
)
AROUND = 12
"""Sentences before and after the one with the answer that are read: a rule rarely lies further away."""
_FADE = 6.0
"""Words from the answer at which a question's word counts half."""
_FOUND = 2.0
"""The most that findings of a kind count."""
_DENIED = re.compile(
    r"\b(?:not|no|never|none|nor|neither|cannot|without|unable|fail(?:s|ed)?)\b|n['’]t\b", re.IGNORECASE
)
_DENIES = re.compile(
    rf"{_DENIED.pattern}|\b(?:lack\w*|exclud\w+|except\w*|unless|un(?!i)[a-z]{{3,}}(?:ed|able|ible))\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(?:if|unless|whether|(?<=\s)when)\b[^,?]*", re.IGNORECASE)
_NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]*")
_NO_NAME = frozenset(
    "What Which Who Whom Whose When Where Why How In On At By For From The A An Of To Is Are Was Were Do Does Did Can Could May Must Shall"
    " Should Will Would Has Have If After Before During According I".split()
)
_FUNCTION = frozenset(
    "a an the of to in on at by for from with and or is are was were be been being do does did has have had that this it its their his her"
    " as under what which who whom whose when where why how".split()
)
_PREFIX = re.compile(r"^(?:un|in|im|ir|il|non|ab|dis|mis|anti)-?(?=[a-z]{3})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was counted, by name of SIGNALS, with the words that each count is of.

    `sentence` holds the answer; `rival` is the sentence beside it that says most of what is asked, "" where none says more.
    """

    signals: Mapping[str, float]
    sentence: str
    rival: str = ""
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def told(self, signal: str, *, shown: int) -> str:
        """Return what a signal says against the answer in words, sentences cut to `shown` characters."""
        named = ", ".join(f"“{each}”" for each in dict.fromkeys(self.words.get(signal, ())))
        reason = _REASONS.get(signal, "") if named or signal in _WORDLESS else ""
        elsewhere = f"the passage speaks of the question elsewhere: “{self.rival[:shown]}”" if self.rival else ""
        told = "; ".join(filter(None, (reason.format(named), elsewhere)))
        return told or f"what holds the answer speaks of something else: “{self.sentence[:shown]}”"


_REASONS = {
    "names unknown": "the question is of {}, which the passage does not name",
    "names elsewhere": "the answer's sentence does not name {}",
    "figures unknown": "the question supposes {}, which the passage does not mention",
    "denied": "the question denies what the answer's sentence affirms",
    "contrary words": "the question says {}, the answer's sentence the contrary",
    "negating prefix": "the question says {}, the answer's sentence the contrary",
    "words replaced": "the question says {} where the passage has another word",
    "one word astray": "the answer's sentence says all that is asked but {}",
    "of another kind": "the answer is not of the kind that is asked for",
}
_WORDLESS = frozenset({"denied", "of another kind"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scene:
    """One or more passages in sentences; `homes` are the numbers of those that hold the answer, part by part."""

    places: tuple[str, ...]
    homes: tuple[int, ...]

    @property
    def home(self) -> str:
        return " ".join(self.places[i] for i in self.homes)

    @property
    def others(self) -> list[str]:
        return [place for i, place in enumerate(self.places) if i not in self.homes]


def read(question: str, answer: str, passages: Sequence[str], *, context: str = "") -> Reading | None:
    """Return what can be counted of a question and its answer in the passage that holds the answer best; None without a passage."""
    asked = content(WH.sub(" ", question)) - content(answer)
    texts = [places for text in passages if (places := _sentences(text))]
    if not texts:
        return None
    scene = _scene(asked, answer, texts)
    here, there = content(scene.home), content(" ".join(scene.places))
    asked -= content(context) - there
    counted, found = _of_words(question, answer, scene, context)
    counted |= {
        "elsewhere": share(asked, there) - share(asked, here),
        "of another kind": float(any(each.rule == "answer-type" for each in inadequate(question, answer))),
        "nearer to something else": _lead(asked, answer, scene),
    }
    return Reading(signals=counted, sentence=scene.home, rival=_rival(asked, scene), words=found)


def _sentences(text: str) -> tuple[str, ...]:
    found = (" ".join(text[span.start : span.end].split()) for span in parts(text))
    return tuple(place for place in found if re.search(r"\w", place))


def _scene(asked: frozenset[str], answer: str, texts: Sequence[Sequence[str]]) -> _Scene:
    """The passages that hold an answer, side by side: each of its sentences is at home in the one that says it, or most of it."""
    said = [answer[span.start : span.end] for span in parts(answer)] or [answer]
    homes: dict[int, set[int]] = {}
    for each in said:
        found = [(_home(asked, each, places), number) for number, places in enumerate(texts)]
        (_, at), number = max(((likeness, -at), -number) for (at, likeness), number in found)
        homes.setdefault(-number, set()).add(-at)
    places: list[str] = []
    at_home: list[int] = []
    for number, own in sorted(homes.items()):
        first, last = max(0, min(own) - AROUND), max(own) + AROUND + 1
        at_home += [len(places) + at - first for at in sorted(own)]
        places += texts[number][first:last]
    return _Scene(places=tuple(places), homes=tuple(at_home))


def _home(asked: frozenset[str], said: str, places: Sequence[str]) -> tuple[int, tuple[float, float, float]]:
    """The sentence that holds a text, and how well: literally, by share of its words, by share of the question's."""
    literal, meant = " ".join(said.lower().split()).strip(" .,:;\"'“”"), content(said)

    def likeness(place: str) -> tuple[float, float, float]:
        near = content(place)
        return float(bool(literal) and literal in place.lower()), round(share(meant, near), 3), share(asked, near)

    at = max(range(len(places)), key=lambda i: (likeness(places[i]), -i))
    return at, likeness(places[at])


def _rival(asked: frozenset[str], scene: _Scene) -> str:
    own = share(asked, content(scene.home))
    best = max(scene.others, key=lambda place: share(asked, content(place)), default="")
    return best if share(asked, content(best)) > own else ""


def _lead(asked: frozenset[str], answer: str, scene: _Scene) -> float:
    """How much nearer the question's words lie to another stretch of the answer's length, 0 to 1; 0 for an answer in several places."""
    if len(scene.homes) > 1:
        return 0.0
    stems = [stem(word) for place in scene.places for word in words(place)]
    at = [i for i, each in enumerate(stems) if each in asked]
    first, last = _place_of(answer, scene)
    own = _near(first, last, at, stems, len(asked))
    length = last - first
    starts = range(0, max(1, len(stems) - length), 2)
    best = max((_near(i, i + length, at, stems, len(asked)) for i in starts), default=own)
    return max(0.0, best - own)


def _near(first: int, last: int, at: Sequence[int], stems: Sequence[str], asked: int) -> float:
    """The share of the question's words, each by how near its nearest place is to a stretch of words: 1 inside, a half at _FADE."""
    best: dict[str, float] = {}
    for i in at:
        away = max(first - i, i - last, 0)
        best[stems[i]] = max(best.get(stems[i], 0.0), 1.0 / (1.0 + away / _FADE))
    return sum(best.values()) / max(1, asked)


def _place_of(answer: str, scene: _Scene) -> tuple[int, int]:
    """The first and last word of an answer in one place among all words: where it stands literally, or where its words do."""
    before = sum(len(words(place)) for place in scene.places[: scene.homes[0]])
    own = words(scene.home)
    said, meant = words(answer), content(answer)
    for i in range(len(own) - len(said) + 1):
        if said and own[i : i + len(said)] == said:
            return before + i, before + i + len(said) - 1
    held = [i for i, word in enumerate(own) if stem(word) in meant] or [0, max(0, len(own) - 1)]
    return before + held[0], before + held[-1]


def _of_words(question: str, answer: str, scene: _Scene, context: str) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Count the question's words, names and figures that the answer's sentence has otherwise, or not at all."""
    here = set(words(scene.home))
    meant = [word for word in words(WH.sub(" ", question)) if word not in _FUNCTION]
    said = {stem(word) for word in words(answer)}
    near = [word for word in words(scene.home) if word not in _FUNCTION]
    astray = [word for word in meant if stem(word) not in {stem(each) for each in near}]
    found = {
        **_names(question, scene, context),
        "figures unknown": _figures(question, scene, context),
        "contrary words": [word for word in meant if word not in here and here.intersection(contrary_of(word))],
        "negating prefix": [word for word in meant if word not in here and any(_negates(word, each) for each in here)],
        "words replaced": [word for word in astray if stem(word) not in said and _replaced(word, meant, near, said)],
        "one word astray": astray if len(astray) == 1 and len(meant) > 2 else [],
    }
    counted = {name: min(_FOUND, float(len(each))) for name, each in found.items()}
    denied = _DENIED.search(_CONDITION.sub(" ", question)) and not _DENIES.search(scene.home)
    return {**counted, "denied": float(bool(denied)), "neighbouring words": _pairs(meant, near)}, found


def _names(question: str, scene: _Scene, context: str) -> dict[str, list[str]]:
    named = [each for each in dict.fromkeys(_NAME.findall(question)) if each not in _NO_NAME]
    known = " ".join([*scene.places, context]).lower()
    first, last = max(0, scene.homes[0] - 1), scene.homes[-1] + 2
    near = " ".join([*scene.places[first:last], context]).lower()
    unknown = [each for each in named if not _has(known, each)]
    return {
        "names unknown": unknown,
        "names elsewhere": [each for each in named if each not in unknown and not _has(near, each)],
    }


def _has(text: str, name: str) -> bool:
    return name.lower() in text or stem(name) in content(text)


def _figures(question: str, scene: _Scene, context: str) -> list[str]:
    known = " ".join([*scene.places, context]).lower()
    return [each.text for each in quantities(question) if each.text.lower() not in known]


def _negates(one: str, other: str) -> bool:
    """Whether one of two words is the other with a prefix that turns it round."""
    short, long = sorted((one, other), key=len)
    return len(short) > 3 and short != long and _PREFIX.sub("", long, count=1) == short


def _replaced(word: str, asked: Sequence[str], near: Sequence[str], said: set[str]) -> bool:
    """Whether another word of the sentence stands beside the same word that a question's word stands beside."""
    stems, known = [stem(each) for each in near], {stem(each) for each in asked} | said
    at = asked.index(word)
    for side in (-1, 1):
        if not 0 <= at + side < len(asked):
            continue
        beside = stem(asked[at + side])
        for i, each in enumerate(stems):
            if each not in known and 0 <= i + side < len(stems) and stems[i + side] == beside:
                return True
    return False


def _pairs(asked: Sequence[str], near: Sequence[str]) -> float:
    """The share of neighbouring words of the question that are neighbours in the sentence too, or have one word between them."""
    there = [stem(each) for each in near]
    close = {*pairwise(there), *zip(there, there[2:], strict=False)}
    wanted = [(stem(one), stem(other)) for one, other in pairwise(asked)]
    return sum(pair in close for pair in wanted) / len(wanted) if wanted else 0.0
