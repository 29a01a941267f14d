"""Do two sentences of a corpus say different things of one matter? Found by laying them side by side, precision first.

Two sentences are compared word by word. They contradict one another when they are about the same thing in the same words, and
differ in exactly one place which decides what is said: a figure, a modal, a negation, a word and its contrary, the side on
which a figure bounds, or a cell of a table. What differs besides must be wording. A table of rates is no contradiction: its rows differ
in two places, the case and the figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from verify.bound import bounds
from verify.figure import quantities
from verify.modality import Modality, modals, without_none
from verify.opposite import contrary
from verify.quantity import Kind, Quantity, same
from verify.sentence import is_row, parts
from verify.words import content, stem, words

MOST_WORDS = 120
"""Content words of a sentence from which it is a list, not a statement."""
LEAST_SHARED = 4
"""Content words two sentences must have in common, or neither says what it is about."""
ALIKE = 0.7
"""Twice the words in common over all words, from which two sentences are about the same thing in the same words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assertion:
    """A sentence of a passage: `start` and `end` are its characters in the passage, `place` its title and headings.

    `document` is the id of the document and version that says it.
    """

    passage_id: str
    document: str
    start: int
    end: int
    text: str
    title: str = ""
    headings: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The nearest heading, else the title."""
        return self.headings[-1] if self.headings else self.title

    @property
    def place(self) -> str:
        """Title and headings as one line."""
        return " — ".join(dict.fromkeys(name for name in (self.title, *self.headings) if name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What two sentences say differently: `kind` is the figure's, or modality, negation, opposite, comparative, cell.

    `one` and `other` are the words, `alike` the share, 0 to 1, of words the sentences have in common.
    """

    kind: str
    one: str
    other: str
    alike: float

    @property
    def detail(self) -> str:
        """What differs, as a sentence for a person."""
        return f"one says “{self.one or 'nothing of it'}”, the other “{self.other or 'nothing of it'}”"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    """A word, figure or modal of a sentence: tokens with one key are laid side by side."""

    key: str
    text: str
    figure: Quantity | None = None
    force: str = ""


_WORD = re.compile(r"[^\W_]+(?:['’/&-][^\W_]+)*")
_LEVEL = re.compile(r"\b(?:[A-Z][A-Za-z]{0,5}[- ]?\d{1,2}[A-Z]?|\d+-\d+[\w-]*|[Ll]evel \d+)\b")
_OUTLINE = re.compile(
    r"^\s*(?:(?:section|chapter|part|appendix|annex)\s+)?(?:[A-Z]|\d+)?(?:\.\d+)*[.):]?\s+(?=\S)", re.IGNORECASE
)
_OPEN_LIST = re.compile(r",?\s*(?:but\s+)?(?:(?:is|are)\s+)?not\s+(?:necessarily\s+)?limited\s+to\b,?", re.IGNORECASE)
_CELL = re.compile(r"([^:;\n]{1,60}):\s+([^;\n]+?)\s*(?:;|$)")
_IDENTIFIER = re.compile(r"[A-Z]{2,}s?\d*|\w*\d\w*")
_ITEM = re.compile(r"\s*(?:\(\w{1,4}\)|\w{1,2}[.)]\s|[-*•–])")
_DENIAL = frozenset("not no never cannot neither nor without".split())
_EXCEPTION = frozenset("only unless except until if when before after during".split())
_FORCES = {
    Modality.DUTY: "must", Modality.BAN: "must not", Modality.ADVICE: "should", Modality.PERMISSION: "may",
    Modality.ABILITY: "may", Modality.EXEMPTION: "need not",
}  # fmt: skip
_HEDGED = re.compile(r"\bshould\b", re.IGNORECASE)


