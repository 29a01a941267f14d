"""`Verifier`: items in, results out. Claims → evidence → windows → one batched model call → rules → verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from verify import relevance, rules
from verify.claim import Claim, claims, has_verb
from verify.evidence import Evidence, Window, together, windows
from verify.modality import without_none
from verify.nli import EntailmentModel
from verify.quotation import QUOTED, quotation
from verify.sentence import parts
from verify.verdict import Entailment, Finding, Judgement, Label, Thresholds, Verdict, aggregate, combine
from verify.words import content, share

VERIFIER_VERSION = 2
BATCH = 64
CERTAIN = Entailment(entailment=1.0, neutral=0.0, contradiction=0.0)
"""Of a claim that is a sentence of the evidence: no model need be asked."""
Retrieve = Callable[[list[str]], list[list[Evidence]]]
Estimate = Callable[[Judgement], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something to be judged: an answer, its question if there is one, and the passages it names as its source."""

    id: str
    answer: str
    question: str | None = None
    cited: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What was decided of an item.

    `label` is the worst of its claims, `confidence` the least among the claims that carry it, None when nothing was judged. `evidence`
    holds the passages that decided, the most certain first, then the cited ones. `relevance` says what is wrong
    with the pair of question and answer; `reason` why the label is not "supported".
    """

    id: str
    label: Label
    confidence: float | None
    verdicts: tuple[Verdict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    relevance: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether every claim is supported and question and answer fit one another."""
        return self.label is Label.SUPPORTED and not any(finding.conflict for finding in self.relevance)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One claim of an item with the evidence and windows it is judged on; `number` is the item's place in its batch."""

    number: int
    item: Item
    claim: Claim
    evidence: Mapping[str, Evidence]
    windows: tuple[Window, ...]


