"""What an answer becomes when the text it rests on changed: the same edit made to it, or the new sentence in its place.

Nothing is invented and no model is asked: each proposal is made of the documents' own words, and the judge decides whether it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING

from knowledge.sentence import sentences

if TYPE_CHECKING:
    from groundsmith.refresh.change import EvidenceChange
    from groundsmith.row import DatasetRow
    from knowledge.change import WordEdit

ALIKE = 0.5
"""Share of common words from which a sentence of today is taken for the new form of an old one."""
_EDGE = 3
"""Words of what stands around an edit that tell which of several places is meant."""
_MODALS = {"must": "duty", "shall": "duty", "may": "leave", "can": "leave", "should": "advice", "ought": "advice"}
"""What a modal verb says: a question that asks for a duty is not answered by a leave."""
_MODAL = re.compile(rf"\b(?:{'|'.join(_MODALS)})\b", re.IGNORECASE)
_BEYOND = frozenset(("revisions",))
"""Parts of a row that say nothing of its content."""


def proposals(row: DatasetRow, changes: Sequence[EvidenceChange]) -> list[DatasetRow]:
    """Return the row with answers that the changed text may bear out, the nearest to the old one first; without claims of old.

    Only for rows that are nothing but question and answer.
    """
    if row.expected != "answer" or set(row.parts) - _BEYOND:
        return []
    pairs = [pair for change in changes for pair in edits(change.words)]
    found = [_edited(row, pairs), _restated(row, changes)]
    made: dict[tuple[str, str], DatasetRow] = {}
    for each in found:
        changed = each is not None and (each.question, each.answer) != (row.question, row.answer)
        if each is not None and changed and _asks_what_it_says(each, pairs):
            made.setdefault((each.question, each.answer), each)
    return list(made.values())


def edits(words: Sequence[WordEdit]) -> Iterator[tuple[str, str, str, str]]:
    """Yield each edit as what stands before it, the words gone, the words come, and what stands after it."""
    runs = [(same, list(group)) for same, group in groupby(words, key=lambda each: each.mark == "=")]
    for number, (same, group) in enumerate(runs):
        if same:
            continue
        old = "".join(each.text for each in group if each.mark == "-").strip()
        new = "".join(each.text for each in group if each.mark == "+").strip()
        before = "".join(each.text for each in runs[number - 1][1]) if number else ""
        after = "".join(each.text for each in runs[number + 1][1]) if number + 1 < len(runs) else ""
        if old and new:
            yield " ".join(before.split()[-_EDGE:]), old, new, " ".join(after.split()[:_EDGE])


def _edited(row: DatasetRow, pairs: Sequence[tuple[str, str, str, str]]) -> DatasetRow | None:
    """Return the row with the documents' edits made to it, None where none fits."""
    question, answer, reasoning = row.question, row.answer, row.reasoning
    for before, old, new, after in pairs:
        question = _asked_anew(_put(question, before, old, new, after), old, new)
        answer = _put(answer, before, old, new, after)
        reasoning = None if reasoning is None else _put(reasoning, before, old, new, after)
    return replace(row, question=question, answer=answer, reasoning=reasoning)


def _asked_anew(question: str, old: str, new: str) -> str:
    """Return a question with its one modal verb as the edit has it, where that changed a duty to a leave or the like."""
    was, now = _MODALS.get(old.lower()), _MODALS.get(new.lower())
    meant = [found for found in _MODAL.finditer(question) if _MODALS[found[0].lower()] == was]
    if was is None or now is None or was == now or len(meant) != 1:
        return question
    return f"{question[: meant[0].start()]}{new.lower()}{question[meant[0].end() :]}"


def _asks_what_it_says(row: DatasetRow, pairs: Sequence[tuple[str, str, str, str]]) -> bool:
    """Whether the question asks for no duty, leave or advice that the answer does not state; looked at where such a word was edited."""
    if not any(_MODALS.get(old.lower()) != _MODALS.get(new.lower()) for _, old, new, _ in pairs):
        return True
    asked, said = ({_MODALS[found.lower()] for found in _MODAL.findall(text)} for text in (row.question, row.answer))
    return not said or asked <= said


def _put(text: str, before: str, old: str, new: str, after: str) -> str:
    """Return the text with `old` as `new` where it stands once, or where words beside it are those of the edit."""
    found = list(re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", text))
    if len(found) > 1:
        near = [each for each in found if _beside(text, each.start(), each.end(), before, after)]
        found = near if len(near) == 1 else []
    if len(found) != 1 or (len(old.split()) == 1 and not _marked(old) and not _near(text, found[0], before, after)):
        return text
    return f"{text[: found[0].start()]}{new}{text[found[0].end() :]}"


def _marked(word: str) -> bool:
    """Whether a word is one of a kind: a figure, an amount, a name."""
    return any(letter.isdigit() or letter.isupper() for letter in word)


def _near(text: str, found: re.Match[str], before: str, after: str) -> bool:
    return _beside(text, found.start(), found.end(), before, after)


def _beside(text: str, start: int, end: int, before: str, after: str) -> bool:
    """Whether the word in front of a place, or the one behind it, is that of the edit."""
    front, back = text[:start].split()[-1:], text[end:].split()[:1]
    return bool(front and front == before.split()[-1:]) or bool(back and back == after.split()[:1])


def _restated(row: DatasetRow, changes: Sequence[EvidenceChange]) -> DatasetRow | None:
    """Return the row with the new form of the sentences that bore it out for an answer, None where one has none."""
    changed = {change.evidence.id: change for change in changes}
    texts = {each.id: each.text for each in row.evidence}
    answer: list[str] = []
    for claim in row.claims:
        span = next((span for span in claim.spans if span.id in texts), None)
        if span is None:
            return None
        said = texts[span.id][span.start : span.end]
        if span.id in changed:
            heir = nearest(said, [heir.text for heir in changed[span.id].heirs])
            if heir is None:
                return None
            said = heir
        answer.append(" ".join(said.split()))
    whole = " ".join(dict.fromkeys(answer))
    return replace(row, answer=whole, reasoning=None) if whole else None


def nearest(said: str, texts: Sequence[str]) -> str | None:
    """Return the sentence of the texts that is most like a sentence of old, None when none is."""
    best, most = None, ALIKE
    words = said.lower().split()
    for text in texts:
        for span in sentences(text):
            sentence = text[span.start : span.end]
            score = SequenceMatcher(None, words, sentence.lower().split(), autojunk=False).ratio()
            if score > most:
                best, most = sentence, score
    return best
