"""Checks by rule on a reply's fields, named in task files: counts, figures, distinct entries, concepts named, and so on.

A check is a function from the fields, its options and what the sample was asked for to what is wrong, "" when nothing is. It costs no
model call. What the documents bear out is the judge's business, not theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowledge.errors import SettingsError
from knowledge.split import sentences

if TYPE_CHECKING:
    from generate.task import Check
    from graph.concept import Concept

_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred"
    r"|thousand|million|half|third|quarter|once|twice|first|second|none|zero)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NAME = re.compile(
    r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+|^[A-Z][a-z]+\b(?=\s(?:is|has|was|and|lives|earns|rents|works|[A-Z][a-z]+|,))"
)
_ASKING = re.compile(
    r"\?|^(?:name|list|state|explain|describe|say|tell|give)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'’-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a sample was asked for: the passages' texts, the concepts, and the siblings named to the model."""

    texts: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()
    siblings: tuple[Concept, ...] = ()


Values = Mapping[str, Any]
Rule = Callable[[Values, Mapping[str, Any], Surroundings], str]


def problem(checks: Sequence[Check], values: Values, around: Surroundings) -> tuple[str, str] | None:
    """Return the first check that the fields fail, as its name and what is wrong; None when they pass.

    Raises SettingsError for a check that does not exist or lacks an option.
    """
    for check in checks:
        if check.name not in RULES:
            raise SettingsError(f'there is no check "{check.name}"; known: {", ".join(sorted(RULES))}')
        try:
            wrong = RULES[check.name](values, check.options, around)
        except KeyError as missing:
            raise SettingsError(f'check "{check.name}" needs the option or field {missing}') from None
        if wrong:
            return check.name, wrong
    return None


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return _WORD.findall(text)


def _texts(values: Values, options: Mapping[str, Any]) -> list[str]:
    """Return the texts a check is about: the field under `in`, its entries, or their field `by`."""
    names = options["in"] if isinstance(options["in"], list) else [options["in"]]
    found: list[str] = []
    for name in names:
        value = values.get(name, "")
        entries = value if isinstance(value, list) else [value]
        by = options.get("by")
        found += [_text(entry[by] if by and isinstance(entry, Mapping) else entry) for entry in entries]
    return found


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _within(what: str, count: int, options: Mapping[str, Any]) -> str:
    least, most = options.get("least"), options.get("most")
    if least is not None and count < int(least):
        return f"{options['in']} has {count} {what}; at least {least} are wanted"
    if most is not None and count > int(most):
        return f"{options['in']} has {count} {what}; at most {most} are wanted"
    return ""


