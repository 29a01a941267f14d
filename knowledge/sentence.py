"""Sentences of policy text, by rule: abbreviations, section numbers and list marks do not end one."""

from __future__ import annotations

import re
from typing import Final

from knowledge.document import Span

_ENDS: Final = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s{1,20}(?:[\"'“‘(\[]?[^\W_a-zß-öø-ÿ]|[\"'“‘(\[]?[$€£•§]|\([a-z]{1,4}\)\s|[“‘\"]))"
    r"|[。！？।؟]++|\n{2,}|\n(?=[ \t]{0,20}(?:[-*•–]|\(?[a-z0-9]{1,3}[.)])\s)|;[ \t]{0,20}\n"
)
_START: Final = r"(?:^|[\s(\[“\"])"
_ALWAYS: Final = re.compile(_START + r"(?:e\.g|i\.e|cf|vs|v|approx|mr|mrs|ms|dr|prof|hon|rev|gen|lt|col|st)\.$", re.I)
_NUMBERED: Final = re.compile(
    _START
    + r"(?:nos?|arts?|secs?|sects?|chs?|paras?|figs?|vols?|pp?|pts?|app|ann|eq|l|stat|reg|pub|cl|sch|tit|p\.l)\.$",
    re.I,
)
_SOMETIMES: Final = re.compile(
    _START
    + r"(?:etc|inc|ltd|co|corp|llc|dept|est|min|max|u\.s|u\.k|e\.u|d\.c|n\.y|u\.s\.c|c\.f\.r|ed|eds|al|ibid|jan|feb|mar|apr|jun"
    r"|jul|aug|sept?|oct|nov|dec|a\.m|p\.m|(?:[a-z]\.){1,4}[a-z]|[a-z])\.$",
    re.I,
)
_CLOCK: Final = re.compile(r"(?:a\.m|p\.m|etc)\.$", re.I)
_OPENERS: Final = frozenset(
    "the this that these those a an it its if in on at by for from to when where while with without unless until after before all "
    "any each every no not none such under upon there they we you your he she his her and but or however as who what how why "
    "both either neither only also applicants employees staff".split()
)
_NUMBER: Final = re.compile(r"[\"'“(\[]?(?:\d|§|[ivxlc]+\b|[A-Z]\b|[A-Z]?-?\d)", re.I)
_WORD: Final = re.compile(r"[\"'“‘(\[]*([^\W\d_]+)")
_MARK: Final = re.compile(r"^\s*(?:\(?[a-z0-9ivx]{1,4}[.)]|\d+(?:\.\d+)*\.)$", re.I)
_INNER_MARK: Final = re.compile(r"[:;.!?]\s+\(?(?:\d{1,2}|[ivx]{1,4}|[a-z])\.$", re.I)
_LABEL: Final = re.compile(
    r"(?:(?:section|part|app|chapter|rule|article)\s?|§\s?)?(?:app)?\w{1,4}(?:[.–-](?:guidance|\w{1,6})|[.–-]?\(\w{1,6}\)){1,8}\.",
    re.I,
)
LONGEST_MARK: Final = 12
LONGEST_LABEL: Final = 40


def sentences(text: str) -> list[Span]:
    """Return the sentences of `text` as spans without surrounding white space, in order and without overlap."""
    spans: list[Span] = []
    start = 0
    for end in _ENDS.finditer(text):
        if _is_end(text, start, end):
            _append(spans, text, start, end.end())
            start = end.end()
    _append(spans, text, start, len(text))
    return spans


def _is_end(text: str, start: int, end: re.Match[str]) -> bool:
    """Return whether a full stop ends a sentence, by the word before it and the word after it."""
    if end.group()[0] != "." or end.group().startswith(".."):
        return True
    stop = end.start() + 1
    if stop - start <= LONGEST_MARK and _MARK.match(text[start:stop]):
        return False
    if stop - start <= LONGEST_LABEL and _is_label(text[start:stop].strip()):
        return False
    before = text[max(start, stop - 14) : stop]
    if _is_inner_mark(before) or _ALWAYS.search(before):
        return False
    return before[-2:-1].isdigit() or _ends_after(before, text, end.end())


def _is_label(text: str) -> bool:
    """Return whether all that was said so far is the number of a paragraph, as in "9.1.2.Guidance.2." or "SECTION II.C."."""
    return "." in text[:-1] and bool(_LABEL.fullmatch(text))


def _is_inner_mark(before: str) -> bool:
    """Return whether the text ends with the mark of a list item, as in "either: 1."; "see Fig. 3." does not."""
    mark = _INNER_MARK.search(before)
    if not mark:
        return False
    above = before[: mark.start() + 1]
    return not (_NUMBERED.search(above) or _SOMETIMES.search(above))


def _ends_after(before: str, text: str, place: int) -> bool:
    """Return whether an abbreviation, if it is one, stands at the end of a sentence."""
    following = text[place : place + 40].lstrip()
    if _NUMBERED.search(before) and _NUMBER.match(following):
        return False
    if not _SOMETIMES.search(before):
        return True
    word = _WORD.match(following)
    if _CLOCK.search(before):
        return bool(word and word[1][:1].isupper())
    return bool(word and word[1].lower() in _OPENERS)


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start=start, end=end))
