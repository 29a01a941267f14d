"""`Verifier`: items in, results out. Claims → evidence → windows → one batched model call → rules → verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from verify import difference, joint, relevance, rules
from verify.answering import refusals, reply_of
from verify.claim import Claim, claims
from verify.coordination import divided
from verify.evidence import Evidence, Window, windows
from verify.item import Item, Result
from verify.joint import PASSAGES
from verify.judgement import likeliest, needed, rank, strongest, weakest
from verify.likeness import likened
from verify.nli import EntailmentModel
from verify.quotation import QUOTED, quotation
from verify.second import SecondReader
from verify.verdict import (
    Entailment,
    Finding,
    Judgement,
    Label,
    Thresholds,
    Verdict,
    aggregate,
    combine,
    supports,
)
from verify.words import content, share

__all__ = ["BATCH", "VERIFIER_VERSION", "Divide", "Estimate", "Item", "Result", "Retrieve", "Verifier"]
VERIFIER_VERSION = 9
BATCH = 64
PART_WINDOWS = 6
"""Windows that each part of a claim is judged on."""
Retrieve = Callable[[list[str]], list[list[Evidence]]]
Estimate = Callable[[Judgement], float]
Divide = Callable[[list[str]], list[tuple[str, ...]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One claim of an item with the evidence and windows it is judged on; `number` is the item's place in its batch."""

    number: int
    item: Item
    claim: Claim
    evidence: Mapping[str, Evidence]
    windows: tuple[Window, ...]

    @property
    def cited(self) -> frozenset[str]:
        """The ids of the passages that the item names as its source."""
        return frozenset(each.passage_id for each in self.item.cited)


