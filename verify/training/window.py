"""Cuts long evidence into overlapping windows and picks those that share most words with a claim."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SENTENCE = re.compile(r"(?<=[.!?;])(?<!D\.C\.)(?<!U\.S\.)(?<! v\.)(?<!No\.)\s+(?=[\"“'(\[A-Z0-9])|\n+")
_WORD = re.compile(r"[a-z0-9$%]+(?:[.,]\d+)?")
_STOP = frozenset(
    "a an the of to in on at by for from with and or not no is are was were be been has have had do does did will would can could may"
    " must shall should that this these those it its they their he she his her him as which who what when where how if than then so"
    " such any all also into over under about".split()
)


def content(text: str) -> set[str]:
    """Words of a text that carry meaning, cut to a stem of six letters."""
    return {w if any(c.isdigit() for c in w) else w[:6] for w in _WORD.findall(text.lower()) if w not in _STOP}


def sentences(text: str) -> list[str]:
    """Sentences and lines of a text."""
    return [s.strip() for s in _SENTENCE.split(text) if s.strip()]


def windows(text: str, *, size: int = 120) -> list[str]:
    """Overlapping windows of whole sentences, about `size` words each; a text up to a quarter longer stays whole."""
    words = text.split()
    if len(words) <= size * 1.25:
        return [text.strip()]
    parts = [piece for s in sentences(text) for piece in _pieces(s, size)]
    lengths = [len(p.split()) for p in parts]
    made: list[str] = []
    start = 0
    while start < len(parts):
        end, total = start, 0
        while end < len(parts) and (total == 0 or total + lengths[end] <= size):
            total += lengths[end]
            end += 1
        made.append(" ".join(parts[start:end]))
        if end >= len(parts):
            break
        start = _step(lengths, start, end, size // 3)
    return made


def _step(lengths: Sequence[int], start: int, end: int, overlap: int) -> int:
    """Where the next window starts: about `overlap` words before the end of the last one."""
    back, total = end, 0
    while back > start + 1 and total + lengths[back - 1] <= overlap:
        back -= 1
        total += lengths[back]
    return back


def _pieces(sentence: str, size: int) -> list[str]:
    words = sentence.split()
    return [" ".join(words[i : i + size]) for i in range(0, len(words), size)]


def overlap(claim: str, evidence: str) -> float:
    """Share of the claim's content words that occur in the evidence."""
    wanted = content(claim)
    return len(wanted & content(evidence)) / len(wanted) if wanted else 0.0


def best(claim: str, text: str, *, size: int = 120, count: int = 1) -> list[str]:
    """Return the `count` windows of a text that share most words with a claim, best first."""
    wanted = content(claim)
    return sorted(windows(text, size=size), key=lambda w: -len(wanted & content(w)))[:count]
