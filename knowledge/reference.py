"""`Reference`: words of a passage that name another place, "section 5.1.2", "Rule 3.4(b)", "§ 16-1005" or "Table 3-1".

Where they lead is `knowledge.resolve`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from knowledge.document import Passage

NUMBER: Final = r"(?:\d+[A-Za-z]?(?:[-–]\d+[A-Za-z]?)?(?:\.\d+[A-Za-z]?)+|\d+[-–]\d+(?:\.\d+)?[a-z]?)"
"""The number of a section: 5.1.2, 16-1005, 1-1163.32f, 9.3.1B."""
_NUMBER: Final = rf"(?:(?:\d+:)?(?:[A-Z](?=\d))?{NUMBER}|[A-Z]?\d{{1,3}}[A-Z]?\b(?![.,]\d))"
_BELOW: Final = r"(?:\s?\((?:[A-Za-z]{1,4}|\d{1,3})\))*"
_RELATIVE: Final = {"subsection": 1, "paragraph": 2, "subparagraph": 3, "sub-subparagraph": 4}
_KINDS: Final = {
    "chapter": "chapter",
    "part": "part",
    "schedule": "schedule",
    "table": "table",
    "figure": "figure",
} | dict.fromkeys(("appendix", "appendice", "app", "annex"), "app")
_FIND: Final = re.compile(
    r"(?P<before>(?-i:\[?\bSP\s?\d{3}-\d+[A-Z]?\]?,?\s+|\b(?!PART|APP|CHAPTER|RULE)[A-Z]{2,6},?\s+))?"
    r"(?:(?:(?<=[A-Z]\s)(?=\d+[.-]\d))|\b(?P<kind>(?:sub-?)*(?:section|paragraph)s?|secs?\.|sects?\.|rules?|articles?|clauses?|regulations?|chapters?|parts?|tables?"
    r"|figures?|schedules?|appendix|appendices|app|annex(?:es)?)\s+(?:\d{1,2}\s+DCMR\s+)?|(?P<sign>§{1,2})\s*)"
    rf"(?P<place>(?P<number>{_NUMBER}|(?<=ppendix\s)[A-Z]\b|(?<=nnex\s)[A-Z]\b)?(?P<below>{_BELOW}))",
    re.IGNORECASE,
)
_NEXT: Final = re.compile(
    rf"(?P<gap>,?\s+(?:and|or|to|through)\s+(?:in\s+)?|,\s*|\s*[-–]\s*(?=\())(?:§\s*)?(?P<number>{_NUMBER})?(?P<below>{_BELOW})"
)
_OUTSIDE: Final = re.compile(
    r"(?:U\.?\s?S\.?\s?C\.?(?:\s?A\.?)?|C\.?F\.?R\.?|\bStat\.|\bPub\.\s?L\.|\bFed\.\s?Reg\.|\bRegister|\bLaw\s[\w-]+|\bAct(?:\sof\s\d{4})?"
    r"|\bRFC\s?\d+|\bISO[\w/ -]*|\bFIPS\s?[\w-]*|\bRegulations?|\bCode)\]?,?\s*(?:at\s+|Part\s+)?$"
)
_OF: Final = re.compile(
    r"(?:\s?\([^()]{1,40}\))?,?\s+(?:of|to|in)\s+(?:the\s+)?(?P<name>\[?(?:[A-Z][\w’'.-]*\]?|\d{4})"
    r"(?:\s+(?:of|and|the|for|in|on)(?=\s+[A-Z\d])|[ ,]+(?:[A-Z][\w’'-]*|\d[\w-]*))*)"
)
_OF_OTHER: Final = re.compile(
    r"\s+of\s+(?:the\s+|that\s+|an?\s+|title\s|chapter\s)(?!subsection|section|paragraph|subparagraph)"
)
_OF_OWN: Final = re.compile(r"\s+of\s+th(?:is|ese)\s+(?P<what>\w+)")
_MARKS: Final = re.compile(r"\((\w{1,4})\)")
_OPEN_LABEL: Final = (
    r"(?:(?P<label>Part|APP|Appendix|Annex|Chapter|Schedule|Table|Figure|Section|Sec\.|Rule|Article|§{1,2})\s*)?"
)
_OWN: Final = re.compile(
    rf"^\W{{0,3}}?{_OPEN_LABEL}(?P<number>{NUMBER}|[A-Z]?\d{{1,3}}[A-Z]?(?=[\s.:)—–-]|$)|[A-Z](?=[\s.:)—–-]|$))",
    re.IGNORECASE,
)
_PREFIX: Final = re.compile(r"^(?:(?:PART|APP|CHAPTER)\s?\w{1,3}\.)+(?=[A-Z]?\d)", re.IGNORECASE)
_SHORT: Final = re.compile(r"^(?P<number>\d{1,3})(?=\.(?:[\s(]|$))")
_LINE: Final = re.compile(rf"^(?P<number>[A-Z]?{NUMBER})(?=[\s.:(]|$)")
_ITEM: Final = re.compile(r"^(?P<number>\d{1,3})\)\s")
_CAPTION: Final = re.compile(
    r"^(?P<label>Table|Figure)\s+(?P<number>[A-Z]?\d[\w.–-]{0,8}?)(?=\s*(?:[.:—–]\s|$|(?-i:[A-Z(“])))", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """`text` is the passage's text from `start` to `end`; `key` is what it names.

    `key` is a number, "5.1.2", or a kind and a number, "table 3-1", in small letters; it is empty for a place in the same
    section. `below` are the marks under it, ("b", "1"), and `depth` is the level of the first of them when the section is the
    passage's own. `document` is the name of another document as it is written, "SP 800-63B" or "MIR". `outside` is True for
    what stands in no document of the library by its form: 44 U.S.C. § 3553. `link` is where a link leads, as written; its
    words have no key.
    """

    start: int
    end: int
    text: str
    key: str = ""
    below: tuple[str, ...] = ()
    depth: int = 0
    document: str = ""
    outside: bool = False
    link: str = ""

    @property
    def target(self) -> str:
        """The designation as one word: "5.1.2(b)(1)"."""
        return self.key + "".join(f"({mark})" for mark in self.below)


def references(passage: Passage) -> tuple[Reference, ...]:
    """Return the references in a passage's text, in order; each number of "Rules 7.2.2(2) and 7.2.3" is one."""
    text, found = passage.text, list[Reference]()
    end = 0
    for match in _FIND.finditer(text):
        if match.start() < end or not match["place"] or _is_label(text, match):
            continue
        for reference in _read(text, match):
            found.append(reference)
            end = reference.end
    return tuple(found)