class Verifier:
    """Judges items against the passages they cite and those `retrieve` finds for each claim's statement.

    `retrieve` takes statements and returns passages for each, best first; None, or `cited_only`, leaves the cited ones
    alone. `retrieved` is how many of them are used. `rules` and `relevance` switch those checks. `estimate` gives
    a judgement's probability of support, 0 to 1, from its scores, overlap and findings; None takes the model's entailment.
    `joint` reads several passages together where none suffices. `authority` ranks passages, the higher the
    weightier; with `prefer_newer` a newer version of a document overrules an older. `second` reads again what the model leaves
    open. `divide` takes statements and returns the parts of each, which are then judged in its place.
    """

    divide: Divide | None = None

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
        joint: bool = True,
        authority: Callable[[Evidence], int] | None = None,
        prefer_newer: bool = False,
        second: SecondReader | None = None,
    ) -> None:
        self.model, self.second = model, second
        self.thresholds = thresholds or Thresholds()
        self._retrieve = None if cited_only else retrieve
        self._rules, self._relevance = rules, relevance
        self._retrieved, self._batch = retrieved, batch
        self._estimate, self._join = estimate, joint
        self._authority = authority or (lambda _: 0)
        self._prefer_newer = prefer_newer

    @property
    def read_by(self) -> str:
        """The name of the model, and after a plus sign that of the second, if there is one."""
        return f"{self.model.name}+{self.second.model.name}" if self.second else self.model.name

    def verify(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield one Result an item, in order; items are read a batch at a time."""
        left = iter(items)
        while batch := list(islice(left, self._batch)):
            yield from self._results(batch)

    def _results(self, batch: Sequence[Item]) -> Iterator[Result]:
        cases = self._cases(batch)
        judged = self._judged(cases)
        if self._join:
            self._joined(cases, judged)
        self._parted(cases, judged)
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
        if self.divide and found:
            wholes = list(dict.fromkeys(claim.statement for _, _, claim in found))
            parts = dict(zip(wholes, self.divide(wholes), strict=True))
            found = [
                (number, item, replace(claim, statement=part))
                for number, item, claim in found
                for part in parts[claim.statement]
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
            [[(window.premise, text) for text in texts] for window, texts in zip(case.windows, hypotheses, strict=True)]
            for case, hypotheses in zip(cases, asked, strict=True)
        ]
        flat = [pair for of_case in pairs for of_window in of_case for pair in of_window]
        scores = iter(self.model.entail(flat) if flat else [])
        judged = [
            [
                self._judgement(case, window, likeliest([next(scores) for _ in texts]))
                for window, texts in zip(case.windows, hypotheses, strict=True)
            ]
            for case, hypotheses in zip(cases, asked, strict=True)
        ]
        if self.second:
            self.second.reread(judged, pairs, self._again)
        return judged

    def _again(self, judgement: Judgement, entailment: Entailment) -> Judgement:
        """Return a judgement with other scores of the model, its probability estimated anew."""
        return self._weighed(replace(judgement, entailment=entailment))

    def _weighed(self, judgement: Judgement) -> Judgement:
        """Return the judgement with its probability of support, when one is to be estimated."""
        return replace(judgement, probability=self._estimate(judgement)) if self._estimate else judgement

    def _hypotheses(self, case: _Case, window: Window) -> list[str]:
        """The claim's statement, and what is left of it once a rule has settled a part; nothing where the window says just that."""
        if quotation(case.claim.statement, window.text):
            return []
        left = rules.without_settled(case.claim.statement, window.said) if self._rules else None
        return [case.claim.statement] if left is None else [case.claim.statement, left]

    def _judgement(self, case: _Case, window: Window, entailment: Entailment) -> Judgement:
        source = case.evidence[window.passage_id]
        quoted = quotation(case.claim.statement, window.text)
        findings: tuple[Finding, ...] = (quoted,) if quoted else ()
        around = f"{source.place}\n{source.before}\n{source.text}"
        added: tuple[Finding, ...] = ()
        if self._rules and not quoted:
            added = joint.added(case.claim.statement, around)
            findings = rules.check(
                case.claim.statement, window.said, question=case.item.question, passage=source.text, place=source.place
            )
        return self._estimated(
            Judgement(
                passage_id=window.passage_id,
                entailment=entailment,
                findings=(*findings, *added),
                start=window.start,
                end=window.end,
                authority=self._authority(source),
                document_id=source.document_id,
                version=source.version,
            ),
            case.claim.statement,
            premise=window.premise,
            around=around,
        )

    def _estimated(self, judgement: Judgement, statement: str, *, premise: str, around: str) -> Judgement:
        """The judgement with the likeness of the words, and its probability of support when one is to be estimated."""
        return self._weighed(likened(judgement, statement, premise=premise, around=around))

    def _joined(self, cases: Sequence[_Case], judged: list[list[Judgement]]) -> None:
        """Add what two, then three, passages say together, and what they say part by part, where none says it alone."""
        grown: dict[int, list[frozenset[str]]] = {}
        for size in range(2, PASSAGES + 1):
            tries: list[tuple[int, frozenset[str]]] = []
            for number in self._open(cases, judged):
                case = cases[number]
                found = joint.sets(
                    case.claim.statement, case.evidence, cited=case.cited, size=size, grown=grown.get(number, [])
                )
                grown[number] = found
                tries += [(number, names) for names in found]
            for number, judgement in self._read(cases, tries):
                pairs = [(number, frozenset(each)) for each in combinations(judgement.together, 2)] if size > 2 else []
                smaller = [each for _, each in self._read(cases, pairs)] if supports(judgement, self.thresholds) else []
                judged[number].append(needed(judgement, [*judged[number], *smaller]))
        for number in self._open(cases, judged):
            judged[number] += self._branches(cases[number])

    def _open(self, cases: Sequence[_Case], judged: Sequence[Sequence[Judgement]]) -> list[int]:
        """The claims that are neither supported nor refuted, and have more than one passage."""
        return [
            number
            for number, (case, judgements) in enumerate(zip(cases, judged, strict=True))
            if len(case.evidence) > 1 and aggregate(judgements, thresholds=self.thresholds).label is Label.NOT_ENOUGH
        ]

    def _read(self, cases: Sequence[_Case], tries: Sequence[tuple[int, frozenset[str]]]) -> list[tuple[int, Judgement]]:
        """Judge each set of passages read as one, with one call of the model; the best reading of each counts."""
        wanted = [
            (number, reading)
            for number, names in tries
            for reading in joint.readings(cases[number].claim.statement, names, cases[number].evidence)
        ]
        pairs = [(reading.premise, cases[number].claim.statement) for number, reading in wanted]
        scores = self.model.entail(pairs) if pairs else []
        if self.second:
            scores = self.second.read_open(pairs, scores)
        best: dict[tuple[int, frozenset[str]], Judgement] = {}
        for (number, reading), entailment in zip(wanted, scores, strict=True):
            judgement = self._together(cases[number], reading, entailment)
            key = number, frozenset(reading.names)
            if key not in best or rank(judgement) > rank(best[key]):
                best[key] = judgement
        return [(number, judgement) for (number, _), judgement in best.items()]

    def _together(self, case: _Case, reading: joint.Reading, entailment: Entailment) -> Judgement:
        sources = [case.evidence[name] for name in reading.names]
        premise, statement = reading.premise, case.claim.statement
        passage, place = "\n".join(each.text for each in sources), "\n".join(each.place for each in sources)
        findings: tuple[Finding, ...] = ()
        if quoted := quotation(statement, premise):
            findings, entailment = (quoted,), QUOTED
        elif self._rules:
            findings = rules.check(statement, premise, question=case.item.question, passage=passage, place=place)
        first = reading.windows[0]
        return self._estimated(
            Judgement(
                passage_id=first.passage_id,
                entailment=entailment,
                findings=findings,
                start=first.start,
                end=first.end,
                together=reading.names,
                authority=min(map(self._authority, sources)),
            ),
            statement,
            premise=premise,
            around=f"{place}\n{passage}",
        )

    def _parted(self, cases: Sequence[_Case], judged: list[list[Judgement]]) -> None:
        """Add what is said of each open claim part by part, its support that of the weakest; a part not supported is parted once more."""
        trees = {
            number: divided(cases[number].claim.statement)
            for number in self._unsettled(cases, judged)
            if not _copies(cases[number])
        }
        held = self._held(cases, [(number, part.text) for number, parts in trees.items() for part in parts])
        left = [
            (number, part.text) for number, parts in trees.items() for part in parts if (number, part.text) not in held
        ]
        below = {(number, text): [each.text for each in divided(text)] for number, text in left}
        held |= self._held(cases, [(number, text) for (number, _), texts in below.items() for text in texts])
        for number, parts in trees.items():
            found = [
                held.get((number, text))
                for part in parts
                for text in ([part.text] if (number, part.text) in held else below[number, part.text] or [part.text])
            ]
            best = [each for each in found if each is not None]
            if best and len(best) == len(found):
                judged[number].append(weakest(best, parts=tuple(part.text for part in parts)))

    def _held(self, cases: Sequence[_Case], wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Judgement]:
        """The best judgement of each part that some passage supports, judged on its own best windows."""
        asked = [self._case_of(cases[number], text) for number, text in wanted]
        found = {}
        for key, judgements in zip(wanted, self._judged(asked), strict=True):
            decision = aggregate(judgements, thresholds=self.thresholds, prefer_newer=self._prefer_newer)
            supporting = [each for each in judgements if supports(each, self.thresholds)]
            if decision.label is Label.SUPPORTED:
                found[key] = max(supporting, key=lambda each: each.support)
        return found

    def _case_of(self, case: _Case, text: str) -> _Case:
        """A case with another statement in its claim's place, and the windows that have most of it."""
        shown = [window for each in case.evidence.values() for window in windows(text, each, limit=4)]
        near = sorted(shown, key=lambda each: -each.overlap)[:PART_WINDOWS]
        return replace(case, claim=replace(case.claim, statement=text), windows=tuple(near))

    def _unsettled(self, cases: Sequence[_Case], judged: Sequence[Sequence[Judgement]]) -> list[int]:
        """The claims that are neither supported nor refuted."""
        return [
            number
            for number, (_, judgements) in enumerate(zip(cases, judged, strict=True))
            if judgements and aggregate(judgements, thresholds=self.thresholds).label is Label.NOT_ENOUGH
        ]

    def _branches(self, case: _Case) -> list[Judgement]:
        """The judgement of a compound claim whose parts are supported by different passages; none where a part is not."""
        texts = joint.branches(case.claim.statement)
        near = [
            sorted(case.windows, key=lambda each: -share(content(text), content(each.premise)))[:4] for text in texts
        ]
        asked = [
            (replace(case, claim=replace(case.claim, statement=text), windows=tuple(shown)))
            for text, shown in zip(texts, near, strict=True)
        ]
        best: list[Judgement] = []
        for judgements in self._judged(asked):
            supporting = [each for each in judgements if supports(each, self.thresholds)]
            if not supporting:
                return []
            known = {each.passage_id for each in best}
            best.append(max(supporting, key=lambda each: (each.passage_id in known, each.support)))
        names = tuple(dict.fromkeys(each.passage_id for each in best))
        if len(names) < 2:
            return []
        worst = min(best, key=lambda each: each.support)
        authority = min(each.authority for each in best)
        return [replace(worst, together=names, without=(0.0,) * len(names), missing=(), authority=authority)]

    def _verdict(self, claim: Claim, judgements: Sequence[Judgement]) -> Verdict:
        decision = aggregate(judgements, thresholds=self.thresholds, prefer_newer=self._prefer_newer)
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
            needed=decision.needed,
            overruled=decision.overruled,
            abstention=decision.abstention,
        )

    def _result(self, item: Item, found: Sequence[tuple[_Case, Verdict]]) -> Result:
        verdicts = tuple(verdict for _, verdict in found)
        label, confidence, reason = combine(verdicts)
        known = {each.passage_id: each for case, _ in found for each in case.evidence.values()}
        deciding = [name for verdict in verdicts for name in (*verdict.supporting, *verdict.contradicting)]
        order = dict.fromkeys([*deciding, *(each.passage_id for each in item.cited)])
        evidence = tuple(known[name] for name in order if name in known)
        replied = reply_of(item, evidence) if self._relevance else None
        return Result(
            id=item.id,
            label=label,
            confidence=confidence,
            verdicts=verdicts,
            evidence=evidence,
            relevance=(*self._fit(item, verdicts, evidence), *refusals(replied, self.thresholds.answers)),
            answers=None if replied is None else replied.answers,
            reason=reason,
        )

    def _fit(self, item: Item, verdicts: Sequence[Verdict], evidence: Sequence[Evidence]) -> tuple[Finding, ...]:
        """The findings on question and answer, against the windows that decided, or else all evidence."""
        if not self._relevance or item.question is None:
            return ()
        texts = {each.passage_id: each.text for each in evidence}
        best = [strongest(verdict) for verdict in verdicts if verdict.supporting]
        near = "\n".join(
            texts[each.passage_id][each.start : each.end] for each in best if each and each.passage_id in texts
        )
        context = "\n".join(f"{each.place}\n{each.text}" for each in evidence)
        stated = " ".join(verdict.statement for verdict in verdicts)
        return relevance.check(item.question, item.answer, near or context, context=context, stated=stated)


def _copies(case: _Case) -> bool:
    """Whether a claim copies most of a sentence of its evidence: what differs then is a change, not a summary's wording."""
    return any(difference.copies(case.claim.statement, each.text) for each in case.evidence.values())
