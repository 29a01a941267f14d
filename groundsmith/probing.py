"""What the judge is asked of a draft, item by item, and what its answers come to: one result, and the reason it does not pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generate.form import Probe
    from generate.sample import Draft
    from knowledge.document import Passage
    from verify.evidence import Evidence
    from verify.verdict import Verdict
    from verify.verifier import Item, Result, Verifier

GIVEN = "given"
MOST_ANSWERS = 32
"""Answers tried on a question that is said to have none."""

SURE = 0.9
"""How probably a passage must answer a question without an answer that could be tried, for the question to be refused."""

_FIGURE = re.compile(
    r"(?:[$€£]\s?\d[\d,]*(?:\.\d+)?)|\b(?:\d[\d,]*(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?![a-z])"
    r"(?:\s?%|\s(?:(?:working|business|calendar|consecutive)\s)?[a-z]+)?",
    re.IGNORECASE,
)
_BOUND = re.compile(r"\d[\d,]*(?:\s[a-z]+)?\sor\s(?:older|younger|more|less|fewer|over|above|under|later)\b")
_NAMED = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w-]+(?:\s(?:of|and|the)?\s?)?){1,5}")
_YES_NO = re.compile(r"^(?:is|are|was|were|do|does|did|can|may|must|shall|should|will|would|has|have)\b", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow many (?:working |business |calendar )?([a-z]+)", re.IGNORECASE)
_FIGURED = re.compile(
    r"\bhow (?:many|much|long|often|old|soon|large|high)\b|\bwhen\b|\b(?:what|which) (?:is |are |was )?(?:the )?(?:[\w-]+ ){0,3}"
    r"(?:fees?|amount|number|date|rate|percentage|costs?|age|year|deadline|limit|penalty|fine|price|maximum|minimum)\b",
    re.IGNORECASE,
)

Search = Callable[[str], "Sequence[Evidence]"]
"""Finds passages that may answer a question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draughted:
    """A draft with the passages it was written from."""

    draft: Draft
    passages: tuple[Passage, ...]


def judged(
    verifier: Verifier, drafts: Sequence[Draughted], *, search: Search | None = None
) -> list[tuple[Result, str]]:
    """Return for each draft what was decided of it, and why it does not pass, "" when it does.

    A question said to have no answer is tried with the answers that the passages and what `search` finds could give.
    """
    asked = [_asked(each, search) for each in drafts]
    items = [item for probes in asked for _, some in probes for item in some]
    results = iter(list(verifier.verify(items)))
    found = []
    for each, probes in zip(drafts, asked, strict=True):
        answers = [(probe, [next(results) for _ in some]) for probe, some in probes]
        result, reason = _decided(each, answers)
        found.append((result, reason or _answering(verifier, each, probes)))
    return found


def _answering(verifier: Verifier, each: Draughted, probes: Sequence[tuple[Probe, list[Item]]]) -> str:
    """Return which passage as a whole answers a question that is said to have none, "" where none does.

    Only questions for which the passages hold no answer that could be tried: a trial tells more.
    """
    from generate.form import Expect
    from verify.answerable import answerable
    from verify.evidence import Evidence

    asked = [
        (probe.question, passage)
        for probe, items in probes
        if probe.expect is Expect.NO_ANSWER and not items
        for passage in map(Evidence.of, each.passages)
    ]
    for (_, passage), likely in zip(asked, answerable(verifier.model, asked) if asked else [], strict=True):
        if likely >= SURE:
            return f"answerable: this passage seems to answer it ({likely:.2f}): {passage.text[:80]}"
    return ""


def _asked(each: Draughted, search: Search | None) -> list[tuple[Probe, list[Item]]]:
    from generate.form import Probe

    draft = each.draft
    probes = draft.probes or (Probe(question=draft.question, answer=draft.answer),)
    return [(probe, _items(probe, each.passages, search)) for probe in probes]


def _items(probe: Probe, passages: Sequence[Passage], search: Search | None) -> list[Item]:
    from generate.form import Expect
    from verify.evidence import Evidence
    from verify.verifier import Item

    cited = tuple(Evidence.of(passage) for passage in passages)
    if probe.expect is Expect.NO_ANSWER:
        found = tuple(search(probe.question)) if search is not None else ()
        texts = dict.fromkeys(each.text for each in (*cited, *found))
        answers = possible_answers(probe.question, list(texts))
        every = (*cited, *(each for each in found if each.passage_id not in {one.passage_id for one in cited}))
        return [Item(id=GIVEN, question=probe.question, answer=answer, cited=every) for answer in answers]
    if probe.given:
        cited = (*cited, Evidence(passage_id=GIVEN, document_id=GIVEN, text=probe.given))
    return [Item(id=GIVEN, question=probe.question or None, answer=probe.answer, cited=cited)]