def assertions(text: str, *, passage_id: str, document: str, title: str, headings: Sequence[str]) -> list[Assertion]:
    """Return the sentences and table rows of a passage that say something; questions, headings and scraps are left out."""
    made = [
        Assertion(
            passage_id=passage_id,
            document=document,
            start=span.start,
            end=span.end,
            text=text[span.start : span.end],
            title=title,
            headings=tuple(name for name in headings if name != title),
        )
        for span in parts(text)
    ]
    return [each for each in made if _says_something(each.text)]


def _says_something(text: str) -> bool:
    count = len(content(text))
    return LEAST_SHARED <= count <= MOST_WORDS and not text.rstrip().endswith(("?", ":"))


def difference(one: Assertion, other: Assertion) -> Difference | None:
    """Return the one thing that two sentences say differently of the same matter, or None.

    In places that correspond (the headings of one are among those of the other) what else differs may be wording. In
    other places of other documents, wording must be the same and both headings must name what the sentence is about,
    and a date is that of each document's own event; in one document, sentences under headings that exclude one another
    are parallel rules, and items of lists wait for the words that lead them in.
    """
    if _identifiers(one) != _identifiers(other) or _numbered(one) != _numbered(other):
        return None
    apart = _apart(one, other)
    if one.document == other.document and (apart or _is_item(one.text) or _is_item(other.text)):
        return None
    if is_row(one.text) or is_row(other.text):
        return None if apart else _other_cell(one.text, other.text)
    laid = _Laid.of(_tokens(_read(one.text)), _tokens(_read(other.text)))
    if laid.alike < ALIKE or len(laid.shared) < LEAST_SHARED or laid.other_subject:
        return None
    if apart and (laid.reworded or not _named(laid, one, other)):
        return None
    found = [*laid.differing(), *_bound(one.text, other.text, laid)]
    if len(found) != 1 or not found[0].kind or (apart and found[0].kind == Kind.DATE):
        return None
    return found[0]


def _read(text: str) -> str:
    """A sentence as it is read: on one line, "No visitor may" and "including but not limited to" put plainly."""
    return _OPEN_LIST.sub(" ", without_none(" ".join(text.split())))


def _identifiers(each: Assertion) -> frozenset[str]:
    """What looks like the name of a level, class or paper, in a sentence and its own heading: AAL2, Part 1, 800-63A."""
    return frozenset(_LEVEL.findall(f"{_outline(each.heading)} {_reference_free(each.text)}"))


def _numbered(each: Assertion) -> frozenset[str]:
    """The numbers in the headings, outline numbers left out: "Assurance Level 2"."""
    return frozenset(re.findall(r"\b\d+\b", " ".join(map(_outline, each.headings))))


def _outline(heading: str) -> str:
    return _OUTLINE.sub("", heading)


def _reference_free(text: str) -> str:
    spans = [(each.start, each.end) for each in quantities(text) if each.kind is not Kind.NUMBER]
    for start, end in reversed(spans):
        text = text[:start] + " " + text[end:]
    return text


def _apart(one: Assertion, other: Assertion) -> bool:
    """Whether each of two places names something that the other does not."""
    here, there = (content(" ".join(map(_outline, (each.title, *each.headings)))) for each in (one, other))
    return bool(here - there) and bool(there - here)


def _is_item(text: str) -> bool:
    """Whether a text is an item of a list, whose condition stands in the words that lead it in."""
    return _ITEM.match(text) is not None or text.rstrip().endswith((";", "; and", "; or"))


def _named(laid: _Laid, one: Assertion, other: Assertion) -> bool:
    """Whether both places name something that the sentences have in common."""
    said = {here.key for here, _ in laid.shared if not here.key.startswith("#")}
    return all(said & content(each.place) for each in (one, other)) and bool(
        said & content(one.place) & content(other.place)
    )


