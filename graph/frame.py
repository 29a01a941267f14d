"""What policy text makes of people: duties, permissions, prohibitions, and when, how much, by when and by whom.

A cue (`graph.cue`) becomes a frame when its sentence bears it out: "shall mean" is no duty, "may be small" is no
permission. In a document that writes SHALL and MAY in capitals, as specifications do (RFC 2119), only the capitals
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from graph.actor import party_before, party_within
from graph.cue import Cue
from graph.phrase import Phrase
from graph.wording import words_of
from knowledge.sentence import sentences

FRAME_VERSION: Final = 1


class FrameKind(StrEnum):
    """The nine kinds of policy frame."""

    OBLIGATION = "obligation"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    EXCEPTION = "exception"
    CONDITION = "condition"
    THRESHOLD = "threshold"
    DEADLINE = "deadline"
    PENALTY = "penalty"
    RESPONSIBLE = "responsible party"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A frame in a passage; all offsets are into the passage text.

    `start` to `end` is the sentence (duties, permissions, prohibitions, penalties), the clause (conditions, exceptions)
    or the phrase (thresholds, deadlines, parties). The cue is the words it was known by. The party is who it is laid
    on; both its offsets are 0 when the text does not name one right there.
    """

    kind: FrameKind
    passage_id: str
    start: int
    end: int
    cue_start: int
    cue_end: int
    party_start: int = 0
    party_end: int = 0


