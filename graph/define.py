"""Terms that a text defines, and abbreviations that it expands, each with its place in the text.

Abbreviations follow Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical
text" (PSB 2003), in both directions, and "(the "Term")" of contracts and statutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graph.canonical import canonical_key, is_short_form
from graph.extraction import Abbreviation, Definition
from knowledge.document import Passage

_QUOTED: Final = r"[\"“”'‘’*_]{1,3}"
_TERM: Final = r"[^\W_][\w'’&./() -]{0,70}?"
_VERB: Final = (
    r"(?:,? in relation to [^,]{1,60},)? ?(?:means|shall mean|has the meaning|have the meaning|is defined as|"
    r"are defined as|refers to|includes|does not include)\b"
)
_SCOPE: Final = r"(?P<scope>(?:For the purposes? of|In|Under|As used in) (?:this|the|these) [^,\n]{2,60}, )?"
_ANNOUNCED: Final = r"(?:[Tt]he (?:term|expression|phrase|word)s? )?"
_MARKED: Final = re.compile(
    rf"(?:^|(?<=[.;:\n]) ?|(?<=\) )|(?<=, )){_SCOPE}{_ANNOUNCED}{_QUOTED}(?P<term>{_TERM}){_QUOTED},?"
    rf"(?P<verb>{_VERB})(?P<rest>[^\n]+)",
    re.MULTILINE,
)
_PLAIN: Final = re.compile(
    rf"(?:^|(?<=[.;] )|(?<=\w\) )){_SCOPE}{_ANNOUNCED}"
    r"(?P<term>(?:[A-Z]|(?<=, )[a-z])[\w'’&/-]*(?: [\w'’&/()-]+){0,5}?)"
    r"(?P<verb> (?:means|shall mean|has the meaning|is defined as|refers to)\b)(?! (?:that|to|of|for|by)\b)(?P<rest>[^\n]+)",
    re.MULTILINE,
)
_ROW: Final = re.compile(
    r"^(?:term|word|expression|concept|acronym|abbreviation|name)s?: (?P<term>[^;\n]{2,70}); "
    r"(?:definition|meaning|description|explanation)s?: (?P<rest>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_GLOSSARY: Final = re.compile(
    r"^[\"“]?(?P<term>[A-Z][\w'’&/() -]{1,60}?)[\"”]?(?:\t+| ?: | ?[–—] | - )(?P<rest>[A-Z][^\n]{15,})", re.MULTILINE
)
_GLOSSARY_HEADING: Final = re.compile(
    r"\b(definitions?|glossary|defined terms|terminology|abbreviations|acronyms|interpretation)\b", re.IGNORECASE
)
_DROPPED_VERB: Final = re.compile(r"(?:means|shall mean|is defined as|are defined as|refers to)$")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"”)]*(?:\s|$)(?=\s*(?:[A-Z\"“(]|$))")
_NOT_TERM: Final = re.compile(
    r"(?i)^(?:see|per|this|that|these|those|it|he|she|they|we|you|which|who|what|there|here|such|by|if|when|where|"
    r"while|no|and|or|but|in|for|nothing|section|paragraph|subsection|article|note|the following|example|warning|"
    r"table|figure)\b|\b(?:is|are|was|were|has|have|had|may|must|shall|can|will|not|which|that)\b"
)
_BRACKET: Final = re.compile(r"\(([^()\n]{2,80})\)")
_SHORT_ROW: Final = re.compile(
    r"^(?P<header>[A-Z][\w /-]{2,30}): (?P<short>[\w&/.-]{2,10}); [\w /-]{2,30}: (?P<long>[^;\n]{4,100}?)\.?$",
    re.MULTILINE,
)
_SHORT_HEADER: Final = re.compile(r"(?i)abbreviation|acronym|initialism|short form")
_NAMED: Final = re.compile(
    r"(?i)^(?:the|collectively,? the|hereinafter(?: referred to as)?(?: the)?|referred to as(?: the)?),? *"
    r"[\"“]([^\"“”]{2,60})[\"”]$"
)
_LEAD: Final = re.compile(r"(?:[^\W_][\w'’&/.-]*[ -]+){0,12}[^\W_][\w'’&/.-]*\s*$")
_LIST_LINE: Final = re.compile(r"^[ \t]*(?:\([\w.]{1,4}\)|[-•*–]|\w{1,3}[.)]) ?[^\n]*(?:\n|$)", re.MULTILINE)
_SMALL: Final = re.compile(r"(?:of|and|the|for|to|in|on|by|with|or|an?)\b", re.IGNORECASE)
_TRAILING: Final = " \t,;:*_\"“”'’"
MAX_DEFINITION: Final = 600


def definitions(passage: Passage) -> list[Definition]:
    """Return the definitions in a passage: by verb ("means"), by glossary row, by heading under a glossary."""
    found: dict[str, Definition] = {}
    for definition in _all_definitions(passage):
        found.setdefault(definition.key, definition)
    return list(found.values())


def _all_definitions(passage: Passage) -> Iterator[Definition]:
    patterns = [_MARKED, _PLAIN, _ROW]
    in_glossary = any(_GLOSSARY_HEADING.search(heading) for heading in passage.headings)
    if in_glossary and _GLOSSARY_HEADING.search(passage.headings[-1]):
        patterns.append(_GLOSSARY)
    for pattern in patterns:
        for match in pattern.finditer(passage.text):
            definition = _from_match(passage, match)
            if definition is not None:
                yield definition
    if in_glossary and not _GLOSSARY_HEADING.search(passage.headings[-1]):
        yield from _from_heading(passage)


def _from_match(passage: Passage, match: re.Match[str]) -> Definition | None:
    fields = match.groupdict()
    start = match.start("rest")
    if fields.get("verb") and not _DROPPED_VERB.search(fields["verb"]):
        start = match.start("verb")
    while start < len(passage.text) and not (passage.text[start].isalnum() or passage.text[start] in '(["“'):
        start += 1
    return _definition(passage, fields["term"], start, scope=(fields.get("scope") or "").strip(" ,"))


def _from_heading(passage: Passage) -> Iterator[Definition]:
    """Yield the definition of a term that is itself a heading, the text below it being what it means."""
    heading = passage.headings[-1]
    start = len(heading) if passage.text.startswith(heading) else 0
    while start < len(passage.text) and not passage.text[start].isalnum():
        start += 1
    definition = _definition(passage, heading, start, scope="")
    if definition is not None:
        yield definition


def _definition(passage: Passage, term: str, start: int, *, scope: str) -> Definition | None:
    label = re.sub(r"\s*\([^)]*\)\s*$", "", term.strip(_TRAILING)).strip(_TRAILING)
    key = canonical_key(label)
    if not key or len(key.split()) > 7 or _NOT_TERM.search(label) or not any(letter.isalpha() for letter in key):
        return None
    end = _end_of_sentence(passage.text, start)
    text = passage.text[start:end]
    if (
        len(text.split()) < 3
        or text.startswith("See ")
        or (is_short_form(label) and long_form(label, text.rstrip(".")))
    ):
        return None
    return Definition(key=key, label=label, text=text, passage_id=passage.id, start=start, end=end, scope=scope)


def _end_of_sentence(text: str, start: int) -> int:
    if text[start : start + 1] == "(" and text[:start].rstrip().endswith((":", "—", "–")):
        return start + len(text[start : _end_of_list(text, start, start + MAX_DEFINITION)].rstrip())
    line = text.find("\n", start)
    limit = min(line if line >= 0 else len(text), start + MAX_DEFINITION)
    match = _SENTENCE_END.search(text, start, limit)
    end = match.start() if match else limit
    if text[start:end].rstrip().endswith((":", "—", "–")):
        end = _end_of_list(text, end, start + MAX_DEFINITION)
    return start + len(text[start:end].rstrip())


def _end_of_list(text: str, end: int, limit: int) -> int:
    """Return the end of the list lines that follow a definition ending in a colon, whole lines within `limit`."""
    for match in _LIST_LINE.finditer(text, end):
        if match.start() > end + 2 or match.end() > limit:
            break
        end = match.end()
    return end


def abbreviations(passage: Passage) -> list[Abbreviation]:
    """Return the short forms a passage expands: "long form (SF)", "SF (long form)", a row of a table of short forms.

    What the heading just above it expands counts too, at the place 0 to 0.
    """
    found = [_at(passage, short, long, start) for short, long, start in _expansions(passage.text)]
    for short, long, _ in _expansions(passage.headings[-1] if passage.headings else ""):
        found.append(Abbreviation(short=short, long=long, passage_id=passage.id, start=0, end=0))
    return found


def _at(passage: Passage, short: str, long: str, start: int) -> Abbreviation:
    return Abbreviation(short=short, long=long, passage_id=passage.id, start=start, end=start + len(short))


def _expansions(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (short form, long form, start of the short form)."""
    for match in _BRACKET.finditer(text):
        yield from _in_brackets(text, match)
    for match in _SHORT_ROW.finditer(text):
        short, long = match["short"], match["long"].strip()
        if is_short_form(short) and (_SHORT_HEADER.search(match["header"]) or long_form(short, long) == long):
            yield short, long, match.start("short")