def _other_cell(one: str, other: str) -> Difference | None:
    """The one cell that two table rows of the same headers and the same first cell fill differently, in a few words."""
    here, there = (_cells(text) for text in (one, other))
    if list(here) != list(there) or len(here) < 2:
        return None
    differing = [name for name in here if _folded(here[name]) != _folded(there[name])]
    if len(differing) != 1 or differing[0] == next(iter(here)):
        return None
    name = differing[0]
    cells = here[name].strip(" ."), there[name].strip(" .")
    figures = [[each for each in quantities(cell) if not each.loose] for cell in cells]
    short = all(len(cell.split()) <= 4 for cell in cells) and not content(cells[0]) & content(cells[1])
    if any(each.kind is Kind.REFERENCE for found in figures for each in found):
        return None
    if all(len(found) == 1 for found in figures):
        short = not _agree(figures[0][0], figures[1][0])
    alike = 1 - 1 / len(here)
    return (
        Difference(kind="cell", one=f"{name}: {cells[0]}", other=f"{name}: {cells[1]}", alike=alike) if short else None
    )


def _cells(row: str) -> dict[str, str]:
    return {header.strip(): cell.strip() for header, cell in _CELL.findall(row)}


def _folded(cell: str) -> str:
    return " ".join(cell.lower().split()).strip(" .")


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> tuple[_Token, ...]:
    """The tokens of a sentence in order: figures, modals, and words that carry meaning, deny or except."""
    taken: list[tuple[int, int, _Token]] = []
    for quantity in quantities(text):
        if quantity.kind is Kind.REFERENCE:
            taken.append((quantity.start, quantity.end, _Token(key="", text="")))
        elif not quantity.loose:
            key = f"#{quantity.kind.value if quantity.kind is not Kind.NUMBER else 'number'}"
            taken.append((quantity.start, quantity.end, _Token(key=key, text=quantity.text, figure=quantity)))
    for modality, found in modals(text):
        force = _FORCES[modality]
        if modality is Modality.BAN and _HEDGED.match(found[0]):
            force = "should not"
        taken.append((found.start(), found.end(), _Token(key="#modal", text=found[0], force=force)))
    return tuple(token for _, token in sorted(_with_words(text, taken), key=lambda each: each[0]) if token.key)