class Verifier:
    """Judges items against the passages they cite and those `retrieve` finds for each claim's statement.

    `retrieve` takes statements and returns passages for each, best first; None, or `cited_only`, leaves the cited ones
    alone. `retrieved` is how many of them are used. `rules` and `relevance` switch those checks. `estimate` gives
    a judgement's probability of support, 0 to 1, from its scores, overlap and findings; None takes the model's entailment.
    """

    def __init__(
        self,
        model: EntailmentModel,
        retrieve: Retrieve | None = None,
        *,
        thresholds: Thresholds | None = None,
        rules: bool = True,
        relevance: bool = True,
        cited_only: bool = False,
        retrieved: int = 4,
        batch: int = BATCH,
        estimate: Estimate | None = None,
    ) -> None:
        self.model = model
        self.thresholds = thresholds or Thresholds()
        self._retrieve = None if cited_only else retrieve
        self._rules, self._relevance = rules, relevance
        self._retrieved, self._batch = retrieved, batch
        self._estimate = estimate

    def verify(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield one Result an item, in order; items are read a batch at a time."""
        left = iter(items)
        while batch := list(islice(left, self._batch)):
            yield from self._results(batch)

    def _results(self, batch: Sequence[Item]) -> Iterator[Result]:
        cases = self._cases(batch)
        judged = self._judged(cases)
        judged = self._joined(cases, judged)
        verdicts: list[list[tuple[_Case, Verdict]]] = [[] for _ in batch]
        for case, judgements in zip(cases, judged, strict=True):
            verdicts[case.number].append((case, self._verdict(case.claim, judgements)))
        for item, found in zip(batch, verdicts, strict=True):
            yield self._result(item, found)

    def _cases(self, batch: Sequence[Item]) -> list[_Case]:
        found = [
            (number, item, claim)
            for number, item in enumerate(batch)
            for claim in claims(item.answer, question=item.question)
        ]
        statements = list(dict.fromkeys(claim.statement for _, _, claim in found))
        retrieved = self._retrieve(statements) if self._retrieve and statements else [[] for _ in statements]
        by_statement = dict(zip(statements, retrieved, strict=True))
        return [self._case(number, item, claim, by_statement[claim.statement]) for number, item, claim in found]

    def _case(self, number: int, item: Item, claim: Claim, retrieved: Sequence[Evidence]) -> _Case:
        cited = {each.passage_id: each for each in item.cited}
        fresh = [each for each in retrieved if each.passage_id not in cited][: self._retrieved]
        shown = [window for each in item.cited for window in windows(claim.statement, each, limit=4)]
        shown += [window for each in fresh for window in windows(claim.statement, each, limit=3)]
        evidence = cited | {each.passage_id: each for each in fresh}
        return _Case(number=number, item=item, claim=claim, evidence=evidence, windows=tuple(shown))

    def _judged(self, cases: Sequence[_Case]) -> list[list[Judgement]]:
        """Judge every window of every case with one call of the model."""
        asked = [[self._hypotheses(case, window) for window in case.windows] for case in cases]
        pairs = [
            (window.premise, text)
            for case, hypotheses in zip(cases, asked, strict=True)
            for window, texts in zip(case.windows, hypotheses, strict=True)
            for text in texts
        ]
        scores = iter(self.model.entail(pairs) if pairs else [])
        return [
            [
                self._judgement(case, window, _likeliest([next(scores) for _ in texts]) if texts else CERTAIN)
                for window, texts in zip(case.windows, hypotheses, strict=True)
            ]
            for case, hypotheses in zip(cases, asked, strict=True)
        ]

    def _hypotheses(self, case: _Case, window: Window) -> list[str]:
        """The claim's statement, and what is left of it once a rule has settled a part; nothing where the window says just that."""
        if _quoted(case.claim.statement, window.text):
            return []
        left = rules.without_settled(case.claim.statement, window.text) if self._rules else None
        return [case.claim.statement] if left is None else [case.claim.statement, left]

    def _judgement(self, case: _Case, window: Window, entailment: Entailment) -> Judgement:
        source = case.evidence[window.passage_id]
        quoted = quotation(case.claim.statement, window.text)
        findings: tuple[Finding, ...] = (quoted,) if quoted else ()
        if self._rules and not quoted:
            findings = rules.check(
                case.claim.statement, window.text, question=case.item.question, passage=source.text, place=source.place
            )
        return self._estimated(
            Judgement(
                passage_id=window.passage_id,
                entailment=entailment,
                findings=findings,
                start=window.start,
                end=window.end,
                overlap=_common(case.claim.statement, window.premise, findings),
            )
        )

    def _estimated(self, judgement: Judgement) -> Judgement:
        """The judgement with its probability of support, when one is to be estimated."""
        return replace(judgement, probability=self._estimate(judgement)) if self._estimate else judgement

    def _joined(self, cases: Sequence[_Case], judged: list[list[Judgement]]) -> list[list[Judgement]]:
        """Read two cited passages as one premise for each claim that none of them supports alone."""
        tries = [
            (number, pair)
            for number, (case, judgements) in enumerate(zip(cases, judged, strict=True))
            if aggregate(judgements, thresholds=self.thresholds).label is Label.NOT_ENOUGH
            for pair in _pairs(case)
        ]
        pairs = [(together(*pair), cases[number].claim.statement) for number, pair in tries]
        scores = self.model.entail(pairs) if pairs else []
        for (number, pair), entailment in zip(tries, scores, strict=True):
            judged[number].append(self._joint(cases[number], pair, entailment))
        return judged

    def _joint(self, case: _Case, pair: tuple[Window, Window], entailment: Entailment) -> Judgement:
        first, second = pair
        premise = together(first, second)
        passage = "\n".join(case.evidence[window.passage_id].text for window in pair)
        place = "\n".join(case.evidence[window.passage_id].place for window in pair)
        findings: tuple[Finding, ...] = ()
        if self._rules:
            asked = case.item.question
            findings = rules.check(case.claim.statement, premise, question=asked, passage=passage, place=place)
        return self._estimated(
            Judgement(
                passage_id=first.passage_id,
                entailment=entailment,
                findings=findings,
                start=first.start,
                end=first.end,
                overlap=_common(case.claim.statement, premise, findings),
                together=(first.passage_id, second.passage_id),
            )
        )

    def _verdict(self, claim: Claim, judgements: Sequence[Judgement]) -> Verdict:
        decision = aggregate(judgements, thresholds=self.thresholds)
        return Verdict(
            claim=claim.text,
            statement=claim.statement,
            start=claim.start,
            end=claim.end,
            label=decision.label,
            confidence=decision.confidence,
            supporting=decision.supporting,
            contradicting=decision.contradicting,
            judgements=tuple(judgements),
            reason=decision.reason,
        )

    def _result(self, item: Item, found: Sequence[tuple[_Case, Verdict]]) -> Result:
        verdicts = tuple(verdict for _, verdict in found)
        label, confidence, reason = combine(verdicts)
        known = {each.passage_id: each for case, _ in found for each in case.evidence.values()}
        deciding = [name for verdict in verdicts for name in (*verdict.supporting, *verdict.contradicting)]
        order = dict.fromkeys([*deciding, *(each.passage_id for each in item.cited)])
        evidence = tuple(known[name] for name in order if name in known)
        return Result(
            id=item.id,
            label=label,
            confidence=confidence,
            verdicts=verdicts,
            evidence=evidence,
            relevance=self._fit(item, verdicts, evidence),
            reason=reason,
        )

    def _fit(self, item: Item, verdicts: Sequence[Verdict], evidence: Sequence[Evidence]) -> tuple[Finding, ...]:
        """The findings on question and answer, against the windows that decided, or else all evidence."""
        if not self._relevance or item.question is None:
            return ()
        texts = {each.passage_id: each.text for each in evidence}
        best = [_best(verdict) for verdict in verdicts if verdict.supporting]
        near = "\n".join(
            texts[each.passage_id][each.start : each.end] for each in best if each and each.passage_id in texts
        )
        context = "\n".join(f"{each.place}\n{each.text}" for each in evidence)
        stated = " ".join(verdict.statement for verdict in verdicts)
        return relevance.check(item.question, item.answer, near or context, context=context, stated=stated)


def _quoted(statement: str, text: str) -> bool:
    """Whether a claim is, word for word, a whole sentence of a text."""
    wanted = _folded(statement)
    return (
        has_verb(wanted)
        and wanted in _folded(text)
        and any(_folded(text[span.start : span.end]) == wanted for span in parts(text))
    )


def _folded(text: str) -> str:
    """A sentence in lower case without articles, "shall" as "must", and "No visitor may" as "visitor may not"."""
    low = without_none(" ".join(text.split())).lower().strip(" .;").replace("cannot", "can not")
    return " ".join("must" if word == "shall" else word for word in low.split() if word not in {"a", "an", "the"})


def _likeliest(scores: Sequence[Entailment]) -> Entailment:
    """The scores that entail most; a quotation has none of its own."""
    return max(scores, key=lambda each: each.entailment, default=QUOTED)


def _common(statement: str, premise: str, findings: Sequence[Finding]) -> float:
    """The share of the claim's content words in the premise, words that a rule found to differ left out."""
    differing = content(" ".join(finding.claim_text for finding in findings if finding.conflict))
    return share(content(statement) - differing, content(premise))


def _pairs(case: _Case) -> list[tuple[Window, Window]]:
    """The best windows of each two cited passages, at most three pairs."""
    best: dict[str, Window] = {}
    for window in case.windows:
        if any(each.passage_id == window.passage_id for each in case.item.cited):
            best.setdefault(window.passage_id, window)
    return list(islice(combinations(best.values(), 2), 3))


def _best(verdict: Verdict) -> Judgement | None:
    """The judgement that supports most."""
    usable = [each for each in verdict.judgements if not each.conflicts]
    return max(usable, key=lambda each: each.support, default=None)