_EPISTEMIC: Final = words_of(
    """include need want result occur cause vary arise depend appear lead seem become affect contain exist differ know
    find experience have indicate suggest happen consist help feel think fail lose look come prove pose represent
    introduce constitute reflect range mean understand realize realise notice remember recall perceive work already"""
)
_WHETHER: Final = words_of(
    """determine determines determining see ask asks know decide check verify evaluate confirm assess as whether even
    determined indicate indicates what consider question and/or"""
)
_CLAUSE_END: Final = re.compile(r"[;:]|\.(?=\s|$)|\n")
_MAIN_CLAUSE: Final = re.compile(
    r",(?= (?:the|a|an|any|no|each|every|such|that|this|it|they|he|she|you|then|all|its|his|their|[A-Z])\b)"
)
_CAPITALS: Final = re.compile(r"\b(?:SHALL|MUST|MAY|SHOULD)\b(?=(?: NOT)? [a-z])")
_PLAIN_DUTY: Final = re.compile(r"\bshall\b")
_UNTIL: Final = re.compile(r"\s+(?:after|before|of|from|following|prior to)\b")
_WHOLE: Final = words_of("one 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a document writes its duties: in capitals (`capitals`), or in plain "shall" (`plain`)."""

    capitals: bool
    plain: bool

    @classmethod
    def of(cls, texts: Sequence[str]) -> Manner:
        """Return the manner of a document's passages."""
        return cls(
            capitals=any(_CAPITALS.search(text) for text in texts),
            plain=any(_PLAIN_DUTY.search(text) for text in texts),
        )


def frames(
    passage_id: str, text: str, found: Sequence[Cue], phrases: Sequence[Phrase], *, manner: Manner
) -> list[Frame]:
    """Return the frames of a passage from its cues and noun phrases, in order, each once."""
    spans = [(span.start, span.end) for span in sentences(text)]
    made: dict[tuple[FrameKind, int, int], Frame] = {}
    for cue in found:
        sentence = next(((start, end) for start, end in spans if start <= cue.start < end), (0, len(text)))
        for frame in _frames(passage_id, text, cue, phrases, sentence, manner):
            made.setdefault((frame.kind, frame.start, frame.end), frame)
    return sorted(made.values(), key=lambda frame: (frame.start, frame.end, frame.kind))


def _frames(
    passage_id: str, text: str, cue: Cue, phrases: Sequence[Phrase], sentence: tuple[int, int], manner: Manner
) -> Iterator[Frame]:
    kind = _kind(text, cue, phrases, sentence, manner)
    if kind is None:
        return
    start, end = _span(kind, text, cue, phrases, sentence)
    party = (0, 0)
    if kind in _LAID_ON_SOMEONE:
        party = party_before(text, cue.start, phrases, start=sentence[0]) or (0, 0)
    if kind is FrameKind.RESPONSIBLE:
        found = party_before(text, cue.start, phrases, start=sentence[0])
        if cue.name == "charged" and found is None:
            found = party_within(text, cue.end, phrases)
        if found is None:
            return
        start, end = party = found
    yield Frame(
        kind=kind,
        passage_id=passage_id,
        start=start,
        end=end,
        cue_start=cue.start,
        cue_end=cue.end,
        party_start=party[0],
        party_end=party[1],
    )
    if kind is FrameKind.OBLIGATION and party != (0, 0) and not _passive(text, cue):
        yield Frame(
            kind=FrameKind.RESPONSIBLE,
            passage_id=passage_id,
            start=party[0],
            end=party[1],
            cue_start=cue.start,
            cue_end=cue.end,
            party_start=party[0],
            party_end=party[1],
        )


_LAID_ON_SOMEONE: Final = frozenset({FrameKind.OBLIGATION, FrameKind.PERMISSION, FrameKind.PROHIBITION})
_BY_NAME: Final = {
    "duty": FrameKind.OBLIGATION,
    "allowed": FrameKind.PERMISSION,
    "forbidden": FrameKind.PROHIBITION,
    "except": FrameKind.EXCEPTION,
    "punished": FrameKind.PENALTY,
    "charged": FrameKind.RESPONSIBLE,
}


def _kind(
    text: str, cue: Cue, phrases: Sequence[Phrase], sentence: tuple[int, int], manner: Manner
) -> FrameKind | None:
    """Return what a cue amounts to in its sentence, or None."""
    words = text[cue.start : cue.end].split()
    if words[0].lower() in {"shall", "must", "may"} and manner.capitals and not words[0].isupper():
        return None
    if cue.name == "must":
        return FrameKind.OBLIGATION if not _negated(text, cue, sentence) else None
    if cue.name == "may":
        return FrameKind.PERMISSION if _permits(text, cue, words, phrases, sentence, manner) else None
    if cue.name in {"must not", "no one"}:
        return FrameKind.PROHIBITION if _forbids(text, cue, words, phrases, sentence, manner) else None
    if cue.name == "if":
        before = text[sentence[0] : cue.start].split()
        if re.match(r" any\b[,)]", text[cue.end : cue.end + 6]):
            return None
        return None if before and before[-1].lower() in _WHETHER else FrameKind.CONDITION
    if cue.name == "amount":
        following = text[cue.end :].split()[:2]
        timed = any(word.strip(",.").lower() in {"before", "prior"} for word in following)
        return None if timed or _WHOLE & {word.lower() for word in words} else FrameKind.THRESHOLD
    if cue.name == "time":
        return FrameKind.DEADLINE
    return _BY_NAME[cue.name]


def _negated(text: str, cue: Cue, sentence: tuple[int, int]) -> bool:
    """Return whether "no" opens the subject: "no member shall serve" forbids."""
    subject = re.split(r"[,;]", text[sentence[0] : cue.start])[-1].split()
    opening = [word.lower().strip("()") for word in subject[:3]]
    return "no" in opening or "nothing" in opening


def _permits(
    text: str, cue: Cue, words: Sequence[str], phrases: Sequence[Phrase], sentence: tuple[int, int], manner: Manner
) -> bool:
    if _negated(text, cue, sentence) or words[-1].lower() in {"not", "only", "or", "and"}:
        return False
    if words[0].isupper() and manner.capitals:
        return True
    if words[-1].lower() in _EPISTEMIC:
        return False
    if words[-1].lower() == "be":
        done = re.match(r"\s*(?:\w+ly )?\w*(?:ed|made|given|held|taken)\b", text[cue.end : cue.end + 40])
        return manner.plain and done is not None and not re.search(r"\b(?:as|or) $", text[sentence[0] : cue.start])
    return party_before(text, cue.start, phrases, start=sentence[0]) is not None


def _forbids(
    text: str, cue: Cue, words: Sequence[str], phrases: Sequence[Phrase], sentence: tuple[int, int], manner: Manner
) -> bool:
    verb = words[-1].lower()
    if verb in {"apply", "mean", "include", "constitute", "preclude", "affect", "limit", "necessarily", "only"}:
        return False
    following = " ".join(text[cue.end :].split()[:2]).lower()
    if verb == "be" and following.startswith(("required", "construed", "deemed", "considered", "limited", "necessary")):
        return False
    if words[0] == "may":
        party = party_before(text, cue.start, phrases, start=sentence[0])
        passive = verb == "be" and manner.plain and re.match(r"\w+(?:ed|en|made|held)\b", following) is not None
        return verb not in _EPISTEMIC and (passive or (party is not None and verb not in {"be", "have"}))
    return True


def _passive(text: str, cue: Cue) -> bool:
    return bool(re.search(r"\bbe\b", text[cue.start : cue.end], re.IGNORECASE))


def _span(
    kind: FrameKind, text: str, cue: Cue, phrases: Sequence[Phrase], sentence: tuple[int, int]
) -> tuple[int, int]:
    if kind in {FrameKind.THRESHOLD, FrameKind.DEADLINE}:
        return cue.start, _measured(text, cue, phrases, sentence)
    if kind not in {FrameKind.CONDITION, FrameKind.EXCEPTION}:
        return sentence
    if re.search(r"(?i)\bnot\b|\bexempt", text[cue.start : cue.end]):
        return sentence
    return cue.start, _clause_end(text, cue, sentence)


def _measured(text: str, cue: Cue, phrases: Sequence[Phrase], sentence: tuple[int, int]) -> int:
    """Return where a quantity ends with what it counts, or a term with the event it runs from."""
    end = cue.end
    until = _UNTIL.match(text, end, sentence[1])
    following = [phrase for phrase in phrases if end <= phrase.start < sentence[1] and not phrase.tied]
    if following and following[0].start - (until.end() if until else end) <= len(" receipt of the "):
        between = text[until.end() if until else end : following[0].start]
        if until or not between.strip():
            return following[0].end
    return end


def _clause_end(text: str, cue: Cue, sentence: tuple[int, int]) -> int:
    """Return where a clause ends: at a semicolon or colon, or, where it leads the sentence, before the main clause."""
    stop = _CLAUSE_END.search(text, cue.end, sentence[1])
    end = stop.start() if stop else sentence[1]
    leading = cue.start - sentence[0] <= len("(a)(1)(A) ")
    comma = _MAIN_CLAUSE.search(text, cue.end, end) if leading else None
    return cue.start + len(text[cue.start : comma.start() if comma else end].rstrip(" .,"))