def own_keys(name: str) -> tuple[str, ...]:
    """Return the keys that a heading or a title goes by: "5.1.2 Look-Up Secrets" by "5.1.2", "APP 6 FITNESS" by "app 6"."""
    name = _PREFIX.sub("", name.strip())
    match = _OWN.match(name)
    if not match:
        return ()
    kind = _kind(match["label"] or "")
    if match["number"].isalpha() and kind != "app":
        return ()
    return (_key(kind, match["number"]),)


def line_keys(line: str) -> tuple[str, ...]:
    """Return the keys that a line of text goes by: "8.3.3 (1) Where …", "45) …" or "Table 5-1 …"."""
    bare = _PREFIX.sub("", line)
    if bare != line and (short := _SHORT.match(bare)):
        return (short["number"],)
    line = bare
    if caption := _CAPTION.match(line):
        return (_key(_kind(caption["label"]), caption["number"]),)
    if match := _LINE.match(line):
        return (_key("", match["number"]),)
    if item := _ITEM.match(line):
        return (f"paragraph {item['number']}",)
    return ()


def plain(number: str) -> str:
    """Return a number as it is compared: one kind of dash, small letters, no full stop at its end."""
    return number.replace("–", "-").lower().rstrip(".")


def _is_label(text: str, match: re.Match[str]) -> bool:
    """Return whether a table is not referred to but begins here, or the words are part of a label, "Part 6.Chapter 1.45."."""
    start, end = match.start(), match.end()
    before, after = text[start - 1 : start] if start else "\n", text[end : end + 2]
    if before == "\n" and _CAPTION.match(text[start : start + 40]):
        return True
    inside = len(after) == 2 and after[0] == "." and (after[1].isalnum() or after[1] == "(")
    return before == "." or inside


