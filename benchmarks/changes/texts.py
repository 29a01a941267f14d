"""The documents the statements are made from: their passages, their plain sentences, and the passages most like a statement."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.document import Passage
from knowledge.load import load_file
from knowledge.split import sentences, split

FOLDERS = {
    "nist-rev3": ("nist-800-63/rev3", "*.md"),
    "nist-rev4": ("nist-800-63/rev4-draft", "*.md"),
    "dc-code": ("dc-code-html", "*.html"),
    "cisa": ("cisa-directives/web", "*.md"),
}
"""Texts in no training pair. Each is searched by itself: one revision does not answer for another."""

_MARK = re.compile(r"^(?:\(?[a-zA-Z0-9]{1,5}[.)]\s+|\([a-zA-Z0-9-]{1,5}\)\s*|[-•*]\s+|Note:\s+)+")
_LEAD = re.compile(
    r"^(?:[A-Z][\w ,;'’-]{2,70}\. ?— ?|(?:Furthermore|However|Therefore|Additionally|Moreover|Thus|Also), )"
)
_POINTS_BACK = re.compile(
    r"^(?:It|They|This|These|Those|That|Such|He|She|Its|Their|For example|And|Or|But|To|See|Is|Are)\b"
)
_VERB = re.compile(
    r"\b(?:shall|must|may|should|will|can|cannot|is|are|was|were|has|have|applies|apply|means|includes?|requires?|does)\b",
    re.IGNORECASE,
)
_BROKEN_END = re.compile(
    r"\b(?:of|to|is|are|be|shall|must|may|by|the|for|and|or|if|that|in|as|include|not|following|below|e\.g|i\.e|Sec)\.$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A plain sentence of a passage, list mark and lead-in removed; `half` is "development" or "test", by document."""

    text: str
    passage: Passage
    group: str
    half: str


@lru_cache(maxsize=100_000)
def normal(text: str) -> str:
    """Return the words of a text in lower case, "shall" as "must"."""
    return " ".join("must" if word == "shall" else word for word in _WORD.findall(text.lower()))


def passages(folder: Path, group: str) -> list[Passage]:
    """Return the passages of one group of documents, as the product cuts them, in order of file name."""
    under, pattern = FOLDERS[group]
    found = [
        passage
        for path in sorted((folder / under).rglob(pattern))
        for passage in split(load_file(path, source=f"{group}/{path.relative_to(folder / under)}"))
    ]
    return list({passage.id: passage for passage in found}.values())


def half_of(document_id: str) -> str:
    """Return which half a document belongs to, by the digest of its id."""
    return "test" if hashlib.sha256(document_id.encode()).digest()[0] % 2 else "development"


def plain_sentences(found: Sequence[Passage], group: str) -> Iterator[Sentence]:
    """Yield each whole sentence of 6 to 55 words with a verb that does not open by pointing back; repeats once.

    Sums and percentages are rare in these texts: sentences with one may have 80 words.
    """
    seen: set[str] = set()
    for passage in found:
        for span in sentences(passage.text):
            text = _stripped(passage.text[span.start : span.end])
            if _usable(text) and normal(text) not in seen:
                seen.add(normal(text))
                yield Sentence(text=text, passage=passage, group=group, half=half_of(passage.document_id))


def _stripped(text: str) -> str:
    text = _LEAD.sub("", _MARK.sub("", text.strip()))
    text = re.sub(r";(?: and| or)?$", ".", text)
    return text[:1].upper() + text[1:]


def _usable(text: str) -> bool:
    rare = re.search(r"\$\d|%|\bpercent\b", text)
    return (
        6 <= len(text.split()) <= (80 if rare else 55)
        and text.endswith(".")
        and text[0].isalpha()
        and not re.search(r"[:\n|\[\]“”\"_]|https?" if rare else r"[:;\n|\[\]“”\"_]|https?", text)
        and text.count("(") == text.count(")")
        and not _POINTS_BACK.match(text)
        and not _BROKEN_END.search(text)
        and _VERB.search(text) is not None
    )


class Neighbours:
    """The passages of a group that share the rarest words with a statement; a plain inverted index with tf-idf weights."""

    def __init__(self, found: Sequence[Passage]) -> None:
        self._passages = found
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counts = [Counter(normal(passage.text).split()) for passage in found]
        spread = Counter(word for count in counts for word in count)
        self._weight = {word: math.log(1 + len(found) / n) for word, n in spread.items()}
        for i, count in enumerate(counts):
            size = 1.0 + 0.5 * sum(count.values()) / 100
            for word, n in count.items():
                self._postings[word].append((i, self._weight[word] * n / (n + size)))

    def nearest(self, text: str, k: int) -> list[Passage]:
        """Return the k best passages, best first, equals in order."""
        scores: dict[int, float] = defaultdict(float)
        for word in set(normal(text).split()):
            if self._weight.get(word, 0.0) > 0.8:
                for i, weight in self._postings[word]:
                    scores[i] += weight * self._weight[word]
        best = sorted(scores, key=lambda i: (-scores[i], i))[:k]
        return [self._passages[i] for i in best]
