"""Heuristic filters as declared rules: a measure of a row, the range it must lie in, and a reason in words for each rejection.

Measures are numbers taken from the row alone, so that a rule with other bounds needs no other work. A measure that a row cannot give
(no confidence, no log-probabilities) rejects nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from math import exp, inf, isfinite
from pathlib import Path
from typing import Any

from verify.words import content, words

RUN = 3
"""Words of a run whose repetition counts."""
FEWEST = 8
"""Words from which the language of a text is told."""
_RULE = re.compile(r"\s*([a-z_]+)\s*:\s*([^.\s]*(?:\.\d+)?)\s*\.\.\s*(\S*)\s*")
_DEBRIS = re.compile(
    r"```|</?(?:p|br|div|span|li|ul|b|i|a|table|tr|td|h[1-6])\b[^>]*>|^\s*[{\[]\s*\"|\bas an ai\b|\b(?:insert|your) \w+ here\b"
    r"|\[(?:name|date|insert|placeholder|company)[^\]]*\]|<\|\w+\|>|\[/?INST\]|\blorem ipsum\b"
    r"|^\s*(?:question|answer)\s*\d*\s*[:.)]|^\s*[qa]\d*\s*:|\bquestion \d+\?",
    re.IGNORECASE | re.MULTILINE,
)
_PAIRS = ("()", "[]", "“”", "{}")
_ORDERS = frozenset(
    "describe explain list name state summarise summarize tell give write say define outline identify compare".split()
)
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv")

Row = Mapping[str, Any]
Measure = Callable[[str, str, Row], float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A rule: the measure's name and the least and greatest value that pass."""

    measure: str
    least: float = -inf
    most: float = inf

    @classmethod
    def of(cls, line: str) -> Filter:
        """Read "measure: least..most", either side empty; raises ValueError naming the line."""
        found = _RULE.fullmatch(line)
        try:
            if found is None or found[1] not in MEASURES:
                raise ValueError(line)
            least, most = (float(found[at]) if found[at] else side for at, side in ((2, -inf), (3, inf)))
        except ValueError as error:
            known = ", ".join(MEASURES)
            raise ValueError(
                f"the rule {line!r} is not written as measure: least..most; measures are {known}"
            ) from error
        return cls(measure=found[1], least=least, most=most)

    def refuses(self, value: float | None) -> bool:
        """Whether a value lies outside; no value never does."""
        return value is not None and not self.least <= value <= self.most

    def reason(self, value: float) -> str:
        """Say how a value is outside."""
        side = f"below {self.least:g}" if value < self.least else f"above {self.most:g}"
        return f"{self.measure} {value:g} is {side}: {MEANINGS[self.measure]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The first rule that a row breaks, with the value."""

    rule: Filter
    value: float

    @property
    def reason(self) -> str:
        """The refusal in words."""
        return self.rule.reason(self.value)


BUILTIN = (
    "question_words: 3..80",
    "answer_words: 1..400",
    "asks: 1..",
    "letters: 0.5..",
    "language: 0..",
    "debris: ..0",
    "repetition: ..0.3",
    "echo: ..0.99",
    "hopeless: ..0",
)
"""The rules that come with the package."""


def measures_of(
    question: str, answer: str, row: Row, *, names: Iterable[str], language: str = "en"
) -> dict[str, float | None]:
    """Return the named measures of a row."""
    seen = {**row, "_language": language}
    return {name: MEASURES[name](question, answer, seen) for name in names}


def refused(rules: Sequence[Filter], values: Mapping[str, float | None]) -> Refusal | None:
    """Return the first rule that the values break, or None."""
    for rule in rules:
        value = values.get(rule.measure)
        if value is not None and rule.refuses(value):
            return Refusal(rule=rule, value=value)
    return None


def _asks(question: str, _answer: str, _row: Row) -> float:
    """1 when the text ends with a question mark or begins with an order, as "Explain …"; or when there is none to judge."""
    text = question.strip()
    first = words(text)[:1]
    return float(not text or "?" in text[-3:] or (bool(first) and first[0] in _ORDERS))


def _letters(question: str, answer: str, _row: Row) -> float:
    """The share of letters, figures and spaces in question and answer."""
    text = f"{question} {answer}"
    return sum(sign.isalnum() or sign.isspace() for sign in text) / len(text)


def _language(question: str, answer: str, row: Row) -> float | None:
    """By how much the share of the wanted language's function words is ahead of the next language's; none for short texts."""
    said = words(f"{question} {answer}")
    wanted = str(row["_language"])[:2]
    lists = _stop_words()
    if len(said) < FEWEST or wanted not in lists:
        return None
    shares = {code: sum(word in known for word in said) / len(said) for code, known in lists.items()}
    return shares.pop(wanted) - max(shares.values())


@lru_cache(maxsize=1)
def _stop_words() -> Mapping[str, frozenset[str]]:
    """The function words of each language, from spaCy's lists; spaCy itself is not loaded for them."""
    package = find_spec("spacy")
    places = package.submodule_search_locations if package else None
    if not places:
        return {}
    lists = {}
    for code in _LANGUAGES:
        spec = spec_from_file_location(f"stop_words_{code}", Path(places[0]) / "lang" / code / "stop_words.py")
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            lists[code] = frozenset(module.STOP_WORDS)
    return lists