def _key(kind: str, number: str) -> str:
    return f"{kind} {plain(number)}".strip()


def _kind(label: str) -> str:
    word = label.lower().rstrip(".")
    return _KINDS.get(word, _KINDS.get(word.removesuffix("s"), _KINDS.get(word.removesuffix("es"), "")))


def _read(text: str, match: re.Match[str]) -> Iterator[Reference]:
    word = (match["kind"] or "").lower().rstrip()
    single = word.rstrip(".").removesuffix("s")
    if not (match["kind"] or match["sign"] or match["before"]):
        return
    if match["number"] is None:
        if single in _RELATIVE and match["below"].strip():
            yield from _relative(text, match, depth=_RELATIVE[single])
        return
    if single in ("part", "chapter", "table", "figure", "regulation") and not match["number"][0].isalnum():
        return
    kind = "paragraph" if single == "paragraph" and match["number"].isdigit() else _kind(word)
    start = match.start("before") if match["before"] else match.start()
    first = Reference(
        start=start,
        end=match.end("place"),
        text=text[start : match.end("place")],
        key=_key(kind, match["number"]),
        below=tuple(_MARKS.findall(match["below"])),
        document=(match["before"] or "").strip(" [],"),
    )
    yield from _placed(text, [first, *_following(text, first, kind)])


def _following(text: str, first: Reference, kind: str) -> Iterator[Reference]:
    """Yield the further numbers of an enumeration: "and 7.2.3", "or (c)", "to 3.13"."""
    end, last = first.end, first
    while match := _NEXT.match(text, end):
        if not match["number"] and not match["below"]:
            return
        number, below = match["number"], tuple(_MARKS.findall(match["below"]))
        if number is None and (not below or not last.below):
            return
        if number is not None and number.isdigit() and (not first.key[-1:].isdigit() or match["gap"].strip() == ","):
            return
        begins = match.start("number") if number is not None else match.start("below")
        end = match.end()
        marks = below if number is not None else (*last.below[: -len(below)], *below)
        key = _key(kind, number) if number is not None else last.key
        last = replace(first, start=begins, end=end, text=text[begins:end], key=key, below=marks)
        yield last


def _placed(text: str, found: list[Reference]) -> Iterator[Reference]:
    """Yield the references with the document that the words around them name."""
    before, end = text[max(0, found[0].start - 40) : found[0].start], found[-1].end
    named = _OF.match(text, end)
    name = named["name"].strip(" [],.") if named else ""
    outside = bool(_OUTSIDE.search(before)) or (not name and bool(_OF_OTHER.match(text, end)))
    own = bool(_OF_OWN.match(text, end))
    for reference in found:
        if own:
            yield replace(reference, document="")
        else:
            yield replace(reference, document=name or reference.document, outside=outside)


def _relative(text: str, match: re.Match[str], *, depth: int) -> Iterator[Reference]:
    """Yield a place in the same section: "paragraph (1)(A) of this subsection"."""
    first = Reference(
        start=match.start("kind"),
        end=match.end("place"),
        text=text[match.start("kind") : match.end("place")],
        below=tuple(_MARKS.findall(match["below"])),
        depth=depth,
    )
    found = [first, *_following(text, first, "")]
    after = re.compile(r"\s+of\s+(?P<what>this|section|§|that|the)\b|\s+of\s+§").match(text, found[-1].end)
    if after and after[0].split()[-1] != "this":
        return
    yield from (each for each in found if not each.key)
