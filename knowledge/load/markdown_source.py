"""Markdown dialects brought to common Markdown: what Kramdown, Jekyll and Pandoc allow and CommonMark does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_LIQUID: Final = re.compile(r"\{%[^\n]{0,200}?%\}|\{\{[^\n]{0,200}?\}\}|\{:[^}\n]{0,200}\}")
_ATTRIBUTES: Final = re.compile(r"[ \t]{0,9}(?<![\w$])\{[#.][^{}\n]{0,200}\}")
_EMPTY_LINK: Final = re.compile(r"[ \t]{0,9}!?\[\]\([^()\n]{0,300}\)")
_SPAN_ATTRIBUTES: Final = re.compile(r"\[([^\[\]\n]{0,500})\]\{[#.][^{}\n]{0,200}\}")
_FOOTNOTE: Final = re.compile(
    r"^\[\^([^\]\n]{1,100})\]:[ \t]*(\S.*(?:\n[ \t]+\S.*)*(?:\n[ \t]*\n[ \t]{2,}\S.*(?:\n[ \t]+\S.*)*)*)", re.MULTILINE
)
_REFERENCE: Final = re.compile(r"\[\^([^\]\n]{1,100})\]")
_FENCE: Final = re.compile(r"^ {0,3}(?:> ?)?(`{3,}|~{3,})")
_QUOTED_FENCE: Final = re.compile(r"^>\s*(?=```)")
_WRAPPER: Final = re.compile(
    r"^\s*(?:</?(?:div|section|center|article|main|figure|span|font|p)\b([^<>]{0,300})>|<a\s[^<>]{0,300}>\s*</a>|\\\w+page)\s*$",
    re.IGNORECASE,
)
_HIDES: Final = re.compile(r"none|hidden|font-size|opacity|-\d{3}", re.IGNORECASE)
_DEFINITION: Final = re.compile(r"(?<=\S)[ \t]{0,20}\n(?:[ \t]{0,20}\n)?::?[ \t]+(?=\S)")
_RULE_SIGNS: Final = frozenset(" \t:|-")
_LATEX: Final = re.compile(r"^\\(?:clearpage|newpage|pagebreak)\s*$")


_NAME: Final = re.compile(
    r"\{:?\s?#([\w.:-]{1,200})[^{}\n]{0,200}\}|\{:[^{}\n]{0,200}?\b(?:name|id)=[\"']([\w.:-]{1,200})[\"'][^{}\n]{0,200}\}"
)
_BARE: Final = re.compile(
    r"<(?:a|div|section|span|p)\s[^<>]{0,200}?\b(?:id|name)\s*=\s*[\"']([^\"'<>]{1,200})[\"']", re.IGNORECASE
)
_WORDS: Final = re.compile(r"\w")
_OPEN, _CLOSE, _ZERO = "\ue000", "\ue001", 0xE010
"""Private signs, which no text keeps, around the name of an anchor, whose code points are written with sixteen more of them."""
_SIGNS: Final = re.compile("[\ue000\ue001\ue010-\ue01f]")
_MARKED: Final = re.compile("\ue000([\ue010-\ue01f]{1,2000})\ue001")

MOST_OPEN: Final = 300
"""More brackets than this left open in one paragraph are no links; a parser would try each with each."""


def prepared(text: str) -> str:
    """Return the text in common Markdown: footnotes in brackets at their reference, tables and wrappers made regular."""
    text = "\n".join(_with_names(_SIGNS.sub("", text).split("\n")))
    kept = _EMPTY_LINK.sub("", _SPAN_ATTRIBUTES.sub(r"\1", _LIQUID.sub("", text)))
    whole = _with_footnotes(_joined_tables(_DEFINITION.sub(": ", _ATTRIBUTES.sub("", kept))))
    lines = whole.split("\n")
    return _without_open_brackets("\n".join(_regular(lines)))


def names_in(text: str) -> list[str]:
    """Return the names of anchors that `prepared` left in a text, in signs that no text keeps."""
    codes = (found[1] for found in _MARKED.finditer(text))
    return [bytes.fromhex("".join(f"{ord(sign) - _ZERO:x}" for sign in code)).decode() for code in codes]


def _sign(name: str) -> str:
    return _OPEN + "".join(chr(_ZERO + int(digit, 16)) for digit in name.encode().hex()) + _CLOSE


def _with_names(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines, those of words with the names of anchors that stand in them, or alone on a line before."""
    waiting: list[str] = []
    fence = ""
    for line in lines:
        if marks := _FENCE.match(line):
            fence = "" if fence and marks[1].startswith(fence) else fence or marks[1]
        names = [] if fence or marks else [found[1] or found[2] for found in _NAME.finditer(line)]
        alone = bool(names) and not _WORDS.search(_NAME.sub("", line))
        if not fence and _WRAPPER.match(line) and (bare := _BARE.search(line)):
            names, alone = [bare[1]], True
        waiting += names[:20]
        if alone or fence or not waiting or not _WORDS.search(line) or _is_row(line) or line.lstrip().startswith("<"):
            yield line
        else:
            yield line + "".join(map(_sign, waiting))
            waiting = []


