"""Sentences of policy text, by rule: abbreviations, section numbers and list marks do not end one."""

from __future__ import annotations

import re
from typing import Final

from knowledge.document import Span

_ENDS: Final = re.compile(
    r"[.!?…]+[\"'”’)\]]*(?=\s+(?:[\"'“‘(\[]?[A-Z0-9$€£•]|\([a-z]{1,4}\)\s))|\n{2,}|\n(?=\s*(?:[-*•–]|\(?[a-z0-9]{1,3}[.)])\s)|;\s*\n"
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|etc|cf|vs|approx|no|nos|art|arts|sec|secs|sect|ch|chs|para|paras|fig|figs|vol|pp|p|ed|eds|st|mr|mrs|ms|dr|prof"
    r"|inc|ltd|co|corp|dept|est|min|max|u\.s|u\.k|d\.c|u\.s\.c|c\.f\.r|stat|reg|pub|l|rev|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|a\.m|p\.m|[a-z])\.$",
    re.IGNORECASE,
)
_ALWAYS: Final = re.compile(r"(?:^|[\s(\[])(?:etc|inc|ltd|corp|a\.m|p\.m)\.$", re.IGNORECASE)
_MARK: Final = re.compile(r"^\s*(?:\(?[a-z0-9ivx]{1,4}[.)]|\d+(?:\.\d+)*\.)$", re.IGNORECASE)


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
    mark = end.group()
    if mark[0] != "." or mark.startswith(".."):
        return True
    before = text[max(start, end.start() - 14) : end.start() + 1]
    if _MARK.match(text[start : end.start() + 1][:12]) and end.start() + 1 - start <= 12:
        return False
    if _ABBREVIATION.search(before):
        following = text[end.end() : end.end() + 3].strip()
        return bool(_ALWAYS.search(before)) and following[:1].isupper()
    return True


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start=start, end=end))