def _debris(question: str, answer: str, _row: Row) -> float:
    """How many leftovers of prompts and markup there are, and brackets or quotation marks that do not pair."""
    unpaired = sum(text.count(pair[0]) != text.count(pair[1]) for text in (question, answer) for pair in _PAIRS)
    marks = sum(1 for text in (question, answer) for _ in _DEBRIS.finditer(text))
    return float(marks + (unpaired if not re.search(r"^\s*\(?[a-z0-9]{1,3}\)", answer, re.MULTILINE) else 0))


def _repetition(_question: str, answer: str, _row: Row) -> float:
    """The share of the answer's runs of three words that stood there before."""
    said = words(answer)
    runs = Counter(tuple(said[at : at + RUN]) for at in range(len(said) - RUN + 1))
    return 1 - len(runs) / runs.total() if runs else 0.0


def _echo(question: str, answer: str, _row: Row) -> float:
    """The share of the answer's words of content that the question has; answers without any add none."""
    said = content(answer)
    return len(said & content(question)) / len(said) if len(said) > 1 else 0.0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None


def _confidence(_question: str, _answer: str, row: Row) -> float | None:
    return _number(row.get("confidence", row.get("groundsmith_confidence")))


def supports(row: Row) -> list[float]:
    """Return the probabilities that the row's claims are entailed, as far as the row has them."""
    claims = row.get("claims", row.get("groundsmith_claims"))
    named = [each.get("entailment") for each in claims if isinstance(each, Mapping)] if isinstance(claims, list) else []
    return [value for each in named if (value := _number(each)) is not None]


def _entailment(_question: str, _answer: str, row: Row) -> float | None:
    """The least entailment of a claim."""
    return min(supports(row), default=None)


def _hopeless(_question: str, _answer: str, row: Row) -> float | None:
    """1 when the judge is sure against the row: mean support p below 0.25 and mean p(1-p) below 0.15 (Seedat et al. 2024)."""
    found = supports(row)
    if not found:
        return None
    mean, doubt = sum(found) / len(found), sum(p * (1 - p) for p in found) / len(found)
    return float(mean < 0.25 and doubt < 0.15)


def _probability(_question: str, _answer: str, row: Row) -> float | None:
    """The geometric mean of the probabilities of the tokens, from log-probabilities beside the row (SuperGen: Meng et al. 2022)."""
    parts = row.get("parts")
    for place in (row, parts if isinstance(parts, Mapping) else {}):
        for name in ("logprobs", "token_logprobs", "mean_logprob", "logprob"):
            found = place.get(name)
            values = [_number(each) for each in found] if isinstance(found, list) else [_number(found)]
            usable = [each for each in values if each is not None and each <= 0]
            if usable and len(usable) == len(values):
                return exp(sum(usable) / len(usable))
    return None


def _personal(question: str, answer: str, row: Row) -> float:
    """How many pieces of personal data stand in the row and not in the texts of its evidence."""
    from verify.personal import Recognisers

    evidence = "\n".join(_texts(row.get("evidence"), row.get("contexts"), row.get("context")))
    return float(sum(each.text not in evidence for each in Recognisers().find(f"{question}\n{answer}")))


def _texts(*values: object) -> Iterator[str]:
    """The texts of evidence in its usual forms: a text, a list of texts, a list of objects with a text."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.get("text"))
        elif isinstance(value, Sequence):
            yield from _texts(*value)


def _offence(question: str, answer: str, _row: Row) -> float:
    """The content filter's score of question and answer."""
    from verify.offence import ContentFilter

    content_filter = ContentFilter()
    return content_filter.score(content_filter.find(f"{question}\n{answer}"))


MEASURES: dict[str, Measure] = {
    "question_words": lambda question, _answer, _row: float(len(words(question))) if question.strip() else None,
    "answer_words": lambda _question, answer, _row: float(len(answer.split())),
    "asks": _asks,
    "letters": _letters,
    "language": _language,
    "debris": _debris,
    "repetition": _repetition,
    "echo": _echo,
    "confidence": _confidence,
    "entailment": _entailment,
    "hopeless": _hopeless,
    "probability": _probability,
    "personal": _personal,
    "offence": _offence,
}
"""What can be measured, by name."""
MEANINGS = {
    "question_words": "words of the question",
    "answer_words": "words of the answer",
    "asks": "1 for a text that ends with a question mark or begins with an order",
    "letters": "share of letters, figures and spaces",
    "language": "lead of the wanted language's function words over another's",
    "debris": "leftovers of prompts, markup, and marks that do not pair",
    "repetition": "share of the answer's runs of three words that it repeats",
    "echo": "share of the answer's words that the question has",
    "confidence": "the judge's confidence",
    "entailment": "the least support of a claim",
    "hopeless": "1 when the judge is sure against the row",
    "probability": "mean probability of the tokens when they were written",
    "personal": "pieces of personal data that the evidence lacks",
    "offence": "score of the content filter, 0 to 1",
}