def _without_open_brackets(text: str) -> str:
    if text.count("[") <= text.count("]") + MOST_OPEN:
        return text
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        each.replace("[", "\\[") if each.count("[") > each.count("]") + MOST_OPEN else each for each in paragraphs
    )


def _with_footnotes(text: str) -> str:
    """Put each footnote's text where it is referred to, in brackets."""
    if "[^" not in text:
        return text
    notes = {name: " ".join(note.split()) for name, note in _FOOTNOTE.findall(text)}

    def note(found: re.Match[str]) -> str:
        words = _REFERENCE.sub("", notes.get(found[1], ""))
        return f" ({words})" if words else ""

    return _REFERENCE.sub(note, _FOOTNOTE.sub("", text)) if notes else _REFERENCE.sub("", text)


def _joined_tables(text: str) -> str:
    """Take blank lines out of HTML tables, where CommonMark would end the table."""
    parts: list[str] = []
    lower, place = text.lower(), 0
    while (start := lower.find("<table", place)) >= 0 and (end := lower.find("</table>", start)) >= 0:
        parts += [text[place:start], "\n\n" if start == 0 or text[start - 1] == "\n" else ""]
        parts += [re.sub(r"\n[ \t]*(?=\n)", "", text[start : end + 8]).replace("\n\n", "\n"), "\n\n"]
        place = end + 8
    return "".join([*parts, text[place:]])


def _regular(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines, those outside code made regular."""
    fence = ""
    before = ""
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        marks = _FENCE.match(line)
        if marks:
            line = _QUOTED_FENCE.sub("", line) if not following.startswith(">") else line
            fence = "" if fence and marks[1].startswith(fence) else fence or marks[1]
        elif not fence:
            yield from _line(line, before, following)
            before = line
            continue
        yield line
        before = line


def _line(line: str, before: str, following: str) -> Iterator[str]:
    wrapper = _WRAPPER.match(line)
    if (wrapper and not _HIDES.search(wrapper[1] or "")) or _LATEX.match(line):
        yield ""
    elif _is_rule(line) and "|" in before and _cells(before) != _cells(line):
        yield "|" + "---|" * _cells(before)
    elif _is_row(line) and not before.strip() and _is_row(following) and not _is_rule(following):
        yield from ("|" + " |" * _cells(line), "|" + "---|" * _cells(line), line)
    else:
        yield line


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _is_rule(line: str) -> bool:
    """Return whether a line parts a table's head from its body."""
    return "|" in line and "-" in line and _RULE_SIGNS.issuperset(line)


def _cells(line: str) -> int:
    """Return how many cells a table line has."""
    inner = line.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return len(re.findall(r"(?<!\\)\|", inner)) + 1