def possible_answers(question: str, texts: Sequence[str]) -> list[str]:
    """Return short answers that the texts hold for a question: yes and no, figures, names, and what their facts answer."""
    from generate.strategy.focus import focuses

    if _YES_NO.match(question):
        return ["Yes", "No"]
    figures = [form for text in texts for found in _FIGURE.finditer(text) for form in _forms(text, found)]
    counted = _COUNTED.search(question)
    if counted is not None:
        figures = [each for each in figures if each.lower().rstrip("s").endswith(counted[1].lower().rstrip("s"))]
    if _FIGURED.search(question):
        return list(dict.fromkeys(figures))[:MOST_ANSWERS]
    facts = [focus.answer for text in texts for focus in focuses(text)]
    named = [found.strip() for text in texts for found in _NAMED.findall(text)]
    short = [
        each for each in (*facts, *named, *figures) if len(each.split()) <= 14 and each.lower() not in question.lower()
    ]
    return list(dict.fromkeys(short))[:MOST_ANSWERS]


def _forms(text: str, found: re.Match[str]) -> list[str]:
    """Return a figure as it may be given for an answer: with its unit, and where "or older" and the like follow, with that."""
    told = _BOUND.match(text, found.start())
    return [told[0]] if told else [found[0].strip()]


def _decided(each: Draughted, answers: Sequence[tuple[Probe, list[Result]]]) -> tuple[Result, str]:
    from generate.form import Expect

    wanted = [(probe, results[0]) for probe, results in answers if probe.expect is Expect.ENTAILED]
    reason = next((why for probe, results in answers if (why := _wrong(probe, results))), "")
    if wanted:
        return _merged(each.draft.answer, wanted), reason
    return _nothing(each, [result for _, results in answers for result in results]), reason


def _wrong(probe: Probe, results: Sequence[Result]) -> str:
    """Return why the evidence does not do what is expected of it, "" when it does."""
    from generate.form import Expect

    match probe.expect:
        case Expect.ENTAILED:
            return refusal(results[0])
        case Expect.NOT_ENTAILED:
            passed = not refusal(results[0])
            return f"ambiguous: the documents support this too: {probe.answer[:80]}" if passed else ""
        case Expect.REFUTED:
            false = results[0].label == "refuted"
            return "" if false else f"not refuted: the documents do not say otherwise than: {probe.answer[:80]}"
        case _:
            answered = next((result for result in results if _answers(result)), None)
            told = answered.verdicts[0].claim if answered is not None and answered.verdicts else ""
            return f"answerable: the documents answer it: {told[:80]}" if answered is not None else ""


def _answers(result: Result) -> bool:
    """Return whether an answer that was tried answers: it is borne out, though other passages may disagree, and fits the question."""
    said = str(result.label) in {"supported", "conflicting"}
    return said and not any(finding.conflict for finding in result.relevance)


def refusal(result: Result) -> str:
    """Return why a result does not pass, or nothing."""
    if result.label != "supported":
        return f"{result.label}: {result.reason}"
    wrong = [finding for finding in result.relevance if finding.conflict]
    return f"{wrong[0].rule}: {wrong[0].detail}" if wrong else ""


def critique(result: Result, refused: str) -> str:
    """Return what is wrong with a draft in words that a model can act on: the claim, and what the evidence says of it."""
    if not refused:
        return ""
    wrong = [verdict for verdict in result.verdicts if str(verdict.label) != "supported"][:2]
    told = [
        f'"{verdict.claim}": {verdict.label}{f" ({verdict.reason})" if verdict.reason else ""}.' for verdict in wrong
    ]
    return " ".join([f"{refused}.", *told])


def _merged(answer: str, wanted: Sequence[tuple[Probe, Result]]) -> Result:
    """Return the results of what must be borne out as one: every claim, where it stands in the answer, and the worst label."""
    if len(wanted) == 1 and wanted[0][0].answer == answer:
        return wanted[0][1]
    results = [result for _, result in wanted]
    worst = next((result for result in results if refusal(result)), results[0])
    sure = [result.confidence for result in results if result.confidence is not None]
    evidence = {each.passage_id: each for result in results for each in result.evidence if each.passage_id != GIVEN}
    return replace(
        worst,
        confidence=min(sure) if sure else None,
        verdicts=tuple(placed for probe, result in wanted for placed in _placed(answer, probe, result)),
        evidence=tuple(evidence.values()),
        relevance=tuple(finding for result in results for finding in result.relevance),
        answers=min((result.answers for result in results if result.answers is not None), default=None),
    )


def _placed(answer: str, probe: Probe, result: Result) -> list[Verdict]:
    """Return a probe's verdicts at their place in the answer; at its whole where the probe is worded otherwise."""
    at = answer.find(probe.answer)
    if at < 0:
        return [replace(verdict, start=0, end=len(answer)) for verdict in result.verdicts]
    return [replace(verdict, start=at + verdict.start, end=at + verdict.end) for verdict in result.verdicts]


def _nothing(each: Draughted, results: Sequence[Result]) -> Result:
    """Return the result of a draft that is to be borne out by nothing: not enough evidence, sure as the answers tried are unlikely."""
    from verify.evidence import Evidence
    from verify.verdict import Label
    from verify.verifier import Result

    likeliest = max((verdict.entailment or 0.0 for result in results for verdict in result.verdicts), default=0.0)
    return Result(
        id=GIVEN,
        label=Label.NOT_ENOUGH,
        confidence=1 - likeliest if results else None,
        evidence=tuple(Evidence.of(passage) for passage in each.passages),
        reason="no answer that was tried is supported",
    )