def _words(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return _within("words", sum(len(words_of(text)) for text in _texts(values, options)), options)


def _sentences(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return _within("sentences", sum(len(sentences(text)) for text in _texts(values, options)), options)


def _items(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return _within("entries", len(_texts(values, options)), options)


def _figure(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return next((f'"{each[:60]}" holds no figure' for each in _texts(values, options) if not _FIGURE.search(each)), "")


def _in_source(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """Every number of the field stands in a passage."""
    known = {number.replace(",", "") for text in around.texts for number in _NUMBER.findall(text)}
    numbers = [number for text in _texts(values, options) for number in _NUMBER.findall(text)]
    foreign = [number for number in numbers if number.replace(",", "") not in known]
    return f"{foreign[0]} stands in none of the sources" if foreign and around.texts else ""


def _from_source(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """So many of the field's words (a `share`, 0.8 unless told) stand in a passage."""
    known = {_stem(word) for text in around.texts for word in words_of(text.lower())}
    for text in _texts(values, options):
        words = words_of(text.lower())
        found = sum(_stem(word) in known for word in words)
        if around.texts and words and found < float(options.get("share", 0.8)) * len(words):
            return f'"{text[:60]}" is not in the words of the sources'
    return ""


def _varied(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """No row says one thing twice, and none repeats the column names."""
    heads = [" ".join(words_of(str(each).lower())) for each in values.get(options.get("columns", ""), ())]
    for row in values[options["in"]]:
        cells = [" ".join(words_of(str(cell).lower())) for cell in row]
        if len(set(cells)) < len(cells) or cells == heads:
            return f'the row "{" | ".join(map(str, row))[:60]}" repeats itself or the column names'
    return ""


def _comparisons(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """Names are names, and the condition of each case compares the parameters with figures that its sentence says."""
    from generate.comparison import fault

    names = [str(name) for name in values[options["names"]]]
    if wrong := next((each for each in (str(values[options["of"]]), *names) if not each.isidentifier()), ""):
        return f'"{wrong[:40]}" is no name'
    faults = (fault(str(case["when"]), names=names, sentence=str(case["sentence"])) for case in values[options["in"]])
    return next(filter(None, faults), "")


def _distinct(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    seen: set[str] = set()
    for text in _texts(values, options):
        key = " ".join(words_of(text.lower()))
        if key in seen:
            return f'"{text[:60]}" is there twice'
        seen.add(key)
    return ""


def _alike(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """No entry is many times as long as another: the right option must not be known by its length."""
    lengths = [len(words_of(text)) for text in _texts(values, options)]
    times = float(options.get("times", 4))
    if max(lengths) > times * max(1, min(lengths)) and max(lengths) - min(lengths) > times:
        return f"the entries have {min(lengths)} to {max(lengths)} words, which gives one away"
    return ""


def _begins(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    wanted = {str(word).lower() for word in options["with"]}
    for text in _texts(values, options):
        first = next(iter(words_of(text.lower())), "")
        if first not in wanted and not any(word.lower() in wanted for word in words_of(text.rpartition(",")[2])[:1]):
            return f'"{text[:60]}" begins with none of {", ".join(sorted(wanted))}'
    return ""


def _asks(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return next((f'"{each[:60]}" asks nothing' for each in _texts(values, options) if not _ASKING.search(each)), "")


def _concepts(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """The field names so many of the concepts and siblings."""
    text = " ".join(_texts(values, options)).lower()
    named = [each for each in (*around.concepts, *around.siblings) if mentioned(each, text)]
    least = int(options.get("least", 1))
    return "" if len(named) >= least else f"{options['in']} names {len(named)} of the concepts; {least} are wanted"


def mentioned(concept: Concept, text: str) -> bool:
    """Return whether a concept's label or an alias stands in a text of lower case, plural or not."""
    forms = (concept.label, *concept.aliases)
    return any(len(form) > 1 and re.search(rf"\b{re.escape(form.lower().rstrip('s'))}", text) for form in forms)


def _persona(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    return next((f'"{each[:60]}" names no person' for each in _texts(values, options) if not _NAME.search(each)), "")


def _differs(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    one, other = _texts(values, options)[0], _texts(values, {"in": options["from"]})[0]
    same = words_of(one.lower()) == words_of(other.lower())
    return f"{options['in']} and {options['from']} say the same" if same else ""


def _shorter(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """The field is shorter than the sources."""
    length, whole = sum(map(len, _texts(values, options))), sum(map(len, around.texts))
    return f"{options['in']} is as long as its source" if around.texts and length >= whole else ""


def _rectangular(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    width = len(values[options["columns"]])
    odd = [row for row in values[options["in"]] if len(row) != width]
    return f"a row has {len(odd[0])} cells for {width} columns" if odd else ""


def _in_order(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """Entries come in the order of the source where their places in it are plain: no entry falls behind the one before by much."""
    places = [_place(text, around.texts) for text in _texts(values, options)]
    known = [place for place in places if place >= 0]
    back = [here for here, before in zip(known[1:], known, strict=False) if here < before]
    return "the steps do not come in the order of the source" if len(back) * 2 > max(1, len(known) - 1) else ""


def _place(text: str, sources: Sequence[str]) -> int:
    """Return where in the sources the sentence begins that shares most words with a text, -1 when none shares half."""
    words = {word.lower() for word in words_of(text) if len(word) > 3}
    best, place, offset = 0.5, -1, 0
    for source in sources:
        for span in sentences(source):
            there = {word.lower() for word in words_of(source[span.start : span.end])}
            share = len(words & there) / max(1, len(words))
            if share > best:
                best, place = share, offset + span.start
        offset += len(source)
    return place


def _mentions(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    """The fields use every one of the words, whatever their endings."""
    used = {_stem(word) for text in _texts(values, options) for word in words_of(text.lower())}
    left = [word for word in options["words"] if not {_stem(part) for part in words_of(str(word).lower())} <= used]
    return f"not mentioned: {', '.join(map(str, left))}" if left else ""


FRAME_CUES: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(rf"\b(?:{cues})\b", re.IGNORECASE)
    for kind, cues in {
        "obligation": r"must|shall|required|requires?|obliged|has to|have to|needs? to",
        "permission": r"may|can|could|allowed|permitted|entitled|eligible|option",
        "prohibition": r"(?:must|may|shall|can|could|is|are) not|cannot|nobody|no one|never|prohibited|forbidden|barred",
        "exception": r"unless|except|exceptions?|exempt|does not apply|do not apply|other than|however|waived?",
        "condition": r"if|when|where|provided|only|before|after|upon|in case|as long as|conditions?",
        "threshold": r"at (?:least|most)|more than|less than|fewer than|exceeds?|above|below|up to|maximum|minimum|limit|\d[\d,.]*%?",
        "deadline": r"within|days?|weeks?|months?|years?|hours?|by|before|deadline|no later|until|when",
        "penalty": r"penalt(?:y|ies)|fines?|fees?|terminat\w+|denied|lose|loses|revoked?|suspen\w+|charged?|interest|forfeit\w*",
        "responsible party": r"who|whom|which (?:office|body|person|party)|responsible|must|shall",
    }.items()
}
"""Words by which a sentence, or a question with its answer, can be known to be about a frame."""


def _frame(values: Values, options: Mapping[str, Any], around: Surroundings) -> str:
    text = f"{values.get('question', '')} {values.get('answer', '')}"
    kind = str(options["kind"])
    return "" if kind not in FRAME_CUES or FRAME_CUES[kind].search(text) else f"question and answer speak of no {kind}"


def _stem(word: str) -> str:
    return re.sub(r"(?:ies|es|s|ed|ing|e|y)$", "", word) or word


RULES: Mapping[str, Rule] = {
    "mentions": _mentions,
    "frame": _frame,
    "words": _words,
    "sentences": _sentences,
    "items": _items,
    "figure": _figure,
    "in_source": _in_source,
    "from_source": _from_source,
    "varied": _varied,
    "comparisons": _comparisons,
    "distinct": _distinct,
    "alike": _alike,
    "begins": _begins,
    "asks": _asks,
    "concepts": _concepts,
    "persona": _persona,
    "differs": _differs,
    "shorter": _shorter,
    "rectangular": _rectangular,
    "in_order": _in_order,
}
"""The checks that a task file can name."""