def _in_brackets(text: str, match: re.Match[str]) -> Iterator[tuple[str, str, int]]:
    inside = match.group(1).strip()
    lead = _LEAD.search(text, max(0, match.start() - 160), match.start())
    before = lead.group().strip() if lead else ""
    short = re.split(r"[;,] ?| or ", inside)[0].strip('"“” ')
    if is_short_form(short) and (long := long_form(short, before)):
        yield short, long, text.index(short, match.start())
        return
    last = before.split(" ")[-1] if before else ""
    if is_short_form(last) and last.upper() == last and long_form(last, inside) == inside:
        yield last, inside, len(text[: match.start()].rstrip()) - len(last)


def named_in_brackets(text: str) -> Iterator[tuple[str, int]]:
    """Yield (term, start) for each '(the "Term")' and '(hereinafter "Term")'."""
    for match in _BRACKET.finditer(text):
        named = _NAMED.match(match.group(1).strip())
        if named:
            yield named.group(1), text.index(named.group(1), match.start())


def long_form(short: str, before: str) -> str | None:
    """Return the long form of `short` at the end of `before`, or None.

    The last words whose initials spell the short form are preferred; otherwise its characters are matched from right
    to left, the first at the start of a word, over at most min(|short| + 5, 2 |short|) words.
    """
    stem = short[:-1] if re.fullmatch(r"[A-Z]{2,}s", short) else short
    letters = "".join(character.lower() for character in stem if character.isalnum())
    long = _by_initials(letters, before) or _by_alignment(letters, before)
    if long is None or len(long) <= len(short) or short in long.split():
        return None
    count = len(re.split(r"[\s-]+", long))
    return long if 2 <= count <= min(len(stem) + 5, 2 * len(stem)) else None


def _by_initials(letters: str, before: str) -> str | None:
    """Return the last words of `before` whose initials are `letters`, small words left out when that helps."""
    starts = [match.start() for match in re.finditer(r"[^\W_]+", before)]
    initials = [(at, before[at].lower()) for at in starts if before[at - 1 : at] not in ("'", "’")]
    content = [pair for pair in initials if not _SMALL.match(before, pair[0])]
    for pairs in (initials, content):
        tail = pairs[-len(letters) :]
        if "".join(letter for _, letter in tail) == letters:
            return before[tail[0][0] :].strip()
    return None


def _by_alignment(letters: str, before: str) -> str | None:
    at = len(before)
    for number, letter in enumerate(reversed(letters)):
        at = _match_left(before, letter, at, at_word_start=number == len(letters) - 1)
        if at < 0:
            return None
    return before[at:].strip()


def _match_left(text: str, character: str, before: int, *, at_word_start: bool) -> int:
    for at in range(before - 1, -1, -1):
        if text[at].lower() == character and (not at_word_start or at == 0 or not text[at - 1].isalnum()):
            return at
    return -1