def _with_words(text: str, taken: list[tuple[int, int, _Token]]) -> Iterator[tuple[int, _Token]]:
    covered = [(start, end) for start, end, _ in taken]
    yield from ((start, token) for start, _, token in taken)
    for found in _WORD.finditer(text):
        if any(start < found.end() and found.start() < end for start, end in covered):
            continue
        word = found[0]
        low = word.lower()
        if low in _DENIAL:
            yield found.start(), _Token(key="#not", text=word)
        elif low in _EXCEPTION or content(word):
            for part in words(word) or [low]:
                yield found.start(), _Token(key=stem(part), text=word)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Laid:
    """Two sentences side by side: `shared` pairs of tokens, and the stretches that stand on one side or differ."""

    shared: tuple[tuple[_Token, _Token], ...]
    gaps: tuple[tuple[tuple[_Token, ...], tuple[_Token, ...]], ...]
    alike: float
    one: tuple[_Token, ...]
    other: tuple[_Token, ...]

    @classmethod
    def of(cls, one: tuple[_Token, ...], other: tuple[_Token, ...]) -> _Laid:
        """Lay two sentences side by side."""
        matcher = SequenceMatcher(None, [each.key for each in one], [each.key for each in other], autojunk=False)
        shared: list[tuple[_Token, _Token]] = []
        gaps: list[tuple[tuple[_Token, ...], tuple[_Token, ...]]] = []
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag == "equal":
                shared += zip(one[a:b], other[c:d], strict=True)
            else:
                gaps.append((one[a:b], other[c:d]))
        alike = 2 * len(shared) / max(1, len(one) + len(other))
        return cls(shared=tuple(shared), gaps=tuple(gaps), alike=alike, one=one, other=other)

    @property
    def other_subject(self) -> bool:
        """Whether what differs besides names another thing or case: an identifier, a figure on one side, a condition."""
        for here, there in self.gaps:
            if any(each.figure for each in (*here, *there)) or any(each.key in _EXCEPTION for each in (*here, *there)):
                return True
            names = [any(_IDENTIFIER.fullmatch(each.text) for each in side) for side in (here, there)]
            if all(names) or (here and there and not self._wording(here, there)):
                return True
        return False

    def _wording(self, here: Sequence[_Token], there: Sequence[_Token]) -> bool:
        """Whether a replacement concerns no content word, or a word and its contrary, or stands on both sides anyway."""
        left = {each.key for each in here} - {each.key for each in self.other} - {"#not", "#modal"}
        right = {each.key for each in there} - {each.key for each in self.one} - {"#not", "#modal"}
        if not left or not right:
            return True
        return _contraries(here, there) is not None

    @property
    def reworded(self) -> bool:
        """Whether a word that carries meaning stands on one side only, contraries and denials apart."""
        return any(
            not each.key.startswith("#")
            for here, there in self.gaps
            if _contraries(here, there) is None
            for each in (*here, *there)
        )

    def differing(self) -> Iterator[Difference]:
        """Yield what is said differently."""
        for here, there in self.shared:
            if here.figure and there.figure and not _agree(here.figure, there.figure):
                yield self._found("" if _uncounted(here.figure, there.figure) else here.figure.kind.value, here, there)
            elif here.force != there.force:
                yield self._found("modality" if self._same_verb(here, there) else "", here, there)
        for left, right in self.gaps:
            counts = [sum(each.key == "#not" for each in side) for side in (left, right)]
            if counts[0] != counts[1]:
                yield self._found("negation", _denial(left), _denial(right))
            contraries = _contraries(left, right)
            if contraries:
                yield self._found("opposite", *contraries)
            if any(each.key == "#modal" for each in (*left, *right)):
                yield self._found("", _NOTHING, _NOTHING)

    def _same_verb(self, here: _Token, there: _Token) -> bool:
        """Whether two modals are followed by the same word."""
        after = [_after(tokens, token) for tokens, token in ((self.one, here), (self.other, there))]
        return after[0] == after[1] != ""

    def _found(self, kind: str, one: _Token, other: _Token) -> Difference:
        return Difference(kind=kind, one=one.text, other=other.text, alike=self.alike)


_NOTHING = _Token(key="", text="")


def _after(tokens: Sequence[_Token], token: _Token) -> str:
    """The key of the token after one, by identity."""
    place = next(i for i, each in enumerate(tokens) if each is token)
    return tokens[place + 1].key if place + 1 < len(tokens) else ""


def _uncounted(one: Quantity, other: Quantity) -> bool:
    """Whether two bare numbers do not count the same thing: numbers of sections, pages and notes."""
    if one.kind is not Kind.NUMBER:
        return False
    return not (one.unit or one.noun) or one.unit != other.unit or stem(one.noun) != stem(other.noun)


def _agree(one: Quantity, other: Quantity) -> bool:
    return same(one, other) or same(other, one)


def _denial(tokens: Sequence[_Token]) -> _Token:
    return next((each for each in tokens if each.key == "#not"), _NOTHING)


def _contraries(here: Sequence[_Token], there: Sequence[_Token]) -> tuple[_Token, _Token] | None:
    """The words of two stretches that say the contrary of one another, where each stretch has but one word."""
    if len(here) != 1 or len(there) != 1:
        return None
    one, other = here[0], there[0]
    return (one, other) if contrary(one.text.lower(), other.text.lower()) else None


def _bound(one: str, other: str, laid: _Laid) -> Iterator[Difference]:
    """Yield a figure that is the least in one sentence and the most in the other."""
    for finding in bounds(one, other, other):
        if finding.evidence_text and finding.claim_text:
            yield Difference(kind="comparative", one=finding.claim_text, other=finding.evidence_text, alike=laid.alike)
            return
